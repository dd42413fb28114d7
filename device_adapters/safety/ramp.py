"""The next setpoint on the way to a target: no faster than the limits, on the machine's grid. Pure."""

from device_adapters.frozen import replace
from device_adapters.safety.envelope_state import Machine, State, grade_of, on_grid
from device_adapters.safety.limits import GRADE_STEP_DPCT, Arrangement


def next_speed(state: State, machine: Machine, now_ms: int) -> int:
    """The setpoint that time allows now on the way to the target, 0.01 km/h; the present one if none yet.

    On the way up none is below the present one, on the way down none above it: a belt slowed at its console is ahead of
    the ramp.
    """
    spent_ms = now_ms - state.ramp_ms
    rise = state.limits.accel_max_ckmh_s * spent_ms // 1000
    highest = max(state.setpoint_ckmh, on_grid(state.ramp_from_ckmh + rise, machine))
    lowest = min(state.setpoint_ckmh, on_grid(state.ramp_from_ckmh - _fall(state, now_ms), machine))
    return max(lowest, min(state.target_ckmh, highest))


def next_lower(state: State, machine: Machine, now_ms: int) -> int | None:
    """The setpoint of a controlled stop; None once it is time for Stop itself."""
    speed = state.ramp_from_ckmh - _fall(state, now_ms)
    if speed <= machine.speed_min_ckmh:
        return None
    return min(state.setpoint_ckmh, on_grid(speed, machine))


def next_incline(state: State) -> int:
    """One step of the deck on its way to the target, 0.1 %."""
    change = state.target_dpct - state.setpoint_dpct
    return state.setpoint_dpct + max(-GRADE_STEP_DPCT, min(change, GRADE_STEP_DPCT))


def from_here(state: State, now_ms: int) -> State:
    """Let the ramp begin at the present setpoint, now: time spent waiting earns no rise."""
    return replace(state, ramp_from_ckmh=state.setpoint_ckmh, ramp_ms=now_ms)


def incline_for(grade_dpct: int, machine: Machine) -> int:
    """The machine's incline for this effective grade or, off its steps, the next flatter one, within its range."""
    incline = grade_of(grade_dpct, machine.arrangement)
    step_dpct = max(1, machine.incline_step_dpct)
    beyond = incline - machine.incline_min_dpct
    if machine.arrangement is Arrangement.BELT_REVERSED:
        beyond += step_dpct - 1
    on_step = machine.incline_min_dpct + beyond // step_dpct * step_dpct
    return max(machine.incline_min_dpct, min(on_step, machine.incline_max_dpct))


def _fall(state: State, now_ms: int) -> int:
    return state.limits.decel_stop_ckmh_s * (now_ms - state.ramp_ms) // 1000
