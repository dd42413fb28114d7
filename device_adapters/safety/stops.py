"""Stops: how a belt is brought to rest, and the watch on whether it obeys. Pure.

A stop ramps by lower setpoints and then halts; a halt is asked for again until the belt is measured at 0. A second
stop never softens the first, and no stop ever writes a rise.
"""

from device_adapters.frozen import replace
from device_adapters.safety import lease as leases
from device_adapters.safety import ramp
from device_adapters.safety.admit import Admitted, Verb, Wish
from device_adapters.safety.envelope_state import (
    NOTHING_ALLOWED,
    Machine,
    Phase,
    State,
    speed_now,
    stands,
    still,
)
from device_adapters.safety.events import Effect, Note, Steps, Write
from device_adapters.safety.hazards import Action, Cause, reaction
from device_adapters.safety.setpoints import WRITE_GAP_MS, written

STILL_MS = 1_000
"""A belt has stopped when it was measured at 0 for this long."""

UNSEEN_MS = 8_000
"""... or, if it was told to start and has not moved yet, for this long: it may be counting down."""

HALT_AGAIN_MS = 1_000
OBEY_MS = 2_000
OBEY_CKMH = 20
"""A belt that obeys a halt is slower by this much after OBEY_MS, or still."""


def stop(state: State, cause: Cause, now_ms: int, who: str = "") -> Steps:
    """A hazard's stop: latch, drop the lease, ramp or halt. A second stop never softens the first."""
    row = reaction(cause)
    if state.phase is Phase.OBSERVING and not _must_stop(state, cause, now_ms):
        return state, (_idle_note(state, cause, who),)
    note = Note(
        kind="hazard",
        cause=cause,
        text=row.staff,
        severity="alarm" if row.action is Action.STOP_NOW else "warning",
        before={"setpoint_ckmh": state.setpoint_ckmh, "measured_ckmh": state.measured_ckmh},
        after={"action": row.action.name.lower(), "by": who},
    )
    latched = state.latched or str(cause)
    if state.phase is Phase.STOPPING and row.action is not Action.STOP_NOW:
        return replace(state, latched=latched, lease=leases.drop(state.lease)), (note,)
    if row.action is Action.STOP_NOW:
        state = replace(
            state,
            phase=Phase.STOPPING,
            target_ckmh=0,
            stop_cause=str(cause),
            held_until_ms=_still_from(state, now_ms),
        )
        state, effects = _halt_now(state, now_ms)
    else:
        state, effects = ramp_down(state, now_ms, str(cause))
    return replace(state, latched=latched, lease=leases.drop(state.lease)), (note, *effects)


def worst_now(state: State) -> Cause | None:
    """The cause that people must be told of: of a stop under way the worst that is true now, else what latched."""
    latched = Cause(state.latched) if state.latched else None
    if state.phase is not Phase.STOPPING:
        return latched
    if state.machine is None:
        return Cause.LINK_LOST if latched is None or reaction(latched).sure else latched
    if state.halts > 1:
        return Cause.STOP_NOT_OBEYED
    if latched is None or not reaction(latched).sure or state.stop_cause not in set(Cause):
        return latched
    return max(latched, Cause(state.stop_cause), key=lambda cause: not reaction(cause).sure)


def _must_stop(state: State, cause: Cause, now_ms: int) -> bool:
    """Does this cause stop a belt that nobody leased? A pressed stop does, and a locked belt that moves."""
    if cause is Cause.MOVED_WHILE_LATCHED:
        return True
    pressed = cause in (Cause.STOP_PRESSED, Cause.UNIT_STOPPING)
    return pressed and state.machine is not None and not still(state, now_ms)


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


def ramp_down(state: State, now_ms: int, cause: str) -> Steps:
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
        halted_ms=now_ms,
        halted_ckmh=state.measured_ckmh or 0,
        halts=1,
    )
    return stopping_tick(state, now_ms)


def _still_from(state: State, now_ms: int) -> int:
    """When a belt that is measured at 0 from now on counts as stopped."""
    return now_ms + (STILL_MS if state.moving_seen or state.phase is not Phase.MOVING else UNSEEN_MS)


def stopping_tick(state: State, now_ms: int) -> Steps:
    """Go on with a stop: the next lower setpoint, the halt, or the halt again."""
    machine = state.machine
    if machine is None:
        return state, ()
    if state.setpoint_ckmh == 0:
        return _halt_again(state, now_ms)
    lower = ramp.next_lower(state, machine, now_ms)
    if lower is None or stands(state, now_ms):
        return _halt_now(state, now_ms)
    if lower >= state.setpoint_ckmh or now_ms - state.written_ms < WRITE_GAP_MS:
        return state, ()
    return written(state, Wish(Verb.SPEED, lower), now_ms)


def _halt_now(state: State, now_ms: int) -> Steps:
    """The first halt of a stop, which begins the watch on whether it is obeyed."""
    state = replace(state, setpoint_ckmh=0, halted_ms=now_ms, halted_ckmh=state.measured_ckmh or 0, halts=1)
    if state.machine is None:
        return state, ()
    return replace(state, written_ms=now_ms), (Write(Admitted(_halt_verb(state.machine), 0)),)


def rested(machine: Machine | None) -> tuple[Effect, ...]:
    """What ends a stop once the belt rests: a machine that was paused is told to stop, or it could be resumed."""
    paused = machine is not None and machine.pause_before_stop
    return (Write(Admitted(Verb.HALT, 0)),) if paused else ()


def _halt_verb(machine: Machine) -> Verb:
    """What this machine takes while it moves."""
    return Verb.PAUSE if machine.pause_before_stop else Verb.HALT


def _halt_again(state: State, now_ms: int) -> Steps:
    """Ask for the stop again each second: only a measured 0 ends it. A belt that does not obey is tried otherwise."""
    machine, rests = state.machine, state.moving_seen and still(state, now_ms)
    if rests or machine is None or now_ms - state.written_ms < HALT_AGAIN_MS:
        return state, ()
    state, notes = _obeyed(state, now_ms)
    writes = (Write(w) for w in _halts(state, machine, now_ms))
    return replace(state, written_ms=now_ms), (*notes, *writes)


def _obeyed(state: State, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
    """Each OBEY_MS: is the belt slower than when it was looked at last?"""
    speed = speed_now(state, now_ms)
    if now_ms - state.halted_ms < OBEY_MS or not state.moving_seen:
        return state, ()
    obeys = speed is not None and speed <= max(0, state.halted_ckmh - OBEY_CKMH)
    state = replace(state, halted_ms=now_ms, halted_ckmh=speed or state.halted_ckmh)
    if obeys:
        return replace(state, halts=1), ()
    note = Note(
        kind="hazard",
        cause=Cause.STOP_NOT_OBEYED,
        text=reaction(Cause.STOP_NOT_OBEYED).staff,
        severity="alarm",
        before={"measured_ckmh": speed},
        after={"action": "stop_now"},
    )
    first = state.halts == 1
    latched = state.latched or Cause.STOP_NOT_OBEYED
    state = replace(state, halts=state.halts + 1, latched=latched, lease=leases.drop(state.lease))
    return state, (note,) if first else ()


def _halts(state: State, machine: Machine, now_ms: int) -> tuple[Admitted, ...]:
    """What the machine takes; and for a belt that does not obey, in turn: some take the other of Stop and Pause,
    or at least their lowest speed (ftms.md §1.4, §7.7). The lowest speed is for a belt known to be faster: it must
    not start one that stands.
    """
    usual = _halt_verb(machine)
    if state.halts % 2:
        return (Admitted(usual, 0),)
    other = Admitted(Verb.HALT if usual is Verb.PAUSE else Verb.PAUSE, 0)
    speed = speed_now(state, now_ms)
    slow = Admitted(Verb.SPEED, machine.speed_min_ckmh)
    faster = speed is not None and speed > machine.speed_min_ckmh
    return (other, slow) if faster else (other,)
