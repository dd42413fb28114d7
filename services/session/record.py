"""What the journal keeps of a session: its start, commands, decisions and end, as JSON. Pure."""

import msgspec

from device_adapters.contract import messages as m
from device_adapters.safety.limits import Goal, Level
from services.members.model import SessionRecord
from services.session.journal import Entry
from services.session.state import Session


class StartRecord(msgspec.Struct, frozen=True):
    """What must be known of a session to close it after a crash. `member` is a pseudonym."""

    goal: Goal
    level: Level
    programme: str
    member: str
    by: str


class EndRecord(msgspec.Struct, frozen=True):
    """How a session ended, and how much of it was done."""

    outcome: m.Outcome
    why: str = ""
    elapsed_s: float = 0
    steps_done: int = 0
    steps: int = 0


class SummaryRecord(msgspec.Struct, frozen=True):
    """What goes to the members store; it stays here too, for a store that was away. `member` is a pseudonym."""

    member: str
    record: SessionRecord


def start(session: Session, treadmill: str, by: str, at_ms: int) -> Entry:
    """The record that is on disk before the belt moves."""
    programme = session.wanted.programme
    body = StartRecord(programme.goal, programme.level, programme.name, session.wanted.member, by)
    return Entry(at_ms, session.wanted.session, treadmill, "start", msgspec.json.encode(body))


def end(session: Session, treadmill: str, at_ms: int) -> Entry:
    """The record of an end; an early one keeps what was done."""
    body = EndRecord(
        outcome=session.outcome or "interrupted",
        why=session.why,
        elapsed_s=session.elapsed_ms / 1000,
        steps_done=session.progress.index,
        steps=len(session.wanted.programme.steps),
    )
    return Entry(at_ms, session.wanted.session, treadmill, "end", msgspec.json.encode(body))


def command(sent: m.Command, session: str, treadmill: str, at_ms: int) -> Entry:
    """A command as it was sent."""
    return Entry(at_ms, session, treadmill, "command", msgspec.json.encode(sent))


def event(event: m.Event) -> Entry:
    """A decision or a change of phase."""
    return Entry(event.at_ms, event.session, event.treadmill, "event", msgspec.json.encode(event))


def summary(member: str, told: SessionRecord, at_ms: int) -> Entry:
    """A member's session, summed up."""
    body = msgspec.json.encode(SummaryRecord(member, told))
    return Entry(at_ms, told.session, told.treadmill, "summary", body)


def summary_from(entry: Entry) -> SummaryRecord | None:
    """The summary in an entry; None if it cannot be read."""
    try:
        return msgspec.json.decode(entry.body, type=SummaryRecord)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
