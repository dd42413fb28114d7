"""The enrolment desk as a process: HTTPS with the broker's server certificate."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from device_adapters.clock import Clock
from device_adapters.errors import ConfigError
from services.connections import BACKLOG, BoundedProtocol
from services.hub.desk import Answer, Desk, encoded
from services.hub.letters import AUTHORITY_PATH, JOIN_PATH, LETTER_MAX_BYTES, RENEW_PATH, Refusal
from services.hub.office import Office
from services.hub.site import Places

log = structlog.get_logger("enrol")

SHUTDOWN_MAX_S = 1


async def run_desk(places: Places, clock: Clock, ready: Callable[[], None]) -> None:
    """Serve until cancelled; `ready` is called once letters are taken. Raises ConfigError for a port or a file."""
    site, office = places.site(), Office(places, clock)
    office.root  # noqa: B018 — a desk without its authority's key is of no use: say so now
    _renew_lists(office)
    listener = _listen(site.enrol_host, site.enrol_port)
    server = _Server(application(Desk(office)), places, ready)
    log.info("enrolment_desk", port=site.enrol_port)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="enrol.https")
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await asyncio.wait([serving], timeout=2 * SHUTDOWN_MAX_S)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, dualstack_ipv6=False, reuse_port=False)
    except OSError as e:
        raise ConfigError(
            f"enrolment port {port} on {host or 'all addresses'}: {e.strerror}; change enrol_host or enrol_port in "
            "site.toml"
        ) from e


def _renew_lists(office: Office) -> None:
    """The broker's lists as this release makes them: a newer one may have topics that the last did not know."""
    try:
        with office.locked():
            office.write_lists()
    except OSError as e:
        log.warning("lists_not_renewed", code=ConfigError.code, file=e.filename, why=e.strerror)


def application(desk: Desk) -> Starlette:
    """The three addresses of the desk."""

    def letters(answer: Callable[[bytes, str], Answer]) -> Callable[[Request], object]:
        async def take(request: Request) -> Response:
            body = b""
            async for chunk in request.stream():
                body += chunk
                if len(body) > LETTER_MAX_BYTES:
                    return _response(Answer(413, Refusal("too long")))
            host = request.client.host if request.client else ""
            return _response(await run_in_threadpool(answer, body, host))

        return take

    async def authority(_request: Request) -> Response:
        return PlainTextResponse(await run_in_threadpool(desk.authority))

    return Starlette(
        routes=[
            Route(AUTHORITY_PATH, authority),
            Route(JOIN_PATH, letters(desk.join), methods=["POST"]),
            Route(RENEW_PATH, letters(desk.renew), methods=["POST"]),
        ]
    )


def _response(answer: Answer) -> Response:
    status, body, headers = encoded(answer)
    return Response(body, status, headers)


class _Server(uvicorn.Server):
    """Uvicorn inside a process that has signals, logging and a listening socket of its own."""

    def __init__(self, app: Starlette, places: Places, ready: Callable[[], None]) -> None:
        self._ready = ready
        try:
            super().__init__(
                uvicorn.Config(
                    app,
                    http=BoundedProtocol,
                    backlog=BACKLOG,
                    lifespan="off",
                    log_config=None,
                    access_log=False,
                    server_header=False,
                    proxy_headers=False,
                    ssl_certfile=str(places.broker / "server.crt"),
                    ssl_keyfile=str(places.broker / "server.key"),
                    timeout_graceful_shutdown=SHUTDOWN_MAX_S,
                )
            )
            self.config.load()
        except OSError as e:
            raise ConfigError(f"{places.broker}: {e}; run backstride hub init") from e

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
