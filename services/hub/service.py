"""The enrolment desk as a process: HTTPS with the broker's server certificate."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from device_adapters.clock import Clock
from device_adapters.config import HubConfig, load
from device_adapters.errors import ConfigError
from services.hub.desk import Desk, DeskAnswer, encoded
from services.hub.letters import (
    AUTHORITY_PATH,
    JOIN_PATH,
    LETTER_MAX_BYTES,
    RELEASES_PATH,
    RENEW_PATH,
    REPORT_PATH,
    DeskRefusal,
)
from services.hub.office import Office
from services.hub.release_teller import ReleaseTeller
from services.hub.releases import Releases
from services.hub.site import Places
from services.inner_server import SHUTDOWN_MAX_S, InnerServer

SWEEP_S = 60.0

log = structlog.get_logger("enrol")


async def run_desk(places: Places, clock: Clock, ready: Callable[[], None]) -> None:
    """Serve until cancelled; `ready` is called once letters are taken. Raises ConfigError for a port or a file."""
    site, office = places.site(), Office(places, clock)
    office.root  # noqa: B018 — a desk without its authority's key is of no use: say so now
    _renew_lists(office)
    listener = listening_at(site.enrol_host, site.enrol_port)
    desk = Desk(office)
    server = _server(desk, places, ready)
    log.info("enrolment_desk", port=site.enrol_port)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="enrol.https")
    sweeping = asyncio.create_task(_sweep(desk, clock), name="enrol.sweep")
    settings, telling = places.services / "enrol.toml", None
    if settings.exists():
        teller = ReleaseTeller(office, Releases(Path(site.releases)), clock)
        telling = asyncio.create_task(teller.run(load(settings, HubConfig)), name="enrol.releases")
    try:
        await asyncio.shield(serving)
    finally:
        sweeping.cancel()
        if telling is not None:
            telling.cancel()
        server.should_exit = True
        await asyncio.wait([serving], timeout=2 * SHUTDOWN_MAX_S)


async def _sweep(desk: Desk, clock: Clock) -> None:
    """Each SWEEP_S, until cancelled."""
    while True:
        await clock.sleep(SWEEP_S)
        try:
            await asyncio.to_thread(desk.sweep)
        except (ConfigError, OSError) as e:
            log.warning("invitations_not_swept", code=ConfigError.code, why=str(e)[:200])


def listening_at(host: str, port: int) -> socket.socket:
    """The socket of the enrolment desk; every address where `host` is ''. Raises ConfigError."""
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
    """The addresses of the desk."""

    def letters(answer: Callable[[bytes, str], DeskAnswer]) -> Callable[[Request], object]:
        async def take(request: Request) -> Response:
            body = b""
            async for chunk in request.stream():
                body += chunk
                if len(body) > LETTER_MAX_BYTES:
                    return _response(DeskAnswer(413, DeskRefusal("too long")))
            host = request.client.host if request.client else ""
            return _response(await run_in_threadpool(answer, body, host))

        return take

    async def authority(_request: Request) -> Response:
        return PlainTextResponse(await run_in_threadpool(desk.authority))

    async def bundle(request: Request) -> Response:
        found = await run_in_threadpool(desk.bundle, request.path_params["name"])
        if found is None:
            return _response(DeskAnswer(404, DeskRefusal("no such bundle is held here")))
        return FileResponse(found, media_type="application/octet-stream")

    return Starlette(
        routes=[
            Route(AUTHORITY_PATH, authority),
            Route(JOIN_PATH, letters(desk.join), methods=["POST"]),
            Route(RENEW_PATH, letters(desk.renew), methods=["POST"]),
            Route(REPORT_PATH, letters(desk.report), methods=["POST"]),
            Route(f"{RELEASES_PATH}/{{name}}", bundle),
        ]
    )


def _response(answer: DeskAnswer) -> Response:
    status, body, headers = encoded(answer)
    return Response(body, status, headers)


def _server(desk: Desk, places: Places, ready: Callable[[], None]) -> InnerServer:
    try:
        server = InnerServer(
            application(desk),
            ready,
            proxy_headers=False,
            ssl_certfile=str(places.broker / "server.crt"),
            ssl_keyfile=str(places.broker / "server.key"),
        )
        server.config.load()
    except OSError as e:
        raise ConfigError(f"{places.broker}: {e}; run backstride hub init") from e
    return server
