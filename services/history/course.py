"""What the rows of one session say: how long, how far, how hard. Pure.

A row speaks until the next one, for at most SPEAKS_MS: after that nobody knows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from device_adapters.units import MS_KMH_PER_M
from services.history.model import HistoryRow
from services.rules.doses import AT_SPEED_PCT

SPEAKS_MS = 20_000
STEADY_MS = 60_000
"""The heart follows within about a minute: what it did in a plan's first minute says nothing of that plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCourse:
    """A session summed up. Seconds of movement, metres of belt; None: no heart rate was read."""

    begin_ms: int
    moving_s: float
    distance_m: float
    hr_mean_bpm: int | None
    hr_peak_bpm: int | None
    bouts: int
    longest_bout_s: float


def course(rows: Sequence[HistoryRow]) -> SessionCourse | None:
    """None without any row."""
    if not rows:
        return None
    moving_s = distance_m = heart_s = beats = 0.0
    for row, ms in spans(rows):
        if row.measured_kmh:
            moving_s += ms / 1000
            distance_m += row.measured_kmh * ms / MS_KMH_PER_M
        if row.hr_bpm:
            heart_s += ms / 1000
            beats += row.hr_bpm * ms / 1000
    bouts = list(bout_lengths_s(rows))
    return SessionCourse(
        begin_ms=rows[0].at_ms,
        moving_s=moving_s,
        distance_m=distance_m,
        hr_mean_bpm=round(beats / heart_s) if heart_s else None,
        hr_peak_bpm=max((row.hr_bpm for row in rows if row.hr_bpm), default=None),
        bouts=len(bouts),
        longest_bout_s=max(bouts, default=0),
    )


def spans(rows: Sequence[HistoryRow]) -> Iterator[tuple[HistoryRow, int]]:
    """Each row and for how long it speaks, ms."""
    for row, after in pairwise(rows):
        yield row, min(after.at_ms - row.at_ms, SPEAKS_MS)


def bout_lengths_s(rows: Sequence[HistoryRow]) -> Iterator[float]:
    """How long each stretch at the planned speed lasted."""
    lasted_ms = 0
    for row, ms in spans(rows):
        if row.target_kmh > 0 and (row.measured_kmh or 0) * 100 >= AT_SPEED_PCT * row.target_kmh:
            lasted_ms += ms
        elif lasted_ms:
            yield lasted_ms / 1000
            lasted_ms = 0
    if lasted_ms:
        yield lasted_ms / 1000


def seconds_at(rows: Sequence[HistoryRow]) -> dict[int, float]:
    """Seconds at each heart rate, bpm."""
    found: dict[int, float] = {}
    for row, ms in spans(rows):
        if row.hr_bpm:
            found[row.hr_bpm] = found.get(row.hr_bpm, 0) + ms / 1000
    return found


def steady(rows: Sequence[HistoryRow]) -> Iterator[tuple[HistoryRow, int]]:
    """Rows whose heart has had STEADY_MS to follow an unchanged plan, and for how long they speak, ms."""
    since_ms, target = 0, -1.0
    for row, ms in spans(rows):
        if row.target_kmh != target:
            since_ms, target = row.at_ms, row.target_kmh
        if row.hr_bpm and row.measured_kmh and row.at_ms - since_ms >= STEADY_MS:
            yield row, ms
