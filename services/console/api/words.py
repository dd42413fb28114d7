"""What the REST API says to programs in English alone: of tokens, and in its document. Pure."""

from typing import Final

BEARER_MISSING: Final = (
    "A token is needed: send Authorization: Bearer with one that backstride token create made."
)
BEARER_UNKNOWN: Final = (
    "The token is unknown, expired or revoked; ask for a new one (backstride token create)."
)
BEARERS_TOO_MANY: Final = "Too many tokens from this address were none; wait a minute, and look at the token."
ASKED: Final = {
    "pause": "Ramp the belt down; the session can be resumed.",
    "resume": "Start a paused session's belt again: the belt moves. Somebody must be there.",
    "end": "End the session; its partial record is kept. To stop a belt at once, use stop.",
    "skip": "Go on to the next step.",
    "repeat": "Begin the present step again.",
    "done": "The step that staff end is over.",
    "slower": "Slower, at once.",
    "present": "Staff are with the member: the answer to the question `present` of `asks`.",
}
"""What the API's document says of the plain verbs."""

CLASS_ASKED: Final = {
    "go": "Let the class begin: belts that stand ready start one after the other. Somebody must be there.",
    "end": "No class any more: who goes by its clock goes on alone, who does not yet is stopped.",
    "stop": "Stop every session of the class by its ramp. To stop a belt at once, use stop.",
}


def role_refused(role: str, roles: list[str]) -> str:
    """A token of the wrong role."""
    return f"A token of role {role} may not do this; it takes one of: {', '.join(roles)}."


def unknown_session(session: str) -> str:
    """No session of this id."""
    return f"session is {session!r}, which neither runs nor has ended here; GET /sessions lists what runs."
