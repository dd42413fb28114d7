"""The session service on the in-memory bus: units with the real envelope, virtual time, a real journal."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from session_floor import SITE, FloorDesk, SessionFloor
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import ManualClock
from device_adapters.contract import registry
from device_adapters.contract.messages import SessionRequest, Stop, TreadmillLabel
from device_adapters.contract.phrase import english
from device_adapters.safety.limits import Goal, Level
from services.session import interrupted, service
from services.session.journal import Entry, Journal
from services.session.journalled import StartRecord
from services.session.service import SessionService


@dataclass
class ServiceGym:
    """A broker, a unit, a desk, and as many session services as a test starts."""

    path: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(now_ms=50_000))
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    services: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    buses: dict[str, MemoryBus] = field(default_factory=dict)
    journals: list[Journal] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    floor: SessionFloor = field(init=False)
    desk: FloorDesk = field(init=False)

    async def open(self, treadmills: int = 2) -> None:
        unit_bus, desk_bus = self.bus("unit"), self.bus("desk")
        self.floor = SessionFloor(unit_bus, self.clock, treadmills)
        self.desk = FloorDesk(desk_bus)
        self.tasks += [asyncio.create_task(bus.run()) for bus in (unit_bus, desk_bus)]
        await until(lambda: unit_bus.connected and desk_bus.connected)
        self.tasks.append(asyncio.create_task(self.floor.run()))

    def bus(self, name: str) -> MemoryBus:
        self.buses[name] = MemoryBus(self.broker, client_id=name)
        return self.buses[name]

    async def serve(self, name: str = "session-a") -> None:
        """Start a session service and wait until it takes requests and knows the floor."""
        journal = Journal(self.path / "sessions.db")
        self.journals.append(journal)
        made = SessionService(self.bus(name), SITE, self.clock, journal, name)
        ready = asyncio.Event()
        self.services[name] = asyncio.create_task(made.run(ready.set))
        async with asyncio.timeout(60):
            await ready.wait()
        await self.run(600)

    async def run(self, ms: int) -> None:
        """Let virtual time pass, and everybody do what is due."""
        for _ in range(ms // 50):
            await self.clock.advance(50)

    async def run_until(self, phase: str, treadmill: str = "tm-01", within_ms: int = 60_000) -> None:
        end = self.clock.now_ms() + within_ms
        while self.desk.phase(treadmill) != phase:
            assert self.clock.now_ms() < end, f"still {self.desk.phase(treadmill)}"
            await self.run(100)

    async def start(self, treadmill: str = "tm-01", **changes: Any) -> None:
        """A session that runs. The journal writes in real time: virtual time waits for it."""
        before = len(self._starts(treadmill))
        reply = await self.desk.start(treadmill, **changes)
        assert reply.ok, reply.text
        await self.run(400)
        await until(lambda: len(self._starts(treadmill)) > before, seconds=60)
        await self.run_until("running", treadmill)

    def _starts(self, treadmill: str) -> list[Any]:
        return [c for c in self.floor.commands[treadmill] if c.verb == "start"]

    async def leave(self, name: str = "session-a") -> None:
        """Ask the service to end, as SIGTERM does, while time goes on."""
        task = self.services[name]
        task.cancel()
        async with asyncio.timeout(60):
            while not task.done():
                await self.run(100)
        with pytest.raises(asyncio.CancelledError):
            await task

    async def close(self) -> None:
        for task in self.services.values():
            task.cancel()
        for _ in range(300):
            if not all(task.done() for task in self.services.values()):
                await self.run(100)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.services.values(), *self.tasks, return_exceptions=True)
        for journal in self.journals:
            journal.close()


@pytest.fixture
async def gym(tmp_path: Path) -> AsyncIterator[ServiceGym]:
    made = ServiceGym(tmp_path)
    await made.open()
    yield made
    await made.close()


async def test_a_session_from_the_request_to_its_end(gym: ServiceGym) -> None:
    await gym.serve()
    await gym.start(alias="Guest 1")
    await gym.run_until("ended", within_ms=320_000)
    views = gym.desk.views["tm-01"]
    last = views[-1]
    assert (last.outcome, last.programme, last.step, last.steps) == ("completed", "Retro walk, 5 min", 5, 5)
    assert last.off_plan_kmh <= 0.1
    phases = [view.phase for view in views]
    assert [a for a, b in pairwise([*phases, ""]) if a != b] == ["starting", "running", "stopping", "ended"]
    assert {view.step for view in views} == {1, 2, 3, 4, 5}
    assert max(view.target_kmh for view in views) == 1.4
    assert len(views) < 2 * 310, "views come at most twice a second"
    running = next(view for view in views if view.phase == "running" and view.elapsed_s > 5)
    assert (running.strap, running.alias) == ("hr-01", "Guest 1")
    assert running.hr_bpm in (101, 102)
    unit = gym.floor.units["tm-01"]
    assert (unit.belt.speed_ckmh, unit.state.latched, unit.state.lease.claim) == (0, "", None)
    assert gym.desk.leases["tm-01"][-1].ttl_ms == 0
    assert {lease.strap for lease in gym.desk.leases["tm-01"]} == {"hr-01"}
    await until(lambda: not gym.journals[0].unfinished())
    kinds = [entry.kind for entry in gym.journals[0].entries(last.session)]
    assert (kinds[0], kinds.count("start"), kinds.count("end")) == ("start", 1, 1)
    assert kinds.count("command") == len(gym.floor.commands["tm-01"])


async def test_every_lease_is_renewed_twice_a_second_when_a_gym_is_ticked_in_parts(
    gym: ServiceGym, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "TICKED_AT_ONCE", 1)
    await gym.serve()
    for treadmill in gym.floor.units:
        await gym.start(treadmill)
    before = {treadmill: len(gym.desk.leases[treadmill]) for treadmill in gym.floor.units}
    await gym.run(10_000)
    renewed = {treadmill: len(gym.desk.leases[treadmill]) - n for treadmill, n in before.items()}
    assert renewed == {"tm-01": 25, "tm-02": 25}


async def test_pause_resume_and_stop_over_the_bus(gym: ServiceGym) -> None:
    await gym.serve()
    await gym.start()
    await gym.run(8_000)
    assert (await gym.desk.ask("pause")).ok
    await gym.run_until("paused")
    assert not (await gym.desk.ask("pause")).ok
    assert (await gym.desk.ask("resume")).ok
    await gym.run_until("running")
    reply = await gym.desk.ask("stop")
    assert reply.ok
    assert reply.session == gym.desk.view().session
    await gym.run_until("ended")
    assert gym.desk.view().outcome == "stopped"


async def test_each_treadmill_runs_its_own_session(gym: ServiceGym) -> None:
    await gym.serve()
    await gym.start("tm-01")
    await gym.start("tm-02", goal="knee_strength")
    await gym.run(3_000)
    one, two = gym.desk.view("tm-01"), gym.desk.view("tm-02")
    assert (one.goal, two.goal) == ("mobility", "knee_strength")
    assert one.hr_bpm is not None
    assert two.hr_bpm == one.hr_bpm + 1
    await gym.desk.ask("stop", "tm-01")
    await gym.run_until("ended", "tm-01")
    assert gym.desk.phase("tm-02") == "running"


async def test_what_cannot_be_is_refused_with_cause_and_text(gym: ServiceGym) -> None:
    await gym.serve()
    await gym.start("tm-01")
    for reply, cause in [
        (await gym.desk.start("tm-01"), "busy"),
        (await gym.desk.start("tm-02", strap="hr-01"), "strap_busy"),
        (await gym.desk.start("tm-09"), "unknown_treadmill"),
        (await gym.desk.start("tm-02", programme="Sprint"), "no_programme"),
        (await gym.desk.ask("start", "tm-02"), "malformed"),
        (await gym.desk.ask("pause", "tm-02"), "no_session"),
        (await gym.desk.ask("clear", "tm-01"), "busy"),
        (await gym.desk.ask("clear", "tm-02", by=" "), "no_person"),
    ]:
        assert (reply.ok, reply.cause) == (False, cause)
        assert len(reply.text) > 10
    await until(lambda: sum(e.kind == "request_refused" for e in gym.desk.events) == 8)
    assert gym.floor.commands["tm-02"] == []


async def test_nobody_starts_on_a_treadmill_that_is_out_of_use_by_any_door(gym: ServiceGym) -> None:
    await gym.serve()
    console = SiteBus(gym.buses["desk"], SITE, lambda _topic, _error: None)
    label = TreadmillLabel(treadmill="tm-01", at_ms=0, out_of_use="The belt slips")
    await console.publish(registry.TREADMILL_LABEL, label, "tm-01")
    await gym.run(200)
    refused = await gym.desk.start("tm-01")
    assert (refused.ok, refused.cause) == (False, "out_of_use")
    assert (
        english(refused.said or refused.text)
        == "This treadmill is out of use: The belt slips. Use another one."
    )
    assert gym.floor.commands["tm-01"] == []
    back = TreadmillLabel(treadmill="tm-01", at_ms=1, name="Window")
    await console.publish(registry.TREADMILL_LABEL, back, "tm-01")
    await gym.run(200)
    await gym.start("tm-01")


async def test_a_malformed_request_is_answered_and_a_request_that_comes_twice_is_done_once(
    gym: ServiceGym,
) -> None:
    await gym.serve()
    topic = registry.SESSION_REQUEST.topic(SITE)
    await gym.desk.bus.publish(topic, b'{"client":"desk","id":"x1","verb":"fly","treadmill":"tm-01"}')
    await gym.desk.bus.publish(topic, b"\xff")
    await until(lambda: gym.desk.replies)
    assert (gym.desk.replies[0].id, gym.desk.replies[0].cause) == ("x1", "malformed")
    assert "verb" in gym.desk.replies[0].text
    request = registry.SESSION_REQUEST.encode(
        SessionRequest(
            id="x2",
            client="desk",
            verb="start",
            treadmill="tm-01",
            goal=Goal.MOBILITY,
            level=Level.NOVICE,
            spotter=True,
            screened=True,
        )
    )
    for _ in range(3):
        await gym.desk.bus.publish(topic, request)
    await gym.desk.ask("pause", "tm-02")
    assert {(r.ok, r.session) for r in gym.desk.replies if r.id == "x2"} == {
        (True, gym.desk.view("tm-01").session)
    }
    assert len([e for e in gym.desk.events if e.cause == "requested"]) == 1


async def test_a_retained_request_never_starts_a_belt(gym: ServiceGym) -> None:
    request = SessionRequest(
        id="x1",
        client="desk",
        verb="start",
        treadmill="tm-01",
        goal=Goal.MOBILITY,
        level=Level.NOVICE,
        screened=True,
    )
    topic = registry.SESSION_REQUEST.topic(SITE)
    await gym.desk.bus.publish(topic, registry.SESSION_REQUEST.encode(request), retain=True)
    await gym.serve()
    await until(lambda: gym.desk.replies)
    assert gym.desk.replies[0].cause == "retained"
    await gym.run(5_000)
    assert gym.floor.commands == {}


@pytest.mark.parametrize("channel", [registry.STOP_ALL, registry.STOP_ONE])
async def test_a_stop_on_the_bus_ends_the_session_and_needs_a_clear(gym: ServiceGym, channel: Any) -> None:
    await gym.serve()
    await gym.start()
    await gym.desk.site.publish(channel, Stop(by="Ben"), "tm-01")
    await gym.run_until("ended")
    view = gym.desk.view()
    assert (view.outcome, english(view.why)) == ("stopped", "Stop was pressed by Ben.")
    assert (await gym.desk.start()).cause == "latched"
    clearing = asyncio.create_task(gym.desk.ask("clear"))
    await gym.run(600)
    assert (await clearing).ok
    await gym.run(600)
    await gym.start()


async def test_a_stop_with_any_payload_counts(gym: ServiceGym) -> None:
    await gym.serve()
    await gym.start()
    await gym.desk.bus.publish(registry.STOP_ALL.topic(SITE), b"\x00 not json")
    await gym.run_until("ended")
    assert gym.desk.view().outcome == "stopped"


def _ended(desk: FloorDesk, treadmill: str) -> bool:
    return desk.phase(treadmill) == "ended"


async def test_a_service_that_is_asked_to_end_brings_its_belts_to_rest_first(gym: ServiceGym) -> None:
    await gym.serve()
    await gym.start("tm-01")
    await gym.start("tm-02", goal="athletic")
    await gym.run(20_000)
    assert gym.floor.units["tm-02"].belt.speed_ckmh > 200
    await gym.leave()
    for treadmill, unit in gym.floor.units.items():
        assert unit.belt.speed_ckmh == 0
        assert unit.state.lease.claim is None
        assert not unit.state.latched
        await until(partial(_ended, gym.desk, treadmill))
        assert english(gym.desk.view(treadmill).why) == "The session service was shut down."
    assert gym.journals[0].unfinished() == []


async def test_the_broker_away_for_a_while_interrupts_and_the_unit_stops_by_itself(gym: ServiceGym) -> None:
    await gym.serve()
    await gym.start()
    await gym.run(10_000)
    gym.buses["session-a"].cut()
    await gym.run(6_000)
    unit = gym.floor.units["tm-01"]
    assert unit.belt.speed_ckmh == 0
    assert unit.state.latched == "lease_expired"
    assert gym.desk.phase() == "running", "nobody could say otherwise yet"
    gym.buses["session-a"].mend()
    await gym.run_until("ended")
    assert gym.desk.view().outcome == "interrupted"
    await gym.run(20_000)
    assert unit.belt.speed_ckmh == 0


async def test_the_unit_s_last_will_interrupts_its_sessions(gym: ServiceGym) -> None:
    await gym.serve()
    await gym.start()
    offline = b'{"unit":"unit-01","online":false,"boot":"boot-1","at_ms":1}'
    await gym.desk.bus.publish(registry.UNIT_STATUS.topic(SITE, "unit-01"), offline, retain=True)
    await gym.run_until("ended")
    assert gym.desk.view().outcome == "interrupted"
    assert (await gym.desk.start()).cause == "unit_offline"


async def test_another_instance_cannot_take_a_belt_that_is_held(gym: ServiceGym) -> None:
    await gym.serve("session-a")
    await gym.start()
    await gym.serve("session-b")
    desk = FloorDesk(gym.bus("other-desk"), "other")
    gym.tasks.append(asyncio.create_task(desk.bus.run()))
    await until(lambda: desk.bus.connected)
    await desk.site.publish(
        registry.SESSION_REQUEST,
        SessionRequest(
            id="y1",
            client="other",
            verb="start",
            treadmill="tm-01",
            goal=Goal.MOBILITY,
            level=Level.NOVICE,
            spotter=True,
            screened=True,
        ),
    )
    await until(lambda: len(desk.replies) == 2)
    assert {reply.cause for reply in desk.replies} == {"busy", "lease_taken"}


async def test_what_a_vanished_service_left_is_closed_as_interrupted_and_not_resumed(gym: ServiceGym) -> None:
    left = Journal(gym.path / "sessions.db")
    body = StartRecord(Goal.MOBILITY, Level.NOVICE, "Retro walk, 5 min", "m-7", "Anna")
    left.append([Entry(1, "s-old", "tm-01", "start", msgspec.json.encode(body))])
    left.append([Entry(1, "s-torn", "tm-02", "start", b"\xff")])
    left.close()
    await gym.serve()
    await until(lambda: gym.desk.views["tm-01"] and gym.desk.events)
    view = gym.desk.view()
    assert (view.session, view.phase, view.outcome, view.member) == ("s-old", "ended", "interrupted", "m-7")
    assert view.why == interrupted.WHY
    assert gym.desk.events[0].id == "s-old-interrupted"
    await until(lambda: gym.journals[0].unfinished() == [])
    await gym.run(10_000)
    assert gym.floor.commands == {}
    await gym.start()
    ids = [e.id for e in gym.desk.events if e.cause == "interrupted"]
    assert ids == ["s-old-interrupted", "s-torn-interrupted"]


async def test_requests_are_refused_while_the_service_ends(gym: ServiceGym) -> None:
    await gym.serve()
    await gym.start("tm-01")
    gym.services["session-a"].cancel()
    await gym.run(200)
    assert (await gym.desk.start("tm-02")).cause == "service_stopping"
