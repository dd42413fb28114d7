"""`admit`: the only maker of a write to a treadmill. Pure, total, integers.

It trusts nothing that decided on the write: it looks at the state and the limits again, from scratch. The gate
writes nothing but `Admitted` values.
"""

from dataclasses import dataclass
from enum import StrEnum

from device_adapters.safety import evidence
from device_adapters.safety.envelope_state import Phase, State, grade_of, still
from device_adapters.safety.lease import fresh
from device_adapters.safety.limits import GRADE_STEP_DPCT


class Verb(StrEnum):
    """What a write does."""

    BEGIN = "begin"
    SPEED = "speed"
    INCLINE = "incline"
    HALT = "halt"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Wish:
    """A write that something would like: speed in 0.01 km/h or the machine's incline in 0.1 %."""

    verb: Verb
    value: int = 0


@dataclass(frozen=True, slots=True)
class Admitted:
    """A write that may go out."""

    verb: Verb
    value: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A write that may not, and why."""

    cause: str


def admit(wish: Wish, state: State, now_ms: int) -> Admitted | Refused:
    """Check a write against the state. Halt and pause always pass; a speed only to a belt that is seen to move, or
    that a person has just started; a lower one only if it is lower than the belt; a rise with everything in order.
    """
    if wish.verb in (Verb.HALT, Verb.PAUSE):
        return Admitted(wish.verb, 0)
    machine = state.machine
    if machine is None:
        return Refused("link_lost")
    match wish.verb:
        case Verb.BEGIN:
            cause = "takes_miles" if machine.takes_miles else _begin_refusal(state, now_ms)
        case Verb.SPEED:
            cause = _speed_refusal(wish.value, state, now_ms)
        case Verb.INCLINE:
            cause = _incline_refusal(wish.value, state, now_ms)
    return Refused(cause) if cause else Admitted(wish.verb, wish.value)


def _begin_refusal(state: State, now_ms: int) -> str:
    if state.latched:
        return "latched"
    if not fresh(state.lease, now_ms):
        return "no_lease"
    if not state.marked:
        return "not_marked"
    if state.phase is not Phase.MOVING or not still(state, now_ms):
        return "not_still"
    return ""


def _speed_refusal(value: int, state: State, now_ms: int) -> str:
    machine = state.machine
    if machine is None or not machine.speed_min_ckmh <= value <= machine.speed_max_ckmh:
        return "out_of_range"
    begins = state.phase is Phase.MOVING and not state.moving_seen
    seen_ckmh = evidence.seen_ckmh(state, now_ms)
    if not begins and not seen_ckmh:
        return "would_start"
    if value <= state.setpoint_ckmh:
        lower = value < state.setpoint_ckmh or state.phase is Phase.STOPPING
        faster = not begins and lower and value > seen_ckmh
        return "over_belt" if faster else ""
    if state.phase is not Phase.MOVING or state.latched:
        return "not_moving"
    if not fresh(state.lease, now_ms):
        return "no_lease"
    if value > state.limits.speed_max_ckmh:
        return "over_limit"
    if value > state.target_ckmh:
        return "over_target"
    ramped = state.limits.accel_max_ckmh_s * (now_ms - state.ramp_ms)
    return "" if (value - state.ramp_from_ckmh) * 1000 <= ramped else "over_ramp"


def _incline_refusal(value: int, state: State, now_ms: int) -> str:
    machine = state.machine
    if machine is None or not machine.incline_min_dpct <= value <= machine.incline_max_dpct:
        return "out_of_range"
    if state.phase is not Phase.MOVING or state.latched or not fresh(state.lease, now_ms):
        return "not_moving"
    if not evidence.deck_seen(state, now_ms):
        return "deck_unknown"
    if state.setpoint_ckmh != state.target_ckmh:
        return "speed_moving"
    grade = grade_of(value, machine.arrangement)
    before = grade_of(state.setpoint_dpct, machine.arrangement)
    if abs(grade - before) > GRADE_STEP_DPCT:
        return "over_ramp"
    nearer = abs(grade) < abs(before)
    within = state.limits.grade_min_dpct <= grade <= state.limits.grade_max_dpct
    return "" if within or nearer else "over_limit"
