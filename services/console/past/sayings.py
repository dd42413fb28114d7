"""The words of the pages of the past, in the reader's language: one module to translate. Pure."""

import json
from datetime import datetime

from device_adapters.safety.limits import Goal, Level
from services.console import event_words, phrases
from services.console.languages import say, say_many
from services.history.model import Decision
from services.incidents.incident import IncidentNote
from services.texts import figures
from services.texts.telling import tell

RUNNING = "running"
"""In the place of an outcome, while there is none."""


def outcomes() -> dict[str, str]:
    """How sessions end."""
    return {
        "completed": say("Completed"),
        "stopped": say("Stopped"),
        "interrupted": say("Interrupted"),
        "refused": say("Refused"),
        RUNNING: say("Running"),
    }


REVIEWED = (
    "near_miss", "note", "feedback", "rpe", "hazard", "stopped", "clamped", "refused", "request_refused",
    "limits_lowered", "limits_raised", "slower", "hr_waived", "stop_button", "stop_line",
    "stop_escalated", "session_phase", "clock_step",
)  # fmt: skip
"""What a review lists; anything else is the machine's own bookkeeping."""


WRITTEN = ("note", "near_miss", "limits_raised")
"""What somebody of the staff signed."""


def kinds() -> dict[str, str]:
    """What a review lists, by kind."""
    return {kind: say(event_words.KINDS[kind]) for kind in REVIEWED}


def injuries() -> dict[str, str]:
    """Was anybody hurt?"""
    return {"none": say("Nobody"), "suspected": say("Perhaps"), "yes": say("Yes")}


def incident(note: IncidentNote) -> str:
    """One that was noted, in a line."""
    when = datetime.fromtimestamp(note.noted_ms / 1000).astimezone()
    title = say("Noted on {day}, {time}.", day=figures.short_day(when.date()), time=f"{when:%H:%M}")
    hurt = say("Hurt: {who}.", who=injuries()[note.injury])
    done = say("Done: {what}", what=note.measures) if note.measures else ""
    return " ".join(part for part in (title, note.what, hurt, done) if part)


def incident_missing() -> str:
    """What was sent is no incident."""
    return say("Not recorded: say in a few words what happened, and whether anybody was hurt.")


def phases() -> dict[str, str]:
    """What a session enters."""
    return {
        "starting": say("starting"),
        "running": say("the belt moves"),
        "pausing": say("pausing"),
        "paused": say("paused"),
        "stopping": say("stopping"),
        "ended": say("ended"),
    }


def spans() -> dict[int, str]:
    """How far back the list may look, in days."""
    return {1: say("Last 24 hours"), 7: say("7 days"), 30: say("30 days"), 90: say("90 days")}


def no_session() -> str:
    """An address of a session that is not there."""
    return say("There is no such session here. The id may be mistyped, or its measurements are gone.")


def no_member() -> str:
    """An address of a member who is not there."""
    return say("There is no such member here. The id may be mistyped, or the member was erased.")


def pain_missing() -> str:
    """A form without its number."""
    return say("Choose a number from 0 (none) to 10 (worst), then note it.")


def nobodys() -> str:
    """A session that no member's record knows."""
    return say("No member's record has this session: it was a guest's, or the member was erased.")


def away() -> str:
    """The stores cannot be asked."""
    return say(
        "The store of measurements or of members does not answer: see that its database runs, then try again."
    )


def own(lately: int, most: int, sessions: int, minutes: int, weeks: int) -> str:
    """A member's weeks, to themselves."""
    week = say_many(
        "{done} of {count} session in the last 7 days.",
        "{done} of {count} sessions in the last 7 days.",
        most,
        done=lately,
    )
    whole = say_many(
        "{count} session and {minutes} in {weeks} weeks.",
        "{count} sessions and {minutes} in {weeks} weeks.",
        sessions,
        minutes=say_many("{count} minute", "{count} minutes", minutes),
        weeks=weeks,
    )
    return f"{week} {whole}"


def goal(value: str) -> str:
    """A goal's name in the reader's language."""
    return say(phrases.GOALS[Goal(value)][0]) if value in set(Goal) else value


def level(value: str) -> str:
    """A level's name in the reader's language."""
    return say(phrases.LEVELS[Level(value)]) if value in set(Level) else value


def what(said: Decision, *, staff_named: bool = True) -> tuple[str, str]:
    """Kind and words of an event; `staff_named`: with who wrote it."""
    after = _after(said)
    text = tell(said.told) or event_words.cause_words(said.kind, said.cause)
    if said.kind == "session_phase":
        text = tell(said.told) or phases().get(str(after.get("phase", "")), "")
    if said.kind in ("rpe", "feedback"):
        names = (("rpe", "RPE"), ("pain", say("pain")))
        told = [f"{name} {after[key]}" for key, name in names if key in after]
        text = ", ".join([*told, *([said.text] if said.text else [])])
    by = str(after.get("by", "")) if staff_named and said.kind in WRITTEN else ""
    return kinds()[said.kind], f"{text} ({by})" if by else text


def _after(said: Decision) -> dict[str, object]:
    try:
        found = json.loads(said.after or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def day(at_ms: int) -> str:
    """Tuesday, 24 November 2026, of the hub's own clock."""
    return figures.day(_local(at_ms))


def short_day(at_ms: int) -> str:
    """The day in short, such as 24 Nov, where the hub is."""
    return figures.short_day(_local(at_ms))


def time(at_ms: int) -> str:
    """The time of day, such as 10:05, where the hub is."""
    return f"{_local(at_ms):%H:%M}"


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000).astimezone()
