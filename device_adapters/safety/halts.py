"""The halt of a belt: Stop, written again each second until the belt is measured at 0, and what is tried where a
machine does not obey it. Pure.
"""

from device_adapters.frozen import replace
from device_adapters.safety import evidence
from device_adapters.safety import lease as leases
from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.envelope_state import Machine, State, speed_now, still
from device_adapters.safety.events import Effect, Note, Steps, Write
from device_adapters.safety.hazards import Cause, reaction
from device_adapters.safety.watch import START_MAX_MS

HALT_AGAIN_MS = 1_000
SILENT_AGAIN_MS = 5_000
SILENT_MS = 30_000
"""A belt that tells nothing is told to stop each second for so long, and then each 5 s."""

NOT_SURE = frozenset(cause for cause in Cause if not reaction(cause).sure)

OBEY_MS = 2_000
OBEY_CKMH = 20
"""A belt that obeys a halt is slower by this much after OBEY_MS, or still."""


def halt_now(state: State, now_ms: int) -> Steps:
    """The first halt of a stop, which begins the watch on whether it is obeyed."""
    machine = state.machine
    state = replace(state, setpoint_ckmh=0, halted_ms=now_ms, halted_ckmh=state.measured_ckmh or 0)
    if machine is None:
        return state, ()
    state = replace(state, halts=1, written_ms=now_ms, halt_ms=now_ms)
    return state, (Write(Admitted(_usual(machine), 0)),)


def _usual(machine: Machine) -> Verb:
    """What this machine takes while it moves."""
    return Verb.PAUSE if machine.pause_before_stop else Verb.HALT


def counts_down(state: State) -> bool:
    """Was this belt started so shortly before its stop that, though it stands, it may be counting down?"""
    return state.began_ms > 0 and not state.moving_seen and state.asked_ms - state.began_ms <= START_MAX_MS


def halt_again(state: State, machine: Machine, now_ms: int) -> Steps:
    """Ask for the stop again: only a measured 0 ends it. A belt that does not obey is tried otherwise."""
    if still(state, now_ms) and not counts_down(state):
        return state, ()
    quiet = speed_now(state, now_ms) is None and now_ms - state.stop_ms >= SILENT_MS
    if now_ms - state.written_ms < (SILENT_AGAIN_MS if quiet else HALT_AGAIN_MS):
        return state, ()
    state, notes = _silent(state, now_ms)
    state, more = _obeyed(state, now_ms)
    write = Write(_halt(state, machine, now_ms))
    return replace(state, written_ms=now_ms, halt_ms=now_ms), (*notes, *more, write)


def _silent(state: State, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
    """A belt that tells no speed after its stop can be cleared by a person only: it is locked; and of one whose last
    word was a speed nobody is told that it stops.
    """
    silent = str(Cause.DATA_SILENT)
    latched = _locked_by(state, Cause.DATA_SILENT) if state.told_ckmh else state.latched or silent
    if latched == state.latched or speed_now(state, now_ms) is not None:
        return state, ()
    note = _alarm(Cause.DATA_SILENT, None)
    return replace(state, latched=latched, lease=leases.drop(state.lease)), (note,)


def _obeyed(state: State, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
    """Each OBEY_MS: is the belt slower than when it was looked at last? One that tells nothing is silent."""
    speed = speed_now(state, now_ms)
    told = state.measured_ms > state.halted_ms
    if speed is None or now_ms - state.halted_ms < OBEY_MS or not (state.moving_seen and told):
        return state, ()
    obeys = speed <= max(0, state.halted_ckmh - OBEY_CKMH)
    state = replace(state, halted_ms=now_ms, halted_ckmh=speed or state.halted_ckmh)
    if obeys:
        return replace(state, halts=1, disobeyed=0), ()
    first = state.halts == 1
    state = replace(
        state,
        halts=state.halts + 1,
        disobeyed=state.disobeyed + 1,
        latched=_locked_by(state, Cause.STOP_NOT_OBEYED),
        lease=leases.drop(state.lease),
    )
    return state, (_alarm(Cause.STOP_NOT_OBEYED, speed),) if first else ()


def _locked_by(state: State, cause: Cause) -> str:
    """What locks the belt from now on: what is not sure to stop it before what is, or nobody would know at rest."""
    return state.latched if state.latched in NOT_SURE else str(cause)


def _alarm(cause: Cause, speed_ckmh: int | None) -> Note:
    return Note(
        kind="hazard",
        cause=cause,
        text=reaction(cause).staff,
        severity="alarm",
        before={"measured_ckmh": speed_ckmh},
        after={"action": "stop_now"},
    )


def _halt(state: State, machine: Machine, now_ms: int) -> Admitted:
    """What the machine takes; and for a belt that does not obey, in turn: some take the other of Stop and Pause,
    or at least their lowest speed (ftms.md §1.4, §7.7). The lowest speed is for a belt whose numbers live and show
    it clearly faster, and no slower for the one before: a speed resumes many machines that pause, and starts many
    that stand.
    """
    usual = _usual(machine)
    other = Verb.HALT if usual is Verb.PAUSE else Verb.PAUSE
    if speed_now(state, now_ms) is None:
        # Nothing tells which of the two it takes; a Pause is for one whose last word was a speed.
        second = (now_ms - state.stop_ms) // HALT_AGAIN_MS % 2 == 1
        return Admitted(other if second and state.told_ckmh else usual, 0)
    if state.halts % 2:
        return Admitted(usual, 0)
    turn_began = state.halted_ms == now_ms
    if not turn_began and _runs_on(state, machine, now_ms):
        return Admitted(Verb.SPEED, machine.speed_min_ckmh)
    return Admitted(other, 0)


def _runs_on(state: State, machine: Machine, now_ms: int) -> bool:
    """Does the belt run on, seen by a frame of after the last halt, and faster than its lowest speed would be?"""
    speed, lowest = evidence.seen_ckmh(state, now_ms), machine.speed_min_ckmh
    faster = speed - OBEY_CKMH > max(lowest, state.halted_ckmh - 2 * OBEY_CKMH)
    return lowest > 0 and faster and evidence.lives(state, now_ms)
