"""Clearing a latched stop, between sessions: one command of a named person, one answer. Pure."""

from device_adapters.contract.keys import requests as keys
from device_adapters.contract.phrase import Refusal
from device_adapters.frozen import replace
from services.session.engine.events import Answered, Effect, RequestAnswer, SendCommand
from services.session.engine.start_rules import UNKNOWN
from services.session.engine.state import ANSWER_MS, Asker, Clearing, EngineState

Steps = tuple[EngineState, tuple[Effect, ...]]


def refusal(state: EngineState, latch: str = "") -> Refusal | None:
    """Why no clear can be sent now; None: it can."""
    if state.live is not None:
        return Refusal("busy", keys.session_runs())
    if state.seen is None:
        return UNKNOWN
    if latch and state.seen.latched and latch != state.seen.latched:
        return Refusal("another_latch", keys.another_latch(state.seen.latched_why or state.seen.latched))
    if state.clearing is not None:
        return Refusal("busy", keys.clear_under_way())
    return None


def begin(state: EngineState, asker: Asker, now_ms: int, latch: str = "") -> Steps:
    """Send the clear command, for the latch that the person saw; where they did not say, the one that is known here."""
    seen = latch or (state.seen.latched if state.seen is not None else "")
    clearing = Clearing(f"{state.holder}-clear-{state.clears + 1}", asker, now_ms)
    state = replace(state, clearing=clearing, clears=state.clears + 1)
    return state, (SendCommand(id=clearing.id, verb="clear", by=asker.by, latch=seen),)


def answered(state: EngineState, clearing: Clearing, result: Answered) -> Steps:
    """The unit's result is the person's answer."""
    ok = result.outcome != "refused"
    said = None if ok else keys.unit_says(result.text) if result.text else keys.not_cleared()
    answer = RequestAnswer(asker=clearing.asker, ok=ok, cause=result.cause, said=said)
    return replace(state, clearing=None), (answer,)


def ticked(state: EngineState, now_ms: int) -> Steps:
    """No result in time."""
    clearing = state.clearing
    if clearing is None or now_ms - clearing.sent_ms < ANSWER_MS:
        return state, ()
    answer = RequestAnswer(asker=clearing.asker, ok=False, cause="no_answer", said=keys.unit_silent())
    return replace(state, clearing=None), (answer,)
