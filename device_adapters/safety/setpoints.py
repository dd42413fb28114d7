"""What is written to a moving belt, and when. Pure.

A rise is written by a tick, once it has been earned; a fall at once, as soon as the belt may be written to again.
"""

from device_adapters.frozen import replace
from device_adapters.safety import ramp, watch
from device_adapters.safety.admit import Refused, Verb, Wish, admit
from device_adapters.safety.envelope_state import Machine, State
from device_adapters.safety.events import Note, Steps, Write

WRITE_GAP_MS = 200
GRADE_GAP_MS = 2_000


def aim(state: State, machine: Machine, target_ckmh: int, now_ms: int) -> Steps:
    """A new target speed. Its rise begins now; its fall began with the last write, so that no row of orders makes a
    belt fall faster than its limit.
    """
    if target_ckmh == state.target_ckmh:
        return state, ()
    state = replace(ramp.from_here(state, now_ms), target_ckmh=target_ckmh)
    if target_ckmh >= state.setpoint_ckmh:
        return state, ()
    state = replace(watch.followed(state, now_ms), ramp_ms=max(state.written_ms, now_ms - WRITE_GAP_MS))
    return write_speed(state, machine, now_ms)


def write_speed(state: State, machine: Machine, now_ms: int) -> Steps:
    """The next speed on the way to the target, if it is time for one."""
    speed = ramp.next_speed(state, machine, now_ms)
    if speed == state.setpoint_ckmh or now_ms - state.written_ms < WRITE_GAP_MS:
        return state, ()
    return written(state, Wish(Verb.SPEED, speed), now_ms)


def write_incline(state: State, now_ms: int) -> Steps:
    """The next step of the deck on the way to its target, if it is time for one."""
    if state.setpoint_dpct == state.target_dpct or now_ms - state.written_ms < GRADE_GAP_MS:
        return state, ()
    return written(state, Wish(Verb.INCLINE, ramp.next_incline(state)), now_ms)


def written(state: State, wish: Wish, now_ms: int) -> Steps:
    """Pass the wish through `admit`; a refusal here means that two checks disagree, which is itself recorded."""
    admitted = admit(wish, state, now_ms)
    if isinstance(admitted, Refused):
        note = Note(kind="refused", cause=admitted.cause, severity="warning", after={wish.verb: wish.value})
        state = ramp.from_here(state, now_ms)
        return replace(state, target_ckmh=state.setpoint_ckmh, target_dpct=state.setpoint_dpct), (note,)
    if wish.verb is Verb.SPEED:
        state = replace(state, setpoint_ckmh=wish.value)
    else:
        state = replace(state, setpoint_dpct=wish.value)
    return replace(state, written_ms=now_ms), (Write(admitted),)
