"""What a member's sessions say together: weeks, time in zones, speed at a steady heart. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from statistics import median

from services.history.course import seconds_at, steady
from services.history.model import Ended, HistoryRow
from services.rules.zones import ZONES, zone_of

AROUND_BPM = 5
ENOUGH_S = 60
"""A session with less time around the heart rate that is compared says nothing."""


@dataclass(frozen=True, slots=True)
class Week:
    """A week from Monday, and what was done in it."""

    monday_ms: int
    sessions: int
    minutes: float


@dataclass(frozen=True, slots=True)
class Steady:
    """Speed of each session, by its end (ms), while the heart was within AROUND_BPM of `hr_bpm`."""

    hr_bpm: int
    speeds_kmh: tuple[tuple[int, float], ...]


def weeks(ended: Sequence[Ended], now_ms: int, count: int, zone: tzinfo | None) -> tuple[Week, ...]:
    """The last `count` weeks, the present one last; `zone` None: this machine's own."""
    today = datetime.fromtimestamp(now_ms / 1000, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    this = today.replace(tzinfo=None) - timedelta(days=today.weekday())
    mondays = [this - timedelta(weeks=n) for n in range(count - 1, -2, -1)]
    edges = [round(monday.replace(tzinfo=zone).timestamp() * 1000) for monday in mondays]
    return tuple(
        Week(begin, sum(one.counts for one in inside), sum(one.minutes for one in inside))
        for begin, end in pairwise(edges)
        for inside in [[one for one in ended if begin <= one.at_ms < end]]
    )


def seconds_in_zones(sessions: Sequence[Sequence[HistoryRow]], hr_max_bpm: int) -> tuple[float, ...]:
    """Seconds in zones 0 to 5."""
    found = [0.0] * len(ZONES)
    for rows in sessions:
        for bpm, seconds in seconds_at(rows).items():
            found[zone_of(bpm, hr_max_bpm).number] += seconds
    return tuple(found)


def at_steady_heart(sessions: Mapping[int, Sequence[HistoryRow]]) -> Steady | None:
    """`sessions`: rows by the time of the end, ms. The heart rate compared is the one in the middle of all of them.

    None with fewer than two sessions that were long enough around it.
    """
    held = {at_ms: list(steady(rows)) for at_ms, rows in sessions.items()}
    rates = [row.hr_bpm for found in held.values() for row, _ in found if row.hr_bpm]
    if not rates:
        return None
    middle = round(median(rates))
    speeds = []
    for at_ms, found in sorted(held.items()):
        near = [
            (row.measured_kmh or 0, ms) for row, ms in found if abs((row.hr_bpm or 0) - middle) <= AROUND_BPM
        ]
        lasted_ms = sum(ms for _, ms in near)
        if lasted_ms >= ENOUGH_S * 1000:
            speeds.append((at_ms, sum(kmh * ms for kmh, ms in near) / lasted_ms))
    return Steady(middle, tuple(speeds)) if len(speeds) > 1 else None
