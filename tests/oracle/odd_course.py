"""One course with an odd peripheral: link, start, move, pause, move, stop, clear; and what is owed whatever it does."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from odd_unit import ODD, ODD_STRAP, STRAP, WELL, OddUnit
from true_belt import Promise
from virtual_loop import run

from device_adapters.sim.oddities import Oddity, Step, Way
from device_adapters.sim.traits import POLITE, Traits

LINK_S = 40.0
MOVE_S = 16.0
REST_S = 25.0
TOLD_S = 10.0


class OddOwed(StrEnum):
    """What a unit owes beyond the true belt, whatever one peripheral does."""

    LIVES = "a unit outlives every device"
    READS = "what can be read is read"
    OTHERS = "the other devices are served meanwhile"
    RESTS = "a belt that obeys Stop or Pause comes to rest after a Stop"


UNREADABLE = {
    (Step.CONNECT, Way.ABSENT), (Step.CONNECT, Way.SILENT), (Step.FRAMES, Way.ABSENT), (Step.FRAMES, Way.SHORT),
    (Step.DATA, Way.ABSENT), (Step.DATA, Way.REFUSED), (Step.DATA, Way.FALSE), (Step.DATA, Way.SILENT),
}  # fmt: skip
"""Oddities with which no frame of the machine can be had by anyone."""

UNREADABLE_STRAP = {
    (Step.HEART, Way.ABSENT), (Step.HEART, Way.REFUSED), (Step.HEART, Way.FALSE), (Step.HEART, Way.SILENT),
    (Step.BEATS, Way.ABSENT), (Step.BEATS, Way.SHORT),
}  # fmt: skip

NO_CONTROL = {(Step.DISCOVER, Way.SHORT), (Step.CONTROL_ON, Way.SILENT)}
"""Without a control point no Stop can be written, nor behind an ATT request that is never answered (one at a time,
Core Vol 3 Part F §3.3.2): the belt is shown, and never moved by us.
"""

DEAF_TO_STOP = {
    (Step.STOP, Way.ABSENT), (Step.STOP, Way.FALSE), (Step.STOP, Way.REFUSED), (Step.CONTROL, Way.REFUSED),
}  # fmt: skip
"""With which no Stop can be seen to be obeyed (Pause may be)."""


@dataclass(frozen=True, slots=True)
class OddCourse:
    """What one course showed."""

    name: str
    moved: bool
    linked: bool
    broken: tuple[tuple[Promise | OddOwed, str], ...]
    held: Counter[Promise]


def course(oddities: Iterable[Oddity], traits: Traits = POLITE) -> OddCourse:
    """Play it in virtual time."""
    return run(_course(tuple(oddities), traits))


async def _course(oddities: tuple[Oddity, ...], traits: Traits) -> OddCourse:
    cells = {(oddity.step, oddity.way) for oddity in oddities}
    name = "+".join(f"{o.step}: {o.way}" for o in oddities) or "polite"
    broken: list[tuple[Promise | OddOwed, str]] = []
    moved = False
    async with OddUnit(oddities, traits) as world:
        linked = await world.until(
            lambda: world.states.get(ODD) and world.states[ODD].link == "connected", LINK_S
        )
        belt = world.computers[ODD].belt
        if linked and await world.until(lambda: world.states[ODD].belt == "still", TOLD_S):
            moved = await _session(world)
        if linked and not cells & NO_CONTROL:
            await world.press_stop()
        obeys = not cells & DEAF_TO_STOP and traits.obeys
        rested = await world.until(lambda: not belt.speed_ckmh and not belt.under_way, REST_S)
        if not rested and obeys and world.odd.connections:
            broken.append((OddOwed.RESTS, f"{belt.speed_ckmh} after {REST_S} s"))
        await world.until(lambda: False, 6.0)
        world.leased = ""
        if rested and linked and not cells & (UNREADABLE | NO_CONTROL):
            await _clears(world)
        for device in (WELL, STRAP):
            before = world.frames[device]
            await world.until(lambda d=device, n=before: world.frames[d] > n, 12.0)
            if world.died is None and world.frames[device] == before:
                broken.append((OddOwed.OTHERS, f"{device} is not read"))
        if world.died is not None:
            broken.append((OddOwed.LIVES, repr(_root(world.died))))
        elif not world.frames[ODD] and not cells & UNREADABLE:
            broken.append((OddOwed.READS, "no frame was read"))
        elif not world.frames[ODD_STRAP] and not cells & UNREADABLE_STRAP:
            broken.append((OddOwed.READS, "no heart rate was read"))
        return OddCourse(name, moved, linked, (*broken, *world.oracle.broken), world.oracle.held)


async def _session(world: OddUnit) -> bool:
    """A start, if it is let; a rise; a pause; then all again."""
    belt = world.computers[ODD].belt
    await world.lease(ODD)
    await world.until(lambda: world.states[ODD].lease_holder == "hub", 3.0)
    await world.until(lambda: False, 1.5)
    world.oracle.started(world.clock.now_ms())
    result = await world.command("start", ODD)
    if result is None or result.outcome == "refused":
        world.oracle.start_refused()
        return False
    if not await world.until(lambda: belt.speed_ckmh > 60, MOVE_S):
        return False
    await world.until(lambda: False, 6.0)
    world.oracle.raised()
    await world.command("target", ODD, speed_kmh=2.2, incline_pct=1.0)
    await world.until(lambda: False, 9.0)
    return True


async def _clears(world: OddUnit) -> None:
    """A person at the machine clears it, trying again for a while."""
    world.oracle.held[Promise.CLEARABLE] += 1
    said = "no answer"
    for _ in range(20):
        result = await world.command("clear", ODD, by="Kim")
        if result is not None and result.outcome != "refused":
            world.oracle.cleared()
            return
        said = result.cause if result is not None else "no answer"
        await world.until(lambda: False, 1.0)
    world.oracle.breaks(Promise.CLEARABLE, world.clock.now_ms(), f"clear is refused: {said}")


def _root(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
