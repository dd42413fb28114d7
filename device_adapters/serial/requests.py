"""What goes out on a serial line, one request at a time, and what becomes of one that is not answered. Pure."""

from device_adapters.codecs.serial_frames import Op
from device_adapters.frozen import replace
from device_adapters.safety.hazards import Cause
from device_adapters.serial.events import Effect, Feared, Gone, Known, SendBytes
from device_adapters.serial.state import DISENGAGE, OWN, STOP, LineState, Steps, given_up

ANSWER_MS = 250
"""The longest request and its answer take 13 ms of wire at 4800 baud; a USB adapter holds back up to 16 more."""

STOP_NOT_TAKEN, SILENT = "stop_not_taken", "line_silent"
"""Why a line is given up: its machine is best left in silence for a while."""

MISSING_MAX = 3
"""So many answers missing in a row, or of one question, are a silent line."""

NAMELESS_MAX = 2
"""A machine that does not answer so often who it is has no revision."""

STOPS_MAX = 5
"""A machine that waits for data of a cut frame takes up to four stops for those."""


def sent(state: LineState, data: bytes, now_ms: int) -> Steps:
    """Send this, whatever was waited for: the answer to that may still come."""
    state = passed_over(state)
    return replace(state, flying=data, deadline_ms=now_ms + ANSWER_MS), (SendBytes(data),)


def passed_over(state: LineState) -> LineState:
    """What is in flight is waited for no more."""
    if state.flying is None:
        return state
    return replace(state, flying=None, owed=state.owed | {state.flying[0]})


def following(state: LineState, now_ms: int) -> Steps:
    """Send what waits, if the line is free. What was not answered is asked again only behind another answer: machines
    answer in turn, so a late answer is never taken for one to the next question.
    """
    if state.flying is not None or state.spent:
        return state, ()
    if state.wanted:
        return sent(replace(state, wanted=state.wanted[1:]), state.wanted[0], now_ms)
    questions = (*state.polls, *((OWN,) if state.nameless else ()))
    for question in questions:
        if question[0] not in state.owed:
            polls = tuple(each for each in state.polls if each != question)
            return sent(replace(state, polls=polls), question, now_ms)
    return state, ()


def unanswered(state: LineState, now_ms: int) -> Steps:
    """Nothing came in time to what is in flight."""
    data = state.flying
    if data is None or now_ms < state.deadline_ms:
        return state, ()
    if data == STOP:
        return stop_again(state, now_ms)
    missed = (*state.missed, data[0])
    state = replace(passed_over(state), missing=state.missing + 1, missed=missed)
    known: tuple[Effect, ...] = ()
    if data == OWN and missed.count(Op.OWN) == NAMELESS_MAX:
        state, known = replace(state, nameless=False), (Known(""),)
    if data == DISENGAGE and state.stops > STOPS_MAX:
        return stop_not_taken(state)
    if data[0] in (Op.START, Op.SET_SPEED):
        return given_up(state), (Feared(Cause.LINE_SILENT, f"{data[0]:02X}: no answer"),)
    if state.missing >= MISSING_MAX or missed.count(data[0]) >= MISSING_MAX:
        why = f"{MISSING_MAX} answers missing"
        return replace(given_up(state), spent=True), (*known, Feared(Cause.LINE_SILENT, why))
    return state, known


def stop_again(state: LineState, now_ms: int, *, refused: bool = False) -> Steps:
    """The stop in flight was not taken. A machine that refuses it again and again has its motor's power cut; one that
    does not answer is left in silence, which its own timer stops: without power a belt that slows down would coast.
    """
    if state.stops < STOPS_MAX:
        return sent(replace(state, stops=state.stops + 1), STOP, now_ms)
    if refused:
        return sent(replace(given_up(state), stops=state.stops + 1), DISENGAGE, now_ms)
    return stop_not_taken(state)


def stop_not_taken(state: LineState) -> Steps:
    """Nothing stops it over this line."""
    return replace(given_up(passed_over(state)), spent=True), (Gone(STOP_NOT_TAKEN),)
