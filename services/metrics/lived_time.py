"""How far a clock is believed by what deletes: no further than was lived through. Pure.

A clock that is set years ahead would make everything old at once. So the time that counts goes on as the process runs,
at most twice as fast, and never beyond the clock: after a long standstill it catches up slowly, and a false clock
gains a day in a day.
"""

CATCH_UP = 2


def lived_ms(before_ms: int, wall_ms: int, passed_ms: int) -> int:
    """The time that counts now: `before_ms` counted `passed_ms` ago (monotonic), the clock reads `wall_ms`."""
    return max(before_ms, min(wall_ms, before_ms + CATCH_UP * max(0, passed_ms)))


def cutoff_ms(lived: int, wall_ms: int, age_ms: int) -> int:
    """What is older than `age_ms` by both is old."""
    return min(lived, wall_ms) - age_ms
