"""A console's parts without a process, a broker or a line, for tests of its routes."""

import asyncio
import secrets
from functools import partial
from pathlib import Path

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig
from services.alerts_client import AlertsClient
from services.cli.roles.drills import DrillProcess
from services.cli.roles.support_files import SupportFiles
from services.console.assets import Assets
from services.console.auth.auth_db import AuthDb
from services.console.auth.challenges import Challenges
from services.console.auth.login import Login
from services.console.auth.member_links import MemberLinks
from services.console.auth.model import GYM
from services.console.auth.signed_in import SignedIn
from services.console.context import Console, Wishes
from services.console.defects import Defects
from services.console.diary.diary import Diary
from services.console.diary.fetch import BookingFetch
from services.console.feeds.feed import Feeds
from services.console.incident_notes import IncidentNotes
from services.console.labels import Labels
from services.console.live.live_state import LiveState
from services.console.machine_book import MachineBook
from services.console.out_of_use import OutOfUse
from services.console.pages.members_reader import MembersReader
from services.console.past.archive import Past
from services.members.opening import open_members
from services.metrics.history import history_of
from services.privacy import wishes
from services.privacy.hub import opened
from services.records.export import export
from services.records.form import Format
from services.records.stores import read, recorded
from services.releases_client import ReleasesClient
from services.session_client import SessionClient
from services.stop_sender import StopSender


def wishes_in(config: HubConfig) -> Wishes:
    """Carried out here, without a process."""

    def export(member: str) -> bytes:
        whole = Path(config.data) / f"{secrets.token_hex(8)}.zip"
        with opened(config, SystemClock().wall_ms) as hub:
            wishes.export(hub, member, whole, by="member")
        return whole.read_bytes()

    def erase(member: str) -> None:
        with opened(config, SystemClock().wall_ms) as hub:
            wishes.erase(hub, member, by="member")

    return Wishes(
        export=lambda member: asyncio.to_thread(export, member),
        erase=lambda member: asyncio.to_thread(erase, member),
    )


def console(folder: Path, *, clinic: bool = False) -> Console:
    """With its data in `folder`."""
    config, clock = HubConfig(data=str(folder)), SystemClock()
    site = SiteBus(MqttBus(config.broker, client_id="console-test"), "gym", lambda _topic, _error: None)
    members_db = AuthDb(partial(open_members, config, clock.wall_ms))
    door = SignedIn(members_db, clock, GYM)
    return Console(
        clock=clock, floor=LiveState("gym"), feeds=Feeds(),
        session_client=SessionClient(site, "console-test", clock), stops=StopSender(site.bus, "gym"),
        alerts=AlertsClient(site), releases=ReleasesClient(site), assets=Assets(),
        links=MemberLinks(folder), members_db=members_db, clinic=clinic, security_contact="", signed_in=door,
        login=Login(members_db, door, clock),
        record_file=lambda session, form: asyncio.to_thread(
            lambda: export(read(folder, session, history_of(config)), Format(form))
        ),
        recorded=lambda session: recorded(folder, session),
        members=MembersReader(members_db, clock), out_of_use=OutOfUse(folder), incident_notes=IncidentNotes(folder),
        labels=Labels(folder),
        defects=Defects(folder), machine_book=MachineBook(folder, clock),
        wishes=wishes_in(config),
        support_file=SupportFiles(folder / "hub.toml"),
        drills=DrillProcess(folder / "hub.toml"),
        past=Past(history_of(config), members_db, clock),
        challenges=Challenges(clock.wall_ms),
        diary=Diary(Path(config.data), members_db, clock, BookingFetch().content),
    )  # fmt: skip
