"""How long may a person run backward without a recovery? A budget that no press refills. Pure.

Running is above 5.9 km/h (domain.md §0.5). It uses the budget up, however it came about: steps repeated, recoveries
skipped. Only a recovery refills it, and then wholly: RECOVERY_MS at an easy speed or at rest, with no running between.
Integers only: 0.01 km/h, ms.
"""

from dataclasses import dataclass

from device_adapters.frozen import replace
from device_adapters.safety.limits import TRANSITION_CKMH, Goal, Level, limits_for

RECOVERY_MS = 30_000
"""The shortest recovery of the built-in running programmes is 40 s, ramps included."""

EASY_PCT = 67
"""A recovery ends a bout only at up to two thirds of the speed limit."""


def running_max_s(goal: Goal, level: Level) -> int:
    """The longest running bout, seconds (domain.md §2: the athletic rows tell running from walking)."""
    match goal, level:
        case Goal.ATHLETIC, Level.NOVICE:
            return 30
        case Goal.ATHLETIC, Level.INTERMEDIATE:
            return 45
        case Goal.ATHLETIC, Level.ADVANCED:
            return 60
        case _:
            return limits_for(goal, level).bout_max_s


def easy_ckmh(goal: Goal, level: Level) -> int:
    """The fastest that is a recovery."""
    return min(TRANSITION_CKMH, limits_for(goal, level).speed_max_ckmh * EASY_PCT // 100)


@dataclass(frozen=True, kw_only=True)
class Bout:
    """What was run since the last recovery, and how much of the next recovery is done. `spent`: no more running now."""

    run_ms: int = 0
    rest_ms: int = 0
    spent: bool = False


FRESH = Bout()


def passed(bout: Bout, ms: int, speed_ckmh: int, *, fall_ms: int, max_s: int, easy_max_ckmh: int) -> Bout:
    """`ms` at this measured speed. The budget is spent early enough for the fall to a walk (`fall_ms`) to be in it."""
    if speed_ckmh > TRANSITION_CKMH:
        run_ms = bout.run_ms + ms
        return Bout(run_ms=run_ms, spent=bout.spent or run_ms + fall_ms >= max_s * 1000)
    if bout is FRESH or speed_ckmh > easy_max_ckmh:
        return bout
    rest_ms = bout.rest_ms + ms
    return FRESH if rest_ms >= RECOVERY_MS else replace(bout, rest_ms=rest_ms)


def cap_ckmh(bout: Bout) -> int | None:
    """The fastest that may be asked for; None: the bout binds nothing."""
    return TRANSITION_CKMH if bout.spent else None
