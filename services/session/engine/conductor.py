"""The class of a site: who leads whom when. `conduct(state, lanes, now) -> (state, what each lane is told)`. Pure.

    open → starting   somebody lets it go; belts start one after the other, each after its own countdown
         → running    all that were started move, and the clock runs; → open at a turn or a step beside the belt
         → ended      its programme is over, nobody is in it any more, or somebody ended it

It moves no belt by itself: it tells a session that its turn has come, and the session's own engine, its limits and its
questions decide. What it does not hear of, a lane does alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from device_adapters.contract.keys import requests as keys
from device_adapters.contract.messages import ClassPhase
from device_adapters.contract.phrase import Refusal
from device_adapters.frozen import replace
from services.programme import plan
from services.programme.model import Programme
from services.session.engine import class_clock
from services.session.engine.class_clock import WALK_IN_MS, ClassClock
from services.session.engine.events import ClassGoes, ClassRuns
from services.session.engine.state import Session

DESERTED_MS = 1_800_000
"""An open class in which nobody is for so long is over."""


@dataclass(frozen=True, kw_only=True)
class Led:
    """A class. `programme` is timed; `clock`: the one that all follow; `starting`: the lane whose turn it is."""

    class_id: str
    programme: Programme
    by: str
    since_ms: int
    phase: ClassPhase = "open"
    at_index: int = 0
    clock: ClassClock | None = None
    starting: str = ""


Told = tuple[tuple[str, ClassGoes | ClassRuns], ...]
Lanes = Mapping[str, Session]
"""The live sessions that are in the class, by treadmill, in the order in which they start."""


def conduct(led: Led, lanes: Lanes, now_ms: int) -> tuple[Led, Told]:
    """What the class does now."""
    match led.phase:
        case "open":
            deserted = not lanes and now_ms - led.since_ms >= DESERTED_MS
            return (replace(led, phase="ended") if deserted else led), ()
        case "starting":
            return _starting(led, lanes, now_ms)
        case "running":
            return _running(led, lanes, now_ms)
        case "ended":
            return led, ()


def ready(lanes: Lanes) -> list[str]:
    """Those whose belts stand ready to start."""
    return [name for name, s in lanes.items() if s.phase == "paused" and s.lane is not None and s.lane.ready]


def on_the_way(lanes: Lanes) -> list[str]:
    """Those that count down, or were told to start and do not move yet."""
    return [
        name
        for name, s in lanes.items()
        if s.phase == "starting" and (s.starts_ms is not None or s.start_sent)
    ]


def _next_turn(led: Led, lanes: Lanes) -> tuple[Led, Told]:
    """The next lane, once the one before it was told to start its belt, or does not start."""
    before = lanes.get(led.starting)
    if before is not None and before.phase == "starting" and before.starts_ms is not None:
        return led, ()
    waiting = ready(lanes)
    if not waiting:
        return replace(led, starting=""), ()
    return replace(led, starting=waiting[0]), ((waiting[0], ClassGoes()),)


def _starting(led: Led, lanes: Lanes, now_ms: int) -> tuple[Led, Told]:
    led, told = _next_turn(led, lanes)
    if told or ready(lanes) or on_the_way(lanes):
        return led, told
    walking = [name for name, s in lanes.items() if s.phase == "running"]
    if not walking:
        return replace(led, phase="open", since_ms=now_ms), ()
    clock = ClassClock(led.at_index, now_ms + WALK_IN_MS)
    led = replace(led, phase="running", clock=clock, since_ms=now_ms)
    return led, tuple((name, ClassRuns(clock, clock.began_ms)) for name in walking)


def _running(led: Led, lanes: Lanes, now_ms: int) -> tuple[Led, Told]:
    steps, clock = led.programme.steps, led.clock
    if not lanes or clock is None:
        return replace(led, phase="ended", clock=None), ()
    reading = class_clock.read(steps, clock, now_ms)
    if reading.index >= len(steps):
        if any(s.phase == "running" for s in lanes.values()):
            return led, ()  # these end by it with their own next tick
        return replace(led, phase="ended", clock=None), ()
    if reading.changes_ms is None:
        return _stands(led, reading.index, now_ms)
    led, told = _next_turn(led, lanes)
    late = [
        name
        for name, s in lanes.items()
        if s.phase == "running" and s.lane is not None and s.lane.clock is None
    ]
    follows_ms = _joins_ms(led, reading, now_ms)
    return led, (*told, *((name, ClassRuns(clock, follows_ms)) for name in late))


def _joins_ms(led: Led, reading: class_clock.ClockReading, now_ms: int) -> int:
    """When a late joiner follows the clock: at once, but not in the middle of a set."""
    step = led.programme.steps[reading.index]
    in_set = step.sets > 0 and step.kind in plan.WORK
    return reading.changes_ms if in_set and reading.changes_ms is not None else now_ms


def _stands(led: Led, index: int, now_ms: int) -> tuple[Led, Told]:
    """All belts come to rest: somebody has to look at each member, and to let the class go on."""
    after = next(n for n, s in enumerate(led.programme.steps) if n >= index and not s.off_belt)
    return replace(led, phase="open", clock=None, at_index=after, since_ms=now_ms, starting=""), ()


def join_refusal(led: Led | None, class_id: str, now_ms: int) -> Refusal | None:
    """Why nobody may come to the class now; None: they may.

    A late joiner stands as the class began: where it has turned since, they would be started the wrong way round.
    """
    if led is None or led.phase == "ended" or led.class_id != class_id:
        return Refusal("no_class", keys.no_class())
    steps = led.programme.steps
    index = led.at_index if led.clock is None else class_clock.read(steps, led.clock, now_ms).index
    facing = steps[min(index, len(steps) - 1)].facing or ""
    if facing != steps[0].facing or not any(step.kind in plan.WORK for step in steps[index:]):
        return Refusal("class_too_far", keys.class_too_far(facing))
    return None


def go_refusal(led: Led | None, lanes: Lanes) -> Refusal | None:
    """Why the class may not be let go; None: it may."""
    if led is None or led.phase == "ended":
        return Refusal("no_class", keys.no_class())
    if led.phase != "open":
        return Refusal("class_has_begun", keys.class_has_begun())
    return None if ready(lanes) else Refusal("nobody_ready", keys.nobody_ready())
