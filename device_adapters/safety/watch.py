"""The watch on a moving belt: does it do what it was told? Each judgement is a cause or None. Pure.

`expected_ckmh` follows what was written up at once and down slowly, since machines ramp down at rates of their
own: a belt above it is faster than anything that was asked of it lately.
"""

from device_adapters.frozen import replace
from device_adapters.safety import settling
from device_adapters.safety.envelope_state import Phase, State, grade_of
from device_adapters.safety.hazards import Cause

OVERSPEED_CKMH = 30
"""Measured this far above the envelope, once, is a hazard (domain.md §2.2: envelope + 0.3 km/h)."""

OFF_CKMH = 40
OFF_PERCENT = 15
OFF_MS = 2_000
"""Off the expected value by more than the greater of the two for this long (domain.md §2.2)."""

SLOWER_MS = 5_000
FALL_MS = 20
"""A belt takes so long at most to fall by 0.01 km/h: none is known that ramps down at less than 0.5 km/h per second."""

START_MAX_MS = 20_000
GRADE_TOLERANCE_DPCT = 5
GRADE_MS = 3_000
STALL_MS = 2_000
TIME_UP_GRACE_MS = 30_000
RUN_MAX_MS = 5_400_000
"""A belt that runs for 90 minutes on end is stopped, whatever is said of the direction that its member faces."""

MPH_PERMIL = range(1_530, 1_690)
"""Measured over written speed of a firmware that takes km/h for mph: 1.609, give or take 5 %."""


def followed(state: State, now_ms: int) -> State:
    """Bring `expected_ckmh` and the off-since marks up to now."""
    fall = (now_ms - state.expected_ms) // FALL_MS
    expected = max(state.setpoint_ckmh, state.expected_ckmh - fall)
    falls = expected > state.setpoint_ckmh
    speed = state.measured_ckmh
    above = speed is not None and off(speed - expected, expected)
    below = speed is not None and state.moving_seen and off(state.setpoint_ckmh - speed, speed)
    return replace(
        state,
        expected_ckmh=expected,
        expected_ms=state.expected_ms + fall * FALL_MS if falls else now_ms,
        above_since_ms=(state.above_since_ms or now_ms) if above else 0,
        below_since_ms=(state.below_since_ms or now_ms) if below else 0,
        grade_since_ms=(state.grade_since_ms or now_ms) if _grade_out(state) else 0,
        settling=_settling(state, now_ms),
    )


def _settling(state: State, now_ms: int) -> settling.Settling:
    speed, told = state.measured_ckmh, state.setpoint_ckmh
    if speed is None or not state.moving_seen:
        return state.settling
    return settling.followed(state.settling, speed, told, written_ms=state.written_ms, now_ms=now_ms)


def off(by_ckmh: int, of_ckmh: int) -> bool:
    """Is a belt that is `by_ckmh` from where it should be, at `of_ckmh`, not doing what it was told?"""
    return by_ckmh > OFF_CKMH and by_ckmh * 100 > of_ckmh * OFF_PERCENT


def _grade_out(state: State) -> bool:
    if state.machine is None or state.measured_dpct is None:
        return False
    grade = grade_of(state.measured_dpct, state.machine.arrangement)
    told = grade_of(state.setpoint_dpct, state.machine.arrangement)
    high = max(state.limits.grade_max_dpct, told) + GRADE_TOLERANCE_DPCT
    low = min(state.limits.grade_min_dpct, told) - GRADE_TOLERANCE_DPCT
    return not low <= grade <= high


def judged(state: State, now_ms: int) -> Cause | None:
    """What is wrong with a moving belt that tells its speed, the worst first."""
    speed = state.measured_ckmh
    if state.phase is not Phase.MOVING or speed is None:
        return None
    if speed > max(state.limits.speed_max_ckmh, state.expected_ckmh) + OVERSPEED_CKMH:
        return Cause.OVERSPEED
    if state.above_since_ms and now_ms - state.above_since_ms >= OFF_MS:
        return Cause.MPH_FIRMWARE if _as_mph(state, speed) else Cause.OFF_RAMP
    if state.grade_since_ms and now_ms - state.grade_since_ms >= GRADE_MS:
        return Cause.GRADE_OUT
    if not state.moving_seen and now_ms - state.began_ms > START_MAX_MS:
        return Cause.NOT_STARTED
    run_ms = now_ms - state.began_ms
    if state.moved_ms > state.limits.session_max_s * 1000 + TIME_UP_GRACE_MS or run_ms > RUN_MAX_MS:
        return Cause.TIME_UP
    return None


def _as_mph(state: State, speed_ckmh: int) -> bool:
    told = state.setpoint_ckmh
    return told * MPH_PERMIL.start <= speed_ckmh * 1000 < told * MPH_PERMIL.stop


def slowed(state: State, now_ms: int) -> int | None:
    """The speed of a belt that was set slower at its console, or does not come up to what it was told; or None."""
    if state.below_since_ms and now_ms - state.below_since_ms >= SLOWER_MS:
        return state.measured_ckmh
    return None


def pressed_faster(state: State, now_ms: int) -> bool:
    """Is a belt on no ramp a little faster than what was written? More than a little is `off_ramp`."""
    speed, told = state.measured_ckmh, state.setpoint_ckmh
    if speed is None or state.above_since_ms or not told == state.target_ckmh == state.expected_ckmh:
        return False
    return settling.wants_back(state.settling, speed, told, written_ms=state.written_ms, now_ms=now_ms)
