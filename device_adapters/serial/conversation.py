"""The conversation with a treadmill on a serial line, a pure machine: `step(state, event, now_ms)`.

One request in flight, answers matched by opcode, what comes late is dropped. Polls go out only when the belt was
judged (`Judged`): they feed the machine's own communication timer, which stops the belt once nobody judges it. A stop
goes out at once, again as long as its answer is missing, and has ended when the machine says that it is stopped. A
start is AA, stopped, speed 0 (and a level deck under a belt that runs backward), the new speed, A0: what the machine
remembers is never run. A speed that it does not take is not sent again: whoever hears `Feared` stops.
"""

from device_adapters.codecs.serial_frames import Op, Own
from device_adapters.frozen import replace
from device_adapters.safety.admit import Verb
from device_adapters.serial.answers import heard
from device_adapters.serial.events import (
    Asked,
    BeltJudged,
    BytesHeard,
    Event,
    Gone,
    Introduce,
    Known,
    LineTick,
)
from device_adapters.serial.requests import SILENT, following, sent, unanswered
from device_adapters.serial.starts import first_speed
from device_adapters.serial.state import (
    DISENGAGE,
    ELEVATION,
    LONG_AGO_MS,
    OWN,
    SPEED,
    STATUS,
    STOP,
    LineState,
    StartProgress,
    Steps,
    given_up,
)

SPEED_MS = 190
SLOW_MS = 900
"""The speed is asked five times a second, and each time the belt is judged while it stops or an answer is missing; so
is the status of a belt of ours, since only that tells of a stop at its console. All else once a second.
"""


def step(state: LineState, event: Event, now_ms: int) -> Steps:
    """The next state and what to do."""
    match event:
        case Asked(verb, tenths):
            state, effects = _asked(state, verb, tenths, now_ms)
        case Introduce():
            state, effects = _introduced(state)
        case BeltJudged():
            state, effects = _judged(state, now_ms)
        case BytesHeard(data):
            state, effects = heard(state, data, now_ms)
        case LineTick():
            state, effects = unanswered(state, now_ms)
    state, more = following(state, now_ms)
    return state, (*effects, *more)


def _asked(state: LineState, verb: Verb, tenths: int, now_ms: int) -> Steps:
    match verb:
        case Verb.BEGIN:
            state = replace(
                given_up(state), start=StartProgress.CLEARED, start_ms=now_ms, wanted=(STOP,), stops=1
            )
            return replace(state, garbled_ms=LONG_AGO_MS), ()
        case Verb.SPEED if state.start not in (StartProgress.NONE, StartProgress.GIVEN):
            return first_speed(replace(state, first=tenths), now_ms), ()
        case Verb.SPEED:
            return _newest_speed(state, state.tongue.set_speed(tenths)), ()
        case Verb.HALT:
            return _halt(state, now_ms)
        case Verb.PAUSE:
            return sent(replace(_stopped(state), stops=0), DISENGAGE, now_ms)
        case Verb.INCLINE:
            return state, ()


def _newest_speed(state: LineState, data: bytes) -> LineState:
    """One that waits gives its place to the newest: a start never overtakes its speed."""
    if not any(each[0] == Op.SET_SPEED for each in state.wanted):
        return replace(state, wanted=(*state.wanted, data))
    return replace(state, wanted=tuple(data if each[0] == Op.SET_SPEED else each for each in state.wanted))


def _stopped(state: LineState) -> LineState:
    return replace(given_up(state), ours=False, ran=False, started_ms=None)


def _halt(state: LineState, now_ms: int) -> Steps:
    """It waits for nothing; one that is in flight already is sent again soon enough."""
    state = replace(_stopped(state), halting=True)
    if state.flying == STOP:
        return state, ()
    return sent(replace(state, stops=1), STOP, now_ms)


def _introduced(state: LineState) -> Steps:
    if state.tongue.own is Own.REVISION:
        return replace(state, nameless=True), ()
    return state, (Known(""),)


def _own(state: LineState) -> list[bytes]:
    return [OWN] if state.tongue.own is Own.SET_SPEED else []


def _judged(state: LineState, now_ms: int) -> Steps:
    if state.spent and state.flying is None:
        return state, (Gone(SILENT),)
    closely = state.halting or state.missing > 0
    if now_ms - state.polled_ms < SPEED_MS and not closely:
        return state, ()
    slow = now_ms - state.slow_ms >= SLOW_MS
    due = [SPEED]
    if slow or state.missing:
        due = [STATUS, *_own(state), ELEVATION, SPEED]
    elif state.halting or state.ours:
        due = [STATUS, SPEED]
    polls = tuple(dict.fromkeys((*state.polls, *due)))
    return replace(state, polls=polls, polled_ms=now_ms, slow_ms=now_ms if slow else state.slow_ms), ()
