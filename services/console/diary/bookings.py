"""Appointments in an iCalendar file (RFC 5545) of a booking system, as far as they can be read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from icalendar import Calendar
from icalendar.timezone import tzp

from device_adapters.errors import StorageError
from device_adapters.units import DAY_MS
from services.console.diary import zones
from services.console.diary.repeats import RepeatWork, repeats, times, wall
from services.console.diary.sources import AHEAD_MS

EVENTS_MAX = 5_000
LINES_MAX = 100_000
"""Each takes 0.02 ms to read."""
TEXT_MAX = 500
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
    """What a file told, at most EVENTS_MAX of it. `left_out`: entries that repeat by a rule that is not read, that
    could not be read, or that are too many."""

    bookings: tuple[Booking, ...]
    left_out: int


def bookings(content: bytes, now_ms: int, zone: tzinfo | None) -> BookingsRead:
    """The appointments from yesterday to AHEAD_MS, in the order of time; `zone`: of times without one (None: this
    machine's). StorageError: no iCalendar file."""
    tzp.use_default()  # forgets the zones of the files before: the library believes a name for as long as it runs
    try:
        if content.count(b"\n") > LINES_MAX:
            raise ValueError("too long")
        read = Calendar.from_ical(content, multiple=True)
        zones.check(read)
        events = [event for calendar in read for event in calendar.walk("VEVENT")]
    except UNREADABLE as e:
        raise StorageError("bookings: it is no iCalendar file") from e
    if not read:
        raise StorageError("bookings: it is no iCalendar file")
    found, left_out = list[Booking](), max(0, len(events) - EVENTS_MAX)
    events, work = events[:EVENTS_MAX], RepeatWork()
    begin, end = _wall(now_ms - BEHIND_MS - DAY_MS), _wall(now_ms + AHEAD_MS + DAY_MS)
    changes = _Changes(events)
    left_out += changes.unread
    for event in events:
        try:
            found += _one(event, zone, changes, (begin, end), work)
        except UNREADABLE:
            left_out += 1
    near = [one for one in found if now_ms - BEHIND_MS <= one.begin_ms <= now_ms + AHEAD_MS]
    left_out += max(0, len(near) - EVENTS_MAX)
    return BookingsRead(
        bookings=tuple(sorted(near, key=lambda one: one.begin_ms)[:EVENTS_MAX]), left_out=left_out
    )


def _wall(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC).replace(tzinfo=None)


class _Changes:
    """Single appointments of a series that an entry of their own tells. `unread`: entries that change all that follow,
    which end the series here."""

    def __init__(self, events: list[Any]) -> None:
        self._moved: dict[str, list[Any]] = {}
        self._ends: dict[str, list[Any]] = {}
        self.unread = 0
        for event in events:
            changed = event.get("RECURRENCE-ID")
            if changed is None:
                continue
            ends = str(getattr(changed, "params", {}).get("RANGE", "")).upper() == "THISANDFUTURE"
            self.unread += ends
            kept = self._ends if ends else self._moved
            kept.setdefault(str(event.get("UID", "")), []).append(getattr(changed, "dt", None))

    def moved(self, event: Any) -> list[Any]:
        return self._moved.get(str(event.get("UID", "")), [])

    def end(self, event: Any, end: datetime) -> datetime:
        zone = getattr(event.decoded("DTSTART"), "tzinfo", None)
        return min((wall(one, zone) for one in self._ends.get(str(event.get("UID", "")), [])), default=end)


def _one(
    event: Any, zone: tzinfo | None, changes: _Changes, near: tuple[datetime, datetime], work: RepeatWork
) -> Iterator[Booking]:
    """Its times within `near`, wall times of any zone."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    begin = event.decoded("DTSTART")
    whole_day = not isinstance(begin, datetime)
    first = wall(begin, getattr(begin, "tzinfo", None))
    own = zone if whole_day or begin.tzinfo is None else begin.tzinfo

    def booked(at: datetime) -> Iterator[Booking]:
        if not near[0] <= at < near[1]:
            return
        work.check()  # a zone of the file's own may take long
        ms = round(at.replace(tzinfo=own).timestamp() * 1000)
        yield Booking(begin_ms=ms, whole_day=whole_day, text=_text(event))

    if "RECURRENCE-ID" in event or not repeats(event):
        yield from booked(first)
        return
    try:
        walls = times(event, first, changes.moved(event), changes.end(event, near[1]), work)
    except UNREADABLE:
        yield from booked(first)  # of a rule that is not read, the first time at least stands there
        raise
    for at in walls:
        yield from booked(at)


def _text(event: Any) -> str:
    attendees = event.get("ATTENDEE", [])
    named = attendees if isinstance(attendees, list) else [attendees]
    told = [str(event.get("SUMMARY", "")), *(str(one.params.get("CN", "")) for one in named[:20])]
    return " | ".join(told)[:TEXT_MAX]
