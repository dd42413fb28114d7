"""The envelope: `step(state, event, now_ms) -> (state, effects)`. All transitions of a belt are in this file. Pure.

It starts observing, with nothing allowed. Nothing starts, resumes or rises except by an order under a live lease
on a belt that is known to be still. Stops ramp, latch, and are asked for again until the belt is measured at 0.
"""

from dataclasses import replace
from typing import assert_never

from device_adapters.safety import lease as leases
from device_adapters.safety.admit import GRADE_STEP_DPCT, Admitted, Refused, Verb, Wish, admit
from device_adapters.safety.envelope_state import (
    NOTHING_ALLOWED,
    Machine,
    Phase,
    State,
    first_speed,
    grade_of,
    speed_now,
    still,
)
from device_adapters.safety.events import (
    Answer,
    Claimed,
    Effect,
    EnvelopeEvent,
    Hazard,
    Linked,
    Measured,
    Note,
    Ordered,
    Tick,
    Unlinked,
    Write,
)
from device_adapters.safety.hazards import Action, Cause, reaction
from device_adapters.safety.limits import (
    FIRST_MOVEMENT_CKMH,
    FIRST_MOVEMENT_MS,
    SITE_CEILING,
    Limits,
    limits_for,
    tighter,
)

OVERSPEED_CKMH = 30
"""Measured speed this far above the envelope is a hazard (domain.md §2.2: envelope + 0.3 km/h)."""

STILL_MS = 1_000
"""A belt has stopped when it was measured at 0 for this long."""

UNSEEN_MS = 8_000
"""... or, if it was told to start and has not moved yet, for this long: it may be counting down."""

SETTLE_MS = 3_000
HALT_AGAIN_MS = 1_000
WRITE_GAP_MS = 200
GRADE_GAP_MS = 2_000
SEEN_IDS = 64

Steps = tuple[State, tuple[Effect, ...]]


def step(state: State, event: EnvelopeEvent, now_ms: int) -> Steps:
    """The next state and what to do. Events that do not fit change nothing but are answered or noted."""
    match event:
        case Linked(machine):
            return replace(state, machine=machine, measured_ckmh=None), ()
        case Unlinked():
            return _unlinked(state)
        case Claimed(claim):
            return _claimed(state, claim, now_ms)
        case Ordered():
            return _ordered(state, event, now_ms)
        case Measured(speed_ckmh, incline_dpct):
            return _measured(state, speed_ckmh, incline_dpct, now_ms)
        case Hazard(cause, who):
            return _stop(state, cause, now_ms, who)
        case Tick():
            return _tick(state, now_ms)
    assert_never(event)


def _unlinked(state: State) -> Steps:
    if state.phase in (Phase.MOVING, Phase.STOPPING):
        note = Note(
            kind="hazard", cause=Cause.LINK_LOST, text=reaction(Cause.LINK_LOST).text, severity="alarm"
        )
        state = replace(state, phase=Phase.STOPPING, latched=state.latched or Cause.LINK_LOST)
        return replace(state, machine=None, measured_ckmh=None, lease=leases.drop(state.lease)), (note,)
    return replace(state, machine=None, measured_ckmh=None), ()


def _claimed(state: State, claim: leases.Claim, now_ms: int) -> Steps:
    free = state.phase is Phase.OBSERVING and still(state, now_ms) and not state.latched
    cause = leases.refusal(state.lease, claim, state.boot, free, now_ms)
    if cause:
        return state, (
            Note(kind="lease_refused", cause=cause, severity="warning", after={"epoch": claim.epoch}),
        )
    renewal = state.lease.claim is not None
    state = replace(state, lease=leases.take(state.lease, claim, now_ms))
    if state.lease.claim is None:
        if state.phase is Phase.MOVING:
            return _stop(state, Cause.LEASE_EXPIRED, now_ms)
        return _idle(state), ()
    limits = tighter(limits_for(claim.goal, claim.level), SITE_CEILING)
    if claim.limits is not None:
        limits = tighter(limits, claim.limits)
    if renewal:
        return _tightened(state, tighter(limits, state.limits), now_ms), ()
    return replace(state, phase=Phase.READY, limits=limits), ()


def _tightened(state: State, limits: Limits, now_ms: int) -> State:
    """Lower limits under way: the belt goes down by the stop ramp and is not too fast while it does."""
    if limits.speed_max_ckmh < state.limits.speed_max_ckmh:
        ramp_ms = max(0, state.setpoint_ckmh - limits.speed_max_ckmh) * 1000 // limits.decel_stop_ckmh_s
        state = replace(
            _ramp_from_here(state, now_ms),
            grace_ckmh=state.setpoint_ckmh,
            grace_until_ms=now_ms + ramp_ms + SETTLE_MS,
        )
    machine = state.machine
    target = min(state.target_ckmh, limits.speed_max_ckmh)
    if machine is not None and state.phase is Phase.MOVING:
        target = max(machine.speed_min_ckmh, _on_grid(target, machine))
    return replace(state, limits=limits, target_ckmh=target)


def _idle(state: State) -> State:
    """Back to where nothing is allowed."""
    return replace(
        state, phase=Phase.OBSERVING, limits=NOTHING_ALLOWED, target_ckmh=0, setpoint_ckmh=0, stop_cause=""
    )


def _ordered(state: State, order: Ordered, now_ms: int) -> Steps:
    if order.id in state.seen_ids:
        return state, (Answer(id=order.id, outcome="refused", cause="duplicate"),)
    state = replace(state, seen_ids=(*state.seen_ids, order.id)[-SEEN_IDS:])
    if order.verb == "clear":
        return _clear(state, order, now_ms)
    if order.verb == "stop" and state.phase is Phase.MOVING:
        state, effects = _ramp_down(state, now_ms, "")
        return state, (Answer(id=order.id, outcome="accepted"), *effects)
    cause = leases.order_refusal(state.lease, order.epoch, order.beat, now_ms)
    if not cause and order.verb == "start":
        cause = _start_refusal(state, now_ms)
    elif not cause and order.verb == "target" and state.phase is not Phase.MOVING:
        cause = "not_moving"
    if cause:
        return state, (Answer(id=order.id, outcome="refused", cause=cause),)
    match order.verb:
        case "start":
            return _start(state, order, now_ms)
        case "target":
            return _target(state, order, now_ms)
        case "stop":
            return state, (Answer(id=order.id, outcome="accepted", cause="not_moving"),)


def _clear(state: State, order: Ordered, now_ms: int) -> Steps:
    cause = ""
    if not order.by.strip():
        cause = "no_person"
    elif not still(state, now_ms):
        cause = "not_still"
    if cause:
        return state, (Answer(id=order.id, outcome="refused", cause=cause),)
    note = Note(kind="cleared", cause=state.latched, before={"latched": state.latched})
    notes: tuple[Effect, ...] = (note,) if state.latched else ()
    state = _idle(replace(state, latched="", lease=leases.drop(state.lease)))
    return state, (Answer(id=order.id, outcome="accepted"), *notes)


def _start_refusal(state: State, now_ms: int) -> str:
    if state.latched:
        return "latched"
    if state.machine is None:
        return "link_lost"
    if state.phase is not Phase.READY or not still(state, now_ms):
        return "not_still"
    if first_speed(state.machine, FIRST_MOVEMENT_CKMH) > state.limits.speed_max_ckmh:
        return "machine_minimum_over_limit"
    return ""


def _start(state: State, order: Ordered, now_ms: int) -> Steps:
    machine = state.machine
    begin = admit(Wish(Verb.BEGIN), replace(state, phase=Phase.MOVING), now_ms)
    if machine is None or isinstance(begin, Refused):
        cause = begin.cause if isinstance(begin, Refused) else "link_lost"
        return state, (Answer(id=order.id, outcome="refused", cause=cause),)
    first = first_speed(machine, FIRST_MOVEMENT_CKMH)
    state = replace(
        state,
        phase=Phase.MOVING,
        target_ckmh=first,
        setpoint_ckmh=first,
        target_dpct=state.measured_dpct or 0,
        setpoint_dpct=state.measured_dpct or 0,
        ramp_from_ckmh=first,
        ramp_ms=now_ms,
        held_until_ms=now_ms + FIRST_MOVEMENT_MS,
        written_ms=now_ms,
        moving_seen=False,
    )
    # The belt's own minimum is where it starts; the first speed is written as well, since a belt may remember
    # the speed it had when it was stopped.
    effects: list[Effect] = [Answer(id=order.id, outcome="accepted", speed_ckmh=first), Write(begin)]
    speed = admit(Wish(Verb.SPEED, first), state, now_ms)
    if isinstance(speed, Admitted):
        effects.append(Write(speed))
    return state, tuple(effects)


def _target(state: State, order: Ordered, now_ms: int) -> Steps:
    machine = state.machine
    if machine is None:
        return state, (Answer(id=order.id, outcome="refused", cause="link_lost"),)
    limits = state.limits
    wanted = state.target_ckmh if order.speed_ckmh is None else order.speed_ckmh
    ceiling = min(limits.speed_max_ckmh, machine.speed_max_ckmh)
    speed = _on_grid(max(machine.speed_min_ckmh, min(wanted, ceiling)), machine)
    incline, grade_wanted, grade = state.target_dpct, order.grade_dpct, order.grade_dpct
    if grade_wanted is not None:
        grade = max(limits.grade_min_dpct, min(grade_wanted, limits.grade_max_dpct))
        incline = max(
            machine.incline_min_dpct, min(grade_of(grade, machine.arrangement), machine.incline_max_dpct)
        )
        grade = grade_of(incline, machine.arrangement)
    clamped = abs(speed - wanted) >= machine.speed_step_ckmh or grade != grade_wanted
    if speed != state.target_ckmh:
        state = _ramp_from_here(state, now_ms)
    state = replace(state, target_ckmh=speed, target_dpct=incline)
    answer = Answer(
        id=order.id,
        outcome="clamped" if clamped else "accepted",
        cause="over_limit" if clamped else "",
        speed_ckmh=speed,
        grade_dpct=grade,
    )
    if not clamped:
        return state, (answer,)
    note = Note(
        kind="clamped",
        cause="over_limit",
        before={"speed_ckmh": wanted, "grade_dpct": grade_wanted},
        after={"speed_ckmh": speed, "grade_dpct": grade},
    )
    return state, (answer, note)


def _measured(state: State, speed_ckmh: int, incline_dpct: int | None, now_ms: int) -> Steps:
    was = state.measured_ckmh
    incline = state.measured_dpct if incline_dpct is None else incline_dpct
    moving_seen = state.moving_seen or speed_ckmh > 0
    state = replace(
        state, measured_ckmh=speed_ckmh, measured_dpct=incline, measured_ms=now_ms, moving_seen=moving_seen
    )
    if state.phase is Phase.STOPPING:
        return _stopping_measured(state, was, now_ms)
    grace_ckmh = state.grace_ckmh if now_ms < state.grace_until_ms else 0
    allowed_ckmh = max(state.limits.speed_max_ckmh, grace_ckmh) + OVERSPEED_CKMH
    if state.phase is Phase.MOVING and speed_ckmh > allowed_ckmh:
        return _stop(state, Cause.OVERSPEED, now_ms)
    return state, ()


def _stopping_measured(state: State, was: int | None, now_ms: int) -> Steps:
    if state.measured_ckmh != 0 or was != 0:
        return replace(state, held_until_ms=now_ms + STILL_MS), ()
    if now_ms < state.held_until_ms:
        return state, ()
    note = Note(kind="stopped", cause=state.latched or state.stop_cause)
    if leases.live(state.lease, now_ms) and not state.latched:
        return replace(state, phase=Phase.READY, setpoint_ckmh=0, target_ckmh=0, stop_cause=""), (note,)
    return _idle(replace(state, lease=leases.drop(state.lease))), (note,)


def _stop(state: State, cause: Cause, now_ms: int, who: str = "") -> Steps:
    """A hazard's stop: latch, drop the lease, ramp or halt. A second stop never softens the first."""
    answer = reaction(cause)
    if state.phase is Phase.OBSERVING:
        pressed = cause in (Cause.STOP_PRESSED, Cause.UNIT_STOPPING)
        if not pressed or state.machine is None or still(state, now_ms):
            return state, (_idle_note(state, cause, who),)
    latched = state.latched or str(cause)
    note = Note(
        kind="hazard",
        cause=cause,
        text=answer.text,
        severity="alarm" if answer.action is Action.STOP_NOW else "warning",
        before={"setpoint_ckmh": state.setpoint_ckmh, "measured_ckmh": state.measured_ckmh},
        after={"action": answer.action.name.lower(), "by": who},
    )
    state = replace(state, latched=latched, lease=leases.drop(state.lease))
    if state.phase is Phase.STOPPING and answer.action is not Action.STOP_NOW:
        return state, (note,)
    if answer.action is Action.STOP_NOW:
        state = replace(
            state,
            phase=Phase.STOPPING,
            setpoint_ckmh=0,
            target_ckmh=0,
            stop_cause=str(cause),
            held_until_ms=_still_from(state, now_ms),
        )
        halted, effects = _halt(replace(state, written_ms=now_ms - HALT_AGAIN_MS), now_ms)
        return halted, (note, *effects)
    state, effects = _ramp_down(state, now_ms, str(cause))
    return state, (note, *effects)


def _idle_note(state: State, cause: Cause, who: str) -> Note:
    """A hazard on a belt that is not ours to move, not linked, or standing: recorded, nothing to do."""
    unreached = cause is Cause.STOP_PRESSED and state.machine is None
    return Note(
        kind="hazard",
        cause=cause,
        text="Stop not delivered: the treadmill is not linked." if unreached else "",
        severity="warning" if unreached else "info",
        after={"action": "none", "by": who},
    )


def _ramp_down(state: State, now_ms: int, cause: str) -> Steps:
    """Begin a controlled stop: from what was last written, so that a stop never writes a rise; a belt that is
    not ours from what is measured, and if that is not known, halt.
    """
    ours = state.phase is not Phase.OBSERVING
    began = state.setpoint_ckmh if ours else speed_now(state, now_ms) or 0
    state = replace(
        state,
        phase=Phase.STOPPING,
        limits=state.limits if ours else replace(NOTHING_ALLOWED, decel_stop_ckmh_s=200),
        stop_cause=cause,
        target_ckmh=0,
        setpoint_ckmh=began,
        ramp_from_ckmh=began,
        ramp_ms=now_ms - WRITE_GAP_MS,
        written_ms=now_ms - HALT_AGAIN_MS,
        held_until_ms=_still_from(state, now_ms),
    )
    return _stopping_tick(state, now_ms)


def _tick(state: State, now_ms: int) -> Steps:
    match state.phase:
        case Phase.OBSERVING:
            return state, ()
        case Phase.READY:
            return (
                (state, ())
                if leases.live(state.lease, now_ms)
                else (_idle(replace(state, lease=leases.drop(state.lease))), ())
            )
        case Phase.MOVING:
            return _moving_tick(state, now_ms)
        case Phase.STOPPING:
            return _stopping_tick(state, now_ms)


def _moving_tick(state: State, now_ms: int) -> Steps:
    if not leases.live(state.lease, now_ms):
        return _stop(state, Cause.LEASE_EXPIRED, now_ms)
    if speed_now(state, now_ms) is None:
        return _stop(state, Cause.DATA_SILENT, now_ms)
    frozen = not leases.fresh(state.lease, now_ms) or now_ms < state.held_until_ms or not state.moving_seen
    if state.target_ckmh > state.setpoint_ckmh and frozen:
        return _ramp_from_here(state, now_ms), ()
    if now_ms - state.written_ms < WRITE_GAP_MS:
        return state, ()
    if state.target_ckmh != state.setpoint_ckmh:
        return _speed_step(state, now_ms)
    if state.target_dpct != state.setpoint_dpct and not frozen:
        return _grade_step(state, now_ms)
    return state, ()


def _speed_step(state: State, now_ms: int) -> Steps:
    machine = state.machine
    if machine is None:
        return state, ()
    spent_ms = now_ms - state.ramp_ms
    if state.target_ckmh > state.setpoint_ckmh:
        rise = state.limits.accel_max_ckmh_s * spent_ms // 1000
        speed = min(state.target_ckmh, _on_grid(state.ramp_from_ckmh + rise, machine))
    else:
        fall = state.limits.decel_stop_ckmh_s * spent_ms // 1000
        speed = max(state.target_ckmh, _on_grid(state.ramp_from_ckmh - fall, machine))
    if speed == state.setpoint_ckmh:
        return state, ()
    return _written(state, Wish(Verb.SPEED, speed), now_ms)


def _grade_step(state: State, now_ms: int) -> Steps:
    if now_ms - state.written_ms < GRADE_GAP_MS:
        return state, ()
    change = state.target_dpct - state.setpoint_dpct
    incline = state.setpoint_dpct + max(-GRADE_STEP_DPCT, min(change, GRADE_STEP_DPCT))
    return _written(state, Wish(Verb.INCLINE, incline), now_ms)


def _written(state: State, wish: Wish, now_ms: int) -> Steps:
    """Pass the wish through `admit`; a refusal here means that two checks disagree, which is itself recorded."""
    admitted = admit(wish, state, now_ms)
    if isinstance(admitted, Refused):
        note = Note(kind="refused", cause=admitted.cause, severity="warning", after={wish.verb: wish.value})
        return replace(_ramp_from_here(state, now_ms), target_ckmh=state.setpoint_ckmh), (note,)
    if wish.verb is Verb.SPEED:
        state = replace(state, setpoint_ckmh=wish.value)
    else:
        state = replace(state, setpoint_dpct=wish.value)
    return replace(state, written_ms=now_ms), (Write(admitted),)


def _stopping_tick(state: State, now_ms: int) -> Steps:
    machine = state.machine
    if machine is None:
        return state, ()
    if state.setpoint_ckmh == 0:
        rests = state.moving_seen and still(state, now_ms)
        return (state, ()) if rests else _halt(state, now_ms)
    if now_ms - state.written_ms < WRITE_GAP_MS:
        return state, ()
    fall = state.limits.decel_stop_ckmh_s * (now_ms - state.ramp_ms) // 1000
    speed = _on_grid(max(0, state.ramp_from_ckmh - fall), machine)
    if speed < machine.speed_min_ckmh or state.ramp_from_ckmh - fall <= machine.speed_min_ckmh:
        return _halt(replace(state, setpoint_ckmh=0, written_ms=now_ms - HALT_AGAIN_MS), now_ms)
    if speed >= state.setpoint_ckmh:
        return state, ()
    return _written(state, Wish(Verb.SPEED, speed), now_ms)


def _still_from(state: State, now_ms: int) -> int:
    """When a belt that is measured at 0 from now on counts as stopped."""
    return now_ms + (STILL_MS if state.moving_seen or state.phase is not Phase.MOVING else UNSEEN_MS)


def _halt(state: State, now_ms: int) -> Steps:
    """Ask for the stop, and again each second: only a measured 0 ends it."""
    if state.machine is None or now_ms - state.written_ms < HALT_AGAIN_MS:
        return state, ()
    return replace(state, written_ms=now_ms), (Write(Admitted(Verb.HALT, 0)),)


def _ramp_from_here(state: State, now_ms: int) -> State:
    return replace(state, ramp_from_ckmh=state.setpoint_ckmh, ramp_ms=now_ms)


def _on_grid(speed_ckmh: int, machine: Machine) -> int:
    """The machine's next settable speed at or below this one."""
    step_ckmh = max(1, machine.speed_step_ckmh)
    return machine.speed_min_ckmh + (speed_ckmh - machine.speed_min_ckmh) // step_ckmh * step_ckmh
