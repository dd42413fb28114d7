"""The clock of a class: which step is on, by the time since the clock was last set going. Pure; ms, monotonic.

It runs over steps that end by time and face one way. At a turn, and at a step beside the belt, it stands: belts rest
there, and somebody looks at each member before it goes on.
"""

from dataclasses import dataclass

from services.programme.model import ForTime, Step

COUNTDOWN_MS = 5_000
"""The shortest countdown before a belt of a class: so far apart, at least, are the starts of two belts."""

WALK_IN_MS = 5_000
"""Between the last belt's first movement and the clock: as long as a first movement is held (domain.md §2)."""


@dataclass(frozen=True)
class ClassClock:
    """Step `index` began at `began_ms`, which may be a moment to come."""

    index: int
    began_ms: int


@dataclass(frozen=True)
class Lane:
    """A session's place in the class `class_id`. `ready`: somebody at the belt said so since it last came to rest.

    `clock`: None until the class's clock runs for it; it follows it from `follows_ms` on, and walks in until then.
    """

    class_id: str
    ready: bool = True
    clock: ClassClock | None = None
    follows_ms: int = 0

    def follows(self, now_ms: int) -> bool:
        """Is it by the clock which step is on?"""
        return self.clock is not None and now_ms >= self.follows_ms


@dataclass(frozen=True)
class ClockReading:
    """The clock read: step `index` (their number: the end) for `step_ms`, and when the next change is, if ever."""

    index: int
    step_ms: int
    changes_ms: int | None


def read(steps: tuple[Step, ...], clock: ClassClock, now_ms: int) -> ClockReading:
    """Where the class is. A clock that has come to a turn or to a step beside the belt stands at its beginning."""
    at_ms, index = clock.began_ms, clock.index
    for time_s in _run(steps, clock.index):
        end_ms = at_ms + time_s * 1000
        if now_ms < end_ms:
            return ClockReading(index, max(0, now_ms - at_ms), end_ms)
        at_ms, index = end_ms, index + 1
    return ClockReading(index, 0, None)


def begin_ms(steps: tuple[Step, ...], index: int) -> int:
    """What the clock shows at the beginning of a step: the time of all before it, those beside the belt left out."""
    return sum(s.until.time_s * 1000 for s in steps[:index] if isinstance(s.until, ForTime))


def _run(steps: tuple[Step, ...], index: int) -> list[int]:
    """How long each step lasts, s, of those that one clock runs over, from `index` on."""
    found: list[int] = []
    for step in steps[index:]:
        if step.off_belt or step.facing is not steps[index].facing or not isinstance(step.until, ForTime):
            break
        found.append(step.until.time_s)
    return found
