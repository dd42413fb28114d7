"""Fetching a feed of somebody else's: https alone, to addresses of the public internet alone, bounded in bytes, time
and redirections. The address that was judged is the one that is connected to: a name cannot change its mind between."""

import http.client
import socket
import ssl
import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from device_adapters.errors import StorageError
from services.bounded_line import BoundedLine
from services.console.diary.sources import BookingSource

BYTES_MAX = 2_000_000
WAIT_MAX_S = 10.0
WHOLE_MAX_S = 30.0
REDIRECTIONS_MAX = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
CHUNK = 65_536
LATE = f"it takes longer than {WHOLE_MAX_S:.0f} s"

Address = IPv4Address | IPv6Address
NAT64 = IPv6Network("64:ff9b::/96")
HANDED_OUT = IPv6Network("2000::/3")


def is_public(address: Address) -> bool:
    """Is this no address of a machine itself, of its network, or of its cloud? An IPv4 address in an IPv6 one is judged
    as itself; of the others, those that are handed out in the internet count, whatever Python says of the rest."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    through = IPv4Address(int(address) & 0xFFFF_FFFF) if address in NAT64 else None
    inner = address.ipv4_mapped or address.sixtofour or through
    if inner is not None:
        return is_public(inner)
    return address in HANDED_OUT and address.is_global


class BookingFetch:
    """Reads sources. `allowed`: which addresses may be connected to; `trust`: which certificates are believed."""

    def __init__(
        self, allowed: Callable[[Address], bool] = is_public, trust: ssl.SSLContext | None = None
    ) -> None:
        self._allowed = allowed
        self._trust = trust or ssl.create_default_context()

    def content(self, source: BookingSource) -> bytes:
        """What stands there now. Blocks, for WHOLE_MAX_S at most. StorageError names what is wrong, without the
        address."""
        try:
            return _file(source.path) if source.path is not None else self._fetched(source.address)
        except (OSError, http.client.HTTPException, ValueError) as e:
            why = getattr(e, "strerror", None) or str(e) or type(e).__name__
            raise StorageError(f"bookings {source.name}: {why[:200]}") from e

    def _fetched(self, address: str) -> bytes:
        until = time.monotonic() + WHOLE_MAX_S
        for _ in range(REDIRECTIONS_MAX + 1):
            status, body, elsewhere = self._asked(address, until)
            if status not in REDIRECTS:
                if status != http.client.OK:
                    raise ValueError(f"it answers {status}")
                return body
            address = urljoin(address, elsewhere)
        raise ValueError(f"it leads elsewhere more than {REDIRECTIONS_MAX} times")

    def _asked(self, address: str, until: float) -> tuple[int, bytes, str]:
        parts = urlsplit(address)
        host = parts.hostname or ""
        if parts.scheme != "https" or not host or parts.username is not None:
            raise ValueError("it leads to an address that is not read (https without a user only)")
        port = parts.port or 443
        line = BoundedLine(
            host, port, self._trust, wait_s=WAIT_MAX_S, until=until, reached=self._judged(host, port)
        )
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            with line:
                line.request("GET", path, headers={"Accept": "text/calendar", "User-Agent": "Backstride"})
                with line.getresponse() as answer:
                    if answer.status in REDIRECTS:
                        return answer.status, b"", answer.headers.get("Location", "")
                    return answer.status, _body(answer, until), ""
        except (OSError, http.client.HTTPException) as e:
            if line.late:
                raise ValueError(LATE) from e
            raise

    def _judged(self, host: str, port: int) -> str:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if not found or not all(self._allowed(ip_address(one.partition("%")[0])) for one in found):
            raise ValueError(
                "it is inside this network, which no feed may lead to; have its file put on the hub instead"
            )
        return found[0]


def _body(answer: http.client.HTTPResponse, until: float) -> bytes:
    body = b""
    while part := answer.read1(CHUNK):
        body += part
        if len(body) > BYTES_MAX:
            raise ValueError(f"it is larger than {BYTES_MAX // 1_000_000} MB")
        if time.monotonic() >= until:
            break
    if time.monotonic() >= until:
        raise ValueError(LATE)
    if answer.length:
        raise ValueError("it ends before its end")
    return body


def _file(path: Path) -> bytes:
    if not path.is_file():
        raise ValueError("there is no such file")
    with path.open("rb") as file:
        body = file.read(BYTES_MAX + 1)
    if len(body) > BYTES_MAX:
        raise ValueError(f"it is larger than {BYTES_MAX // 1_000_000} MB")
    return body
