"""Whatever happens to one lane of a class happens to it alone; and no process that dies leaves a class that moves."""

from collections.abc import Callable
from pathlib import Path

import pytest
from class_gym import ClassGym, class_gym, later
from virtual_time import virtual
from waiting import until

from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety import events as unit_events
from device_adapters.safety.hazards import Action, Cause, reaction

STOPPING = [
    cause
    for cause in Cause
    if reaction(cause).action >= Action.CONTROLLED_STOP and not cause.value.startswith("hr_")
]


@pytest.mark.parametrize("cause", STOPPING)
def test_a_hazard_in_one_lane_leaves_the_others_by_the_clock(tmp_path: Path, cause: Cause) -> None:
    def hazard(gym: ClassGym) -> None:
        gym.floor.units["tm-02"].feed(unit_events.Hazard(cause), gym.clock.now_ms())

    _alone(tmp_path, hazard)


def silent(gym: ClassGym) -> None:
    gym.floor.units["tm-02"].mute = True


def runaway(gym: ClassGym) -> None:
    gym.floor.units["tm-02"].belt.quirks.overspeed = True


def stopped_at_the_console(gym: ClassGym) -> None:
    gym.floor.units["tm-02"].belt.halt(pause=False)


def racing_heart(gym: ClassGym) -> None:
    gym.floor.hearts["tm-02"] = 141  # above 76 % of 185


@pytest.mark.parametrize("hazard", [silent, runaway, stopped_at_the_console, racing_heart])
def test_what_a_belt_or_a_heart_does_in_one_lane_is_its_own(
    tmp_path: Path, hazard: Callable[[ClassGym], None]
) -> None:
    _alone(tmp_path, hazard)


@virtual
async def _alone(tmp_path: Path, hazard: Callable[[ClassGym], None]) -> None:
    async with class_gym(tmp_path, 0, 0, 3) as gym:
        await gym.under_way()
        hazard(gym)
        others = ("tm-01", "tm-03")
        while gym.lane("tm-02") not in ("alone", "ended"):
            assert gym.seen.phase == "running", "it never left the class"
            assert [gym.lane(name) for name in others] == ["with", "with"]
            await later(0.5)
        seen = gym.seen.step
        await until(lambda: gym.seen.step > seen or gym.seen.phase == "ended", seconds=30)
        if gym.seen.phase == "running":
            await later(0.5)
            assert [gym.lane(name) for name in others] == ["with", "with"]
            assert {gym.desk.view(name).step for name in others} == {gym.seen.step}
            assert all(gym.speed(name) for name in others)


@virtual
async def test_a_broker_that_vanishes_brings_every_lane_to_rest(tmp_path: Path) -> None:
    async with class_gym(tmp_path, 0, 3, 6) as gym:
        await gym.under_way()
        gym.broker.stop()
        await until(gym.still, seconds=20)
        gym.broker.start()
        await later(30, gym.still)


@virtual
async def test_a_desk_that_vanishes_changes_nothing(tmp_path: Path) -> None:
    """The class goes on as it was let go, like a session whose page was closed: stops are at each belt."""
    async with class_gym(tmp_path, 0, 3) as gym:
        await gym.under_way()
        gym.desk_task.cancel()
        await until(lambda: all(gym.speed(name) == 340 for name in gym.names), seconds=60)
        await until(gym.still, seconds=200)


@virtual
async def test_a_stop_of_one_belt_stops_that_belt(tmp_path: Path) -> None:
    async with class_gym(tmp_path, 0, 0, 0) as gym:
        await gym.under_way()
        await gym.desk.site.publish(registry.STOP_ONE, m.Stop(by="Anna"), "tm-02")
        await until(lambda: gym.speed("tm-02") == 0, seconds=20)
        await later(20, lambda: gym.speed("tm-01") and gym.speed("tm-03") and not gym.speed("tm-02"))
        assert (gym.lane("tm-01"), gym.lane("tm-02"), gym.lane("tm-03")) == ("with", "ended", "with")
