"""The console's listening sockets: pages by HTTP, or by TLS with HTTP beside it that only sends people there.

A certificate that is renewed on the disk is taken for new connections without a restart.
"""

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog
from starlette.types import ASGIApp

from device_adapters.config import Https, HubConfig
from device_adapters.errors import ConfigError
from services.console.middleware.hosts import proxies_of
from services.console.middleware.https_only import HttpsOnly, StrictTransport
from services.inner_server import SHUTDOWN_MAX_S, InnerServer

WEBSOCKET_MESSAGE_MAX_BYTES = 1024
CERTIFICATE_LOOKED_AT_S = 60.0

log = structlog.get_logger("console")


class WebServer:
    """Listens at once (ConfigError for an address or certificate that cannot be used); serves in `serve`."""

    def __init__(self, config: HubConfig) -> None:
        self._config = config
        self._proxies = proxies_of(config.http_proxies)
        self._files = _certificate_files(config.https)
        self._http = _listen(config.http_host, config.http_port, "http_port")
        self._https = (
            _listen(config.http_host, config.https.port, "https.port") if self._files is not None else None
        )
        self.port: int = self._http.getsockname()[1]

    async def serve(self, app: ASGIApp, ready: Callable[[], None]) -> None:
        """Serve until cancelled; `ready` is called once pages can be had."""
        if self._https is None or self._files is None:
            await _until_cancelled([_Server(app, self._http, self._proxies, ready)])
            return
        safe = _Server(
            StrictTransport(app) if self._config.https.strict else app,
            self._https,
            self._proxies,
            ready,
            self._files,
        )
        plain = _Server(HttpsOnly(app, self._https.getsockname()[1]), self._http, self._proxies, lambda: None)
        renewing = asyncio.create_task(_renewed(safe, self._files), name="console.certificate")
        try:
            await _until_cancelled([safe, plain])
        finally:
            renewing.cancel()


Files = tuple[str, str]
"""Of a certificate and of its key: PEM, perhaps the same file."""


def _certificate_files(https: Https) -> Files | None:
    if not https.port:
        return None
    if not https.certificate:
        raise ConfigError("https: a port without a certificate; name the file of one and of its key (PEM)")
    files = https.certificate, https.key or https.certificate
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*files)
    except OSError as e:  # an SSLError is one
        raise ConfigError(
            f"https: certificate {files[0]}, key {files[1]}: {e}; they must be a certificate and its key (PEM)"
        ) from e
    return files


async def _until_cancelled(servers: Sequence["_Server"]) -> None:
    serving = [asyncio.create_task(server.serve_here(), name="console.http") for server in servers]
    try:
        await asyncio.shield(asyncio.wait(serving, return_when=asyncio.FIRST_COMPLETED))
    finally:
        for server in servers:
            server.should_exit = True
        await asyncio.wait(serving, timeout=2 * SHUTDOWN_MAX_S)
    for ended in serving:
        if ended.done():
            ended.result()


async def _renewed(server: "_Server", files: Files) -> None:
    """Take the files again whenever they have changed; what cannot be read is told, and the old one kept."""
    known = _changed_ns(files)
    while True:
        await asyncio.sleep(CERTIFICATE_LOOKED_AT_S)
        now = _changed_ns(files)
        if now == known:
            continue
        known = now
        try:
            server.take_certificate(files)
            log.info("certificate_renewed", file=files[0])
        except OSError as e:
            log.warning("certificate_unreadable", code=ConfigError.code, file=files[0], why=str(e))


def _changed_ns(files: Files) -> list[int]:
    found = []
    for file in files:
        with contextlib.suppress(OSError):
            found.append(Path(file).stat().st_mtime_ns)
    return found


def _listen(host: str, port: int, setting: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except (OSError, OverflowError) as e:
        listener.close()
        taken = isinstance(e, OSError) and e.errno == errno.EADDRINUSE
        why = "is taken" if taken else f"cannot be used ({e})"
        option = " with --http-port, or" if setting == "http_port" else ":"
        raise ConfigError(
            f"HTTP port {port} on {host} {why}; choose another{option} {setting} in the settings"
        ) from e
    return listener


class _Server(InnerServer):
    """A listening socket and who is served there."""

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        proxies: Sequence[str],
        ready: Callable[[], None],
        files: Files | None = None,
    ) -> None:
        self._listener = listener
        super().__init__(
            app,
            ready,
            ws="websockets-sansio",
            ws_max_size=WEBSOCKET_MESSAGE_MAX_BYTES,
            ws_per_message_deflate=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies),
            ssl_certfile=files[0] if files else None,
            ssl_keyfile=files[1] if files else None,
        )

    async def serve_here(self) -> None:
        """Serve at its own socket."""
        await self.serve(sockets=[self._listener])

    def take_certificate(self, files: Files) -> None:
        """New connections are served by it. OSError: it cannot be used."""
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*files)
        if self.config.ssl is not None:
            self.config.ssl.load_cert_chain(*files)
