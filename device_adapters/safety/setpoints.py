"""What is written to a moving belt, and when. Pure.

A rise is written by a tick, once it has been earned; a fall at once, as soon as the belt may be written to again and
is seen to be no slower already.
"""

from device_adapters.frozen import replace
from device_adapters.safety import evidence, ramp, settling, watch
from device_adapters.safety.admit import Refused, Verb, Wish, admit
from device_adapters.safety.envelope_state import Machine, State, on_grid
from device_adapters.safety.events import Note, Steps, Write
from device_adapters.safety.hazards import Cause, reaction
from device_adapters.safety.lease import fresh_until

WRITE_GAP_MS = 200
GRADE_GAP_MS = 2_000
DUE_MS = 1_000
"""A speed that a machine did not take while it counts down, or that was changed at its console, is told again this
often."""

FIGHTS_KEY = "console_fights"
FIGHTS = "Set back three times, and the treadmill went back to the speed of its console: it is left there."


def aim(state: State, machine: Machine, target_ckmh: int, now_ms: int) -> Steps:
    """A new target speed. Its rise begins now; its fall began with the last write, so that no row of orders makes a
    belt fall faster than its limit. A lower one never speeds up a belt that was slowed at its console: it stays there.
    """
    seen = state.setpoint_ckmh
    if target_ckmh < state.setpoint_ckmh and evidence.moves(state, now_ms):
        seen = on_grid(evidence.lowest(state, now_ms), machine)
        target_ckmh = max(machine.speed_min_ckmh, min(target_ckmh, seen))
    if target_ckmh == state.target_ckmh:
        return state, ()
    state = replace(ramp.from_here(state, now_ms), target_ckmh=target_ckmh)
    if target_ckmh >= state.setpoint_ckmh:
        return state, ()
    state = replace(
        watch.followed(state, now_ms),
        ramp_from_ckmh=min(state.setpoint_ckmh, seen),
        ramp_ms=max(state.written_ms, now_ms - WRITE_GAP_MS),
    )
    return write_speed(state, machine, now_ms)


def write_speed(state: State, machine: Machine, now_ms: int) -> Steps:
    """The next speed on the way to the target, if it is time for one and the belt is seen to move."""
    if now_ms - state.written_ms < WRITE_GAP_MS:
        return state, ()
    if state.moving_seen and not evidence.moves(state, now_ms):
        return state, ()
    speed = ramp.next_speed(state, machine, now_ms)
    if speed < state.setpoint_ckmh:
        speed = max(state.target_ckmh, min(speed, on_grid(evidence.lowest(state, now_ms), machine)))
        if state.moving_seen and speed > evidence.lowest(state, now_ms):
            return state, ()
    elif speed == state.setpoint_ckmh:
        return state, ()
    return written(state, Wish(Verb.SPEED, speed), now_ms)


def write_due(state: State, now_ms: int) -> Steps:
    """The speed in force once more, to a machine that did not take it while it counted down."""
    if now_ms - state.written_ms < DUE_MS:
        return state, ()
    return written(replace(state, speed_due=False), Wish(Verb.SPEED, state.setpoint_ckmh), now_ms)


def write_back(state: State, now_ms: int) -> Steps:
    """The speed in force once more, to a belt that was set faster at its console; again once it has settled or kept
    its speed, until it has fought too often.
    """
    if now_ms - state.written_ms < DUE_MS or not evidence.moves(state, now_ms):
        return state, ()
    if state.setpoint_ckmh > evidence.lowest(state, now_ms):
        return state, ()
    fights = settling.fights(state.settling)
    note = Note(
        kind="hazard",
        cause=Cause.CONSOLE_FASTER,
        key=FIGHTS_KEY if fights else "",
        text=FIGHTS if fights else reaction(Cause.CONSOLE_FASTER).staff,
        severity="warning" if fights else "info",
        before={"speed_ckmh": state.measured_ckmh},
        after={"setpoint_ckmh": state.setpoint_ckmh, "action": "none" if fights else "hold"},
    )
    state = replace(state, settling=settling.written_back(state.settling, state.setpoint_ckmh))
    if fights:
        return state, (note,)
    state, effects = written(state, Wish(Verb.SPEED, state.setpoint_ckmh), now_ms)
    return state, (note, *effects)


def write_incline(state: State, now_ms: int) -> Steps:
    """The next step of the deck on its way to its target, if it is time for one."""
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
    until_ms = None
    if wish.verb is Verb.SPEED:
        if wish.value > state.setpoint_ckmh:
            until_ms = fresh_until(state.lease)
        if wish.value != state.setpoint_ckmh:
            state = replace(state, setpoint_ckmh=wish.value, settling=settling.told_anew(state.settling))
    else:
        until_ms = fresh_until(state.lease)
        state = replace(state, setpoint_dpct=wish.value)
    return replace(state, written_ms=now_ms), (Write(admitted, until_ms),)
