"""May the belt go on although it was told to stop? Pure."""

from device_adapters.contract.keys import hazards
from device_adapters.contract.phrase import Phrase
from device_adapters.safety.envelope_state import FRESH_MS
from device_adapters.safety.hazards import Cause, reaction
from services.session.engine.state import EngineState, Session, speed_now

RESTS_WITHIN_MS = 16_000
"""A belt that is brought to rest stands after this time (docs/safety-evidence.md, The proof)."""

CAUSES = frozenset(Cause)


def doubt(state: EngineState, session: Session, now_ms: int) -> Phrase | None:
    """What the member must hear in place of "the belt is stopping"; None for one that stops, stands or never began.

    In doubt is a belt out of reach, one that is not heard, one in other hands, one whose hazard its stop may not end,
    and one that has been stopping for too long.
    """
    seen = state.seen
    speed = speed_now(state, now_ms)
    if session.phase not in ("pausing", "stopping", "ended") or not (session.start_sent or speed):
        return None
    if seen is None or not seen.online or not seen.connected or seen.boot != session.boot:
        return hazards.belt_may_go_on
    if now_ms - state.measured_ms > FRESH_MS:
        return hazards.belt_may_go_on
    if speed == 0 and session.phase == "ended":
        return None
    if seen.hazard in CAUSES and not reaction(Cause(seen.hazard)).sure:
        return None if seen.still else hazards.member(Cause(seen.hazard))
    taken = session.outcome == "interrupted" and not seen.latched
    late = now_ms - session.phase_ms > RESTS_WITHIN_MS or session.phase == "ended"
    return hazards.belt_may_go_on if speed and (taken or late) else None
