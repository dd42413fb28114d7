"""A unit with a certificate of its own, in another's name: whatever it says of devices it does not serve is dropped."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import pytest
from growth import held
from msgspec.structs import replace
from session_floor import SITE, FloorDesk, SessionFloor
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.roster import UNLISTED_MAX, Roster, Standing
from device_adapters.bus.site import HELD_MAX, SiteBus
from device_adapters.clock import ManualClock
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.phrase import english
from device_adapters.errors import MessageError
from services.metrics.points import Point
from services.metrics.writer import Writer
from services.session.journal import Journal
from services.session.service import SessionService

MINE = {"unit": "unit-09", "boot": "boot-9", "at_ms": 1}


def status(unit: str, boot: str, *devices: str, online: bool = True) -> m.UnitStatus:
    straps = tuple(d for d in devices if d.startswith("hr-"))
    treadmills = tuple(d for d in devices if d.startswith("tm-"))
    return m.UnitStatus(unit=unit, online=online, boot=boot, at_ms=0, treadmills=treadmills, straps=straps)


def state(treadmill: str, **wrong: Any) -> m.TreadmillState:
    return m.TreadmillState(**{"treadmill": treadmill, "link": "connected", **MINE, **wrong})


def strap(id_: str, **wrong: Any) -> m.StrapState:
    return m.StrapState(**{"strap": id_, "link": "connected", **MINE, **wrong})


def heart(id_: str, boot: str = "boot-9") -> m.StrapTelemetry:
    return m.StrapTelemetry(strap=id_, boot=boot, seq=1_000_000, at_ms=1, hr_bpm=80)


def speed(id_: str, boot: str = "boot-9") -> m.TreadmillTelemetry:
    return m.TreadmillTelemetry(treadmill=id_, boot=boot, seq=1_000_000, at_ms=1, speed_kmh=0)


def result(treadmill: str) -> m.Result:
    return m.Result(id="c1", treadmill=treadmill, outcome="refused", at_ms=1)


FORGED: list[tuple[str, Any, str, Any]] = [
    ("its own topic, another's strap", registry.STRAP_TELEMETRY, "hr-09", heart("hr-01")),
    ("another's topic and strap", registry.STRAP_TELEMETRY, "hr-01", heart("hr-01")),
    ("its own topic, another's belt", registry.TREADMILL_TELEMETRY, "tm-09", speed("tm-01")),
    ("another's topic and belt", registry.TREADMILL_TELEMETRY, "tm-01", speed("tm-01")),
    ("a state in another's name", registry.TREADMILL_STATE, "tm-09", state("tm-01")),
    ("a state of a belt that it does not serve", registry.TREADMILL_STATE, "tm-01", state("tm-01")),
    ("a state of a strap that it does not serve", registry.STRAP_STATE, "hr-01", strap("hr-01")),
    ("its strap at another's belt", registry.STRAP_STATE, "hr-09", strap("hr-09", treadmill="tm-01")),
    ("an invented belt", registry.TREADMILL_STATE, "tm-77", state("tm-77")),
    ("an invented strap", registry.STRAP_TELEMETRY, "hr-77", heart("hr-77")),
    ("another unit's status", registry.UNIT_STATUS, "unit-09", status("unit-01", "boot-1", online=False)),
    ("a result for another's belt", registry.RESULT, "tm-09", result("tm-01")),
    ("a result for an invented belt", registry.RESULT, "tm-77", result("tm-77")),
    ("nearby straps of another unit", registry.NEARBY, "unit-09", m.Nearby(unit="unit-01", boot="boot-9", at_ms=1)),
    ("an event about another's belt", registry.EVENT, "", m.Event(
        id="e1", at_ms=1, source="unit-09", kind="hazard", severity="alarm", treadmill="tm-01")),
]  # fmt: skip


class ForgedWorld:
    """A site bus that a true unit and a forger speak on; `heard` is what a service would act on."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.heard: list[tuple[str, Any]] = []
        self.complaints: list[str] = []
        self.buses = {name: MemoryBus(self.broker, client_id=name) for name in ("service", "true", "forger")}
        self.service = SiteBus(self.buses["service"], SITE, lambda _t, e: self.complaints.append(str(e)))
        self.true = SiteBus(self.buses["true"], SITE, _unexpected)
        self.forger = SiteBus(self.buses["forger"], SITE, _unexpected)
        for channel in registry.CHANNELS:
            if "unit" in channel.publishers and not channel.path.startswith("stop/"):
                self.service.subscribe(channel, lambda id_, said: self.heard.append((id_, said)))
        self.tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self.tasks = [asyncio.create_task(bus.run()) for bus in self.buses.values()]
        await until(lambda: all(bus.connected for bus in self.buses.values()))
        await self.true.publish(
            registry.UNIT_STATUS, status("unit-01", "boot-1", "tm-01", "hr-01"), "unit-01"
        )
        await self.forger.publish(
            registry.UNIT_STATUS, status("unit-09", "boot-9", "tm-09", "hr-09"), "unit-09"
        )
        await self.true.publish(
            registry.TREADMILL_STATE, state("tm-01", unit="unit-01", boot="boot-1"), "tm-01"
        )
        await until(lambda: len(self.heard) == 3)
        self.heard.clear()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def settled(self) -> None:
        """Everything published before has been delivered: a true message came through after it."""
        await self.true.publish(registry.TREADMILL_TELEMETRY, speed("tm-01", "boot-1"), "tm-01")
        await until(lambda: any(getattr(said, "boot", "") == "boot-1" for _, said in self.heard))
        self.heard = [(i, said) for i, said in self.heard if getattr(said, "boot", "") != "boot-1"]


def _unexpected(topic: str, error: MessageError) -> None:
    pytest.fail(f"{topic}: {error}")


@pytest.mark.parametrize(
    ("channel", "topic", "said"), [row[1:] for row in FORGED], ids=[r[0] for r in FORGED]
)
async def test_a_forged_message_reaches_nobody(channel: Any, topic: str, said: Any) -> None:
    async with ForgedWorld() as world:
        for _ in range(3):
            await world.forger.publish(channel, said, topic)
        await world.settled()
        assert world.heard == []


async def test_what_a_unit_says_of_its_own_devices_is_heard() -> None:
    async with ForgedWorld() as world:
        await world.forger.publish(registry.STRAP_STATE, strap("hr-09", treadmill="tm-09"), "hr-09")
        await world.forger.publish(registry.STRAP_TELEMETRY, heart("hr-09"), "hr-09")
        await world.forger.publish(registry.TREADMILL_STATE, state("tm-09"), "tm-09")
        await world.forger.publish(registry.RESULT, result("tm-09"), "tm-09")
        await world.settled()
        assert len(world.heard) == 4
        assert world.complaints == []


async def test_a_flood_of_forgeries_is_told_by_powers_of_ten_and_grows_nothing() -> None:
    async with ForgedWorld() as world:
        sizes = []
        for number in range(3 * HELD_MAX):
            id_ = f"hr-{number:08d}"
            await world.forger.publish(registry.STRAP_TELEMETRY, heart(id_), id_)
            await world.forger.publish(registry.STRAP_STATE, strap(id_, unit="unit-77"), id_)
            if (number + 1) % HELD_MAX == 0:
                await world.settled()
                sizes.append(held(world.service, world.broker, world.heard, world.complaints))
        assert world.heard == []
        assert world.service.refused["strap/{id}/telemetry"] == 3 * HELD_MAX
        assert len(world.complaints) <= 10
        assert max(sizes) < 8 * HELD_MAX


async def test_a_state_before_its_units_status_counts_once_the_status_is_there() -> None:
    async with ForgedWorld() as world:
        late = state("tm-05", unit="unit-05", boot="boot-5")
        await world.true.publish(registry.TREADMILL_STATE, late, "tm-05")
        await world.settled()
        assert world.heard == []
        said = status("unit-05", "boot-5", "tm-05")
        await world.true.publish(registry.UNIT_STATUS, said, "unit-05")
        await until(lambda: len(world.heard) == 2)
        assert ("tm-05", late) in world.heard


def test_a_roaming_strap_is_its_wearers_units_and_nobody_elses() -> None:
    roster = Roster()
    roster.expect_wearers()
    roster.judge("unit-01", status("unit-01", "boot-1", "tm-01"))
    roster.judge("unit-09", status("unit-09", "boot-9", "tm-09"))
    assert roster.judge("tm-01", state("tm-01", unit="unit-01", boot="boot-1")) is Standing.TAKEN
    roaming = "hr-0123456789"
    assert roster.judge(roaming, heart(roaming, "boot-1")) is not Standing.TAKEN
    roster.worn("tm-01", roaming)
    assert roster.judge(roaming, heart(roaming, "boot-1")) is Standing.TAKEN
    assert roster.judge(roaming, heart(roaming)) is Standing.FOREIGN
    assert roster.judge(roaming, strap(roaming)) is Standing.FOREIGN
    assert roster.judge(roaming, strap(roaming, unit="unit-01", boot="boot-1")) is Standing.TAKEN


def test_a_unit_that_lists_a_roaming_strap_or_anothers_belt_speaks_for_neither() -> None:
    roster = Roster()
    roster.expect_wearers()
    roaming = "hr-0123456789"
    roster.judge("unit-01", status("unit-01", "boot-1", "tm-01"))
    assert roster.judge("tm-01", state("tm-01", unit="unit-01", boot="boot-1")) is Standing.TAKEN
    roster.worn("tm-01", roaming)
    roster.judge("unit-09", status("unit-09", "boot-9", "tm-01", roaming))
    assert roster.judge(roaming, strap(roaming)) is Standing.FOREIGN
    assert roster.judge(roaming, heart(roaming)) is Standing.FOREIGN
    assert roster.judge(roaming, heart(roaming, "boot-1")) is Standing.TAKEN
    said = m.Event(id="e1", at_ms=1, source="unit-09", kind="hazard", severity="alarm", treadmill="tm-01")
    assert roster.judge("", said) is Standing.FOREIGN
    assert roster.judge("", replace(said, source="unit-01")) is Standing.TAKEN


def test_a_unit_that_lists_nothing_may_bring_only_so_many_devices_and_none_of_anothers() -> None:
    roster = Roster()
    roster.judge("unit-01", status("unit-01", "boot-1", "tm-01"))
    roster.judge("unit-09", status("unit-09", "boot-9"))
    assert roster.judge("tm-01", state("tm-01")) is Standing.FOREIGN
    taken = [roster.judge(f"tm-x{n}", state(f"tm-x{n}")) for n in range(2 * UNLISTED_MAX)]
    assert taken.count(Standing.TAKEN) == UNLISTED_MAX


def test_what_an_earlier_boot_left_on_its_disk_is_old_and_no_forgery() -> None:
    roster = Roster()
    roster.judge("unit-01", status("unit-01", "boot-1", "tm-01"))
    roster.judge("unit-01", status("unit-01", "boot-2", "tm-01"))
    assert roster.judge("tm-01", speed("tm-01", "boot-1")) is Standing.OLD
    assert Roster(past=True).judge("tm-01", speed("tm-01", "boot-1")) is Standing.TAKEN


async def test_forged_hearts_and_states_change_no_session(tmp_path: Path) -> None:
    """A heart out of bounds stops the belt although a second unit vouches for a calm one, and ends no session."""
    clock, broker = ManualClock(now_ms=50_000), MemoryBroker()
    buses = {name: MemoryBus(broker, client_id=name) for name in ("unit", "desk", "forger", "session")}
    floor, desk = SessionFloor(buses["unit"], clock, 1), FloorDesk(buses["desk"])
    forger = SiteBus(buses["forger"], SITE, _unexpected)
    service = SessionService(buses["session"], SITE, clock, Journal(tmp_path / "s.db"), "session-a")
    ready = asyncio.Event()
    tasks = [asyncio.create_task(buses[name].run()) for name in ("unit", "desk", "forger")]
    tasks += [asyncio.create_task(floor.run()), asyncio.create_task(service.run(ready.set))]
    try:
        await ready.wait()
        await forger.publish(registry.UNIT_STATUS, status("unit-09", "boot-9", "tm-09", "hr-09"), "unit-09")
        await _run(clock, 600)
        reply = await desk.start()
        assert reply.ok, reply.text
        await _run(clock, 400)
        await until(lambda: any(c.verb == "start" for c in floor.commands["tm-01"]))
        floor.hr_bpm = 210
        for step in range(400):
            calm = m.StrapTelemetry(
                strap="hr-01", boot="boot-9", seq=10**6 + step, at_ms=clock.wall_ms(), hr_bpm=90 + step % 3,
                contact=True,
            )  # fmt: skip
            for topic in ("hr-09", "hr-01"):
                await forger.publish(registry.STRAP_TELEMETRY, calm, topic)
            forged: tuple[tuple[Any, str, Any], ...] = (
                (registry.UNIT_STATUS, "unit-09", status("unit-01", "boot-1", online=False)),
                (registry.TREADMILL_STATE, "tm-09", state("tm-01", boot="boot-1", unit="unit-01")),
                (registry.TREADMILL_STATE, f"tm-y{step}", state(f"tm-y{step}")),
                (registry.STRAP_STATE, f"hr-y{step}", strap(f"hr-y{step}")),
            )
            for channel, id_, said in forged:
                await forger.publish(channel, said, id_)
            await _run(clock, 100)
            if desk.phase() in ("stopping", "ended"):
                break
        assert desk.phase() in ("stopping", "ended"), "calm hearts of another unit kept the belt going"
        assert "heart" in english(desk.view().why).lower(), desk.view().why
        refused = await desk.start("tm-y1")
        assert (refused.ok, refused.cause) == (False, "unknown_treadmill")
        refused = await desk.start(strap="hr-y1")
        assert not refused.ok
    finally:
        for task in reversed(tasks):
            task.cancel()
        for _ in range(300):
            await clock.advance(100)
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(clock: ManualClock, ms: int) -> None:
    for _ in range(ms // 50):
        await clock.advance(50)


async def test_the_metrics_service_stores_nothing_of_devices_that_a_unit_does_not_serve() -> None:
    stored: list[Any] = []

    class Sink:
        def write(self, points: Sequence[Point]) -> int:
            stored.extend(points)
            return 0

        def close(self) -> None: ...

    broker = MemoryBroker()
    ear, forger_bus = MemoryBus(broker, client_id="metrics"), MemoryBus(broker, client_id="forger")
    clock = ManualClock()
    writer = Writer(ear, SITE, Sink(), clock)
    forger = SiteBus(forger_bus, SITE, _unexpected)
    tasks = [asyncio.create_task(bus.run()) for bus in (ear, forger_bus)]
    try:
        await until(lambda: ear.connected and forger_bus.connected)
        await forger.publish(registry.UNIT_STATUS, status("unit-09", "boot-9", "tm-09"), "unit-09")
        await forger.publish(registry.TREADMILL_STATE, state("tm-01"), "tm-01")
        await forger.publish(registry.STRAP_TELEMETRY, heart("hr-01"), "hr-09")
        await until(lambda: writer.malformed == 2)
        assert writer.waiting == 1
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
