"""The conversation with a Fitness Machine Control Point (FTMS v1.0.1 §4.16), as a pure machine.

`step(state, event, now_ms) -> (state, effects)`. One procedure at a time, answers matched by opcode; late, doubled,
notified and missing answers are lived with. Control is requested only when something is to be written, and a
refusal (05) is met once by asking again. Once a halt is asked nothing goes out any more but what belongs to it: a
halt goes first, waits for no procedure in flight, and goes out without control where control is refused. A step that
failed sends nothing on: whoever is told of the failure decides first (`Advance` goes on). Success means "will begin",
never "done": only telemetry confirms (§4.16.2.9). A control point that is silent for longer than an ATT transaction
may last, that refuses each halt, or a write without its response, spoils the link: it is made anew.
"""

from device_adapters.codecs.ftms.control_point import OpCode, ResultCode
from device_adapters.frozen import replace
from device_adapters.link.talk import (
    Advance,
    ControlPointState,
    ControlPointTick,
    ControlTaken,
    Dropped,
    Event,
    Failed,
    LeaseRenewed,
    Obeyed,
    Procedure,
    Purge,
    Relink,
    Responded,
    Resubscribe,
    Send,
    Steps,
    Want,
    WriteFailed,
)

ANSWER_MS = 3_000
"""Application deadline of a procedure; the ATT transaction itself would allow 30 s."""

MUTE_ANSWER_MS = 500
MUTE_AFTER = 2
"""A control point that has let so many procedures go unanswered in a row is waited for no longer than this."""

SILENT_MS = 30_000
"""After this long without any answer nothing may be expected of this link any more (Core Vol 3 Part F §3.3.3)."""

SILENT_HALT_MS = 10_000
"""... and after this long if it is a halt that is not answered."""

HALT_PATIENCE_MS = 300
"""How long a halt waits for the answer to a request for control before it goes out without."""

FIRST_PATIENCE_MS = 300
"""How long the first speed of a belt waits for the answer to its start: the belt may remember another speed."""

BUSY_AGAIN_MS = 100
HALTS_REFUSED_MAX = 5
QUEUE_MAX = 8
ATT_CCCD_IMPROPERLY_CONFIGURED = 0xFD
ATT_PROCEDURE_IN_PROGRESS = 0xFE
REFUSALS = frozenset(ResultCode) - {ResultCode.SUCCESS}


def step(state: ControlPointState, event: Event, now_ms: int) -> Steps:
    """The next state and what to do."""
    match event:
        case Want():
            return _want(state, event, now_ms)
        case LeaseRenewed(until_ms):
            return _renewed(state, until_ms), ()
        case Purge():
            return _purged(state), ()
        case Advance():
            return _next(state, now_ms) if state.flying is None else (state, ())
        case Obeyed():
            return replace(state, silent_since_ms=None), ()
        case Responded(op, result):
            return _answered(state, op, result, now_ms)
        case WriteFailed(op, att_error):
            return _write_failed(state, op, att_error, now_ms)
        case ControlTaken():
            return replace(state, held=False), ()
        case Dropped():
            asking = state.flying is not None and state.flying.op == OpCode.REQUEST_CONTROL
            return ControlPointState(bare=asking), ()
        case ControlPointTick():
            return _tick(state, now_ms)


def _purged(state: ControlPointState) -> ControlPointState:
    """What was in flight may still be answered; nobody waits for that answer any more, nor sends it again."""
    asking = state.flying is not None and state.flying.op == OpCode.REQUEST_CONTROL
    return replace(state, queue=(), flying=state.flying if asking else None, resend_ms=None, overtaken=False)


def _renewed(state: ControlPointState, until_ms: int) -> ControlPointState:
    def later(procedure: Procedure) -> Procedure:
        return procedure if procedure.until_ms is None else replace(procedure, until_ms=until_ms)

    flying = None if state.flying is None else later(state.flying)
    return replace(state, flying=flying, queue=tuple(later(p) for p in state.queue))


def _want(state: ControlPointState, want: Want, now_ms: int) -> Steps:
    wanted = Procedure(want.data[0], want.data, until_ms=want.until_ms, urgent=want.soon)
    if want.first:
        state = replace(_purged(state), queue=(wanted,))
        state, effects = _next(state, now_ms) if state.flying is None else (state, ())
        return _hasten(state, now_ms + HALT_PATIENCE_MS) if not state.held else state, effects
    # Only the newest target of a kind matters; a full queue drops the oldest.
    queue = (*(p for p in state.queue if p.op != wanted.op), wanted)[-QUEUE_MAX:]
    state = replace(state, queue=queue)
    asking = state.flying is not None and state.flying.op == OpCode.REQUEST_CONTROL
    if state.flying is None or (want.lower and not asking):
        state, effects = _next(state, now_ms)
    else:
        state, effects = _overtaken(state, now_ms), ()
    hastens = want.lower and not state.held and state.flying is not None
    return _hasten(state, now_ms + HALT_PATIENCE_MS) if hastens else state, effects


def _overtaken(state: ControlPointState, now_ms: int) -> ControlPointState:
    """What is in flight keeps nothing waiting long that is urgent."""
    if not any(p.urgent for p in state.queue):
        return state
    return replace(_hasten(state, now_ms + FIRST_PATIENCE_MS), overtaken=True)


def _hasten(state: ControlPointState, deadline_ms: int) -> ControlPointState:
    return replace(state, deadline_ms=min(state.deadline_ms, deadline_ms))


def _next(state: ControlPointState, now_ms: int) -> Steps:
    late = tuple(p for p in state.queue if _late(p, now_ms))
    state = replace(state, queue=_without(late, state.queue), flying=None, resend_ms=None)
    failed = tuple(Failed(p.op, "too_late") for p in late)
    if not state.queue:
        return replace(state, overtaken=False), failed
    if not state.held and not (state.bare and state.queue[0].op == OpCode.STOP_OR_PAUSE):
        procedure = Procedure(OpCode.REQUEST_CONTROL, bytes([OpCode.REQUEST_CONTROL]))
    else:
        procedure = state.queue[0]
        state = replace(state, queue=state.queue[1:])
    state, effects = _sent(state, procedure, now_ms)
    return state, (*failed, *effects)


def _late(procedure: Procedure, now_ms: int) -> bool:
    return procedure.until_ms is not None and now_ms > procedure.until_ms


def _without(late: tuple[Procedure, ...], queue: tuple[Procedure, ...]) -> tuple[Procedure, ...]:
    """What is left to be sent: a speed that was to follow a start is nothing without it."""
    if any(p.op == OpCode.START_OR_RESUME for p in late):
        return ()
    return tuple(p for p in queue if p not in late)


def _sent(state: ControlPointState, procedure: Procedure, now_ms: int) -> Steps:
    patience_ms = MUTE_ANSWER_MS if state.mute >= MUTE_AFTER else ANSWER_MS
    silent = now_ms if state.silent_since_ms is None else state.silent_since_ms
    state = replace(
        state,
        flying=procedure,
        deadline_ms=now_ms + patience_ms,
        silent_since_ms=silent,
        overtaken=False,
    )
    return _overtaken(state, now_ms), (Send(procedure.data),)


def _answered(state: ControlPointState, op: int, result: int, now_ms: int) -> Steps:
    flying, state = state.flying, replace(state, silent_since_ms=None, mute=0)
    if flying is None or flying.op != op:
        return state, ()
    if op == OpCode.REQUEST_CONTROL:
        return (
            _next(replace(state, held=True), now_ms)
            if result == ResultCode.SUCCESS
            else _no_control(state, _name(result), now_ms)
        )
    if result == ResultCode.SUCCESS:
        return _next(replace(state, halts_refused=0), now_ms)
    if result == ResultCode.CONTROL_NOT_PERMITTED:
        state = replace(state, held=False)
        if flying.retries == 0:
            again = replace(flying, retries=1)
            state, effects = _next(replace(state, queue=(again, *state.queue)[:QUEUE_MAX]), now_ms)
            halts = flying.op == OpCode.STOP_OR_PAUSE
            return _hasten(state, now_ms + HALT_PATIENCE_MS) if halts else state, effects
    return _failed(state, flying, _name(result), answered=result in REFUSALS)


def _failed(state: ControlPointState, procedure: Procedure, why: str, *, answered: bool) -> Steps:
    """A procedure came to nothing. A link on which halt after halt is refused is given up."""
    state = replace(state, flying=None, resend_ms=None)
    failed = Failed(procedure.op, why, answered)
    if procedure.op != OpCode.STOP_OR_PAUSE or not answered or why == "operation_failed":
        return state, (failed,)
    refused = state.halts_refused + 1
    if refused < HALTS_REFUSED_MAX:
        return replace(state, halts_refused=refused), (failed,)
    return replace(state, halts_refused=0), (failed, Relink("stop_refused"))


def _no_control(state: ControlPointState, why: str, now_ms: int) -> Steps:
    """Control is refused: a halt goes out without it, and nothing else can succeed."""
    halts = tuple(p for p in state.queue if p.op == OpCode.STOP_OR_PAUSE)
    others = tuple(Failed(p.op, why, answered=True) for p in state.queue if p not in halts)
    state = replace(state, flying=None, resend_ms=None, queue=halts[1:])
    if not halts:
        return state, others or (Failed(OpCode.REQUEST_CONTROL, why, answered=True),)
    state, effects = _sent(state, halts[0], now_ms)
    return state, (*others, *effects)


def _write_failed(state: ControlPointState, op: int, att_error: int | None, now_ms: int) -> Steps:
    # A write without a response blocks every write behind it for as long as this link lasts.
    spoilt = (Relink("write_failed"),) if att_error is None else ()
    flying, state = state.flying, replace(state, silent_since_ms=None)
    if flying is None or flying.op != op:
        return state, spoilt
    if att_error == ATT_PROCEDURE_IN_PROGRESS:
        # It was not taken at all: nothing overtakes it, above all no speed its start.
        state = replace(state, overtaken=False, deadline_ms=now_ms + ANSWER_MS)
        return replace(state, resend_ms=now_ms + BUSY_AGAIN_MS), ()
    if att_error == ATT_CCCD_IMPROPERLY_CONFIGURED and flying.retries < 2:
        again = replace(flying, retries=flying.retries + 1)
        return replace(state, flying=again, resend_ms=now_ms + BUSY_AGAIN_MS), (Resubscribe(),)
    if op == OpCode.REQUEST_CONTROL:
        state, effects = _no_control(state, "write_failed", now_ms)
        return state, (*effects, *spoilt)
    spoilt = spoilt or ((Relink("write_failed"),) if att_error == ATT_CCCD_IMPROPERLY_CONFIGURED else ())
    state, effects = _failed(state, flying, "write_failed", answered=att_error is not None)
    return state, (*effects, *spoilt)


def _tick(state: ControlPointState, now_ms: int) -> Steps:
    halts = state.flying is not None and state.flying.op == OpCode.STOP_OR_PAUSE
    patience_ms = SILENT_HALT_MS if halts else SILENT_MS
    if state.silent_since_ms is not None and now_ms - state.silent_since_ms >= patience_ms:
        # Should the link outlast this, a halt has not waited for it.
        state, effects = _due(replace(state, silent_since_ms=None), now_ms)
        return state, (Relink("no_answer"), *effects)
    return _due(state, now_ms)


def _due(state: ControlPointState, now_ms: int) -> Steps:
    flying = state.flying
    if flying is None:
        return _next(state, now_ms)
    if now_ms >= state.deadline_ms:
        if flying.op == OpCode.REQUEST_CONTROL:
            # Some belts never answer a request for control and obey all the same (Omega Z, ftms.md §1.4).
            return _next(replace(state, held=True), now_ms)
        if state.overtaken:
            return _next(state, now_ms)
        state = replace(state, flying=None, resend_ms=None, mute=min(state.mute + 1, MUTE_AFTER))
        return state, (Failed(flying.op, "no_answer"),)
    if state.resend_ms is not None and now_ms >= state.resend_ms:
        if _late(flying, now_ms):
            state = replace(state, flying=None, resend_ms=None, queue=_without((flying,), state.queue))
            return state, (Failed(flying.op, "too_late"),)
        return replace(state, resend_ms=None), (Send(flying.data),)
    return state, ()


def _name(result: int) -> str:
    try:
        return ResultCode(result).name.lower()
    except ValueError:
        return f"rfu_0x{result:02x}"
