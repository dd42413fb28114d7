"""The envelope: `step(state, event, now_ms) -> (state, effects)`. Pure.

It starts observing, with nothing allowed. Nothing starts, resumes or rises except by an order under a live lease
on a belt that is known to be still. Stops ramp, latch, and are asked for again until the belt is measured at 0.
"""

from device_adapters.frozen import replace
from device_adapters.safety import lease as leases
from device_adapters.safety import ramp, watch
from device_adapters.safety.envelope_state import (
    Phase,
    State,
    grade_of,
    idle,
    speed_now,
    still,
)
from device_adapters.safety.events import (
    Claimed,
    Effect,
    EnvelopeEvent,
    Hazard,
    Linked,
    Measured,
    Note,
    Ordered,
    Steps,
    Tick,
    Unlinked,
)
from device_adapters.safety.hazards import Cause, reaction
from device_adapters.safety.limits import Limits
from device_adapters.safety.orders import ordered
from device_adapters.safety.setpoints import aim, write_incline, write_speed
from device_adapters.safety.stops import STILL_MS, ramp_down, rested, stop, stopping_tick


def boot_state(boot: str, *, was_moving: bool = False) -> State:
    """The state of a unit that starts. `was_moving`: the belt was its own when it ended, and must come to rest."""
    if not was_moving:
        return State(boot=boot)
    return State(boot=boot, phase=Phase.STOPPING, latched=Cause.UNIT_RESTARTED, moving_seen=True)


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
            return ordered(state, event, now_ms)
        case Measured():
            return _measured(state, event, now_ms)
        case Hazard(cause, who):
            return stop(state, cause, now_ms, who)
        case Tick():
            return _tick(state, now_ms)


def _unlinked(state: State) -> Steps:
    if state.phase not in (Phase.MOVING, Phase.STOPPING):
        return replace(state, machine=None, measured_ckmh=None), ()
    note = Note(kind="hazard", cause=Cause.LINK_LOST, text=reaction(Cause.LINK_LOST).staff, severity="alarm")
    return replace(
        state,
        phase=Phase.STOPPING,
        latched=state.latched or Cause.LINK_LOST,
        machine=None,
        measured_ckmh=None,
        lease=leases.drop(state.lease),
    ), (note,)


# The lease.


def _claimed(state: State, claim: leases.Claim, now_ms: int) -> Steps:
    free = state.phase is Phase.OBSERVING and still(state, now_ms) and not state.latched
    cause = leases.refusal(state.lease, claim, state.boot, free, now_ms)
    if cause:
        return state, (_lease_refused(claim, cause),)
    machine = state.machine
    if machine is None:
        return state, (_lease_refused(claim, "link_lost"),)
    renewal = claim.epoch == state.lease.epoch
    state = replace(state, lease=leases.take(state.lease, claim, now_ms))
    if state.lease.claim is None:
        if state.phase is Phase.MOVING:
            return stop(state, Cause.LEASE_EXPIRED, now_ms)
        return (state, ()) if state.phase is Phase.STOPPING else (idle(state), ())
    limits = leases.limits_of(claim, commissioned=machine.commissioned)
    if renewal:
        return _limited(state, limits, now_ms)
    return replace(state, phase=Phase.READY, limits=limits, cap_ckmh=None, moved_ms=0), _raise_note(claim)


def _lease_refused(claim: leases.Claim, cause: str) -> Note:
    return Note(kind="lease_refused", cause=cause, severity="warning", after={"epoch": claim.epoch})


def _raise_note(claim: leases.Claim) -> tuple[Effect, ...]:
    if claim.raised is None:
        return ()
    after: dict[str, float | int | str | None] = {
        "speed_ckmh": claim.raised.speed_max_ckmh,
        "by": claim.raised_by,
    }
    return (Note(kind="limits_raised", cause="staff", text=claim.raised_why, after=after),)


def _limited(state: State, limits: Limits, now_ms: int) -> Steps:
    """New limits under way. Down takes effect now; up needs a named person, and never lifts a member's own cap."""
    if state.cap_ckmh is not None:
        limits = replace(limits, speed_max_ckmh=min(limits.speed_max_ckmh, state.cap_ckmh))
    if limits == state.limits:
        return state, ()
    note = Note(
        kind="limits_changed",
        cause="lease",
        before={"speed_ckmh": state.limits.speed_max_ckmh, "grade_dpct": state.limits.grade_max_dpct},
        after={"speed_ckmh": limits.speed_max_ckmh, "grade_dpct": limits.grade_max_dpct},
    )
    state = replace(state, limits=limits)
    machine = state.machine
    if machine is None or state.phase is not Phase.MOVING:
        return state, (note,)
    if grade_of(state.target_dpct, machine.arrangement) > limits.grade_max_dpct:
        state = replace(state, target_dpct=ramp.incline_for(limits.grade_max_dpct, machine))
    if machine.speed_min_ckmh > limits.speed_max_ckmh:
        return ramp_down(state, now_ms, "machine_minimum_over_limit")
    target = min(state.target_ckmh, ramp.on_grid(limits.speed_max_ckmh, machine))
    state, writes = aim(state, machine, target, now_ms)
    return state, (note, *writes)


# What the belt tells.


def _measured(state: State, told: Measured, now_ms: int) -> Steps:
    was, rebooted = state.measured_ckmh, _rebooted(state, told)
    state = replace(
        state,
        measured_ckmh=told.speed_ckmh,
        measured_dpct=state.measured_dpct if told.incline_dpct is None else told.incline_dpct,
        measured_ms=now_ms,
        elapsed_s=told.elapsed_s if state.moving_seen else None,
        moving_seen=state.moving_seen or told.speed_ckmh > 0,
    )
    match state.phase:
        case Phase.STOPPING:
            return _stopping_measured(state, was, now_ms)
        case Phase.MOVING:
            state = watch.followed(state, now_ms)
            cause = Cause.MACHINE_REBOOT if rebooted else watch.judged(state, now_ms)
            return stop(state, cause, now_ms) if cause else _slower(state, now_ms)
        case Phase.OBSERVING if state.latched and told.speed_ckmh > 0:
            return stop(state, Cause.MOVED_WHILE_LATCHED, now_ms)
        case Phase.READY if told.speed_ckmh > 0:
            # Somebody started the belt at its console: it is theirs, not ours.
            note = Note(kind="lease_ended", cause="moved_by_hand", severity="warning")
            return idle(replace(state, lease=leases.drop(state.lease))), (note,)
        case _:
            return state, ()


def _rebooted(state: State, told: Measured) -> bool:
    """The machine's own clock ran backward under a moving belt."""
    return state.elapsed_s is not None and told.elapsed_s is not None and told.elapsed_s + 2 < state.elapsed_s


def _slower(state: State, now_ms: int) -> Steps:
    """A belt set slower at its console stays there: the member may always lower, nothing raises it again."""
    machine, slowed = state.machine, watch.slowed(state, now_ms)
    if machine is None or slowed is None:
        return state, ()
    cap = max(machine.speed_min_ckmh, ramp.on_grid(slowed, machine))
    note = Note(
        kind="hazard",
        cause=Cause.CONSOLE_SLOWER,
        text=reaction(Cause.CONSOLE_SLOWER).staff,
        before={"setpoint_ckmh": state.setpoint_ckmh},
        after={"setpoint_ckmh": cap, "action": "hold"},
    )
    limits = replace(state.limits, speed_max_ckmh=min(state.limits.speed_max_ckmh, cap))
    state = replace(state, cap_ckmh=cap, limits=limits, target_ckmh=cap, setpoint_ckmh=cap, below_since_ms=0)
    return ramp.from_here(state, now_ms), (note,)


def _stopping_measured(state: State, was: int | None, now_ms: int) -> Steps:
    if state.measured_ckmh != 0 or was != 0:
        return replace(state, held_until_ms=max(state.held_until_ms, now_ms + STILL_MS)), ()
    if now_ms < state.held_until_ms:
        return state, ()
    ends = (Note(kind="stopped", cause=state.latched or state.stop_cause), *rested(state.machine))
    if leases.live(state.lease, now_ms) and not state.latched:
        return replace(state, phase=Phase.READY, setpoint_ckmh=0, target_ckmh=0, stop_cause=""), ends
    return idle(replace(state, lease=leases.drop(state.lease))), ends


# Time.


def _tick(state: State, now_ms: int) -> Steps:
    stalled_ms, state = now_ms - state.ticked_ms, replace(state, ticked_ms=now_ms)
    match state.phase:
        case Phase.STOPPING:
            return stopping_tick(state, now_ms)
        case Phase.MOVING:
            if stalled_ms > watch.STALL_MS:
                return stop(state, Cause.UNIT_STALLED, now_ms)
            return _moving_tick(replace(state, moved_ms=state.moved_ms + stalled_ms), now_ms)
        case Phase.READY if not leases.live(state.lease, now_ms):
            return idle(replace(state, lease=leases.drop(state.lease))), ()
        case _:
            return state, ()


def _moving_tick(state: State, now_ms: int) -> Steps:
    if not leases.live(state.lease, now_ms):
        return stop(state, Cause.LEASE_EXPIRED, now_ms)
    machine = state.machine
    if machine is None or speed_now(state, now_ms) is None:
        return stop(state, Cause.DATA_SILENT, now_ms)
    state = watch.followed(state, now_ms)
    cause = watch.judged(state, now_ms)
    if cause:
        return stop(state, cause, now_ms)
    held = not leases.fresh(state.lease, now_ms) or now_ms < state.held_until_ms or not state.moving_seen
    if held or state.below_since_ms:
        # Time that passes while nothing may rise earns no rise.
        state = ramp.from_here(state, now_ms) if state.target_ckmh >= state.setpoint_ckmh else state
    if state.target_ckmh != state.setpoint_ckmh:
        return write_speed(state, machine, now_ms)
    return (state, ()) if held else write_incline(state, now_ms)
