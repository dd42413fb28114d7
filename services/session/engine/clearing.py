"""Clearing a latched stop, between sessions: one command of a named person, one answer. Pure."""

from device_adapters.frozen import replace
from services.session.engine.events import Answer, Answered, Effect, SendCommand
from services.session.engine.state import ANSWER_MS, Asker, Clearing, State

Steps = tuple[State, tuple[Effect, ...]]


def refusal(state: State, latch: str = "") -> tuple[str, str]:
    """Why no clear can be sent now: a stable word and what to do. Two empty texts: it can."""
    if state.live is not None:
        return "busy", "A session runs on this treadmill; stop it first."
    if state.seen is None:
        return "unknown_treadmill", "No unit has told of this treadmill; check its id and its unit."
    if latch and state.seen.latched and latch != state.seen.latched:
        why = state.seen.latched_why or state.seen.latched
        return "another_latch", f"It has been stopped again since: {why} Look again, then clear."
    if state.clearing is not None:
        return "busy", "A clear is already on its way; wait for its answer."
    return "", ""


def begin(state: State, asker: Asker, now_ms: int, latch: str = "") -> Steps:
    """Send the clear command, for the latch that the person saw; where they did not say, the one that is known here."""
    seen = latch or (state.seen.latched if state.seen is not None else "")
    clearing = Clearing(f"{state.holder}-clear-{state.clears + 1}", asker, now_ms)
    state = replace(state, clearing=clearing, clears=state.clears + 1)
    return state, (SendCommand(id=clearing.id, verb="clear", by=asker.by, latch=seen),)


def answered(state: State, clearing: Clearing, result: Answered) -> Steps:
    """The unit's result is the person's answer."""
    ok = result.outcome != "refused"
    text = "" if ok else result.text or "The treadmill was not cleared; its belt must stand still."
    answer = Answer(asker=clearing.asker, ok=ok, cause=result.cause, text=text)
    return replace(state, clearing=None), (answer,)


def ticked(state: State, now_ms: int) -> Steps:
    """No result in time."""
    clearing = state.clearing
    if clearing is None or now_ms - clearing.sent_ms < ANSWER_MS:
        return state, ()
    text = "The treadmill's unit did not answer; check that it is online."
    return replace(state, clearing=None), (
        Answer(asker=clearing.asker, ok=False, cause="no_answer", text=text),
    )
