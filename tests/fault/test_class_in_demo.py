"""A class over a real broker and the virtual radio: one clock in three lanes, and signal 9 to each process under it."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
from demo_bus import ON_ITS_WAY, DemoBus, demo_bus
from demo_process import RunningDemo, end_demo, start_demo
from sampling import some

from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.limits import Goal, Level

pytestmark = [pytest.mark.demo, pytest.mark.timeout(400)]

LANES = ("tm-01", "tm-02", "tm-03")
RETURNED_S = 60.0
QUIET_S = 6.0
OFF_S = 1.0


class ClassDesk:
    """A desk that asks for a class and hears of it; `told`: (loop time, what) of class and lanes."""

    def __init__(self, bus: DemoBus) -> None:
        self.bus = bus
        self.views: list[tuple[float, m.ClassView]] = []
        self.lanes: list[tuple[float, m.SessionView]] = []
        loop = asyncio.get_running_loop()
        bus.bus.subscribe(registry.CLASS_VIEW, lambda _, said: self.views.append((loop.time(), said)))
        bus.bus.subscribe(registry.SESSION_VIEW, lambda _, said: self._lane(said))

    def _lane(self, said: m.SessionView) -> None:
        self.bus.views[said.treadmill] = said
        self.lanes.append((asyncio.get_running_loop().time(), said))

    @property
    def seen(self) -> m.ClassView:
        return self.views[-1][1] if self.views else m.ClassView(at_ms=0)

    def phases(self) -> set[str]:
        return {lane.phase for lane in self.seen.lanes if lane.phase != "ended"}

    async def ask(self, verb: m.ClassVerb, **more: object) -> m.SessionReply:
        id_ = uuid.uuid4().hex
        values = {"id": id_, "client": "fault-test", "verb": verb, "by": "Kim", **more}
        await self.bus.bus.publish(registry.CLASS_REQUEST, m.ClassRequest(**values))  # type: ignore[arg-type]
        await self.bus.until(lambda: any(r.id == id_ for r in self.bus.replies), 10, f"an answer to {verb}")
        return next(r for r in self.bus.replies if r.id == id_)

    async def under_way(self) -> None:
        reply = await self.ask("open", goal=Goal.MOBILITY, level=Level.NOVICE)
        assert reply.ok, reply.text
        for lane in LANES:
            more = {"level": Level.NOVICE, "spotter": True, "hr_max_bpm": 185, "screened": True}
            start = partial(self.bus.request, "start", lane, class_id=reply.class_id, **more)
            async with asyncio.timeout(30):
                while (answer := await start()).cause in ON_ITS_WAY:
                    await asyncio.sleep(0.3)
            assert answer.ok, answer.text
        ready = lambda: [lane.phase for lane in self.seen.lanes].count("ready") == len(LANES)  # noqa: E731
        await self.bus.until(ready, 15, "all ready")
        assert (await self.ask("go")).ok
        await self.bus.until(lambda: self.phases() == {"with"}, 90, "all by the clock")


@pytest.fixture(scope="module")
def gym(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    running = start_demo(tmp_path_factory.mktemp("class"), "--treadmills", "3")
    yield running
    end_demo(running)


@pytest.fixture
async def desk(gym: RunningDemo) -> AsyncIterator[ClassDesk]:
    async with demo_bus(gym.mqtt_url, gym.data) as bus:
        await bus.settle(len(LANES))
        desk = ClassDesk(bus)
        await desk.ask("end")  # what a test before this one left
        yield desk


async def test_lanes_change_their_step_with_the_clock_and_one_that_stops_leaves_the_others(
    desk: ClassDesk,
) -> None:
    await desk.under_way()
    await desk.bus.until(lambda: desk.seen.step == 2, 120, "the second step")
    await desk.bus.until(lambda: {desk.bus.views[each].step for each in LANES} == {2}, 30, "in all lanes")
    changed = next(at for at, view in desk.views if view.step == 2 and view.phase == "running")
    for lane in LANES:
        own = next(at for at, view in desk.lanes if view.treadmill == lane and view.step == 2)
        assert abs(own - changed) <= OFF_S, (lane, own - changed)
    await desk.bus.bus.publish(registry.STOP_ONE, m.Stop(by="Kim"), "tm-02")
    await desk.bus.at_rest("tm-02", 20)
    await asyncio.sleep(5)
    assert desk.bus.belts["tm-01"] > 0
    assert desk.bus.belts["tm-03"] > 0
    await desk.bus.bus.publish(registry.STOP_ALL, m.Stop(by="Kim"))
    await asyncio.gather(*(desk.bus.at_rest(each, 20) for each in LANES))


@pytest.mark.parametrize("role", some(["console", "unit", "session", "broker"], 2))
async def test_a_killed_process_leaves_no_lane_moving_that_a_single_session_would_not(
    gym: RunningDemo, desk: ClassDesk, role: str
) -> None:
    bus = desk.bus
    await desk.under_way()
    killed = bus.kill(role)
    if role == "console":
        await bus.until(lambda: gym.pids.get(role, killed) != killed, RETURNED_S, f"{role} back")
        assert desk.phases() == {"with"}
        assert all(bus.belts[each] > 0 for each in LANES)
        assert (await desk.ask("stop")).ok
        await asyncio.gather(*(bus.at_rest(each, 20) for each in LANES))
        return
    if role == "broker":
        bus.belts.clear()  # nobody can tell them until it is back
    await asyncio.gather(*(bus.at_rest(each, RETURNED_S) for each in LANES))
    await bus.until(lambda: gym.pids.get(role, killed) != killed, RETURNED_S, f"{role} back")
    await bus.until(lambda: bus.bus.bus.connected, RETURNED_S, "the broker back")
    ended = lambda: all(bus.views[each].phase == "ended" for each in LANES)  # noqa: E731
    await bus.until(ended, RETURNED_S, "all shown as ended")
    assert {bus.views[each].outcome for each in LANES} == {"interrupted"}
    await bus.until(lambda: desk.seen.phase == "ended", RETURNED_S, "the class over")
    end = asyncio.get_running_loop().time() + QUIET_S
    while asyncio.get_running_loop().time() < end:
        assert all(bus.belts[each] == 0 for each in LANES), "one moved again by itself"
        await asyncio.sleep(0.1)
