"""The drill is no treadmill: who hears of it, what is kept of it, who may be it, and what can be practised."""

import asyncio
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from enrolling_hub import UNIT, EnrollingHub
from recorded_session import EPOCH_MS
from virtual_time import virtual
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import ManualClock
from device_adapters.config import HubConfig, Treadmill, UnitConfig, load
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.phrase import Refusal
from device_adapters.drill import DRILL, FAULTS, RADIO, RIGHT, of_drill
from device_adapters.errors import ConfigError
from device_adapters.safety.limits import Goal, Level
from device_adapters.sim.belt import BeltSpec
from device_adapters.sim.memory_treadmill import MemoryTreadmill
from services.cli.hub.drill import befall
from services.cli.roles.drills import DrillProcess
from services.console.live.board import board_picture
from services.console.live.live_state import LiveState
from services.console.operator.board import operator_view
from services.hub.acl import access_list
from services.hub.clients import ROLES, THE_DRILL, Client, UnitDevice
from services.hub.rollouts import joined
from services.metrics.points import Point
from services.metrics.writer import Writer
from services.session.archive import Archive
from services.session.engine.events import Start
from services.session.journal import Entry, Journal
from services.session.journalled import StartRecord
from services.session.request_parsing import StrapChoice, event_for


def status(unit: str = DRILL, *, online: bool = True) -> m.UnitStatus:
    return m.UnitStatus(
        unit=unit, online=online, boot="b", at_ms=0, treadmills=(DRILL,) if unit == DRILL else ()
    )


def state(treadmill: str = DRILL, unit: str = DRILL) -> m.TreadmillState:
    return m.TreadmillState(treadmill=treadmill, unit=unit, boot="b", at_ms=0, link="connected", belt="still")


def frame(treadmill: str = DRILL, speed_kmh: float = 1.0) -> m.TreadmillTelemetry:
    return m.TreadmillTelemetry(treadmill=treadmill, boot="b", seq=1, at_ms=0, speed_kmh=speed_kmh)


def event(source: str, treadmill: str) -> m.Event:
    return m.Event(id=f"{source} {treadmill}", at_ms=0, source=source, kind="hazard", treadmill=treadmill)


def said(treadmill: str) -> m.SessionView:
    return m.SessionView(
        session="s",
        treadmill=treadmill,
        at_ms=0,
        phase="running",
        goal=Goal.MOBILITY,
        level=Level.NOVICE,
        programme="p",
    )


@pytest.mark.parametrize(
    ("id", "message"),
    [
        (DRILL, status()), (DRILL, state()), (DRILL, frame()), (DRILL, said(DRILL)),
        ("", event(DRILL, "")), ("", event("session-1", DRILL)),
    ],
)  # fmt: skip
def test_no_word_of_it_can_be_without_its_mark(id: str, message: msgspec.Struct) -> None:
    assert of_drill(id, message)


def test_what_is_of_a_treadmill_is_not_of_the_drill() -> None:
    for id, message in (
        ("tm-01", state("tm-01", "unit-01")),
        ("", event("unit-01", "tm-01")),
        ("tm-01", said("tm-01")),
    ):
        assert not of_drill(id, message)


@virtual
async def test_who_does_not_ask_for_drills_hears_of_none() -> None:
    broker = MemoryBroker()
    unit, hub = MemoryBus(broker, client_id="unit"), MemoryBus(broker, client_id="hub")
    site, heard, shut = SiteBus(hub, "gym", lambda *_: None), list[str](), list[str]()
    site.subscribe(registry.TREADMILL_STATE, lambda id_, _: heard.append(id_), drills=True)
    site.subscribe(registry.TREADMILL_STATE, lambda id_, _: shut.append(id_))
    site.subscribe(registry.EVENT, lambda _, said: shut.append(said.id))
    lines = [asyncio.create_task(bus.run()) for bus in (unit, hub)]
    await until(lambda: unit.connected and hub.connected)
    sender = SiteBus(unit, "gym", lambda *_: None)
    for name, treadmill in ((DRILL, DRILL), ("unit-01", "tm-01")):
        listed = m.UnitStatus(unit=name, online=True, boot="b", at_ms=0, treadmills=(treadmill,))
        await sender.publish(registry.UNIT_STATUS, listed, name)
        await sender.publish(registry.TREADMILL_STATE, state(treadmill, name), treadmill)
        await sender.publish(registry.EVENT, event(name, treadmill))
    await until(lambda: "unit-01 tm-01" in shut)
    assert (heard, shut) == ([DRILL, "tm-01"], ["tm-01", "unit-01 tm-01"])
    for line in lines:
        line.cancel()
    await asyncio.wait(lines)


class Kept:
    """A store in memory."""

    def __init__(self) -> None:
        self.points: list[Point] = []

    def write(self, batch: list[Point]) -> int:
        self.points += batch
        return 0

    def close(self) -> None:
        """Nothing to let go."""


async def test_nothing_of_it_is_stored_and_all_of_it_is_acknowledged() -> None:
    broker, clock, kept = MemoryBroker(), ManualClock(), Kept()
    unit, hub = MemoryBus(broker, client_id="unit"), MemoryBus(broker, client_id="metrics")
    writer = Writer(hub, "gym", kept, clock)  # type: ignore[arg-type]
    lines = [asyncio.create_task(run()) for run in (unit.run, hub.run, writer.run)]
    await until(lambda: unit.connected and hub.connected)
    sender = SiteBus(unit, "gym", lambda *_: None)
    await sender.publish(registry.UNIT_STATUS, status(), DRILL)
    await sender.publish(registry.TREADMILL_STATE, state(), DRILL)
    await sender.publish(registry.TREADMILL_TELEMETRY, frame(), DRILL)
    await sender.publish(registry.SESSION_VIEW, said(DRILL), DRILL)
    await sender.publish(registry.EVENT, event(DRILL, DRILL))
    await sender.publish(registry.TREADMILL_TELEMETRY, frame("tm-01"), "tm-01")
    await until(lambda: bool(kept.points), meanwhile=lambda: clock.advance(100))
    assert "tm-01" in str(kept.points)
    assert DRILL not in str(kept.points)
    await until(lambda: writer.waiting == 0)
    for line in lines:
        line.cancel()
    await asyncio.wait(lines)
    await writer.close()


def test_its_sessions_are_in_no_past(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    body = StartRecord(goal=Goal.MOBILITY, level=Level.NOVICE, programme="p", member="", by="u-1")
    with closing(Journal(path)) as journal:
        journal.append(
            [Entry(EPOCH_MS, f"s-{on}", on, "start", msgspec.json.encode(body)) for on in (DRILL, "tm-01")]
        )
    with closing(Archive(path)) as archive:
        assert [one.session for one in archive.sessions()] == ["s-tm-01"]
        assert archive.session(f"s-{DRILL}") is None


@pytest.mark.parametrize(
    ("changes", "program", "taken"),
    [({}, False, True), ({"member": "m-1"}, False, False), ({"class_id": "c-1"}, False, False), ({}, True, False)],
)  # fmt: skip
def test_a_guest_of_the_staff_starts_it_and_nobody_else(
    changes: dict[str, Any], program: bool, taken: bool
) -> None:
    request = m.SessionRequest(
        id="r",
        client="desk",
        verb="start",
        treadmill=DRILL,
        by="Kim",
        goal=Goal.MOBILITY,
        level=Level.NOVICE,
        **changes,
    )
    made = event_for(request, "s-1", StrapChoice("", busy=False), program=program)
    assert isinstance(made, Start if taken else Refusal)
    if isinstance(made, Refusal):
        assert made.cause == "drill"


def floor() -> LiveState:
    """With the drill and a treadmill, both in motion."""
    live = LiveState("gym")
    for treadmill, unit in ((DRILL, DRILL), ("tm-01", "unit-01")):
        live.unit_status(
            unit, m.UnitStatus(unit=unit, online=True, boot="b", at_ms=0, treadmills=(treadmill,)), 0
        )
        live.treadmill_state(treadmill, state(treadmill, unit), 0)
        live.treadmill_telemetry(treadmill, frame(treadmill), 0)
        live.session_view(treadmill, said(treadmill), 0)
    return live


def test_its_tile_says_what_it_is_and_counts_for_no_treadmill() -> None:
    live = floor()
    view = live.view(0)
    tile = next(tile for tile in view.tiles if tile.id == DRILL)
    assert (tile.name, tile.has_session, tile.has_record) == ("DRILL, no treadmill", False, False)
    assert (view.moving, view.picture().floor["treadmills"], live.machine_ids()) == (1, 1, ["tm-01"])


def test_board_and_operator_show_nothing_of_it() -> None:
    live = floor()
    view = live.view(0)
    assert list(board_picture(view.machines, live.sessions(), bus=True).tiles) == ["tm-01"]
    assert DRILL not in str(operator_view(live, 0, 0))
    assert [unit.unit for unit in live.units(0)] == ["unit-01"]


def test_its_tile_goes_with_its_unit() -> None:
    live = floor()
    live.unit_status(DRILL, status(online=False), 0)
    assert live.treadmill_ids() == ["tm-01"]


def test_no_unit_with_a_radio_takes_its_name() -> None:
    belt = Treadmill(id=DRILL, address="C0:00:00:00:00:01")
    for unit, treadmills in ((DRILL, ()), ("unit-01", (belt,))):
        with pytest.raises(ValueError, match="practise"):
            UnitConfig(unit=unit, treadmill=treadmills)
    UnitConfig(unit=DRILL, radio=RADIO, treadmill=(belt,))


def test_an_office_gives_nobody_its_name_and_makes_its_settings(tmp_path: Path) -> None:
    hub = EnrollingHub(tmp_path)
    for client in (
        Client(name=DRILL, role="unit"),
        Client(name=DRILL, role="viewer"),
        Client(name="unit-02", role="unit", treadmills=(UnitDevice(DRILL),)),
        Client(name="unit-02", role="unit", straps=(UnitDevice(DRILL),)),
    ):
        with pytest.raises(ConfigError, match="practise"):
            hub.office.admit(client)
    hub.join(UNIT)
    assert joined(hub.office.register()) == ["unit-01"]
    settings = load(hub.places.services / "drill.toml", HubConfig)
    assert Path(settings.broker.cert_file).name == "drill.pem"
    assert Path(settings.broker.cert_file).stat().st_mode & 0o077 == 0


def test_only_who_plays_a_part_hears_of_it_at_the_broker() -> None:
    clients = [THE_DRILL, *(Client(name=role, role=role) for role in ROLES if role != "unit")]
    sections = access_list("gym", clients).split("\nuser ")[1:]
    shut = {
        section.split("\n")[0]
        for section in sections
        if "deny backstride/v1/gym/treadmill/drill/#" in section
    }
    assert shut == set(ROLES) - {"unit", "session", "console", "cli", "sim"}


@pytest.fixture
def machine() -> MemoryTreadmill:
    """One whose belt runs at 2.0 km/h."""
    made = MemoryTreadmill("D1:00:00:00:00:01", BeltSpec(start_delay_ms=0))
    for written in (b"\x00", b"\x07", b"\x02\xc8\x00"):
        made.written(written)
        made.computer.step(3_000)
    assert made.belt.speed_ckmh == 200
    return made


async def test_a_lost_link_leaves_its_belt_running_until_it_is_put_right(machine: MemoryTreadmill) -> None:
    befall(machine, "link_lost")
    machine.computer.step(10_000)
    assert (machine.device.present, machine.belt.speed_ckmh) == (False, 200)
    befall(machine, RIGHT)
    assert machine.device.present


async def test_it_runs_on_whatever_it_is_told_until_its_key_is_pulled(machine: MemoryTreadmill) -> None:
    befall(machine, "ignore_stop")
    machine.written(b"\x08\x01")
    machine.computer.step(10_000)
    assert machine.belt.speed_ckmh == 200
    befall(machine, "safety_key")
    machine.computer.step(10_000)
    assert machine.belt.speed_ckmh == 0
    befall(machine, RIGHT)
    assert machine.belt.key_in
    assert not machine.belt.quirks.ignore_stop


async def test_other_words_change_nothing(machine: MemoryTreadmill) -> None:
    before = (machine.device.present, machine.belt.key_in, machine.belt.quirks)
    befall(machine, "overspeed")
    assert (machine.device.present, machine.belt.key_in, machine.belt.quirks) == before
    assert set(FAULTS) == {"link_lost", "ignore_stop", "safety_key"}


async def test_two_who_begin_at_once_begin_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[asyncio.subprocess.Process] = []
    create = asyncio.create_subprocess_exec

    async def counted(*_words: str, **pipes: Any) -> asyncio.subprocess.Process:
        begun.append(await create(sys.executable, "-c", "input()", **pipes))
        return begun[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", counted)
    drills = DrillProcess(tmp_path / "hub.toml")
    await asyncio.gather(drills.begin(), drills.begin())
    assert len(begun) == 1
    await drills.end()
    assert not drills.running
