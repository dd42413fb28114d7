"""What the console knows of one treadmill and one strap: newest values, each with the time it was true. Pure.

Times are monotonic milliseconds of the console's clock.
"""

from dataclasses import dataclass, field

from device_adapters.contract import registry
from device_adapters.contract.freshness import Freshness
from device_adapters.contract.messages import Cue, SessionView, StrapState, TreadmillState
from device_adapters.contract.standing import SESSION_FRESH_MS, SPEED_FRESH_MS

HR_FRESH_MS = round((registry.STRAP_TELEMETRY.age_max_s or 0) * 1000)


@dataclass(slots=True)
class StrapFacts:
    """One strap."""

    state: StrapState | None = None
    hr_bpm: int | None = None
    contact: bool | None = None
    measured_ms: int | None = None
    freshness: Freshness = field(default_factory=Freshness)


@dataclass(slots=True)
class TreadmillFacts:
    """One treadmill."""

    id: str
    seen_ms: int
    state: TreadmillState | None = None
    unit: str = ""
    speed_kmh: float | None = None
    incline_pct: float | None = None
    measured_ms: int | None = None
    session: SessionView | None = None
    session_ms: int = 0
    cue: Cue | None = None
    cue_ms: int = 0
    freshness: Freshness = field(default_factory=Freshness)

    def silent_ms(self, now_ms: int) -> int:
        """For how long the treadmill has told no speed (since it was first heard of, if never)."""
        return now_ms - (self.seen_ms if self.measured_ms is None else self.measured_ms)

    def fresh(self, now_ms: int) -> bool:
        """Is the speed of now?"""
        return self.measured_ms is not None and self.silent_ms(now_ms) <= SPEED_FRESH_MS

    def active_session(self) -> SessionView | None:
        """The session that has this belt, if one has."""
        return self.session if self.session is not None and self.session.phase != "ended" else None

    def session_silent_ms(self, now_ms: int) -> int:
        """For how long a session that should be told each second has not been told; 0 while it is."""
        session = self.active_session()
        silent_ms = now_ms - self.session_ms
        return silent_ms if session is not None and silent_ms > SESSION_FRESH_MS else 0
