"""A unit whose disk hangs, whose hub falls silent or whose clock steps: its belt comes to rest as if nothing were.

The whole unit in virtual time (`odd_unit.py`); a disk that hangs is a loop whose work in threads comes back 25 s later.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from odd_unit import ODD, WELL, OddUnit
from virtual_loop import DiskLoop, run

from device_adapters.safety.envelope_state import Phase

HANGS_S = 25.0
LEASE_S, RAMP_S, SLACK_S = 3.0, 4.0, 2.0
"""No renewal for 3 s, then at most 2.2 km/h at 1.0 km/h per second and a belt that ramps down at its own rate."""


async def moving(world: OddUnit) -> None:
    """A session at 2.2 km/h."""
    belt = world.computers[ODD].belt
    assert await world.until(lambda: ODD in world.states and world.states[ODD].belt == "still", 30.0)
    await world.lease(ODD)
    assert await world.until(lambda: world.states[ODD].lease_holder == "hub", 5.0)
    await world.until(lambda: False, 2.0)
    world.oracle.started(world.clock.now_ms())
    result = await world.command("start", ODD)
    assert result is not None
    assert result.outcome != "refused", result.cause
    assert await world.until(lambda: belt.speed_ckmh > 60, 15.0)
    await world.until(lambda: False, 6.0)
    await world.command("target", ODD, speed_kmh=2.2)
    assert await world.until(lambda: belt.speed_ckmh > 150, 10.0)


def disk_hangs() -> None:
    cast("DiskLoop", asyncio.get_running_loop()).disk_s = HANGS_S


async def mark_hangs(world: OddUnit) -> None:
    """The disk hangs over the mark of the other belt, which is leased now: who waits for a disk waits from here on."""
    assert await world.until(lambda: WELL in world.states and world.states[WELL].belt == "still", 30.0)
    disk_hangs()
    await world.lease(WELL)
    world.leased = ODD
    await world.until(lambda: False, 0.5)
    assert world.unit.treadmills[WELL].phase is Phase.READY
    assert not world.unit.treadmills[WELL].gate.envelope.marked


async def press_stop(world: OddUnit) -> None:
    await world.press_stop()


async def fall_silent(world: OddUnit) -> None:
    """The session service is gone: no renewal, no word."""
    world.leased = ""
    world.oracle.locked = True


async def pause(world: OddUnit) -> None:
    world.oracle.pressed(world.clock.now_ms())
    await world.command("stop", ODD)


Deed = Callable[[OddUnit], Awaitable[None]]
DEEDS: list[tuple[Deed, float]] = [(press_stop, 0.0), (pause, 0.0), (fall_silent, LEASE_S)]


@pytest.mark.parametrize(("deed", "noticed_s"), DEEDS, ids=[deed.__name__ for deed, _ in DEEDS])
@pytest.mark.parametrize("hangs", [False, True], ids=["disk works", "disk hangs"])
def test_a_belt_comes_to_rest_while_the_disk_hangs(deed: Deed, noticed_s: float, hangs: bool) -> None:
    async def main() -> None:
        async with OddUnit() as world:
            await moving(world)
            belt = world.computers[ODD].belt
            if hangs:
                await mark_hangs(world)
            began_ms = world.clock.now_ms()
            await deed(world)
            assert await world.until(lambda: not belt.speed_ckmh and not belt.under_way, 30.0)
            took_s = (world.clock.now_ms() - began_ms) / 1000
            assert took_s <= noticed_s + RAMP_S + SLACK_S
            await world.until(lambda: False, 5.0)
            assert world.died is None
            assert world.oracle.broken == []

    run(main())


def test_nothing_starts_until_the_mark_is_on_the_disk() -> None:
    """A unit that would not be known to hold this belt after a crash does not move it; a stop is taken all the same."""

    async def main() -> None:
        async with OddUnit() as world:
            belt = world.computers[ODD].belt
            assert await world.until(lambda: ODD in world.states and world.states[ODD].belt == "still", 30.0)
            disk_hangs()
            await world.lease(ODD)
            await world.until(lambda: False, 2.0)
            result = await world.command("start", ODD)
            assert result is None or result.outcome == "refused"
            assert not await world.until(lambda: bool(belt.under_way), 4.0)
            await world.press_stop()
            await world.until(lambda: False, 4.0)
            assert world.oracle.broken == []

    run(main())


@pytest.mark.parametrize("step_ms", [-3_600_000, -4_000, 4_000, 3_600_000])
def test_a_wall_clock_that_steps_moves_and_stops_nothing(step_ms: int) -> None:
    async def main() -> None:
        async with OddUnit() as world:
            await moving(world)
            world.clock.wall_skew_ms += step_ms
            await world.until(lambda: False, 8.0)
            assert world.computers[ODD].belt.speed_ckmh > 150
            assert world.states[ODD].latched == ""
            await world.press_stop()
            await world.until(lambda: False, 8.0)
            assert world.computers[ODD].belt.speed_ckmh == 0
            assert world.oracle.broken == []

    run(main())
