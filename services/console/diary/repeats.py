"""When an appointment that repeats takes place (RFC 5545 §3.8.5), as far as booking systems write such rules.

A rule is a stranger's: its parts are on a list, its steps are counted, and a whole file's rules share WORK_MAX_S of
processor time. dateutil does not look up while nothing matches, so what can never match costs a rule's own worst case
(measured: under 1 s) and ends the sharing."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any

from dateutil.rrule import rrulestr

WORK_MAX_S = 2.0
STEPS_MAX = 4_000
"""Of one rule from its first day on: ten years of each day, which take 0.02 s."""
INTERVAL_MAX = 366
WEEK = 7
_EACH = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY"})
_PARTS = {
    "DAILY": _EACH,
    "WEEKLY": _EACH,
    "MONTHLY": _EACH | {"BYMONTHDAY", "BYSETPOS"},
    "YEARLY": _EACH | {"BYMONTHDAY", "BYSETPOS", "BYMONTH"},
}


@dataclass(slots=True)
class RepeatWork:
    """The time that a file's rules may still take."""

    until_s: float = field(default_factory=lambda: time.thread_time() + WORK_MAX_S)

    def check(self) -> None:
        """ValueError: it is used up."""
        if time.thread_time() > self.until_s:
            raise ValueError("its rules take too long")


def repeats(event: Any) -> bool:
    """Does it take place more than once?"""
    return "RRULE" in event or "RDATE" in event or "EXRULE" in event


def times(
    event: Any, begin: datetime, moved: Sequence[Any], end: datetime, work: RepeatWork
) -> list[datetime]:
    """The times of a repeating event before `end`, in order. Wall times without a zone, as of the event's own:
    `begin` its first, `moved` those that another entry tells. Raises what a damaged file makes the libraries raise, and
    ValueError at a rule that is not read."""
    if "EXRULE" in event:
        raise ValueError("EXRULE")
    zone = getattr(event.decoded("DTSTART"), "tzinfo", None)
    given = {wall(one, zone) for one in _listed(event, "RDATE", work)}
    skipped = {wall(one, zone) for one in _listed(event, "EXDATE", work)} | {wall(one, zone) for one in moved}
    found = {begin, *given}
    if "RRULE" in event:
        work.check()
        for step, one in enumerate(_ruled(event["RRULE"], begin, zone)):
            if one >= end:
                break
            if step >= STEPS_MAX:
                raise ValueError("it began too long ago")
            found.add(one)
    return sorted(one for one in found - skipped if one < end)


def wall(at: Any, zone: Any) -> datetime:
    """A time or a day as the clock of `zone` shows it, without a zone; a time without one is of `zone`."""
    if not isinstance(at, date):
        raise TypeError("no time")
    if not isinstance(at, datetime):
        return datetime(at.year, at.month, at.day)  # noqa: DTZ001  of a clock on the wall
    return (at.astimezone(zone) if at.tzinfo and zone else at).replace(tzinfo=None)


def _ruled(rule: Any, begin: datetime, zone: Any) -> Iterator[datetime]:
    if isinstance(rule, list):
        raise TypeError("more than one rule")
    told = {str(name).upper(): value if isinstance(value, list) else [value] for name, value in rule.items()}
    kind = str(told["FREQ"][0]).upper()
    interval = int(told.get("INTERVAL", [1])[0])
    if not told.keys() <= _PARTS[kind] or not 1 <= interval <= INTERVAL_MAX:
        raise ValueError("a rule of a kind that no booking system writes")
    if kind == "DAILY" and "BYDAY" in told and interval % WEEK == 0:
        raise ValueError("a rule that may never match")
    last = _last(told.pop("UNTIL", [None])[0], zone)
    text = ";".join(f"{name}={','.join(str(one) for one in value)}" for name, value in told.items())
    return takewhile(lambda one: last is None or one <= last, rrulestr(text, dtstart=begin))


def _last(until: Any, zone: Any) -> datetime | None:
    if until is None:
        return None
    day = timedelta() if isinstance(until, datetime) else timedelta(days=1, microseconds=-1)
    return wall(until, zone) + day


def _listed(event: Any, name: str, work: RepeatWork) -> Iterator[Any]:
    entries = event.get(name, [])
    for one in entries if isinstance(entries, list) else [entries]:
        for each in one.dts:
            work.check()
            yield each.dt[0] if isinstance(each.dt, tuple) else each.dt
