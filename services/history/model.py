"""A session's past as the store of measurements has it: frozen values, wall times in ms. Pure; members by pseudonym."""

from dataclasses import dataclass

LONGEST_MS = 4 * 3_600_000
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
    """A session that ended. `minutes` of movement; `off_plan_kmh`: the largest difference while settled."""

    at_ms: int
    session: str
    treadmill: str
    goal: str
    level: str
    outcome: str
    member: str = ""
    programme: str = ""
    why: str = ""
    minutes: float = 0
    planned_minutes: float = 0
    steps_done: int = 0
    steps: int = 0
    off_plan_kmh: float = 0

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
class Row:
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
class Said:
    """A decision or incident; `after` is JSON."""

    at_ms: int
    kind: str
    cause: str = ""
    severity: str = "info"
    source: str = ""
    text: str = ""
    session: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A decision or incident of the site, as `Said`, with where it was."""

    at_ms: int
    id: str
    kind: str
    cause: str = ""
    severity: str = "info"
    source: str = ""
    text: str = ""
    treadmill: str = ""
    strap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a treadmill told: `steps` and `energy_kcal` count from its own zero, the incline is the deck's.

    `at_ms` is the unit's wall clock, which may be set meanwhile; `seq` counts within `boot`.
    """

    at_ms: int
    speed_kmh: float | None = None
    incline_pct: float | None = None
    steps: int | None = None
    energy_kcal: int | None = None
    boot: str = ""
    seq: int = 0
