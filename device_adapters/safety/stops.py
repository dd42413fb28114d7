"""Stops: how a belt is brought to rest. Pure.

A stop ramps by lower setpoints, each below what the belt is seen to have, and then halts; without a frame that shows
movement it halts at once. Whatever way it took, it has written Stop, and ends with it. A second stop never softens
the first, and no stop ever writes a rise.
"""

import dataclasses

from device_adapters.frozen import replace
from device_adapters.safety import evidence, ramp
from device_adapters.safety import lease as leases
from device_adapters.safety.admit import Admitted, Verb, Wish
from device_adapters.safety.envelope_state import (
    FRESH_MS,
    NOTHING_ALLOWED,
    UNKNOWN_MACHINE,
    Machine,
    Phase,
    State,
    on_grid,
    speed_now,
    still,
)
from device_adapters.safety.events import Effect, Note, Steps, Write
from device_adapters.safety.halts import NOT_SURE, counts_down, halt_again, halt_now
from device_adapters.safety.hazards import Action, Cause, reaction
from device_adapters.safety.limits import STOP_MAX_MS
from device_adapters.safety.setpoints import WRITE_GAP_MS, written

STILL_MS = 1_000
"""A belt has stopped when it was measured at 0 for this long."""

UNSEEN_MS = 8_000
"""... or, if it was told to start and has not moved yet, or stood when Stop was pressed, for this long: it may be
counting down.
"""

LINK_PATIENCE_MS = 400
"""A belt that must stop as soon as it is linked may show by a frame until then that it moves, and is ramped down."""

BRISK_FROM_CKMH = 300
BRISK_MS = 600
"""A machine that still answers is brought down from more than 3.0 km/h by two or three setpoints within this."""

THEIRS_CKMH_S = 200


def stop(state: State, cause: Cause, now_ms: int, who: str = "", *, answers: bool = False) -> Steps:
    """A hazard's stop: latch, drop the lease, ramp or halt. A second stop never softens the first.

    `answers`: the machine takes what is written, so that an abrupt cause at speed may take a few setpoints.
    """
    row = reaction(cause)
    if state.phase is Phase.OBSERVING and not _must_stop(state, cause, now_ms):
        return state, (_idle_note(cause, who),)
    note = Note(
        kind="hazard",
        cause=cause,
        text=row.staff if state.machine is not None else UNREACHED,
        key="" if state.machine is not None else UNREACHED_KEY,
        severity="alarm" if row.action is Action.STOP_NOW else "warning",
        before={"setpoint_ckmh": state.setpoint_ckmh, "measured_ckmh": state.measured_ckmh},
        after={"action": row.action.name.lower(), "by": who},
    )
    latched = state.latched or str(cause)
    now = row.action is Action.STOP_NOW
    if state.phase is Phase.STOPPING and (state.halts or not now):
        again = now or cause is Cause.STOP_PRESSED
        state, effects = halted_again(state, now_ms) if again else (state, ())
        state = replace(state, stop_cause=str(cause)) if now else state
        return replace(state, latched=latched, lease=leases.drop(state.lease)), (note, *effects)
    brisk = answers and state.phase is Phase.MOVING and evidence.seen_ckmh(state, now_ms) > BRISK_FROM_CKMH
    if not now or brisk:
        state, effects = ramp_down(state, now_ms, str(cause), brisk=now)
    else:
        state, effects = halt_now(_stopping(state, str(cause), now_ms), now_ms)
    return replace(state, latched=latched, lease=leases.drop(state.lease)), (note, *effects)


UNREACHED_KEY = "stop_not_delivered"
UNREACHED = "Stop not delivered: the treadmill is not linked. It is written as soon as it is."


def halted_again(state: State, now_ms: int) -> Steps:
    """A stop that was asked for once more: what is being ramped down goes on; what was halted is halted again. Whether
    the belt obeys is watched as before: who presses often does not make it seem to.
    """
    machine = state.machine
    if machine is None or not state.halts:
        return state, ()
    return replace(state, halt_ms=now_ms), (Write(Admitted(Verb.HALT, 0)),)


def worst_now(state: State) -> Cause | None:
    """The cause that people must be told of: of a stop under way the worst that is true now, else what latched."""
    latched = Cause(state.latched) if state.latched else None
    if state.phase is not Phase.STOPPING:
        return latched
    if state.machine is None:
        return Cause.LINK_LOST if latched is None or reaction(latched).sure else latched
    if state.halts > 1:
        return Cause.STOP_NOT_OBEYED
    if latched is None or state.stop_cause not in set(Cause):
        return latched
    return max(latched, Cause(state.stop_cause), key=lambda cause: not reaction(cause).sure)


def _must_stop(state: State, cause: Cause, now_ms: int) -> bool:
    """Does this cause stop a belt that nobody leased? A pressed stop and a lock do, and a locked belt that moves."""
    if cause in (Cause.MOVED_WHILE_LATCHED, Cause.STOP_PRESSED, Cause.LEFT_FREE):
        return True
    return cause is Cause.UNIT_STOPPING and state.machine is not None and not still(state, now_ms)


def _idle_note(cause: Cause, who: str) -> Note:
    """A hazard on a belt that is not ours to move: recorded, nothing to do."""
    return Note(kind="hazard", cause=cause, after={"action": "none", "by": who})


def _stopping(state: State, cause: str, now_ms: int) -> State:
    """A stop that begins now."""
    counts_down = (state.phase is Phase.MOVING and not state.moving_seen) or (
        state.phase is not Phase.MOVING and still(state, now_ms)
    )
    return replace(
        state,
        phase=Phase.STOPPING,
        stop_cause=cause,
        target_ckmh=0,
        held_until_ms=now_ms + (UNSEEN_MS if counts_down else STILL_MS),
        stop_ms=now_ms,
        asked_ms=state.asked_ms if state.phase is Phase.STOPPING else now_ms,
        fell_ms=now_ms,
        halted_ms=now_ms,
        halted_ckmh=state.measured_ckmh or 0,
        halts=0,
        disobeyed=state.disobeyed if state.phase is Phase.STOPPING else 0,
        speed_due=False,
    )


def ramp_down(state: State, now_ms: int, cause: str, *, brisk: bool = False) -> Steps:
    """Begin a controlled stop, from what was last written or what is measured, whichever is lower. `brisk`: within
    BRISK_MS, whatever the limits' ramp.
    """
    ours, measured = state.phase is not Phase.OBSERVING, evidence.seen_ckmh(state, now_ms)
    began = min(state.setpoint_ckmh, measured) if ours else measured
    limits = state.limits if ours else replace(NOTHING_ALLOWED, decel_stop_ckmh_s=THEIRS_CKMH_S)
    if brisk:
        limits = replace(limits, decel_stop_ckmh_s=began * 1000 // BRISK_MS)
    state = replace(
        _stopping(state, cause, now_ms),
        limits=limits,
        setpoint_ckmh=began,
        ramp_from_ckmh=began,
        ramp_ms=now_ms - WRITE_GAP_MS,
        written_ms=now_ms - WRITE_GAP_MS,
    )
    return stopping_tick(state, now_ms) if began else halt_now(state, now_ms)


def reached(state: State, machine: Machine | None, now_ms: int) -> State:
    """The control point can be written to (again). The last known machine holds until it says what it is; a stop
    that is under way begins anew, with what this link shows of the belt.
    """
    machine = machine or state.machine or state.last_machine
    if state.machine is not None or state.phase is not Phase.STOPPING:
        return replace(state, machine=machine, last_machine=machine)
    state = _stopping(state, state.stop_cause or state.latched, now_ms)
    return replace(state, machine=machine, last_machine=machine, setpoint_ckmh=0, written_ms=now_ms)


def stopping_tick(state: State, now_ms: int) -> Steps:
    """Go on with a stop: the next lower setpoint, the halt, or the halt again."""
    machine = state.machine
    if machine is None:
        return state, ()
    if state.halts:
        if state.stood_ms >= state.stop_ms and silent_for(state, now_ms) >= FRESH_MS:
            return ended(state, now_ms, "status")
        return halt_again(state, machine, now_ms)
    if state.setpoint_ckmh == 0:
        return halt_now(state, now_ms) if now_ms - state.stop_ms >= LINK_PATIENCE_MS else (state, ())
    if now_ms - state.stop_ms >= STOP_MAX_MS or not evidence.moves(state, now_ms):
        return halt_now(state, now_ms)
    return _lower(state, machine, now_ms)


def _lower(state: State, machine: Machine, now_ms: int) -> Steps:
    """The next setpoint of a ramp: the first one at once, the next each by a frame that is fresher than the last."""
    lower = ramp.next_lower(state, machine, now_ms)
    if lower is None or machine is UNKNOWN_MACHINE:
        return halt_now(state, now_ms)
    if now_ms - state.written_ms < WRITE_GAP_MS:
        return state, ()
    first = state.written_ms < state.stop_ms
    brisk = state.limits.decel_stop_ckmh_s > THEIRS_CKMH_S
    if not (first or brisk) and state.measured_ms <= state.written_ms:
        return state, ()
    lower = min(lower, on_grid(evidence.lowest(state, now_ms), machine))
    if lower <= machine.speed_min_ckmh:
        return halt_now(state, now_ms)
    return written(state, Wish(Verb.SPEED, lower), now_ms) if lower < state.setpoint_ckmh else (state, ())


def shown(state: State, was_ckmh: int | None, now_ms: int, *, rested: bool) -> Steps:
    """A belt that is being stopped told its speed: is it at rest, and if not, does it obey? `rested`: it had been at 0
    for long enough; a single zero is some machines' empty frame, and tells nothing.
    """
    speed = state.measured_ckmh or 0
    if speed < state.halted_ckmh and not state.halts:
        state = replace(state, fell_ms=now_ms, halted_ckmh=speed)
    if speed:
        state = replace(state, held_until_ms=max(state.held_until_ms, now_ms + STILL_MS))
    if not state.halts:
        return _ramping(state, speed, now_ms)
    if speed and rested:
        # It stood and moves again: whatever it obeyed before, this is a new stop.
        return halt_now(state, now_ms)
    if speed or was_ckmh != 0 or now_ms < state.held_until_ms or state.measured_ms < state.halt_ms:
        return state, ()
    return ended(state, now_ms)


def _ramping(state: State, speed: int, now_ms: int) -> Steps:
    if state.setpoint_ckmh == 0:
        # Linked again while it was to stop, and seen to move: a ramp, from there.
        return _linked_moving(state, now_ms) if speed else (state, ())
    if speed == 0:
        return halt_now(state, now_ms)
    why = _why_no_ramp(state, speed, now_ms)
    if why is None:
        return state, ()
    if isinstance(why, Cause):
        return stop(state, why, now_ms)
    note = Note(kind="stop_hastened", cause=why, severity="warning", after={"measured_ckmh": speed})
    state, effects = halt_now(state, now_ms)
    return state, (note, *effects)


def _linked_moving(state: State, now_ms: int) -> Steps:
    theirs = replace(state, phase=Phase.OBSERVING)
    state, effects = ramp_down(theirs, now_ms, state.stop_cause)
    if state.latched:
        return state, effects
    note = Note(
        kind="hazard",
        cause=Cause.MOVED_UNORDERED,
        text=reaction(Cause.MOVED_UNORDERED).staff,
        severity="alarm",
        before={"measured_ckmh": state.measured_ckmh},
        after={"action": "controlled_stop"},
    )
    return replace(state, latched=Cause.MOVED_UNORDERED), (note, *effects)


def refused_halt(state: State, now_ms: int) -> Steps:
    """Stop was refused. A machine that refuses it while its belt moves is one that is paused first: it is, at once,
    where a speed is what it tells, or told last, believed or not: a Pause harms no belt that stands.
    """
    machine = state.machine
    stops = state.phase is Phase.STOPPING and state.halts > 0
    if machine is None or not stops or machine.pause_before_stop or not state.told_ckmh:
        return state, ()
    machine = dataclasses.replace(machine, pause_before_stop=True)
    state = replace(state, machine=machine, last_machine=machine, written_ms=now_ms, halt_ms=now_ms)
    return state, (Write(Admitted(Verb.PAUSE, 0)),)


RISING_CKMH = 30
NOT_FALLING_MS = 1_000
OFF_CKMH = 10


def _why_no_ramp(state: State, speed: int, now_ms: int) -> Cause | str | None:
    """Why a ramp is given up for Stop at once: the belt rises, is above its limit, or does not fall."""
    if speed > state.halted_ckmh + RISING_CKMH:
        return Cause.STOP_NOT_OBEYED
    limit = state.limits.speed_max_ckmh
    if limit and speed > max(limit, state.expected_ckmh) + RISING_CKMH:
        return Cause.OVERSPEED
    if speed > state.setpoint_ckmh + OFF_CKMH and now_ms - state.fell_ms >= NOT_FALLING_MS:
        return "not_falling"
    return None


def ended(state: State, now_ms: int, how: str = "") -> Steps:
    """The belt rests: its stop is over. `how`: what showed it, where it was not its speed."""
    after: dict[str, float | int | str | None] = {"shown_by": how} if how else {}
    ends: tuple[Effect, ...] = (
        Note(kind="stopped", cause=state.latched or state.stop_cause, after=after),
        *rested(state),
    )
    state = replace(state, setpoint_ckmh=0, target_ckmh=0, stop_cause="")
    if leases.live(state.lease, now_ms) and not state.latched:
        return replace(state, phase=Phase.READY), ends
    return replace(state, phase=Phase.OBSERVING, limits=NOTHING_ALLOWED, lease=leases.drop(state.lease)), ends


def rested(state: State) -> tuple[Effect, ...]:
    """What ends a stop once the belt rests: a machine that was, or may have been, paused is told to stop, or it could
    be resumed. One that is taken to rest though it tells a speed is paused: it may run on, and take no Stop.
    """
    machine = state.machine
    if machine is None:
        return ()
    if machine.pause_before_stop or state.halts > 1 or state.latched in NOT_SURE:
        return (Write(Admitted(Verb.HALT, 0)),)
    doubted = state.told_ckmh and state.measured_ckmh == 0
    return (Write(Admitted(Verb.PAUSE, 0)),) if doubted else ()


def stood(state: State, now_ms: int) -> bool:
    """Is a belt that is being stopped, or watched after a stop, known to stand? It is at 0 for long enough since Stop
    was written, and was not just started, so that it counts down.
    """
    told = state.halts > 0 and state.measured_ms > state.halt_ms
    rests = 0 < state.zero_since_ms <= now_ms - STILL_MS
    return told and rests and not counts_down(state) and still(state, now_ms)


def silent_for(state: State, now_ms: int) -> int:
    """How long nothing has told of the belt, neither its speed nor its machine that it was stopped by hand, ms."""
    return now_ms - max(state.measured_ms, state.stood_ms)


def silent(state: State, now_ms: int) -> bool:
    """Was a belt told to stop long enough ago, and nothing that lives has told of its speed since? Then only a person
    can say that it rests.
    """
    if state.machine is None:
        # Its link is gone again; but not before Stop was written to it.
        return 0 < state.halt_ms >= state.asked_ms and now_ms - state.asked_ms >= UNSEEN_MS
    if (state.phase is Phase.STOPPING and not state.halts) or now_ms - state.stop_ms < UNSEEN_MS:
        return False
    speed = speed_now(state, now_ms)
    lived_ms = max(state.counted_ms, state.changed_ms)
    return speed is None or (speed > 0 and now_ms - lived_ms >= UNSEEN_MS)
