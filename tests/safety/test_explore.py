"""The nearest states of the envelope, and every state of the control-point conversation: no promise is broken.

`make proof` walks all states of the envelope. Planted faults show that a broken promise is seen.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import pytest
from explore import Scale, Step, explore, rests

from device_adapters.codecs.ftms import control_point as codec
from device_adapters.codecs.ftms.control_point import OpCode
from device_adapters.link import control_point, talk
from device_adapters.safety import envelope
from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.envelope_state import Phase, State
from device_adapters.safety.events import (
    Effect,
    EnvelopeEvent,
    Hazard,
    Measured,
    Ordered,
    Tick,
    Unlinked,
    Write,
)
from device_adapters.safety.hazards import Cause

SMALL = Scale(tick_ms=1_500, causes=(Cause.STOP_PRESSED,), speeds=(0, 100))
NEAREST = 3_000


def test_the_nearest_states_keep_every_promise_and_come_to_rest() -> None:
    found = explore(SMALL, states_max=NEAREST)
    assert found.broken == ""
    assert found.states >= NEAREST
    assert found.stopping
    assert rests(found) == ""


def _forgets_the_latch(state: State, event: EnvelopeEvent, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
    after, effects = envelope.step(state, event, now_ms)
    return (replace(after, latched=""), effects) if isinstance(event, Measured) else (after, effects)


def _ignores_a_stop(state: State, event: EnvelopeEvent, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
    return (state, ()) if isinstance(event, Hazard) else envelope.step(state, event, now_ms)


def _rises_while_frozen(state: State, event: EnvelopeEvent, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
    after, effects = envelope.step(state, event, now_ms)
    if isinstance(event, Tick) and after.phase is Phase.MOVING and not effects:
        effects = (Write(Admitted(Verb.SPEED, after.setpoint_ckmh + 10)),)
    return after, effects


def _writes_without_a_link(
    state: State, event: EnvelopeEvent, now_ms: int
) -> tuple[State, tuple[Effect, ...]]:
    after, effects = envelope.step(state, event, now_ms)
    return after, (Write(Admitted(Verb.HALT, 0)),) if isinstance(event, Unlinked) else effects


def _lets_anybody_clear(state: State, event: EnvelopeEvent, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
    if isinstance(event, Ordered) and event.verb == "clear":
        event = replace(event, by="anybody")
    return envelope.step(state, event, now_ms)


def _rests_too_soon(state: State, event: EnvelopeEvent, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
    after, effects = envelope.step(state, event, now_ms)
    soon = after.phase is Phase.STOPPING and isinstance(event, Tick)
    return (replace(after, phase=Phase.OBSERVING), effects) if soon else (after, effects)


@pytest.mark.parametrize(
    ("planted", "why"),
    [
        (_forgets_the_latch, "unlatched"),
        (_ignores_a_stop, "stop_pressed did not"),
        (_rises_while_frozen, "a rise"),
        (_writes_without_a_link, "a write without a link"),
        (_lets_anybody_clear, "unlatched"),
        (_rests_too_soon, "a stop ended"),
    ],
)
def test_a_planted_fault_is_seen(planted: Step, why: str) -> None:
    assert why in explore(SMALL, planted, states_max=NEAREST).broken


def test_a_stop_that_is_never_written_is_seen() -> None:
    def writes_nothing(state: State, event: EnvelopeEvent, now_ms: int) -> tuple[State, tuple[Effect, ...]]:
        after, effects = envelope.step(state, event, now_ms)
        return (after, ()) if isinstance(event, Tick) else (after, effects)

    assert rests(explore(SMALL, states_max=NEAREST), writes_nothing).startswith("does not come to rest")


# The conversation with the control point: all of its states.

SLOW, START, HALT = codec.set_target_speed(100), codec.start_or_resume(), codec.stop()
OPS = (OpCode.REQUEST_CONTROL, OpCode.SET_TARGET_SPEED, OpCode.START_OR_RESUME, OpCode.STOP_OR_PAUSE)
NOW, TICK_MS = 100_000, 500


def talks() -> Iterator[talk.Event]:
    yield from (
        talk.Want(SLOW),
        talk.Want(START),
        talk.Want(SLOW, lower=True),
        talk.Want(SLOW, soon=True),
        talk.Want(HALT, first=True),
    )
    yield from (talk.Purge(), talk.Advance())
    yield from (talk.Responded(op, result) for op in OPS for result in (1, 4, 5, 9))
    yield from (talk.WriteFailed(op, error) for op in OPS for error in (None, 0xFE))
    yield from (talk.ControlTaken(), talk.Dropped(), talk.ControlPointTick())


def at_now(state: talk.ControlPointState, now_ms: int) -> talk.ControlPointState:
    flies = state.flying is not None
    return replace(
        state,
        deadline_ms=NOW + _ticks(state.deadline_ms - now_ms) if flies else 0,
        resend_ms=None if state.resend_ms is None else NOW + _ticks(state.resend_ms - now_ms),
        silent_since_ms=None if state.silent_since_ms is None else NOW - (now_ms - state.silent_since_ms),
    )


def _ticks(ms: int) -> int:
    return max(0, -(-ms // TICK_MS) * TICK_MS)


def broken_talk(
    before: talk.ControlPointState, event: talk.Event, after: talk.ControlPointState, sent: list[bytes]
) -> str:
    if len(sent) > 1:
        return "two procedures at once"
    if sent and (after.flying is None or after.flying.data != sent[0]):
        return "sent, and not waited for"
    again = before.flying is not None and sent == [before.flying.data]  # to a control point that was busy
    bare = sent and sent[0][0] not in (OpCode.REQUEST_CONTROL, OpCode.STOP_OR_PAUSE)
    if bare and not again and not (before.held or after.held):
        return "written without control"
    if isinstance(event, talk.Purge) and (after.queue or after.resend_ms is not None):
        return "something waits from before the stop"
    if isinstance(event, talk.Dropped) and (sent or replace(after, bare=False) != talk.ControlPointState()):
        return "something outlived the link"
    if isinstance(event, talk.Want) and event.first:
        waiting = [p.data for p in (after.flying, *after.queue) if p and p.op != OpCode.REQUEST_CONTROL]
        if waiting != [HALT]:
            return "a halt is not alone"
    if len(after.queue) > control_point.QUEUE_MAX:
        return "an unbounded queue"
    return ""


def test_every_state_of_the_conversation_keeps_every_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    # Scaled: more states of waiting say nothing.
    for name, ms in (("ANSWER_MS", 1_000), ("SILENT_MS", 2_500), ("SILENT_HALT_MS", 1_500)):
        monkeypatch.setattr(control_point, name, ms)
    seen, queue = {talk.ControlPointState()}, deque([talk.ControlPointState()])
    while queue:
        before = queue.popleft()
        for event in talks():
            now = NOW + TICK_MS if isinstance(event, talk.ControlPointTick) else NOW
            after, effects = control_point.step(before, event, now)
            sent = [e.data for e in effects if isinstance(e, talk.Send)]
            assert not broken_talk(before, event, after, sent)
            failed = any(isinstance(e, talk.Failed) for e in effects)
            assert not failed or sent in ([], [HALT]), "sent on before the failure was heard"
            known = at_now(after, now)
            if known not in seen:
                seen.add(known)
                queue.append(known)
    assert len(seen) > 100
    for state in seen:
        assert _halts(state) <= TICK_MS  # 0.3 s of patience, seen by the next tick


def _halts(state: talk.ControlPointState) -> int:
    """Milliseconds until a wanted halt is on the wire if the machine never answers."""
    state, effects = control_point.step(state, talk.Want(HALT, first=True), NOW)
    for waited in range(0, 10_000, TICK_MS):
        if talk.Send(HALT) in effects:
            return waited
        state, effects = control_point.step(state, talk.ControlPointTick(), NOW + waited + TICK_MS)
    return 10_000
