"""The pain of the day after: whether it is asked about a session now. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from device_adapters.units import DAY_MS
from services.console.past import sayings
from services.members.model import SessionRecord

ASKED_FOR_MS = 7 * DAY_MS
"""What somebody felt on a day a week ago nobody remembers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDay:
    """A session about which the question is open; `pain` is what was answered already, 0 to 10."""

    session: str
    day: str
    pain: int | None


def next_day(record: SessionRecord, now_ms: int) -> NextDay | None:
    """None: it is still the session's own day, or too long ago."""
    if sayings.day(record.ended_ms) == sayings.day(now_ms) or now_ms - record.ended_ms >= ASKED_FOR_MS:
        return None
    pain = record.answers.pain_next_day
    return NextDay(session=record.session, day=sayings.short_day(record.ended_ms), pain=pain)


def last_next_day(history: Sequence[SessionRecord], now_ms: int) -> NextDay | None:
    """That of the latest session; `history` in the order of time."""
    return next_day(history[-1], now_ms) if history else None
