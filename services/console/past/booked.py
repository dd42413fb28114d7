"""Appointments in words: of today for staff, the next one for a member. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from services.console.diary.diary import Diary
from services.console.diary.matching import Appointment
from services.console.languages import say, say_many
from services.console.past import sayings


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedLine:
    """An appointment of today; `member` empty: nobody who is known."""

    at: str
    member: str
    alias: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedToday:
    """`asked`: is there a booking system at all? `trouble`: what of it could not be read."""

    asked: bool
    lines: tuple[BookedLine, ...]
    trouble: tuple[str, ...]


def booked(diary: Diary, now_ms: int, zone: tzinfo | None = None) -> BookedToday:
    """Of today in `zone` (None: this machine's)."""
    midnight = datetime.fromtimestamp(now_ms / 1000, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    begin_ms = round(midnight.timestamp() * 1000)
    end_ms = round((midnight + timedelta(days=1)).timestamp() * 1000)
    state = diary.state
    trouble = [say("Booking system {name} could not be read.", name=name) for name in state.silent]
    if state.left_out:
        trouble.append(
            say_many(
                "{count} appointment that cannot be read, or repeats by an unusual rule, is left out.",
                "{count} appointments that cannot be read, or repeat by an unusual rule, are left out.",
                state.left_out,
            )
        )
    return BookedToday(
        asked=state.asked,
        lines=tuple(
            BookedLine(at=_time(one), member=one.member, alias=one.alias)
            for one in diary.between(begin_ms, end_ms)
        ),
        trouble=tuple(trouble),
    )


def next_appointment(diary: Diary, member: str, now_ms: int) -> str:
    """The member's next, as they read it; empty: none is known."""
    found = diary.next_of(member, now_ms)
    if found is None:
        return ""
    day = sayings.day(found.begin_ms)
    if found.whole_day:
        return say("Your appointment: {day}.", day=day)
    return say("Your appointment: {day}, {time}.", day=day, time=sayings.time(found.begin_ms))


def _time(one: Appointment) -> str:
    return say("all day") if one.whole_day else sayings.time(one.begin_ms)
