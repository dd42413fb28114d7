"""What a lease message does to a belt's envelope. Pure."""

from device_adapters.frozen import replace
from device_adapters.safety import lease as leases
from device_adapters.safety import ramp
from device_adapters.safety.envelope_state import Machine, Phase, State, grade_of, idle, on_grid, still
from device_adapters.safety.events import Claimed, Effect, Note, Steps
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Limits
from device_adapters.safety.setpoints import aim
from device_adapters.safety.stops import ramp_down, stop


def claimed(state: State, told: Claimed, now_ms: int) -> Steps:
    """Grant, renew or release the lease; or say why not."""
    claim = told.claim
    free = state.phase is Phase.OBSERVING and still(state, now_ms) and not state.latched
    cause = leases.refusal(state.lease, claim, state.boot, free, now_ms)
    if cause:
        return state, (_refused(claim, cause),)
    machine = state.machine
    if machine is None:
        return state, (_refused(claim, "link_lost"),)
    if not state.introduced or machine.speed_max_ckmh == 0:
        return state, (_refused(claim, "range_unknown"),)
    renewal = claim.epoch == state.lease.epoch
    state = replace(state, lease=leases.take(state.lease, claim, now_ms, told.said_ms))
    if state.lease.claim is None:
        if state.phase is Phase.MOVING:
            return stop(state, Cause.LEASE_EXPIRED, now_ms)
        return (state, ()) if state.phase is Phase.STOPPING else (idle(state), ())
    limits = leases.limits_of(state.lease.claim, commissioned=machine.commissioned)
    if renewal:
        return _limited(state, machine, limits, now_ms)
    return replace(state, phase=Phase.READY, limits=limits, cap_ckmh=None, moved_ms=0), _raise_note(claim)


def _refused(claim: leases.Claim, cause: str) -> Note:
    return Note(kind="lease_refused", cause=cause, severity="warning", after={"epoch": claim.epoch})


def _raise_note(claim: leases.Claim) -> tuple[Effect, ...]:
    if claim.raised is None:
        return ()
    after: dict[str, float | int | str | None] = {
        "speed_ckmh": claim.raised.speed_max_ckmh,
        "by": claim.raised_by,
    }
    return (Note(kind="limits_raised", cause="staff", text=claim.raised_why, after=after),)


def _limited(state: State, machine: Machine, limits: Limits, now_ms: int) -> Steps:
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
    if state.phase is not Phase.MOVING:
        return state, (note,)
    if grade_of(state.target_dpct, machine.arrangement) > limits.grade_max_dpct:
        state = replace(state, target_dpct=ramp.incline_for(limits.grade_max_dpct, machine))
    if machine.speed_min_ckmh > limits.speed_max_ckmh:
        return ramp_down(state, now_ms, "machine_minimum_over_limit")
    target = min(state.target_ckmh, on_grid(limits.speed_max_ckmh, machine))
    state, writes = aim(state, machine, target, now_ms)
    return state, (note, *writes)
