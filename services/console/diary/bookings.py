"""Appointments in an iCalendar file (RFC 5545) of a booking system, as far as they can be read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from icalendar import Calendar

from device_adapters.errors import StorageError
from services.members.model import DAY_MS

EVENTS_MAX = 5_000
TEXT_MAX = 500
AHEAD_MS = 60 * DAY_MS
BEHIND_MS = DAY_MS
UNREADABLE = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError, RecursionError, NotImplementedError,
)  # fmt: skip
"""What the library may raise on a file that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One appointment; wall times in ms. `text`: whom it may be of, never shown."""

    begin_ms: int
    whole_day: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingsRead:
    """What a file told. `left_out`: appointments that repeat, or could not be read."""

    bookings: tuple[Booking, ...]
    left_out: int


def bookings(content: bytes, now_ms: int, zone: tzinfo | None) -> BookingsRead:
    """The appointments from yesterday to AHEAD_MS, in the order of time; `zone`: of times without one (None: this
    machine's). StorageError: no iCalendar file."""
    try:
        read = Calendar.from_ical(content, multiple=True)
        events = [event for calendar in read for event in calendar.walk("VEVENT")]
    except UNREADABLE as e:
        raise StorageError("bookings: it is no iCalendar file") from e
    if not read:
        raise StorageError("bookings: it is no iCalendar file")
    found, left_out = list[Booking](), max(0, len(events) - EVENTS_MAX)
    for event in events[:EVENTS_MAX]:
        try:
            left_out += "RRULE" in event or "RDATE" in event
            found += _one(event, zone)
        except UNREADABLE:
            left_out += 1
    near = [one for one in found if now_ms - BEHIND_MS <= one.begin_ms <= now_ms + AHEAD_MS]
    return BookingsRead(bookings=tuple(sorted(near, key=lambda one: one.begin_ms)), left_out=left_out)


def _one(event: Any, zone: tzinfo | None) -> Iterator[Booking]:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    begin = event.decoded("DTSTART")
    whole_day = not isinstance(begin, datetime)
    if whole_day and not isinstance(begin, date):
        raise ValueError("no time")
    at = datetime(begin.year, begin.month, begin.day) if whole_day else begin  # noqa: DTZ001  its zone comes next
    at = at.replace(tzinfo=zone) if at.tzinfo is None else at
    yield Booking(begin_ms=round(at.timestamp() * 1000), whole_day=whole_day, text=_text(event))


def _text(event: Any) -> str:
    attendees = event.get("ATTENDEE", [])
    named = attendees if isinstance(attendees, list) else [attendees]
    told = [str(event.get("SUMMARY", "")), *(str(one.params.get("CN", "")) for one in named[:20])]
    return " | ".join(told)[:TEXT_MAX]
