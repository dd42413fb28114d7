"""What the API answers. A member's name and a heart rate are never in one answer; times are wall milliseconds."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from device_adapters.contract.messages import ClassPhase, LanePhase, Outcome, SessionPhase
from device_adapters.safety.limits import Goal, Level
from services.members.model import Contraindication, HeartSource, Purpose
from services.texts.telling import tell


class ApiAnswer(BaseModel):
    """Read from the values that the store and the bus know."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Problem(ApiAnswer):
    """Why not, in words that say what to do. `cause`: a stable word; `field`: which field does not fit."""

    ok: Literal[False] = False
    text: str
    cause: str = ""
    field: str = ""
    id: str = ""


class Done(ApiAnswer):
    """The session service agreed. `class_id`: of a class, where one was asked for."""

    ok: Literal[True] = True
    id: str
    session: str = ""
    class_id: str = ""
    text: str


class Stopped(ApiAnswer):
    """A stop that the broker took. `out_of_reach`: treadmills whose units are not known to hear it."""

    ok: Literal[True] = True
    alarm: bool
    text: str
    out_of_reach: list[str]


class TreadmillAnswer(ApiAnswer):
    """A treadmill as it is now. Speed and incline only while they are of now; `age_s`: for how long they are not.

    `name` and `place`: as staff call it; `out_of_use`: why nobody may start there, empty where it is in use."""

    id: str
    name: str
    place: str
    out_of_use: str
    unit: str
    state: str
    moving: bool
    speed_kmh: float | None
    incline_pct: float | None
    age_s: int | None
    latched: str
    why: str
    session: str


class MachineAnswer(ApiAnswer):
    """What a treadmill did since `since` (a day, UTC). `faults`: by cause, as in the hazards of the manual;
    `firmware`: version and the day it was first seen; `commission_again`: it changed after the commissioning;
    `service_left_h`: hours of movement until the next service, negative once it is overdue, none where nobody asked."""

    id: str
    name: str
    model: str
    since: str
    moved_h: float
    moved_km: float
    starts: int
    faults: dict[str, int]
    firmware: dict[str, str]
    commissioned: str
    commission_again: bool
    out_of_use: str
    service_every_h: int
    service_left_h: float | None
    serviced: str


class MachineBookAnswer(ApiAnswer):
    """The book of the site."""

    site: str
    machines: list[MachineAnswer]


class Treadmills(ApiAnswer):
    """Every treadmill of the site. `bus`: is the broker reached?"""

    site: str
    bus: bool
    treadmills: list[TreadmillAnswer]


class SessionShown(ApiAnswer):
    """A session under a pseudonym, without any heart rate. `nearest_limit`: of the belt's own, never the heart's;
    `can`: what would be taken now; `asks`: questions that wait for an answer (present, rpe), else the belt slows and
    pauses. `total_s`: the programme's moving time, without the ramps down to a standstill."""

    session: str
    treadmill: str
    phase: SessionPhase
    goal: Goal
    level: Level
    programme: str
    member: str
    step: int
    steps: int
    step_kind: str
    sets_done: int
    sets: int
    elapsed_s: float
    total_s: float
    progress: float
    target_kmh: float
    distance_m: float
    retro_m: float
    nearest_limit: Annotated[str, BeforeValidator(tell), Field(validation_alias="nearest_belt_limit")]
    waits_for: str
    why: Annotated[str, BeforeValidator(tell)]
    outcome: Outcome | None
    can: list[str]
    asks: list[str]


class LaneShown(ApiAnswer):
    """A treadmill of a class. waits: for somebody at its belt; ready; starts; walks_in: until it follows the clock;
    with: by the clock; alone: it left the class and goes on; ended."""

    treadmill: str
    session: str
    phase: LanePhase
    sets_done: int


class ClassShown(ApiAnswer):
    """The class under way. `clock_s` counts while it is running; `starts_in_s`: until it does; `can`: what would be
    taken now."""

    phase: ClassPhase
    class_id: str = ""
    goal: Goal | None = None
    level: Level | None = None
    programme: str = ""
    clock_s: float | None = None
    starts_in_s: float | None = None
    total_s: float = 0
    step: int = 0
    steps: int = 0
    step_left_s: float | None = None
    lanes: list[LaneShown] = []
    can: list[str] = []


class SessionAccount(ApiAnswer):
    """A session by its id, while it runs (`ended_ms` null) and after: what was planned and done. Its heart rates are in
    its record alone."""

    session: str
    treadmill: str
    phase: SessionPhase
    goal: Goal
    level: Level
    programme: str
    member: str
    steps_done: int
    steps: int
    elapsed_s: float
    total_s: float
    outcome: Outcome | None
    why: str
    ended_ms: int | None


class Sessions(ApiAnswer):
    """Sessions under way."""

    sessions: list[SessionShown]


class ProgrammeAnswer(ApiAnswer):
    """A programme. A start takes its `id` or its `name`. `own`: the gym's, in a file of its own; `total_s`: moving,
    without the ramps down to a standstill; `retro_s`: backward, with them: what minutes count. Speed and grade as its
    author wrote them, within the limits of its goal and level."""

    id: str
    name: str
    goal: Goal
    level: Level
    own: bool
    steps: int
    sets: int
    total_s: int
    retro_s: int
    speed_max_kmh: float
    grade_max_pct: float


class Programmes(ApiAnswer):
    """The programmes that a session may run."""

    programmes: list[ProgrammeAnswer]


class CardAnswer(ApiAnswer):
    """A member in a list."""

    id: str
    name: str
    alias: str
    visited_ms: int


class Cards(ApiAnswer):
    """Members found, who was here last first."""

    members: list[CardAnswer]


class MemberId(ApiAnswer):
    """A member's pseudonym."""

    id: str


class SessionId(ApiAnswer):
    """The id of a session that was asked for."""

    id: str


class SignOffAnswer(ApiAnswer):
    """A level, set by a named person."""

    goal: Goal
    level: Level
    at_ms: int
    by: str


class ConsentAnswer(ApiAnswer):
    """A consent; `withdrawn_ms` null: it stands."""

    purpose: Purpose
    text_version: str
    given_ms: int
    given_by: str
    withdrawn_ms: int | None
    withdrawn_by: str


class Member(ApiAnswer):
    """Who a member is and what they agreed to: no health data."""

    id: str
    name: str
    alias: str
    contact: str
    birth_year: int
    off_board: bool
    created_ms: int
    visited_ms: int
    consents: list[ConsentAnswer]
    sign_offs: list[SignOffAnswer]


class ScreeningAnswer(ApiAnswer):
    """One screening; `backward_walk_cs`: 0.01 s."""

    at_ms: int
    by: str
    backward_walk_cs: int | None
    fall_12_months: bool
    contraindications: list[Contraindication]
    clinician_ok_by: str


class HealthAnswer(ApiAnswer):
    """What the rules know of a member's health, under the pseudonym."""

    id: str
    hr_max_bpm: int | None
    hr_max_source: HeartSource
    hr_rest_bpm: int | None
    hr_rest_source: HeartSource | None
    beta_blocker: bool
    screenings: list[ScreeningAnswer]


class MayStart(ApiAnswer):
    """May the session begin now? If not, `cause` and `text` say why, and what to do.

    `session_s`, `speed_max_kmh`, `grade_max_pct`: how far it may go; `held`: what holds it back.
    """

    may: bool
    cause: str = ""
    text: str = ""
    level: Level | None = None
    session_s: int | None = None
    speed_max_kmh: float | None = None
    grade_max_pct: float | None = None
    held: list[str] = []
    overridden: str = ""


class SaidAnswer(ApiAnswer):
    """What the member said afterwards."""

    rpe: int | None
    pain: int | None
    pain_next_day: int | None
    balance_lost: bool


class PastSession(ApiAnswer):
    """A session that ended. `began_ms`: it was asked for (`requested_ms` of its record, whose `begin_ms` is the first
    movement). `planned_s`, `actual_s`: moving backward, with the ramps down to each standstill: what minutes count.
    `unclean`: why it does not count for progress; empty: it does."""

    session: str
    goal: Goal
    level: Level
    programme: str
    treadmill: str
    began_ms: int
    ended_ms: int
    outcome: Outcome
    cause: str
    done: bool
    planned_s: int
    actual_s: int | None
    speed_max_kmh: float
    grade_max_pct: float
    hr_over_s: int | None
    hr_mean_bpm: int | None
    hr_peak_bpm: int | None
    override_why: str
    answers: SaidAnswer
    unclean: str


class HistoryAnswer(ApiAnswer):
    """A member's sessions under the pseudonym, oldest first."""

    id: str
    sessions: list[PastSession]


class ReleaseAnswer(ApiAnswer):
    """A release that the hub holds, for which machines, and its section of the changelog."""

    version: str
    archs: list[str]
    changes: str


class UnitUpdateAnswer(ApiAnswer):
    """Where a unit is. `stage`: waiting, sent, trying, well, failed or away; `version`: what it said it runs."""

    unit: str
    stage: str
    version: str
    why: str


class RollOutAnswer(ApiAnswer):
    """The newest roll-out. `begin`, `end`: its window (HH:MM); `stopped`: person, failed, away or nothing."""

    version: str
    canary: str
    begin: str
    end: str
    done: bool
    stopped: str
    text: str
    units: list[UnitUpdateAnswer]


class ReleasesAnswer(ApiAnswer):
    """`hub`: what the hub runs; `online`: is its enrolment desk there? `units`: those that joined."""

    hub: str
    online: bool
    units: list[str]
    releases: list[ReleaseAnswer]
    roll_out: RollOutAnswer | None
