"""What the metrics service last heard of each unit, treadmill, strap and session, and when. Pure.

Times are the monotonic milliseconds of this process; wall time is used only for what was retained before it began.
"""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from device_adapters.contract.freshness import Freshness
from device_adapters.contract.messages import (
    SessionView,
    StrapState,
    StrapTelemetry,
    TreadmillState,
    TreadmillTelemetry,
    UnitStatus,
)
from device_adapters.contract.standing import SESSION_FRESH_MS

S = TypeVar("S", UnitStatus, TreadmillState, StrapState)


@dataclass(slots=True)
class Heard(Generic[S]):
    """Of one of them: what it `said` last, `word_ms` when, and since when (`lost_ms`) it or its link is not there.

    `first_ms`: when it was first heard of; `measured_ms`: when its newest measurement was made.
    """

    said: S
    first_ms: int
    word_ms: int
    lost_ms: int | None = None
    speed_kmh: float | None = None
    measured_ms: int | None = None
    freshness: Freshness = field(default_factory=Freshness)

    def says(self, said: S, at_ms: int, *, there: bool, own: bool) -> None:
        """Its state; `own`: in its own words, and not the broker's for one that vanished."""
        self.said = said
        if own:
            self.word_ms = max(self.word_ms, at_ms)
        if there:
            self.lost_ms = None
        elif self.lost_ms is None:
            self.lost_ms = at_ms if own else self.word_ms

    def measures(self, frame: TreadmillTelemetry | StrapTelemetry, now_ms: int) -> None:
        """A measurement; one that is past says nothing of now."""
        age_ms = self.freshness.age_ms(frame.boot, frame.seq, frame.age_ms, now_ms)
        if age_ms is None:
            return
        self.measured_ms = now_ms - age_ms
        self.word_ms = max(self.word_ms, self.measured_ms)
        if isinstance(frame, TreadmillTelemetry):
            self.speed_kmh = frame.speed_kmh


@dataclass(slots=True)
class HeardSession:
    """The newest session of a treadmill. `began_ms`: wall time, as far as its first view told."""

    view: SessionView
    heard_ms: int
    began_ms: int

    def under_way(self) -> bool:
        """Has it the belt?"""
        return self.view.phase != "ended"

    def in_time(self, now_ms: int) -> bool:
        """Is it told each second, as it should be?"""
        return now_ms - self.heard_ms <= SESSION_FRESH_MS


def begun_ms(at_ms: int, now_ms: int, wall_ms: int, *, retained: bool) -> int:
    """When something was said, by our own clock: now, or for what was kept for us as long ago as it says."""
    return now_ms - max(0, wall_ms - at_ms) if retained else now_ms
