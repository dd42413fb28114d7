"""A session's past as the store of measurements has it: frozen values, wall times in ms. Pure; members by pseudonym."""

from dataclasses import dataclass

from device_adapters.contract.phrase import Phrase, from_json
from device_adapters.units import HOUR_MS
from services.rules.doses import COUNTS_S

LONGEST_MS = 4 * HOUR_MS
"""No session lasts longer: how far before its end its beginning is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What names a session's rows, and when they are looked for (both included)."""

    session: str
    treadmill: str
    goal: str
    level: str
    member: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A session that ended. `minutes` of movement; `off_plan_kmh`: the largest difference while settled; `said`:
    JSON of why."""

    at_ms: int
    session: str
    treadmill: str
    goal: str
    level: str
    outcome: str
    member: str = ""
    programme: str = ""
    why: str = ""
    said: str = ""
    minutes: float = 0
    planned_minutes: float = 0
    steps_done: int = 0
    steps: int = 0
    off_plan_kmh: float = 0

    @property
    def told(self) -> Phrase | str:
        """Why it ended; rows of earlier releases have it as a text."""
        return from_json(self.said) or self.why

    @property
    def counts(self) -> bool:
        """Does it take a place in the week? Not one that the heart ended before it began."""
        return self.minutes * 60 >= COUNTS_S

    @property
    def key(self) -> Key:
        """Where its rows are."""
        return Key(
            session=self.session,
            treadmill=self.treadmill,
            goal=self.goal,
            level=self.level,
            member=self.member,
            from_ms=self.at_ms - LONGEST_MS,
            to_ms=self.at_ms,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One moment of a session: about each second. What was not known is None. Grades are effective."""

    at_ms: int
    phase: str = ""
    step: int = 0
    elapsed_s: float = 0
    target_kmh: float = 0
    target_pct: float = 0
    measured_kmh: float | None = None
    hr_bpm: int | None = None
    hr_limit_bpm: int | None = None
    speed_limit_kmh: float | None = None
    grade_limit_pct: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    at_ms: int
    kind: str
    cause: str = ""
    severity: str = "info"
    source: str = ""
    text: str = ""
    said: str = ""

    @property
    def told(self) -> Phrase | str:
        """What was said; rows of earlier releases have it as a text."""
        return from_json(self.said) or self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(_Told):
    """A decision or incident of a session; `said` and `after` are JSON."""

    session: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(_Told):
    """A decision or incident of the site, with where it was."""

    id: str
    treadmill: str = ""
    strap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreadmillFrame:
    """What a treadmill told: `steps` and `energy_kcal` count from its own zero, the incline is the deck's;
    `cadence_spm` and `step_cm` are a foot pod's.

    `at_ms` is the unit's wall clock, which may be set meanwhile; `seq` counts within `boot`.
    """

    at_ms: int
    speed_kmh: float | None = None
    incline_pct: float | None = None
    steps: int | None = None
    energy_kcal: int | None = None
    cadence_spm: int | None = None
    step_cm: int | None = None
    boot: str = ""
    seq: int = 0
