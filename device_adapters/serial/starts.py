"""How a machine on a serial line is started: each step waits for the answer that the one before it is done. Pure.

AA, said to be stopped, measured at 0, under a belt that runs backward level too; then it is ready. Its first speed and
A0 go out together: what it remembers of before is never run.
"""

from device_adapters.codecs.serial_frames import Op, Status, ask
from device_adapters.frozen import replace
from device_adapters.safety.admit import Verb
from device_adapters.safety.hazards import Cause
from device_adapters.serial.events import Feared, Taken
from device_adapters.serial.state import ELEVATION, SPEED, STATUS, LineState, StartProgress, Steps, given_up

REST_MS = 1_000
ARMED_MS = 1_500
"""A machine that was made ready to start is given its first speed within this, or is not started."""


def cleared(state: LineState) -> LineState:
    """Its stop was taken: is it stopped?"""
    return _asking(state, StartProgress.TAKEN, STATUS)


def says(state: LineState, status: Status, now_ms: int) -> Steps:
    """It said what it does. Once it is stopped: does it stand?"""
    if status is not Status.STOPPED:
        return _not_yet(state, STATUS, now_ms)
    return _asking(state, StartProgress.STOPPED, SPEED), ()


def measures(state: LineState, tenths: int, now_ms: int) -> Steps:
    """It said how fast it is. Once it stands: is its deck level, where that matters?"""
    if tenths:
        return _not_yet(state, SPEED, now_ms)
    if state.tongue.backward:
        return _asking(state, StartProgress.STANDS, ELEVATION), ()
    return _ready(state, now_ms)


def lies(state: LineState, dpct: int, now_ms: int) -> Steps:
    """It said how its deck is. Once that is level it is ready."""
    return _not_yet(state, ELEVATION, now_ms) if dpct else _ready(state, now_ms)


def first_speed(state: LineState, now_ms: int) -> LineState:
    """A machine that is ready gets its first speed, and is started by it; one that waited too long only the speed."""
    if state.start is not StartProgress.ARMED or state.first is None:
        return state
    speed = state.tongue.set_speed(state.first)
    if now_ms - state.start_ms > ARMED_MS:
        return replace(state, start=StartProgress.NONE, first=None, wanted=(*state.wanted, speed))
    return replace(state, start=StartProgress.GIVEN, first=None, wanted=(*state.wanted, speed, ask(Op.START)))


def _asking(state: LineState, step: StartProgress, question: bytes) -> LineState:
    return replace(state, start=step, wanted=(question, *state.wanted))


def _ready(state: LineState, now_ms: int) -> Steps:
    armed = replace(state, start=StartProgress.ARMED, start_ms=now_ms)
    return first_speed(armed, now_ms), (Taken(Verb.BEGIN),)


def _not_yet(state: LineState, again: bytes, now_ms: int) -> Steps:
    """It does not rest yet, though it was told to before its start."""
    if now_ms - state.start_ms < REST_MS:
        return replace(state, wanted=(again, *state.wanted)), ()
    return given_up(state), (Feared(Cause.CONTROL_FAILED, "it does not rest before its start"),)
