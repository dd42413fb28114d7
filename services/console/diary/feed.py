"""The calendar that staff's own calendars read: who is due when, and appointments; pseudonyms in a clinic, else
aliases. Nothing of anybody's health."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from icalendar import Calendar, Event

from services.console.diary.matching import Appointment
from services.console.languages import say
from services.members.admission import rested_from_ms
from services.members.portrait import Portrait
from services.members.progression import standing

HOUR = timedelta(hours=1)


def feed(
    site: str, portraits: Iterable[Portrait], found: Iterable[Appointment], now_ms: int, *, clinic: bool
) -> bytes:
    """`portraits`: whose calendar it is of; of `found` only theirs are told."""
    calendar = Calendar()
    calendar.add("prodid", "-//Backstride//diary//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Backstride {site}")
    known = {one.id: one.id if clinic else one.person.alias for one in portraits}
    for one in portraits:
        due_ms = _due_ms(one, now_ms)
        if due_ms is not None:
            words = say("{who}: the next session may begin", who=known[one.id])
            calendar.add_component(_event(site, "due", one.id, words, due_ms, now_ms, whole_day=True))
    for each in found:
        if each.member in known:
            kind = f"appointment {each.begin_ms}"
            calendar.add_component(
                _event(
                    site,
                    kind,
                    each.member,
                    known[each.member],
                    each.begin_ms,
                    now_ms,
                    whole_day=each.whole_day,
                )
            )
    return bytes(calendar.to_ical())


def _due_ms(portrait: Portrait, now_ms: int) -> int | None:
    """From when on the prescription has room; None: none is in force."""
    given = portrait.dossier.prescription
    if given is None or not given.holds(now_ms):
        return None
    level = standing(portrait.dossier, given.goal, now_ms).level
    return max(now_ms, rested_from_ms(portrait.dossier, given.goal, level, now_ms))


def _event(
    site: str, kind: str, member: str, words: str, at_ms: int, now_ms: int, *, whole_day: bool
) -> Event:
    at = datetime.fromtimestamp(at_ms / 1000).astimezone()
    event = Event()
    # A calendar keeps an event by its uid; nobody learns the member's pseudonym from it.
    event.add("uid", f"{sha256(f'{site} {kind} {member}'.encode()).hexdigest()[:24]}@backstride")
    event.add("dtstamp", datetime.fromtimestamp(now_ms // 1000, UTC))
    event.add("summary", words)
    event.add("dtstart", at.date() if whole_day else at.astimezone(UTC))
    event.add("dtend", at.date() + timedelta(days=1) if whole_day else at.astimezone(UTC) + HOUR)
    event.add("transp", "TRANSPARENT")
    return event
