"""A belt that may go on although nobody wants it to: which hazard people must be told of. Pure."""

from device_adapters.contract import standing
from device_adapters.safety.hazards import Cause
from services.console.facts import TreadmillFacts


def danger(facts: TreadmillFacts, state: str) -> Cause | None:
    """As `standing.danger`; `state` is the treadmill's word of now."""
    return standing.danger(facts.state, facts.active_session(), state, facts.speed_kmh)
