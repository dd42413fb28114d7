"""The words of the pages of the past: one module to translate. Pure."""

import json
from datetime import datetime
from typing import Final

from device_adapters.safety.limits import Goal, Level
from services.console import words
from services.history.model import Said

OUTCOMES: Final = {
    "completed": "Completed",
    "stopped": "Stopped",
    "interrupted": "Interrupted",
    "refused": "Refused",
}

KINDS: Final = {
    "near_miss": "Near miss",
    "note": "Note",
    "feedback": "Member's answer",
    "rpe": "Exertion",
    "hazard": "Hazard",
    "stopped": "Belt at rest",
    "clamped": "Held at a limit",
    "refused": "Refused",
    "request_refused": "Request refused",
    "limits_lowered": "Limit lowered",
    "limits_raised": "Limit raised",
    "slower": "Slower",
    "hr_waived": "Without heart rate",
    "stop_button": "Stop button",
    "stop_escalated": "Stop repeated",
    "session_phase": "Session",
}
"""What a review lists; anything else is the machine's own bookkeeping."""

PHASES: Final = {
    "starting": "starting",
    "running": "the belt moves",
    "pausing": "pausing",
    "paused": "paused",
    "stopping": "stopping",
    "ended": "ended",
}

NO_SESSION: Final = "There is no such session here. It may still be running, or its measurements are gone."
NO_MEMBER: Final = "There is no such member here. The id may be mistyped, or the member was erased."
AWAY: Final = (
    "The store of measurements does not answer. Its database may be down: backstride doctor says more."
)
TRY_AGAIN: Final = "Try again in a moment."
NOTHING_FOUND: Final = "No session fits. Look further back, or search for less."
NOTHING_YET: Final = "No session has ended in this time."
NO_MEMBERS: Final = "The members store does not answer: members are shown by their ids."
NO_ZONES: Final = "Zones need the member's maximum heart rate, and it is not known."
NO_STEADY: Final = "Not yet: it takes two sessions with a heart rate at an unchanged speed for over a minute."
TOP: Final = "The highest level there is."
READY: Final = "Everything is there: staff may sign the next level off."


def goal(value: str) -> str:
    """A goal's name."""
    return words.GOALS[Goal(value)][0] if value in set(Goal) else value


def level(value: str) -> str:
    """A level's name."""
    return words.LEVELS[Level(value)] if value in set(Level) else value


def what(said: Said) -> tuple[str, str]:
    """Kind and words of an event."""
    after = _after(said)
    text = said.text or said.cause.replace("_", " ")
    if said.kind == "session_phase":
        phase = PHASES.get(str(after.get("phase", "")), "")
        text = said.text or phase
    if said.kind in ("rpe", "feedback"):
        told = [f"{name} {after[key]}" for key, name in (("rpe", "RPE"), ("pain", "pain")) if key in after]
        text = ", ".join([*told, *([said.text] if said.text else [])])
    by = str(after.get("by", "")) if said.kind in ("note", "near_miss", "limits_raised") else ""
    return KINDS[said.kind], f"{text} ({by})" if by else text


def _after(said: Said) -> dict[str, object]:
    try:
        found = json.loads(said.after or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def day(at_ms: int) -> str:
    """Tuesday 24 November 2026, of the hub's own clock."""
    at = _local(at_ms)
    return f"{at:%A} {at.day} {at:%B} {at.year}"


def short_day(at_ms: int) -> str:
    """24 Nov."""
    at = _local(at_ms)
    return f"{at.day} {at:%b}"


def time(at_ms: int) -> str:
    """10:05."""
    return f"{_local(at_ms):%H:%M}"


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000).astimezone()
