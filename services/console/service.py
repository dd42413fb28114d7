"""The console's process: the bus, the web server and the tick that feeds open pages."""

import asyncio
import contextlib
import errno
import secrets
import socket
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import msgspec
import structlog
import uvicorn

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import Clock, SystemClock
from device_adapters.config import HubConfig, console_url
from device_adapters.contract import registry
from device_adapters.errors import BackstrideError, ConfigError, MessageError
from services.connections import BACKLOG, BoundedProtocol
from services.console.accounts.devices import Devices
from services.console.accounts.door import Door
from services.console.accounts.lobby import Lobby
from services.console.accounts.model import CLINIC, GYM
from services.console.api.storeroom import Storeroom
from services.console.app import make_app
from services.console.assets import Assets
from services.console.board import board_picture
from services.console.context import Console, RecordFile
from services.console.desk import Desk
from services.console.feed import Feeds, Picture
from services.console.floor import Floor
from services.console.hosts import Hosts, proxies_of
from services.console.languages import LANGUAGES, speaking
from services.console.member_links import MemberLinks
from services.console.members import MembersReader
from services.console.operator.board import operator_view
from services.console.past.archive import Past
from services.history.reader import FOR_EVER_MS, History
from services.programme import own

TICK_S = 0.5
WEBSOCKET_MESSAGE_MAX_BYTES = 1024
SHUTDOWN_MAX_S = 1
REMEMBERED_MS = 86_400_000

log = structlog.get_logger("console")


async def run_console(
    config: HubConfig,
    ready: Callable[[], None],
    record_file: RecordFile,
    history: History,
    announce: Callable[[str], None],
) -> None:
    """Serve until cancelled; `ready` is called once pages can be had, `announce` with the set-up link if nobody has an
    account yet.

    Raises ConfigError for an unusable address, StorageError for a data folder that cannot be written.

    Pages are served from the first moment, broker or not: a page that says what is wrong beats none.
    """
    proxies = proxies_of(config.http_proxies)
    listener = _listen(config.http_host, config.http_port)
    clock = SystemClock()
    floor = Floor(config.site)
    client = f"console-{secrets.token_hex(6)}"
    bus = MqttBus(config.broker, client_id=client)
    site = SiteBus(bus, config.site, _malformed)
    bus.on_connection(floor.connection)
    _subscribe(site, floor, clock)
    storeroom = Storeroom(config, clock)
    door = Door(storeroom, clock, CLINIC if config.profile == "clinic" else GYM)
    console = Console(
        clock=clock,
        floor=floor,
        feeds=Feeds(),
        desk=Desk(site, client, clock),
        assets=Assets(),
        links=MemberLinks(Path(config.data)),
        storeroom=storeroom,
        clinic=config.profile == "clinic",
        door=door,
        lobby=Lobby(storeroom, door, clock),
        record_file=record_file,
        members=MembersReader(config, clock),
        past=Past(history, storeroom, clock),
        devices=Devices(Path(config.data)),
        hosts=Hosts((*config.http_hosts, config.http_host), config.http_url),
        own_programmes=lambda: own.read(Path(config.data) / own.FOLDER).by_id(),
    )
    server = _Server(console, ready, proxies)
    url = console_url(config, listener.getsockname()[1])
    log.info("console", url=f"{url}/")
    async with asyncio.TaskGroup() as tasks:
        background = [
            tasks.create_task(bus.run(), name="console.bus"),
            tasks.create_task(_ticks(console), name="console.ticks"),
            tasks.create_task(console.members.warm_up(), name="console.members"),
            tasks.create_task(_offer_set_up(console, url, announce), name="console.setup"),
            tasks.create_task(_remember(console, history), name="console.incidents"),
        ]
        serving = tasks.create_task(server.serve(sockets=[listener]), name="console.http")
        try:
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            await asyncio.wait([serving], timeout=2 * SHUTDOWN_MAX_S)
            for task in background:
                task.cancel()
            console.storeroom.close()


async def _offer_set_up(console: Console, url: str, announce: Callable[[str], None]) -> None:
    """With nobody there who could sign in: the one link that makes the first account."""
    try:
        link = await asyncio.to_thread(
            lambda: console.storeroom.sign_ins(console.door.time_outs).set_up_link()
        )
    except BackstrideError as e:
        log.warning("accounts_unavailable", why=str(e), fix="backstride console setup-link")
        return
    if link is not None:
        announce(f"Nobody has an account yet. Make the first one, within an hour: {url}/setup/{link}")


async def _remember(console: Console, history: History) -> None:
    """The last day's warnings and alarms: a console that was restarted has not forgotten them."""
    since_ms = console.clock.wall_ms() - REMEMBERED_MS
    try:
        told = await asyncio.to_thread(history.happened, since_ms, FOR_EVER_MS)
    except BackstrideError as e:
        log.warning("incidents_unavailable", why=str(e))
        return
    console.floor.remembered(told)


async def _ticks(console: Console) -> None:
    while True:
        console.punctual.awake(console.clock.now_ms())
        try:
            _publish(console, console.clock.now_ms())
        except Exception:  # pages grey by themselves; stops must go on working
            log.exception("tick")
        await console.clock.sleep(TICK_S)


def _publish(console: Console, now_ms: int) -> None:
    """One frame for each kind of page that is open."""
    floor, feeds, sessions = console.floor, console.feeds, console.floor.sessions()
    for language in LANGUAGES:
        pages = (feeds.floor[language], feeds.board[language], feeds.operator[language])
        if not any(page.watched for page in pages):
            continue
        with speaking(language):
            view = floor.view(now_ms)
            if feeds.floor[language].watched:
                feeds.floor[language].publish(_dated(view.picture(), now_ms))
            if feeds.board[language].watched:
                feeds.board[language].publish(board_picture(view.tiles, sessions, bus=view.bus))
            if feeds.operator[language].watched:
                seen = operator_view(floor, now_ms, console.clock.wall_ms())
                feeds.operator[language].publish(_dated(seen.picture(), now_ms))
    watched = feeds.members()
    for treadmill, session in sessions.items():
        if feed := watched.get(session.session):
            picture = floor.member(treadmill, session, now_ms)
            feed.publish(Picture({"bus": floor.bus, **msgspec.structs.asdict(picture)}))


def _dated(picture: Picture, now_ms: int) -> Picture:
    """With the time that the page's requests name; see `asked`."""
    return Picture({**picture.floor, "seen": now_ms}, picture.tiles)


def _subscribe(site: SiteBus, floor: Floor, clock: Clock) -> None:
    site.subscribe(
        registry.UNIT_STATUS,
        lambda id_, message: floor.unit_status(id_, message, clock.now_ms()),
        gone=floor.unit_gone,
    )
    site.subscribe(
        registry.TREADMILL_STATE,
        lambda id_, message: floor.treadmill_state(id_, message, clock.now_ms()),
        gone=floor.treadmill_gone,
    )
    site.subscribe(registry.NEARBY, lambda id_, message: floor.nearby(id_, message, clock.now_ms()))
    site.subscribe(registry.STORE_STATUS, floor.store_status, gone=floor.store_gone)
    site.subscribe(
        registry.STRAP_STATE, lambda id_, message: floor.strap_state(id_, message), gone=floor.strap_gone
    )
    site.subscribe(
        registry.TREADMILL_TELEMETRY,
        lambda id_, message: floor.treadmill_telemetry(id_, message, clock.now_ms()),
    )
    site.subscribe(
        registry.STRAP_TELEMETRY, lambda id_, message: floor.strap_telemetry(id_, message, clock.now_ms())
    )
    site.subscribe(
        registry.SESSION_VIEW, lambda id_, message: floor.session_view(id_, message, clock.now_ms())
    )
    site.subscribe(registry.CUE, lambda id_, message: floor.cue(id_, message, clock.now_ms()))
    site.subscribe(registry.EVENT, lambda _id, message: floor.event(message))


def _malformed(topic: str, error: MessageError) -> None:
    log.warning("malformed", topic=topic, code=error.code, why=str(error)[:200])


def _listen(host: str, port: int) -> socket.socket:
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
        raise ConfigError(
            f"HTTP port {port} on {host} {why}; choose another with --http-port, or http_port in the settings"
        ) from e
    return listener


class _Server(uvicorn.Server):
    """Uvicorn inside a process that has signals, logging and a listening socket of its own."""

    def __init__(self, console: Console, ready: Callable[[], None], proxies: Sequence[str]) -> None:
        self._ready = ready
        super().__init__(
            uvicorn.Config(
                make_app(console),
                ws="websockets-sansio",
                ws_max_size=WEBSOCKET_MESSAGE_MAX_BYTES,
                ws_per_message_deflate=False,
                http=BoundedProtocol,
                backlog=BACKLOG,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(proxies),
                forwarded_allow_ips=list(proxies),
                timeout_graceful_shutdown=SHUTDOWN_MAX_S,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
