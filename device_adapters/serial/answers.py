"""What comes in on a serial line: each answer to its question, and what is none. Pure."""

from device_adapters.codecs import serial_frames as codec
from device_adapters.codecs.serial_frames import ANSWER, Frame, Op, Own, Status
from device_adapters.codecs.trackmaster import set_to
from device_adapters.codecs.woodway import revision
from device_adapters.errors import DecodeError
from device_adapters.frozen import replace
from device_adapters.safety.admit import Verb
from device_adapters.safety.hazards import Cause
from device_adapters.serial import starts
from device_adapters.serial.events import Effect, Feared, Known, Taken, Told
from device_adapters.serial.requests import STOPS_MAX, stop_again, stop_not_taken, unanswered
from device_adapters.serial.state import DISENGAGE, OWN, STOP, LineState, StartProgress, Steps, given_up

STARTED_MS = 5_000
"""A moving Woodway says RUNNING; one that goes on saying STARTED is of another dialect."""

SET_ABOVE_TENTHS = 5
"""A flipped bit of a digit that matters adds at least 10, a press of + at a console one."""

GARBLED_AGAIN_MS = 5_000
"""A line is called garbled again once it was clean for so long."""

QUESTIONS = (Op.STATUS, Op.SPEED, Op.ELEVATION)
"""What they tell is of the time when it was asked."""


def heard(state: LineState, data: bytes, now_ms: int) -> Steps:
    """Bytes came: the answers in them, in turn."""
    found = codec.find(state.held + data)
    state, effects = replace(state, held=found.rest), tuple[Effect, ...]()
    if found.stray:
        state, effects = _garbled(state, f"no answer: {found.stray[:8].hex()}", now_ms)
    for frame in found.frames:
        try:
            state, more = _frame(state, frame, now_ms)
        except DecodeError as e:
            state, more = _garbled(replace(state, flying=None), str(e), now_ms)
        effects = (*effects, *more)
    return state, effects


def _garbled(state: LineState, why: str, now_ms: int) -> Steps:
    again = now_ms - state.garbled_ms >= GARBLED_AGAIN_MS
    return replace(state, garbled_ms=now_ms), (Feared(Cause.LINE_GARBLED, why),) if again else ()


def _frame(state: LineState, frame: Frame, now_ms: int) -> Steps:
    if frame.op == codec.TIMED_OUT:
        return _tripped(state, "its timer ran out")
    if frame.op in (codec.BAD_DATA, codec.BAD_COMMAND):
        return _refused(state, frame.op, now_ms)
    if state.flying is None or frame.op != state.flying[0] + ANSWER:
        return _unexpected(state, frame, now_ms)
    asked, request = Op(state.flying[0]), state.flying
    if asked in QUESTIONS and now_ms >= state.deadline_ms:
        # How it was then says nothing of now.
        state, effects = unanswered(state, now_ms)
        return replace(state, owed=state.owed - {asked}, last=frame), effects
    owed = state.owed & {Op.STOP} if asked is Op.STOP else frozenset[int]()
    missed = tuple(op for op in state.missed if op != asked)
    state = replace(
        state, flying=None, owed=owed, last=frame, met=True, missing=0, missed=missed, spent=False
    )  # fmt: skip
    return _answered(state, request, frame, now_ms)


def _unexpected(state: LineState, frame: Frame, now_ms: int) -> Steps:
    """An answer that is not waited for: late, of before this line was opened, or said twice. Any other is one to
    somebody else, who speaks on this line too and feeds its machine's timer.
    """
    asked, again = frame.op - ANSWER, frame == state.last
    if asked in state.owed:
        return replace(state, owed=state.owed - {asked}, last=frame), ()
    if again or not state.met:
        return replace(state, last=None), ()
    return _garbled(state, f"an answer that nobody waits for: {frame.op:02X}", now_ms)


def _answered(state: LineState, request: bytes, frame: Frame, now_ms: int) -> Steps:
    match Op(request[0]):
        case Op.STOP:
            return _stop_taken(state)
        case Op.STATUS:
            return _status(state, state.tongue.status(frame), now_ms)
        case Op.SPEED:
            return _speed(state, *state.tongue.speed(frame), now_ms)
        case Op.ELEVATION:
            return _elevation(state, codec.elevation(frame), now_ms)
        case Op.OWN if state.tongue.own is Own.SET_SPEED:
            return _set_to(state, set_to(frame))
        case Op.OWN:
            return replace(state, nameless=False), (Known(revision(frame)),)
        case Op.DISENGAGE:
            return replace(state, stops=0), (Taken(Verb.PAUSE),)
        case Op.SET_SPEED:
            state = replace(state, given=int(request[-3:]))
            return state, () if state.start is StartProgress.GIVEN else (Taken(Verb.SPEED),)
        case Op.START:
            return replace(state, start=StartProgress.NONE, ours=True, ran=False), (Taken(Verb.SPEED),)


def _tripped(state: LineState, why: str) -> Steps:
    if not state.ours:
        return state, ()
    return replace(state, ours=False, ran=False), (Feared(Cause.WATCHDOG_TRIPPED, why),)


def _refused(state: LineState, op: int, now_ms: int) -> Steps:
    """BE or BF, to whatever is in flight. A stop that it takes for something else is sent again at once."""
    data = state.flying
    if data == STOP:
        return stop_again(state, now_ms, refused=True)
    state = replace(state, flying=None)
    if data == DISENGAGE and state.stops > STOPS_MAX:
        return stop_not_taken(state)
    if data is not None and data[0] in (Op.START, Op.SET_SPEED):
        return given_up(state), (Feared(Cause.CONTROL_FAILED, f"{data[0]:02X}: refused with {op:02X}"),)
    known: tuple[Effect, ...] = (Known(""),) if data == OWN and state.nameless else ()
    state, effects = _garbled(
        replace(state, nameless=state.nameless and data != OWN), f"refused with {op:02X}", now_ms
    )
    return state, (*known, *effects)


def _stop_taken(state: LineState) -> Steps:
    if state.start is StartProgress.CLEARED:
        return starts.cleared(state), ()
    return state, (Taken(Verb.HALT),)


def _status(state: LineState, status: Status, now_ms: int) -> Steps:
    stopped = status is Status.STOPPED
    if stopped:
        state = replace(state, halting=False, started_ms=None)
    if state.start is StartProgress.TAKEN:
        return starts.says(state, status, now_ms)
    if stopped:
        return _tripped(state, "it says that it is stopped") if state.ran or state.moves else (state, ())
    if status is Status.UNWATCHED and state.ours:
        why = "it runs without its communication timer"
        return replace(state, ours=False, ran=False), (Feared(Cause.WATCHDOG_OFF, why),)
    state = replace(state, ran=state.ours)
    if status is not Status.STARTED or not (state.ours and state.moves):
        return replace(state, started_ms=None), ()
    since_ms = now_ms if state.started_ms is None else state.started_ms
    if now_ms - since_ms < STARTED_MS:
        return replace(state, started_ms=since_ms), ()
    return _garbled(state, "it moves and never says that it runs: another dialect", now_ms)


def _speed(state: LineState, right: bool, tenths: int, now_ms: int) -> Steps:
    """A speed of 0 counts only once the machine says that it is stopped, if it was told to stop."""
    fears: tuple[Effect, ...] = ()
    wrong = tenths > 0 and not right
    if wrong and not state.wrong:
        fears = (Feared(Cause.WRONG_DIRECTION, f"{tenths / 10} mph the other way"),)
    state = replace(state, wrong=wrong, moves=tenths > 0)
    if tenths == 0 and state.halting:
        return state, fears
    backward = state.tongue.backward is right if tenths else None
    told: tuple[Effect, ...] = (Told(codec.ckmh_above(tenths), state.deck_dpct, backward), *fears)
    state = replace(state, deck_dpct=None)
    if state.start is not StartProgress.STOPPED:
        return state, told
    state, more = starts.measures(state, tenths, now_ms)
    return state, (*told, *more)


def _set_to(state: LineState, tenths: int) -> Steps:
    """Less is somebody's at its console, who may; so is a little more, which the gate takes back."""
    if not state.ours or tenths < state.given + SET_ABOVE_TENTHS:
        return state, ()
    return state, (Feared(Cause.SET_DIFFERS, f"set to {tenths / 10} mph, and told {state.given / 10}"),)


def _elevation(state: LineState, dpct: int, now_ms: int) -> Steps:
    state = replace(state, deck_dpct=dpct)
    if state.start is StartProgress.STANDS:
        return starts.lies(state, dpct, now_ms)
    if dpct and state.ours and state.tongue.backward:
        return state, (Feared(Cause.DECK_MOVED, f"{dpct / 10} %"),)
    return state, ()
