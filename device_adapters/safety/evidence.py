"""What the belt itself shows: the only ground on which a speed may be written. Pure.

A speed starts many machines that stand, and speeds up one that was slowed at its own console. So a speed is written
only to a belt that is seen to move, and a lower one only if it is lower than the belt can be by now.
"""

from device_adapters.frozen import replace
from device_adapters.safety.envelope_state import FRESH_MS, State, speed_now

EVIDENCE_MS = 1_500
"""A frame older than this shows no movement; treadmills tell their data once a second or more often (FTMS v1.0.1
§4.4)."""

FALL_MAX_CKMH_S = 200
FALL_AFTER_MS = 250
"""A belt slowed at its console may have fallen by so much a second since it was last measured; what it may have
fallen between two frames of a usual 4 a second, a ramp has in hand by its first step.
"""

COUNTERS_STILL_MS = 3_000
"""A machine whose own clock went on while the belt moved, and has stood for this long, shows its last speed only."""

DISTANCE_STILL_MS = 8_000
"""... or whose distance has, where it has no clock: 1 m takes 4.5 s at 0.8 km/h."""

CHANGED_CKMH = 20
"""A speed that changes by so much is no old one that is repeated."""


def counted(state: State, elapsed_s: int | None, distance_m: int | None, now_ms: int) -> State:
    """Take the machine's own counters; `counted_ms` is when one of them last went on under a moving belt."""
    went_on = _beyond(elapsed_s, state.elapsed_s) or _beyond(distance_m, state.distance_m)
    return replace(
        state,
        elapsed_s=elapsed_s,
        distance_m=distance_m,
        counted_ms=now_ms if went_on and state.moving_seen else state.counted_ms,
    )


def said(state: State, speed_ckmh: int, now_ms: int) -> State:
    """Take the machine's own word for its speed; `told_ms` is when that last changed by more than it may flicker."""
    if abs(speed_ckmh - state.told_ckmh) < CHANGED_CKMH and bool(speed_ckmh) == bool(state.told_ckmh):
        return state
    return replace(state, told_ckmh=speed_ckmh, told_ms=now_ms)


def _beyond(now: int | None, before: int | None) -> bool:
    return now is not None and before is not None and now > before


def counters_stand(state: State, now_ms: int) -> bool:
    """Do the machine's counters, which went on while its belt moved, stand still, and its speed too? Then it is an old
    one. A speed that changes is of a belt that moves, whatever its counters do.
    """
    if state.counted_ms == 0:
        return False
    patience_ms = DISTANCE_STILL_MS if state.elapsed_s is None else COUNTERS_STILL_MS
    return now_ms - max(state.counted_ms, state.told_ms) >= patience_ms


def restarted(state: State, elapsed_s: int | None) -> bool:
    """Did the machine's own clock run backward?"""
    return state.elapsed_s is not None and elapsed_s is not None and elapsed_s + 2 < state.elapsed_s


def seen_ckmh(state: State, now_ms: int) -> int:
    """The speed that the belt is seen to move at, by a frame that is fresh and fresher than the last Stop or Pause,
    0.01 km/h; 0 if it is not seen to move.
    """
    fresh = now_ms - state.measured_ms <= EVIDENCE_MS and state.measured_ms > state.halt_ms
    return (speed_now(state, now_ms) or 0) if fresh else 0


def moves(state: State, now_ms: int) -> bool:
    """Is the belt seen to move?"""
    return seen_ckmh(state, now_ms) > 0


def lives(state: State, now_ms: int) -> bool:
    """... and do its numbers change, so that they are no repeated last words? After a Stop only such a belt is known
    to go on.
    """
    changes = max(state.counted_ms, state.changed_ms)
    return moves(state, now_ms) and changes > state.halt_ms and now_ms - changes <= EVIDENCE_MS


def lowest(state: State, now_ms: int) -> int:
    """The speed that the belt surely still has, 0.01 km/h: measured, less what it may have fallen since."""
    speed = speed_now(state, now_ms) or 0
    fell_ms = max(now_ms - state.measured_ms, FALL_AFTER_MS) - FALL_AFTER_MS
    return max(0, speed - FALL_MAX_CKMH_S * fell_ms // 1000)


def deck_seen(state: State, now_ms: int) -> bool:
    """Is the deck where it was last measured to be? Not if its treadmill tells its data without it."""
    return state.measured_dpct is not None and now_ms - state.deck_ms <= FRESH_MS
