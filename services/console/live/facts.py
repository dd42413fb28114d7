"""What the console knows of one treadmill and one strap: newest values, each with the time it was true. Pure.

Times are monotonic milliseconds of the console's clock.
"""

from dataclasses import dataclass, field

from device_adapters.contract import standing
from device_adapters.contract.freshness import Freshness
from device_adapters.contract.messages import Cue, SessionView, StrapState, TreadmillState
from device_adapters.contract.standing import SESSION_FRESH_MS, SPEED_FRESH_MS
from device_adapters.safety.hazards import Cause


@dataclass(slots=True)
class StrapFacts:
    """What is known of one strap, and when it was told."""

    state: StrapState | None = None
    hr_bpm: int | None = None
    contact: bool | None = None
    measured_ms: int | None = None
    freshness: Freshness = field(default_factory=Freshness)


@dataclass(slots=True)
class TreadmillFacts:
    """What is known of one treadmill, and when it was told."""

    id: str
    seen_ms: int
    state: TreadmillState | None = None
    unit: str = ""
    speed_kmh: float | None = None
    incline_pct: float | None = None
    measured_ms: int | None = None
    session: SessionView | None = None
    session_ms: int = 0
    ended_ms: int | None = None
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

    def session_told(self, session: SessionView, now_ms: int) -> None:
        """What the session service says of it now."""
        before = self.active_session()
        if session.phase != "ended":
            self.ended_ms = None
        elif before is not None:
            self.ended_ms = now_ms
        self.session, self.session_ms = session, now_ms

    def over_ms(self, now_ms: int, wall_ms: int) -> int:
        """For how long the last session has been over; 0 while one runs. By the wall clock only if nobody here saw it
        end: that clock may be set in between.
        """
        if self.session is None or self.session.phase != "ended":
            return 0
        return wall_ms - self.session.at_ms if self.ended_ms is None else now_ms - self.ended_ms

    def session_silent_ms(self, now_ms: int) -> int:
        """For how long a session that should be told each second has not been told; 0 while it is."""
        session = self.active_session()
        silent_ms = now_ms - self.session_ms
        return silent_ms if session is not None and silent_ms > SESSION_FRESH_MS else 0

    def danger(self, state: str) -> Cause | None:
        """Which hazard people must be told of: a belt that may go on although nobody wants it to. `state`: of now."""
        return standing.danger(self.state, self.active_session(), state, self.speed_kmh)
