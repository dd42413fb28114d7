"""Is a measurement about now? A unit that was cut off sends what it kept; that must not pass for the present belt."""

from dataclasses import dataclass

AGE_MAX_MS = 3_000
STEADY_MS = 5_000
"""What comes late by the same age for so long is no backlog, which would catch up: the unit's clock was set back."""

SHRINK_MS = 500
BOOTS_LEFT_MAX = 8
"""Earlier starts of a unit that are remembered: what they left on its disk comes while it is sending anew."""


@dataclass(slots=True)
class Freshness:
    """Of one device. The unit's clock need not agree with ours: ages count from the quickest delivery seen."""

    boot: str = ""
    boots_left: tuple[str, ...] = ()
    seq: int = -1
    at_ms: int = 0
    lag_min_ms: int = 0
    late_lag_ms: int | None = None
    late_since_ms: int = 0

    def accept(self, boot: str, seq: int, at_ms: int, wall_ms: int) -> bool:
        """Is this measurement newer than the last one, and no older than 3 s on arrival?"""
        lag_ms = wall_ms - at_ms
        if boot in self.boots_left:
            return False
        if boot != self.boot:
            self.boots_left = (*self.boots_left, self.boot)[-BOOTS_LEFT_MAX:]
            self.boot, self.lag_min_ms = boot, lag_ms
        elif seq <= self.seq:
            return False
        elif at_ms < self.at_ms:  # the unit's clock was set back
            self.lag_min_ms = lag_ms
        self.seq, self.at_ms = seq, at_ms
        self.lag_min_ms = min(self.lag_min_ms, lag_ms)
        if lag_ms - self.lag_min_ms <= AGE_MAX_MS:
            self.late_lag_ms = None
            return True
        if self.late_lag_ms is None or abs(lag_ms - self.late_lag_ms) > SHRINK_MS:
            self.late_lag_ms, self.late_since_ms = lag_ms, wall_ms
        elif wall_ms - self.late_since_ms >= STEADY_MS:
            self.lag_min_ms, self.late_lag_ms = lag_ms, None
            return True
        return False
