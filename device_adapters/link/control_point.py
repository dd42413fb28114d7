"""The conversation with a Fitness Machine Control Point (FTMS v1.0.1 §4.16), as a pure machine.

`step(state, event, now_ms) -> (state, effects)`. One procedure at a time, answers matched by opcode; late, doubled,
notified and missing answers are lived with. Control is requested only when something is to be written, and a
refusal (05) is met once by asking again. A halt goes first, drops what waits, and is not held up by a procedure in
flight. Success means "will begin", never "done": only telemetry confirms (§4.16.2.9). A control point that is silent
for longer than an ATT transaction may last, or a write without its response, spoils the link: it is made anew.
"""

from dataclasses import dataclass

from device_adapters.codecs.ftms.control_point import OpCode, ResultCode
from device_adapters.frozen import replace

ANSWER_MS = 3_000
"""Application deadline of a procedure; the ATT transaction itself would allow 30 s."""

SILENT_MS = 30_000
"""After this long without any answer nothing may be expected of this link any more (Core Vol 3 Part F §3.3.3)."""

HALT_PATIENCE_MS = 1_000
"""How long a halt waits for the answer to a request for control before it goes out without."""

BUSY_AGAIN_MS = 100
QUEUE_MAX = 8
ATT_PROCEDURE_IN_PROGRESS = 0xFE


@dataclass(frozen=True)
class Procedure:
    """One write to the control point; `retries` counts what was already tried after a refusal."""

    op: int
    data: bytes
    retries: int = 0


@dataclass(frozen=True, kw_only=True)
class State:
    """The initial value holds no control and has nothing in flight. `silent_since_ms`: the first write of those that
    the control point has not answered, whatever it was (None: it answered last).
    """

    held: bool = False
    flying: Procedure | None = None
    deadline_ms: int = 0
    resend_ms: int | None = None
    queue: tuple[Procedure, ...] = ()
    silent_since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Want:
    """Something is to be written: `data` starts with its opcode. `first`: ahead of all (a halt)."""

    data: bytes
    first: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """A response indication (or notification): the opcode it answers and the result code."""

    op: int
    result: int


@dataclass(frozen=True, slots=True)
class WriteFailed:
    """The write itself failed; `att_error` is the ATT error code, or None if there was none."""

    op: int
    att_error: int | None


@dataclass(frozen=True, slots=True)
class ControlTaken:
    """Machine Status FF: control permission lost."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The link is gone; so are control and all that was in flight."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""


Event = Want | Answered | WriteFailed | ControlTaken | Dropped | Tick


@dataclass(frozen=True, slots=True)
class Send:
    """Write these bytes to 0x2AD9, with response."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """A procedure came to nothing. `why`: a result code's name, "no_answer" or "write_failed"."""

    op: int
    why: str


@dataclass(frozen=True, slots=True)
class Relink:
    """Nothing more can come of this link: drop it and make it anew."""

    why: str


Effect = Send | Failed | Relink


def step(state: State, event: Event, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
    """The next state and what to do."""
    match event:
        case Want(data, first):
            return _want(state, Procedure(data[0], data), first, now_ms)
        case Answered(op, result):
            return _answered(state, op, result, now_ms)
        case WriteFailed(op, att_error):
            return _write_failed(state, op, att_error, now_ms)
        case ControlTaken():
            return replace(state, held=False), ()
        case Dropped():
            return State(), ()
        case Tick():
            return _tick(state, now_ms)


def _want(state: State, wanted: Procedure, first: bool, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
    if first:
        # What was in flight may still be answered; nobody waits for that answer any more.
        state = replace(state, queue=(wanted,))
        asking = state.flying is not None and state.flying.op == OpCode.REQUEST_CONTROL
        state, effects = (state, ()) if asking else _next(state, now_ms)
        if not state.held:
            state = replace(state, deadline_ms=min(state.deadline_ms, now_ms + HALT_PATIENCE_MS))
        return state, effects
    # Only the newest target of a kind matters; a full queue drops the oldest.
    queue = (*(p for p in state.queue if p.op != wanted.op), wanted)[-QUEUE_MAX:]
    state = replace(state, queue=queue)
    return _next(state, now_ms) if state.flying is None else (state, ())


def _next(state: State, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
    if not state.queue:
        return replace(state, flying=None, resend_ms=None), ()
    if not state.held:
        procedure = Procedure(OpCode.REQUEST_CONTROL, bytes([OpCode.REQUEST_CONTROL]))
    else:
        procedure = state.queue[0]
        state = replace(state, queue=state.queue[1:])
    silent = now_ms if state.silent_since_ms is None else state.silent_since_ms
    state = replace(
        state, flying=procedure, deadline_ms=now_ms + ANSWER_MS, resend_ms=None, silent_since_ms=silent
    )
    return state, (Send(procedure.data),)


def _answered(state: State, op: int, result: int, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
    flying, state = state.flying, replace(state, silent_since_ms=None)
    if flying is None or flying.op != op:
        return state, ()
    if op == OpCode.REQUEST_CONTROL:
        if result == ResultCode.SUCCESS:
            return _next(replace(state, held=True), now_ms)
        return _give_up(state, op, _name(result))
    if result == ResultCode.SUCCESS:
        return _next(state, now_ms)
    if result == ResultCode.CONTROL_NOT_PERMITTED and flying.retries == 0:
        again = replace(flying, retries=1)
        return _next(replace(state, held=False, queue=(again, *state.queue)[:QUEUE_MAX]), now_ms)
    state, effects = _next(
        replace(state, held=result != ResultCode.CONTROL_NOT_PERMITTED and state.held), now_ms
    )
    return state, (Failed(op, _name(result)), *effects)


def _write_failed(
    state: State, op: int, att_error: int | None, now_ms: int
) -> tuple[State, tuple[Effect, ...]]:
    # A write without a response blocks every write behind it for as long as this link lasts.
    spoilt = (Relink("write_failed"),) if att_error is None else ()
    flying, state = state.flying, replace(state, silent_since_ms=None)
    if flying is None or flying.op != op:
        return state, spoilt
    if att_error == ATT_PROCEDURE_IN_PROGRESS:
        return replace(state, resend_ms=now_ms + BUSY_AGAIN_MS), ()
    state, effects = _give_up(state, op, "write_failed")
    return state, (*effects, *spoilt)


def _give_up(state: State, op: int, why: str) -> tuple[State, tuple[Effect, ...]]:
    """Without control nothing behind this can succeed either: say so for what waited, once."""
    waiting = tuple(Failed(p.op, why) for p in state.queue) if op == OpCode.REQUEST_CONTROL else ()
    queue = () if waiting else state.queue
    return replace(state, flying=None, resend_ms=None, queue=queue), waiting or (Failed(op, why),)


def _tick(state: State, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
    if state.silent_since_ms is not None and now_ms - state.silent_since_ms >= SILENT_MS:
        # Should the link outlast this, a halt has not waited for it.
        state, effects = _due(replace(state, silent_since_ms=None), now_ms)
        return state, (Relink("no_answer"), *effects)
    return _due(state, now_ms)


def _due(state: State, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
    flying = state.flying
    if flying is None:
        return _next(state, now_ms)
    if now_ms >= state.deadline_ms:
        if flying.op == OpCode.REQUEST_CONTROL:
            # Some belts never answer a request for control and obey all the same (Omega Z, ftms.md §1.4).
            return _next(replace(state, held=True), now_ms)
        state, effects = _next(state, now_ms)
        return state, (Failed(flying.op, "no_answer"), *effects)
    if state.resend_ms is not None and now_ms >= state.resend_ms:
        return replace(state, resend_ms=None), (Send(flying.data),)
    return state, ()


def _name(result: int) -> str:
    try:
        return ResultCode(result).name.lower()
    except ValueError:
        return f"rfu_0x{result:02x}"
