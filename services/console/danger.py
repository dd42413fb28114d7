"""A belt that may go on although nobody wants it to: which hazard people must be told of. Pure."""

from device_adapters.safety.hazards import Cause, reaction
from services.console.facts import TreadmillFacts

KNOWN_STILL = frozenset({"ready", "paused", "stopped"})
"""States in which the belt is measured at rest now."""

OUT_OF_REACH = frozenset({"offline", "lost", "absent", "connecting"})
"""States in which no stop reaches the belt."""

WALKED = frozenset({"running", "pausing", "stopping"})
CAUSES = frozenset(Cause)


def danger(facts: TreadmillFacts, state: str) -> Cause | None:
    """The hazard by which this belt may move and not stop; None where it stops, rests, or is not known to have moved.

    `state` is the treadmill's word of now. A belt that was last seen at rest, with nobody under way on it, is no
    danger when its unit is switched off.
    """
    said = facts.state
    if state in OUT_OF_REACH:
        return Cause.LINK_LOST if _was_moving(facts) else None
    if state == "silent":
        return Cause.DATA_SILENT if _was_moving(facts) else None
    if said is None or state == "waiting" or state in KNOWN_STILL:
        return None
    hazard = said.hazard or said.latched
    if hazard in CAUSES and not reaction(Cause(hazard)).sure:
        return Cause(hazard)
    session = facts.active_session()
    if state == "moving" and session is not None and session.phase == "paused":
        return Cause.MOVED_WHILE_LATCHED
    return None


def _was_moving(facts: TreadmillFacts) -> bool:
    said, session = facts.state, facts.active_session()
    under_way = session is not None and session.phase in WALKED
    return bool(facts.speed_kmh) or (said is not None and said.belt == "moving") or under_way
