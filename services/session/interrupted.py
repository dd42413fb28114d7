"""A session whose service vanished: what is said of it when the service returns. It is never resumed. Pure."""

import msgspec

from device_adapters.contract import messages as m
from device_adapters.contract.keys import sessions as keys
from device_adapters.unreadable import UNREADABLE
from services.history.model import LONGEST_MS
from services.members.model import SessionRecord
from services.session import record
from services.session.journal import Entry
from services.session.journalled import EndRecord, StartRecord

WHY = keys.service_vanished()


def view(started: Entry, at_ms: int) -> m.SessionView | None:
    """What screens show from now on; None if its record cannot be read."""
    try:
        was = msgspec.json.decode(started.body, type=StartRecord)
    except UNREADABLE:
        return None
    return m.SessionView(
        session=started.session,
        treadmill=started.treadmill,
        at_ms=at_ms,
        phase="ended",
        goal=was.goal,
        level=was.level,
        programme=was.programme,
        member=was.member,
        why=WHY,
        outcome="interrupted",
    )


def event(started: Entry, at_ms: int) -> m.Event:
    """The record of it. Its id is always the same: said twice, it counts once."""
    return m.Event(
        id=f"{started.session}-interrupted",
        at_ms=at_ms,
        source="session",
        kind="session_phase",
        cause="interrupted",
        text=str(WHY),
        said=WHY,
        severity="warning",
        treadmill=started.treadmill,
        session=started.session,
        after={"phase": "ended", "outcome": "interrupted"},
    )


def summary(started: Entry, at_ms: int) -> Entry | None:
    """What is known of it for its member; None for a guest, or if its record cannot be read."""
    try:
        was = msgspec.json.decode(started.body, type=StartRecord)
    except UNREADABLE:
        return None
    if not was.member:
        return None
    told = SessionRecord(
        session=started.session,
        goal=was.goal,
        level=was.level,
        programme=was.programme,
        treadmill=started.treadmill,
        began_ms=started.at_ms,
        ended_ms=min(max(started.at_ms, at_ms), started.at_ms + LONGEST_MS),
        outcome="interrupted",
        cause="service_vanished",
    )
    return record.summary(was.member, told, at_ms)


def end(started: Entry, at_ms: int) -> Entry:
    """Its end in the journal."""
    body = msgspec.json.encode(EndRecord(outcome="interrupted", why=WHY))
    return Entry(at_ms, started.session, started.treadmill, "end", body)
