"""What is said of a body that cannot be used: the field, the limit and the fix. Pure."""

from typing import Final

from device_adapters.safety.limits import Goal, Level
from services.console.languages import say

FIELD_FIXES: Final = {
    "id": "give 1 to 60 letters, digits or hyphens, new for each request",
    "treadmill": "give its id, such as tm-01",
    "goal": f"give one of {', '.join(Goal)}",
    "level": f"give one of {', '.join(Level)}",
    "programme": "give at most 200 characters, or leave it out for the goal's own",
    "strap": "give its id, such as hr-01, or leave it out for the treadmill's own",
    "asked_s_ago": "give 0 to 600 seconds",
    "alias": "give at most 24 characters",
    "hr_max_bpm": "give 100 to 230 beats per minute, or leave it out",
    "by": "give at most 200 characters",
    "member": "give the id of a member, or leave it out for a guest",
    "text": "give at most 200 characters",
    "why": "give at most 200 characters",
    "spotter": "give true or false",
    "harness": "give true or false",
    "screened": "give true or false",
    "countdown_s": "give 0 to 60 seconds",
    "presence_s": "give 120 to 300 seconds, or leave it out",
    "speed_max_kmh": "give 0 to 30 km/h",
    "minutes": "give 0 to 60 minutes",
    "session": "give the id of a session, or leave it out",
    "name": "give 1 to 200 characters",
    "birth_year": "give four digits, such as 1968",
    "fall_12_months": "give true or false",
    "clinician_ok_by": "give at most 200 characters",
    "backward_walk_s": "give 0.5 to 60 seconds, or leave it out",
}


def bad_field(field: str, given: str, problem: str) -> str:
    """A field that cannot be used: its name, what was given, the limit and the fix."""
    fix = FIELD_FIXES.get(field, f"leave it out; known fields: {', '.join(FIELD_FIXES)}")
    said = f"{field} is {given}" if given else field
    return f"{said}: {problem}; {fix}"


def bad_body(problem: str) -> str:
    """A body that is no JSON object."""
    return f"The body is not usable ({problem}); send a JSON object with content-type application/json."


def too_large(limit_bytes: int) -> str:
    """A body beyond what any request needs."""
    return say("The body is larger than {most} bytes; no request needs that much.", most=limit_bytes)


def too_slow() -> str:
    """A body that does not arrive."""
    return say("The body did not arrive in time; send it again.")
