"""A second opinion on a belt: what a sensor of our own sees, against what the machine tells. It may only tighten. Pure.

Both lag: a machine tells once a second, a speed of pulses is of the last second or so. So what is seen is compared
with the fastest and the slowest that the machine told within TOLD_MS, and must stay so for HOLD_MS.
"""

from dataclasses import dataclass, replace

from device_adapters.safety.envelope_state import Phase, State, speed_now
from device_adapters.safety.hazards import Cause

TOLD_MS = 3_000
HOLD_MS = 1_000
FASTER_CKMH = 50
FASTER_PERCENT = 10
"""Faster than told by more than the greater of the two. Judgement: a sensor that counts within 3 % and pulses that
come unevenly stay well inside; a person notices about as much."""

STANDS_PART = 4
STANDS_FROM_CKMH = 50
STANDS_MS = 3_000
"""Slower than a quarter of what is told, for so long: it stands, slips, or its sensor has failed. Judgement."""

MOVES_CKMH = 50
AGAIN_MS = 5_000
"""What goes on is said, and stopped, again."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is remembered of one belt. `told`: (since, 0.01 km/h), the newest last; `since_ms` of the disagreement."""

    told: tuple[tuple[int, int], ...] = ()
    disagrees: Cause | None = None
    since_ms: int = 0
    said_ms: int | None = None


def judged(
    opinion: Opinion, state: State, seen_ckmh: int | None, now_ms: int
) -> tuple[Opinion, Cause | None]:
    """The next opinion, and what is wrong with the belt now, once for each time that it is. A sensor that sees nothing
    (None) has none.
    """
    told = speed_now(state, now_ms)
    if told is None or (state.phase is Phase.OBSERVING and not state.latched):
        return Opinion(), None
    opinion = replace(opinion, told=_with(opinion.told, told, now_ms))
    cause = None if seen_ckmh is None else _disagrees(opinion, state, seen_ckmh, now_ms)
    if cause is None or cause is not opinion.disagrees:
        return replace(opinion, disagrees=cause, since_ms=now_ms, said_ms=None), None
    hold_ms = STANDS_MS if cause is Cause.BELT_STANDS else HOLD_MS
    due = opinion.said_ms is None or now_ms - opinion.said_ms >= AGAIN_MS
    if now_ms - opinion.since_ms < hold_ms or not due:
        return opinion, None
    return replace(opinion, said_ms=now_ms), cause


def _with(told: tuple[tuple[int, int], ...], speed_ckmh: int, now_ms: int) -> tuple[tuple[int, int], ...]:
    """Each speed once, from when it was told first; of those of before TOLD_MS the newest, which held then."""
    if not told or told[-1][1] != speed_ckmh:
        told = (*told, (now_ms, speed_ckmh))
    held = sum(at_ms <= now_ms - TOLD_MS for at_ms, _ in told)
    return told[max(0, held - 1) :]


def _disagrees(opinion: Opinion, state: State, seen_ckmh: int, now_ms: int) -> Cause | None:
    fastest = max(speed for _, speed in opinion.told)
    slowest = min(speed for _, speed in opinion.told)
    if fastest == 0:
        if seen_ckmh < MOVES_CKMH or now_ms - opinion.told[0][0] < TOLD_MS:
            return None
        return Cause.MOVED_WHILE_LATCHED if state.phase is Phase.OBSERVING else Cause.BELT_MOVES
    faster = seen_ckmh - fastest
    if faster > FASTER_CKMH and faster * 100 > fastest * FASTER_PERCENT:
        return Cause.OVERSPEED
    if slowest >= STANDS_FROM_CKMH and seen_ckmh * STANDS_PART < slowest and state.phase is Phase.MOVING:
        return Cause.BELT_STANDS
    return None
