"""What the API answers. A member's name and a heart rate are never in one answer; times are wall milliseconds."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from device_adapters.contract.messages import Outcome, SessionPhase
from device_adapters.safety.limits import Goal, Level
from services.members.model import Contraindication, HeartSource, Purpose


class Answer(BaseModel):
    """Read from the values that the store and the bus know."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Problem(Answer):
    """Why not, in words that say what to do. `cause`: a stable word; `field`: which field does not fit."""

    ok: Literal[False] = False
    text: str
    cause: str = ""
    field: str = ""
    id: str = ""


class Done(Answer):
    """The session service agreed."""

    ok: Literal[True] = True
    id: str
    session: str
    text: str


class Stopped(Answer):
    """A stop that the broker took. `out_of_reach`: treadmills whose units are not known to hear it."""

    ok: Literal[True] = True
    alarm: bool
    text: str
    out_of_reach: list[str]


class Treadmill(Answer):
    """A treadmill as it is now. Speed and incline only while they are of now; `age_s`: for how long they are not."""

    id: str
    unit: str
    state: str
    moving: bool
    speed_kmh: float | None
    incline_pct: float | None
    age_s: int | None
    latched: str
    why: str
    session: str


class Treadmills(Answer):
    """Every treadmill of the site. `bus`: is the broker reached?"""

    site: str
    bus: bool
    treadmills: list[Treadmill]


class Session(Answer):
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
    nearest_limit: Annotated[str, Field(validation_alias="nearest_belt_limit")]
    waits_for: str
    why: str
    outcome: Outcome | None
    can: list[str]
    asks: list[str]


class SessionAccount(Answer):
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


class Sessions(Answer):
    """Sessions under way."""

    sessions: list[Session]


class Programme(Answer):
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


class Programmes(Answer):
    """The programmes that a session may run."""

    programmes: list[Programme]


class Card(Answer):
    """A member in a list."""

    id: str
    name: str
    alias: str
    visited_ms: int


class Cards(Answer):
    """Members found, who was here last first."""

    members: list[Card]


class MemberId(Answer):
    """A member's pseudonym."""

    id: str


class SessionId(Answer):
    """A session's id."""

    id: str


class SignOff(Answer):
    """A level, set by a named person."""

    goal: Goal
    level: Level
    at_ms: int
    by: str


class Consent(Answer):
    """A consent; `withdrawn_ms` null: it stands."""

    purpose: Purpose
    text_version: str
    given_ms: int
    given_by: str
    withdrawn_ms: int | None
    withdrawn_by: str


class Member(Answer):
    """Who a member is and what they agreed to: no health data."""

    id: str
    name: str
    alias: str
    contact: str
    birth_year: int
    off_board: bool
    created_ms: int
    visited_ms: int
    consents: list[Consent]
    sign_offs: list[SignOff]


class Screening(Answer):
    """One screening; `backward_walk_cs`: 0.01 s."""

    at_ms: int
    by: str
    backward_walk_cs: int | None
    fall_12_months: bool
    contraindications: list[Contraindication]
    clinician_ok_by: str


class Health(Answer):
    """What the rules know of a member's health, under the pseudonym."""

    id: str
    hr_max_bpm: int | None
    hr_max_source: HeartSource
    hr_rest_bpm: int | None
    hr_rest_source: HeartSource | None
    beta_blocker: bool
    screenings: list[Screening]


class MayStart(Answer):
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


class Said(Answer):
    """What the member said afterwards."""

    rpe: int | None
    pain: int | None
    pain_next_day: int | None
    balance_lost: bool


class PastSession(Answer):
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
    answers: Said
    unclean: str


class History(Answer):
    """A member's sessions under the pseudonym, oldest first."""

    id: str
    sessions: list[PastSession]


REASONS = {
    401: "No valid token",
    403: "The token's role may not",
    404: "Not known here",
    409: "A rule or the session service refuses",
    422: "A field does not fit",
    429: "Too many failed tokens",
    503: "The broker or the members store is away",
    504: "The session service does not answer",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How a route documents its refusals."""
    return {status: {"model": Problem, "description": REASONS[status]} for status in sorted(statuses)}
