"""May the belt go on although it was told to stop? Pure."""

from device_adapters.safety.envelope_state import FRESH_MS
from device_adapters.safety.hazards import MAY_GO_ON, Cause, reaction
from services.session.engine.state import Session, State, speed_now

RESTS_WITHIN_MS = 16_000
"""A belt that is brought to rest stands after this time (docs/safety-evidence.md, The proof)."""

CAUSES = frozenset(Cause)


def doubt(state: State, session: Session, now_ms: int) -> str:
    """What the member must hear in place of "the belt is stopping"; empty for one that stops, stands or never began.

    In doubt is a belt out of reach, one that is not heard, one in other hands, one whose hazard its stop may not end,
    and one that has been stopping for too long.
    """
    seen = state.seen
    speed = speed_now(state, now_ms)
    if session.phase not in ("pausing", "stopping", "ended") or not (session.start_sent or speed):
        return ""
    if seen is None or not seen.online or not seen.connected or seen.boot != session.boot:
        return MAY_GO_ON
    if now_ms - state.measured_ms > FRESH_MS:
        return MAY_GO_ON
    if speed == 0 and session.phase == "ended":
        return ""
    if seen.hazard in CAUSES and not reaction(Cause(seen.hazard)).sure:
        return "" if seen.still else reaction(Cause(seen.hazard)).member
    taken = session.outcome == "interrupted" and not seen.latched
    late = now_ms - session.phase_ms > RESTS_WITHIN_MS or session.phase == "ended"
    return MAY_GO_ON if speed and (taken or late) else ""
