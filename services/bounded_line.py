"""HTTPS to one host, bounded as a whole: each byte of a server that takes its time is in time for itself."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from types import TracebackType
from typing import Self


class BoundedLine(http.client.HTTPSConnection):
    """A connection that is cut at `until` (seconds, monotonic), whatever it is at. `wait_s`: for each read alone.

    `reached`: the address to connect to, of a host that was looked up and judged before; the certificate is held to
    the host all the same.
    """

    def __init__(
        self, host: str, port: int, trust: ssl.SSLContext, *, wait_s: float, until: float, reached: str = ""
    ) -> None:
        super().__init__(host, port, timeout=wait_s, context=trust)
        self._reached, self._trust, self._wait_s, self._until = reached or host, trust, wait_s, until
        self._cutting = threading.Timer(max(0.0, until - time.monotonic()), self._cut)
        self._cutting.daemon = True

    @property
    def late(self) -> bool:
        """Is the time over?"""
        return time.monotonic() >= self._until

    def __enter__(self) -> Self:
        self._cutting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cutting.cancel()
        self.close()

    def connect(self) -> None:
        """To the address that was judged, if one was."""
        plain = socket.create_connection((self._reached, self.port), self._wait_s)
        try:
            self.sock = self._trust.wrap_socket(
                plain, server_hostname=self.host, do_handshake_on_connect=False
            )
        except BaseException:
            plain.close()
            raise
        self.sock.do_handshake()

    def _cut(self) -> None:
        """From the timer's thread: whoever reads reads the end."""
        if self.sock is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
