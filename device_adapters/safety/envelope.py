"""The envelope: `step(state, event, now_ms) -> (state, effects)`. Pure.

It starts observing, with nothing allowed. Nothing starts, resumes or rises except by an order under a live lease
on a belt that is known to be still. Stops ramp, latch, and are asked for again until the belt is measured at 0.
"""

import dataclasses

from device_adapters.frozen import replace
from device_adapters.safety import evidence, hold_to_run, ramp, watch
from device_adapters.safety import lease as leases
from device_adapters.safety.admit import Verb
from device_adapters.safety.claims import claimed
from device_adapters.safety.easing import eased
from device_adapters.safety.envelope_state import Machine, Phase, State, idle, on_grid, speed_now, stands
from device_adapters.safety.events import (
    Claimed,
    Eased,
    EnvelopeEvent,
    Frozen,
    Hazard,
    Held,
    Linked,
    Marked,
    Measured,
    Note,
    Ordered,
    Proven,
    Reachable,
    Steps,
    Tick,
    Unlinked,
    Untaken,
)
from device_adapters.safety.hazards import Cause, reaction
from device_adapters.safety.limits import FIRST_MOVEMENT_MS
from device_adapters.safety.orders import ordered
from device_adapters.safety.setpoints import write_back, write_due, write_incline, write_speed
from device_adapters.safety.stops import (
    LINK_PATIENCE_MS,
    STILL_MS,
    ramp_down,
    reached,
    refused_halt,
    shown,
    stop,
    stopping_tick,
)

CONSOLE_PAUSE_MS = 2_000
"""A moving belt that is at 0 for this long was paused at its console."""

NOT_WHILE_MOVING = ("operation_failed", "not_supported", "invalid_parameter")
"""Refusals of Stop by a machine that wants to be paused first; one without permission would refuse Pause as well."""

TOO_LATE = "too_late"

ANSWER_SOON_MS = 1_500
"""A control point that takes longer to answer holds up what would rise."""

RESET_MS = 10_000
"""A machine may set its own clock to 0 this long after it was stopped or started."""


def boot_state(boot: str, *, was_moving: bool = False) -> State:
    """The state of a unit that starts. `was_moving`: the belt was its own when it ended, and must come to rest."""
    if not was_moving:
        return State(boot=boot)
    return State(boot=boot, phase=Phase.STOPPING, latched=Cause.UNIT_RESTARTED, moving_seen=True)


def succeeding(fresh: State, old: State, now_ms: int, *, at_once: bool) -> State:
    """`fresh` in the place of a gate's state that failed: it stops the belt, from a frame that shows that it moves or,
    `at_once`, by Stop. What was fenced off stays so, and what the machine can do is known.
    """
    return replace(
        fresh,
        machine=old.machine,
        last_machine=old.last_machine,
        introduced=old.introduced,
        marked=old.marked,
        lease=leases.drop(old.lease),
        seen_ids=old.seen_ids,
        asked_ms=now_ms,
        stop_ms=now_ms - LINK_PATIENCE_MS if at_once else now_ms,
        held_until_ms=now_ms + STILL_MS,
    )


def step(state: State, event: EnvelopeEvent, now_ms: int) -> Steps:
    """The next state and what to do. Events that do not fit change nothing but are answered or noted."""
    match event:
        case Linked(machine):
            return replace(reached(state, machine, now_ms), introduced=True), ()
        case Reachable():
            return reached(state, None, now_ms), ()
        case Unlinked():
            return _unlinked(state, now_ms)
        case Claimed():
            return claimed(state, event, now_ms)
        case Proven(commissioned):
            return _proven(state, commissioned), ()
        case Marked(on_disk):
            return replace(state, marked=on_disk), ()
        case Frozen(for_ms):
            return replace(state, held_until_ms=max(state.held_until_ms, now_ms + for_ms)), ()
        case Ordered():
            return ordered(state, event, now_ms)
        case Measured():
            return _measured(state, event, now_ms)
        case Untaken():
            return _untaken(state, event, now_ms)
        case Hazard(cause, who):
            if cause in (Cause.CONSOLE_STOP, Cause.SAFETY_KEY):
                state = replace(state, stood_ms=now_ms)
            return stop(state, cause, now_ms, who)
        case Eased(who):
            return eased(state, now_ms, who)
        case Held(held):
            return hold_to_run.told(state, held, now_ms)
        case Tick(waits):
            return _tick(state, now_ms, waits=waits)


def _unlinked(state: State, now_ms: int) -> Steps:
    state = replace(
        state,
        machine=None,
        introduced=False,
        measured_ckmh=None,
        measured_dpct=None,
        elapsed_s=None,
        distance_m=None,
    )
    if state.phase is Phase.OBSERVING:
        return state, ()
    if state.phase is not Phase.STOPPING:
        state = replace(state, asked_ms=now_ms)
    if state.phase is Phase.READY:
        # It stands, as far as is known; what it does meanwhile is nobody's order: it is stopped on return.
        return replace(state, phase=Phase.STOPPING, lease=leases.drop(state.lease), halts=0), ()
    note = Note(kind="hazard", cause=Cause.LINK_LOST, text=reaction(Cause.LINK_LOST).staff, severity="alarm")
    return replace(
        state,
        phase=Phase.STOPPING,
        latched=state.latched or Cause.LINK_LOST,
        lease=leases.drop(state.lease),
        setpoint_ckmh=0,
        halts=0,
    ), (note,)


def _proven(state: State, commissioned: bool) -> State:
    if state.machine is None or state.machine.commissioned == commissioned:
        return state
    machine = dataclasses.replace(state.machine, commissioned=commissioned)
    return replace(state, machine=machine, last_machine=machine)


# What the belt tells.


def _measured(state: State, told: Measured, now_ms: int) -> Steps:
    was, rebooted = state.measured_ckmh, evidence.restarted(state, told.elapsed_s)
    state = evidence.counted(state, told.elapsed_s, told.distance_m, now_ms)
    state = evidence.said(state, told.speed_ckmh, now_ms)
    speed = 0 if evidence.counters_stand(state, now_ms) else told.speed_ckmh
    begins = state.phase is Phase.MOVING and not state.moving_seen and speed > 0
    rested = 0 < state.zero_since_ms <= now_ms - STILL_MS
    state = replace(
        state,
        measured_ckmh=speed,
        measured_ms=now_ms,
        moving_seen=state.moving_seen or speed > 0,
        counted_ms=state.counted_ms if told.speed_ckmh else 0,
        changed_ms=state.changed_ms if speed == was else now_ms,
        zero_since_ms=(state.zero_since_ms or now_ms) if speed == 0 else 0,
    )
    if told.incline_dpct is not None:
        state = replace(state, measured_dpct=told.incline_dpct, deck_ms=now_ms)
    match state.phase:
        case Phase.STOPPING:
            if rebooted and speed and not state.halts:
                return stop(state, Cause.MACHINE_REBOOT, now_ms)
            return shown(state, was, now_ms, rested=rested)
        case Phase.MOVING:
            state = _held(state, now_ms) if begins else state
            return _moving_measured(state, now_ms, rebooted=rebooted and not begins)
        case Phase.OBSERVING if state.latched and speed > 0:
            return stop(state, Cause.MOVED_WHILE_LATCHED, now_ms)
        case Phase.READY if speed > 0:
            return stop(state, Cause.MOVED_UNORDERED, now_ms)
        case Phase.READY if rebooted and now_ms - max(state.halt_ms, state.written_ms) > RESET_MS:
            return stop(state, Cause.MACHINE_REBOOT, now_ms)
        case _:
            return state, ()


def _held(state: State, now_ms: int) -> State:
    """The first movement is held from when it is seen."""
    return ramp.from_here(replace(state, held_until_ms=now_ms + FIRST_MOVEMENT_MS), now_ms)


def _moving_measured(state: State, now_ms: int, *, rebooted: bool) -> Steps:
    state = watch.followed(state, now_ms)
    cause = Cause.MACHINE_REBOOT if rebooted and state.moving_seen else watch.judged(state, now_ms)
    if cause:
        return stop(state, cause, now_ms, answers=cause is Cause.MACHINE_REBOOT)
    if state.moving_seen and state.zero_since_ms and now_ms - state.zero_since_ms >= CONSOLE_PAUSE_MS:
        note = Note(kind="console_pause", cause="console", severity="warning")
        state, effects = ramp_down(state, now_ms, "console_pause")
        return state, (note, *effects)
    return _slower(state, now_ms)


def _slower(state: State, now_ms: int) -> Steps:
    """A belt set slower at its console stays there: the member may always lower, nothing raises it again."""
    machine, slowed = state.machine, watch.slowed(state, now_ms)
    if machine is None or not slowed:
        return state, ()
    cap = max(machine.speed_min_ckmh, on_grid(slowed, machine))
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


def _untaken(state: State, told: Untaken, now_ms: int) -> Steps:
    """A write came to nothing that could be read. A belt that does what it was told all the same is believed, and one
    that counts down is told its speed again; any other is stopped.
    """
    if told.why == TOO_LATE:
        # It never went out. What would follow a start could start a belt that nobody expects to move any more.
        starts = told.verb is Verb.BEGIN and state.phase is Phase.MOVING
        return ramp_down(state, now_ms, TOO_LATE) if starts else (state, ())
    if told.verb in (Verb.HALT, Verb.PAUSE):
        refused = told.answered and told.why in NOT_WHILE_MOVING
        return refused_halt(state, now_ms) if refused else (state, ())
    if state.phase is not Phase.MOVING:
        return state, ()
    starts = not state.moving_seen or now_ms < state.held_until_ms
    if told.verb is Verb.SPEED and told.answered and starts:
        return replace(state, speed_due=True), ()
    if not told.answered and told.verb is not Verb.INCLINE and (starts or _does(state, now_ms)):
        return state, ()
    if not told.answered and told.verb is Verb.INCLINE and _tilts(state, now_ms):
        return state, ()
    return stop(state, Cause.CONTROL_FAILED, now_ms, f"{told.verb}: {told.why}", answers=told.answered)


def _does(state: State, now_ms: int) -> bool:
    """Does the belt follow what was written, whatever its control point says?"""
    return evidence.moves(state, now_ms) and not state.above_since_ms and not state.below_since_ms


def _tilts(state: State, now_ms: int) -> bool:
    off = abs((state.measured_dpct or 0) - state.setpoint_dpct)
    return evidence.deck_seen(state, now_ms) and off <= watch.GRADE_TOLERANCE_DPCT


# Time.


def _tick(state: State, now_ms: int, *, waits: bool) -> Steps:
    stalled_ms, state = now_ms - state.ticked_ms, replace(state, ticked_ms=now_ms)
    machine = state.machine
    match state.phase:
        case Phase.STOPPING | Phase.READY if _left(state, now_ms):
            return stop(state, Cause.LEASE_EXPIRED, now_ms)
        case Phase.STOPPING:
            return stopping_tick(state, now_ms)
        case Phase.MOVING:
            if stalled_ms > watch.STALL_MS:
                return stop(state, Cause.UNIT_STALLED, now_ms)
            claim = state.lease.claim
            counts = claim is None or claim.retro or state.moved_ms == 0
            state = replace(state, moved_ms=state.moved_ms + (stalled_ms if counts else 0))
            return _moving_tick(state, machine, now_ms, waits=waits)
        case Phase.READY if not leases.live(state.lease, now_ms):
            return idle(replace(state, lease=leases.drop(state.lease))), ()
        case _:
            return state, ()


def _left(state: State, now_ms: int) -> bool:
    """Did a session's service go silent in its pause, or on the way there? Who stands there is nobody's any more."""
    paused = state.moved_ms > 0 if state.phase is Phase.READY else state.lease.claim is not None
    return paused and not leases.live(state.lease, now_ms)


def _moving_tick(state: State, machine: Machine | None, now_ms: int, *, waits: bool) -> Steps:
    if not leases.live(state.lease, now_ms):
        return stop(state, Cause.LEASE_EXPIRED, now_ms)
    if hold_to_run.released(state):
        return stop(state, Cause.HOLD_RELEASED, now_ms)
    if machine is None or speed_now(state, now_ms) is None:
        return stop(state, Cause.DATA_SILENT, now_ms)
    state = watch.followed(state, now_ms)
    cause = watch.judged(state, now_ms)
    if cause:
        return stop(state, cause, now_ms)
    if state.speed_due:
        return write_due(state, now_ms)
    held = not leases.fresh(state.lease, now_ms) or now_ms < state.held_until_ms or not state.moving_seen
    held = held or stands(state, now_ms)
    # What runs ahead of a slow control point would be written to it in one jump.
    slow = waits and now_ms - state.written_ms > ANSWER_SOON_MS
    if held or slow or state.below_since_ms:
        # Time that passes while nothing may rise earns no rise.
        state = ramp.from_here(state, now_ms) if state.target_ckmh >= state.setpoint_ckmh else state
    if waits and state.target_ckmh >= state.setpoint_ckmh:
        return state, ()
    if state.target_ckmh != state.setpoint_ckmh:
        return write_speed(state, machine, now_ms)
    if watch.pressed_faster(state, now_ms):
        return write_back(state, now_ms)
    return (state, ()) if held else write_incline(state, now_ms)
