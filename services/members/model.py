"""What is known of a member: frozen values. Pure.

Times are wall milliseconds, speeds 0.01 km/h, effective grades 0.1 %, durations seconds. Ids are pseudonyms.
"""

from dataclasses import dataclass
from enum import StrEnum

from device_adapters.contract.outcome import Outcome
from device_adapters.safety.limits import Goal, Level
from device_adapters.units import DAY_MS

HOME_IDLE_MS, HOME_MOST_MS = 90 * DAY_MS, 365 * DAY_MS
"""So long a phone stays a member's own, by when it was last used and at most."""
ADULT_YEARS = 18


class HeartSource(StrEnum):
    """Where a heart rate of a member comes from; `formula` is the lower of Tanaka and Fox."""  # domain.md §7

    MEASURED = "measured"
    CLINICIAN = "clinician"
    FORMULA = "formula"


class Purpose(StrEnum):
    """What a member may consent to, each by itself."""  # domain.md §6

    SESSION_RECORDS = "session_records"
    HEART_RATE = "heart_rate"
    WALL_BOARD = "wall_board"
    RESEARCH = "research"
    UPLOAD = "upload"
    OWN_STRAP = "own_strap"


class Contraindication(StrEnum):
    """What a member says of their health at a screening."""  # domain.md §1.5

    CARDIAC_EVENT = "cardiac_event"
    UNSTABLE_ANGINA = "unstable_angina"
    UNCONTROLLED_RHYTHM = "uncontrolled_rhythm"
    UNCONTROLLED_PRESSURE = "uncontrolled_pressure"
    FEVER = "fever"
    VERTIGO = "vertigo"
    POOR_VISION = "poor_vision"
    NEUROPATHY = "neuropathy"
    STROKE = "stroke"
    PARKINSON = "parkinson"
    COGNITIVE = "cognitive"
    RECENT_SURGERY = "recent_surgery"
    KNEE_EFFUSION = "knee_effusion"
    LATE_PREGNANCY = "late_pregnancy"
    SEDATED = "sedated"
    CHEST_PAIN = "chest_pain"
    LOSS_OF_CONSCIOUSNESS = "loss_of_consciousness"
    OTHER_CHRONIC = "other_chronic"
    MEDICINES = "medicines"
    SUPERVISED_ONLY = "supervised_only"


EXCLUDING = frozenset(
    {
        Contraindication.UNSTABLE_ANGINA,
        Contraindication.UNCONTROLLED_RHYTHM,
        Contraindication.UNCONTROLLED_PRESSURE,
        Contraindication.FEVER,
        Contraindication.KNEE_EFFUSION,
        Contraindication.SEDATED,
    }
)
"""No session while one of these lasts; a clinician's OK for the others does not cover it."""

MOBILITY_ONLY = frozenset({Contraindication.STROKE, Contraindication.PARKINSON})
"""In a harness, and within the limits of mobility (domain.md §1.3: trials had therapists beside; backward falls)."""

SCREENING_FORM = 2
"""The questions asked now: 2 has all of the PAR-Q+'s (domain.md §1.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What the heart-rate rules need. `beta_blocker`: percentages of HRmax mean nothing, RPE counts instead."""

    birth_year: int
    hr_max_bpm: int | None = None
    hr_max_source: HeartSource = HeartSource.FORMULA
    hr_rest_bpm: int | None = None
    hr_rest_source: HeartSource | None = None
    beta_blocker: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """One screening. `backward_walk_cs`: time of the 3 m backward walk, 0.01 s; None: not measured."""

    at_ms: int
    by: str
    backward_walk_cs: int | None = None
    fall_12_months: bool
    contraindications: frozenset[Contraindication] = frozenset()
    clinician_ok_by: str = ""
    """Who said that retro training is right for this member; empty: nobody."""

    form: int = SCREENING_FORM
    """Which questions were asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """A named member of staff sets the level of a goal."""

    goal: Goal
    level: Level
    at_ms: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Consent to one purpose under one version of its text; `withdrawn_ms` None: it stands."""

    purpose: Purpose
    text_version: str
    given_ms: int
    given_by: str
    withdrawn_ms: int | None = None
    withdrawn_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a member says after a session: RPE 6–20 (Borg), pain 0–10 at its end and on the next day."""

    rpe: int | None = None
    pain: int | None = None
    pain_next_day: int | None = None
    balance_lost: bool = False


NO_ANSWERS = Answers()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """What is kept of a session. `done`: all that was admitted was done, though its plan may have held more.

    `actual_s` None: unknown, for the session service vanished. `speed_max_ckmh` and `grade_max_dpct` are the highest
    targets asked of the belt. `hr_over_s`: over the ceiling; None: no heart rate, or no ceiling to hold it against.
    `unanswered`: how often nobody said how hard it was although it was asked. `asks_next_day`: the pain of the next day
    is asked about it. `comfortable_ckmh`: the fastest target after the last *slower*.
    """

    session: str
    goal: Goal
    level: Level
    programme: str
    treadmill: str
    began_ms: int
    ended_ms: int
    outcome: Outcome
    cause: str = ""
    done: bool = False
    strap: str = ""
    planned_s: int = 0
    actual_s: int | None = None
    speed_max_ckmh: int = 0
    grade_max_dpct: int = 0
    hr_over_s: int | None = None
    hr_mean_bpm: int | None = None
    hr_peak_bpm: int | None = None
    override_why: str = ""
    unanswered: int = 0
    asks_next_day: bool = False
    comfortable_ckmh: int | None = None
    answers: Answers = NO_ANSWERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """What a member is to do, as a named person prescribed it; a change is a new one, and the old ones stay.

    `programme` empty: the goal's own. `speed_ckmh`: to start from; it may rise each week by the goal's step.
    `minutes`: of a session at most. `pain_stop`: from this much pain told last nothing begins. `hr_ceiling_bpm` None:
    the level's alone holds. `until_ms`: it holds until then.
    """

    goal: Goal
    programme: str = ""
    speed_ckmh: int
    minutes: int
    sessions_week: int
    pain_stop: int
    hr_ceiling_bpm: int | None = None
    at_ms: int
    until_ms: int
    by: str
    why: str
    clinician: str = ""

    def holds(self, now_ms: int) -> bool:
        """Is it in force at this time?"""
        return self.at_ms <= now_ms < self.until_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All that the rules need of one member; `history` in the order of time, every goal together."""

    body: Body
    screening: Screening | None = None
    sign_offs: tuple[SignOff, ...] = ()
    history: tuple[SessionRecord, ...] = ()
    purposes: frozenset[Purpose] = frozenset()
    """The purposes to which consent stands."""

    prescription: Prescription | None = None
    """The newest."""

    def prescribed(self, goal: Goal, now_ms: int) -> Prescription | None:
        """What is in force for a goal."""
        newest = self.prescription
        return newest if newest is not None and newest.goal is goal and newest.holds(now_ms) else None
