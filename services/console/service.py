"""The console's process: the bus, the web server and the tick that feeds open pages, put together."""

import asyncio
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig, console_url
from device_adapters.contract import registry
from device_adapters.errors import BackstrideError, MessageError
from device_adapters.units import DAY_MS
from services.alerts_client import AlertsClient
from services.console.app import make_app
from services.console.assets import Assets
from services.console.auth.auth_db import AuthDb
from services.console.auth.challenges import Challenges
from services.console.auth.known_devices import Devices
from services.console.auth.login import Login
from services.console.auth.member_links import MemberLinks
from services.console.auth.model import CLINIC, GYM
from services.console.auth.signed_in import SignedIn
from services.console.context import Console, Drills, RecordFile, SupportFile, Wishes
from services.console.defects import Defects
from services.console.diary.diary import Diary
from services.console.diary.fetch import BookingFetch
from services.console.feeds.feed import Feeds
from services.console.feeds.subscriptions import subscribe
from services.console.feeds.ticker import ticks
from services.console.incident_notes import IncidentNotes
from services.console.label_teller import LabelTeller
from services.console.labels import Labels
from services.console.live.ledger import Ledger
from services.console.live.live_state import LiveState
from services.console.machine_book import MachineBook
from services.console.middleware.hosts import Hosts
from services.console.middleware.request_time import since_ms
from services.console.out_of_use import OutOfUse
from services.console.pages.members_reader import MembersReader
from services.console.past.archive import Past
from services.console.trust import Trust
from services.console.web_server import WebServer
from services.history.reader import FOR_EVER_MS, History
from services.members.opening import open_members
from services.programme import own
from services.releases_client import ReleasesClient
from services.session_client import SessionClient
from services.stop_sender import StopSender

REMEMBERED_MS = DAY_MS
SWEEP_S = 60.0

log = structlog.get_logger("console")


async def run_console(
    config: HubConfig,
    ready: Callable[[], None],
    record_file: RecordFile,
    recorded: Callable[[str], bool],
    wishes: Wishes,
    support_file: SupportFile,
    drills: Drills,
    history: History,
    announce: Callable[[str], None],
) -> None:
    """Serve until cancelled; `ready` is called once pages can be had, `announce` with the set-up link if nobody has an
    account yet.

    Raises ConfigError for an unusable address, StorageError for a data folder that cannot be written.

    Pages are served from the first moment, broker or not: a page that says what is wrong beats none.
    """
    server = WebServer(config)
    clock = SystemClock()
    folder = Path(config.data)
    out_of_use, labels, defects = OutOfUse(folder), Labels(folder), Defects(folder)
    machine_book = MachineBook(folder, clock)
    floor = LiveState(config.site, Ledger(labels.of, out_of_use.told, defects.of))
    client = f"console-{secrets.token_hex(6)}"
    bus = MqttBus(config.broker, client_id=client)
    site = SiteBus(bus, config.site, _malformed)
    bus.on_connection(lambda up: floor.connection(up, clock.now_ms()))
    subscribe(site, floor, clock)
    site.subscribe(registry.EVENT, lambda _id, said: defects.heard(said))
    site.subscribe(registry.EVENT, lambda _id, said: machine_book.heard(said))
    site.subscribe(registry.TREADMILL_TELEMETRY, machine_book.measured)
    site.subscribe(registry.TREADMILL_STATE, machine_book.told)
    teller = LabelTeller(site, labels, out_of_use, clock)
    bus.on_connection(teller.connection)
    members_db = AuthDb(partial(open_members, config, clock.wall_ms))
    signed_in = SignedIn(members_db, clock, CLINIC if config.profile == "clinic" else GYM)
    console = Console(
        clock=clock,
        floor=floor,
        feeds=Feeds(),
        session_client=SessionClient(site, client, clock, since_ms),
        stops=StopSender(bus, config.site),
        alerts=AlertsClient(site),
        releases=ReleasesClient(site),
        assets=Assets(),
        links=MemberLinks(Path(config.data)),
        members_db=members_db,
        clinic=config.profile == "clinic",
        security_contact=config.security_contact,
        signed_in=signed_in,
        login=Login(members_db, signed_in, clock),
        record_file=record_file,
        recorded=recorded,
        wishes=wishes,
        support_file=support_file,
        drills=drills,
        members=MembersReader(members_db, clock),
        out_of_use=out_of_use,
        incident_notes=IncidentNotes(folder),
        labels=labels,
        defects=defects,
        machine_book=machine_book,
        past=Past(history, members_db, clock),
        challenges=Challenges(clock.now_ms),
        diary=Diary(folder, members_db, clock, BookingFetch().content),
        devices=Devices(Path(config.data)),
        hosts=Hosts((*config.http_hosts, config.http_host), config.http_url),
        trust=Trust.of(config),
        own_programmes=lambda: own.read(Path(config.data) / own.FOLDER).by_id(),
    )
    url = console_url(config, server.port)
    log.info("console", url=f"{url}/")
    async with asyncio.TaskGroup() as tasks:
        background = [
            tasks.create_task(bus.run(), name="console.bus"),
            tasks.create_task(ticks(console), name="console.ticks"),
            tasks.create_task(console.members.warm_up(), name="console.members"),
            tasks.create_task(_name_marks(console), name="console.marks"),
            tasks.create_task(teller.run(), name="console.labels"),
            tasks.create_task(defects.run(), name="console.defects"),
            tasks.create_task(console.diary.run(), name="console.diary"),
            tasks.create_task(machine_book.run(), name="console.machine-book"),
            tasks.create_task(_offer_set_up(console, url, announce), name="console.setup"),
            tasks.create_task(_remember(console, history), name="console.incidents"),
            tasks.create_task(_sweep(console), name="console.sweep"),
        ]
        try:
            await server.serve(make_app(console), ready)
        finally:
            for task in background:
                task.cancel()
            console.members_db.close()


async def _offer_set_up(console: Console, url: str, announce: Callable[[str], None]) -> None:
    """With nobody there who could sign in: the one link that makes the first account."""
    try:
        link = await asyncio.to_thread(
            lambda: console.members_db.sign_ins(console.signed_in.time_outs).set_up_link()
        )
    except BackstrideError as e:
        log.warning("accounts_unavailable", why=str(e), fix="backstride console setup-link")
        return
    if link is not None:
        announce(f"Nobody has an account yet. Make the first one, within an hour: {url}/setup/{link}")


async def _sweep(console: Console) -> None:
    """Each SWEEP_S, until cancelled."""
    while True:
        await console.clock.sleep(SWEEP_S)
        try:
            await asyncio.to_thread(console.members_db.sweep, console.signed_in.time_outs)
        except BackstrideError as e:
            log.warning("accounts_unavailable", why=str(e), fix="what has run out is swept later")


async def _name_marks(console: Console) -> None:
    """Who took treadmills out of use before this console began."""

    def names() -> dict[str, str]:
        return {f"{each.role} {each.id}": each.name for each in console.members_db.accounts().all()}

    try:
        console.out_of_use.known(await asyncio.to_thread(names))
    except BackstrideError as e:
        log.warning("accounts_unavailable", why=str(e), fix="names come back with the next mark")


async def _remember(console: Console, history: History) -> None:
    """The last day's warnings and alarms: a console that was restarted has not forgotten them."""
    since_ms = console.clock.wall_ms() - REMEMBERED_MS
    try:
        told = await asyncio.to_thread(history.happened, since_ms, FOR_EVER_MS)
    except BackstrideError as e:
        log.warning("incidents_unavailable", why=str(e))
        return
    console.floor.incidents.remembered(told)
    console.defects.remembered(told)


def _malformed(topic: str, error: MessageError) -> None:
    log.warning("malformed", topic=topic, code=error.code, why=str(error)[:200])
