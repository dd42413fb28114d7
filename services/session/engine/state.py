"""What the engine of one treadmill remembers: frozen values in wire units, and the questions asked of them. Pure."""

from dataclasses import dataclass
from typing import Literal

from device_adapters.contract.messages import Outcome, SessionPhase
from device_adapters.contract.neighbours import CONTRACT
from device_adapters.contract.phrase import Phrase
from device_adapters.contract.standing import HR_FRESH_MS
from device_adapters.safety.bouts import FRESH, Bout
from device_adapters.safety.envelope_state import FRESH_MS
from device_adapters.safety.heart import Heart
from device_adapters.safety.limits import Limits
from services.programme.model import Facing, Programme, Step
from services.programme.plan import Ramp, RunProgress
from services.session.engine.class_clock import Lane
from services.session.engine.prompts import Prompt
from services.session.journalled import Ending

ANSWER_MS = 2_000
"""A unit that has not answered a command for this long is asked again, or given up."""

STANDING = Ramp(0, 0, 0)
BEGINNING = RunProgress()

Verb = Literal["start", "target", "stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreadmillSeen:
    """What the unit last said of its treadmill. `online`: the unit itself is there."""

    boot: str
    online: bool
    connected: bool
    still: bool
    latched: str = ""
    latched_why: Phrase | str = ""
    hazard: str = ""
    lease_epoch: int = 0
    lease_holder: str = ""
    speed_min_ckmh: int = 0
    speed_max_ckmh: int = 0
    setpoint_ckmh: int | None = None
    limits: Limits | None = None
    arrangement: Literal["member_turned", "belt_reversed"] = "member_turned"
    nonce: int = 0
    hold: Literal["", "released", "held", "stuck"] = ""
    """Its button of hold-to-run, as its unit tells it."""

    speaks: int = CONTRACT
    """Which number of the contract its unit speaks."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A request and the person behind it. `name`: which of those that the client speaks for.

    `program`: a program asks, in its own name: it is told less.
    """

    request: str
    client: str
    by: str
    program: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a start request asks for, resolved. `member` and `alias` are pseudonyms.

    `on_board`: the wall may show the alias (a guest's is typed by staff for it).
    `waiver`: why there is no strap. `member_limits`: how far this member may go, None for a guest; `told` says so;
    `ceiling_ckmh`: staff may raise the speed so far and no further, None: to the goal's ceiling;
    `override_why`: why staff set a gap or a week aside. `countdown_ms` goes before every start of the belt;
    each `presence_ms` of movement staff are asked whether they are with the member, 0 = never. `class_id`: the class
    that the belt waits for. `hold`: it runs only while a hand holds the treadmill's button.
    `language`: what a unit's voice speaks to this member; empty: its own.
    """

    session: str
    programme: Programme
    strap: str = ""
    member: str = ""
    alias: str = ""
    on_board: bool = False
    hr_max_bpm: int | None = None
    spotter: bool = False
    harness: bool = False
    hold: bool = False
    language: str = ""
    hr_rest_bpm: int | None = None
    member_limits: Limits | None = None
    told: Phrase | None = None
    override_why: str = ""
    ceiling_ckmh: int | None = None
    waiver: str = ""
    countdown_ms: int = 0
    presence_ms: int = 0
    class_id: str = ""


@dataclass(frozen=True, kw_only=True)
class LapSoFar:
    """What was done of one step: moving time, belt travel (0.01 km/h × ms), and the part of both at speed (95 %)."""

    index: int = 0
    ms: int = 0
    travel_ckmh_ms: int = 0
    counted_ms: int = 0
    counted_ckmh_ms: int = 0
    ending: Ending = "stopped"


FIRST_LAP = LapSoFar()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The one command that has no result yet; `again`: it is the second attempt."""

    id: str
    verb: Verb
    sent_ms: int
    again: bool
    speed_ckmh: int | None = None
    grade_dpct: int | None = None


@dataclass(frozen=True, kw_only=True)
class Session:
    """One run of a programme on this treadmill.

    `nonce`: the newest that the unit said under this boot. `holding`: the lease is renewed; `leased`: the unit confirms
    it; `kept`: the journal has the start; `start_sent`: since the last request of a person; `moved`: the belt has moved
    since then.
    `own` are the session's own limits, `limits` those in force: the unit may allow less. `raised_*` tell of a raise
    beyond the table; `heart` is None where no strap is worn.
    `asked_*` is the last target sent, `ramp` the model of the belt on its way there.
    `escalated`: its stop command came to nothing, and a process stop was sent.
    `starts_ms`: a countdown ends then. `facing` is how the member stood when the belt was last started.
    `bout_ms`: work since the last recovery, the present step's not counted; `bout`: running since a real one.
    `measured_ckmh` is the speed of the belt while it runs, `unit_ckmh` what the unit says it set; `high_ckmh` is what
    the belt may at most have, since machines take their time to fall.
    `pace_pct` and `step_cap_ckmh` (until the step's end) are what *slower* took off; `laps` are the steps behind.
    `lane` is its place in a class, None where it is in none, or in none any more.
    """

    wanted: Wanted
    own: Limits
    limits: Limits
    boot: str
    epoch: int
    phase_ms: int
    total_ms: int
    phase: SessionPhase = "starting"
    outcome: Outcome | None = None
    why: Phrase | None = None
    beat: int = 0
    lease_due_ms: int = 0
    nonce: int | None = None
    holding: bool = True
    leased: bool = False
    kept: bool = False
    start_sent: bool = False
    moved: bool = False
    held_until_ms: int = 0
    pending: Pending | None = None
    commands: int = 0
    asked_ckmh: int = 0
    asked_dpct: int | None = None
    ramp: Ramp = STANDING
    progress: RunProgress = BEGINNING
    ticked_ms: int = 0
    elapsed_ms: int = 0
    retro_ms: int = 0
    heart: Heart | None = None
    raised_by: str = ""
    raised_why: str = ""
    raised_until_ms: int | None = None
    adjusted_ms: int | None = None
    clamp_noted: tuple[int, int, int] | None = None
    off_plan_ckmh: int = 0
    starts_ms: int | None = None
    escalated: bool = False
    facing: Facing | None = None
    bout_ms: int = 0
    bout: Bout = FRESH
    bout_looked_ms: int = 0
    measured_ckmh: int | None = None
    unit_ckmh: int | None = None
    high_ckmh: int = 0
    high_ms: int = 0
    faster_since_ms: int | None = None
    pace_pct: int = 100
    step_cap_ckmh: int | None = None
    travel_ckmh_ms: int = 0
    retro_ckmh_ms: int = 0
    lap: LapSoFar = FIRST_LAP
    laps: tuple[LapSoFar, ...] = ()
    rpe: Prompt | None = None
    presence: Prompt | None = None
    lane: Lane | None = None

    @property
    def live(self) -> bool:
        """Has it not ended?"""
        return self.phase != "ended"

    @property
    def step(self) -> Step:
        """The step it is in; the last one at the end."""
        steps = self.wanted.programme.steps
        return steps[min(self.progress.index, len(steps) - 1)]

    @property
    def next_step(self) -> Step | None:
        """The step after it, if there is one."""
        steps = self.wanted.programme.steps
        return steps[self.progress.index + 1] if self.progress.index + 1 < len(steps) else None


@dataclass(frozen=True, slots=True)
class Clearing:
    """A clear command that has no result yet."""

    id: str
    asker: Asker
    sent_ms: int


@dataclass(frozen=True, kw_only=True)
class EngineState:
    """One treadmill's engine. Its initial value knows no treadmill and allows nothing."""

    treadmill: str
    holder: str
    seen: TreadmillSeen | None = None
    measured_ckmh: int | None = None
    measured_ms: int = 0
    zero_since_ms: int | None = None
    hr_bpm: int | None = None
    hr_ms: int = 0
    session: Session | None = None
    clearing: Clearing | None = None
    clears: int = 0

    @property
    def live(self) -> Session | None:
        """The session that has not ended, if any."""
        return self.session if self.session is not None and self.session.live else None


def speed_now(state: EngineState, now_ms: int) -> int | None:
    """The measured speed, None if it is not known now."""
    return state.measured_ckmh if now_ms - state.measured_ms <= FRESH_MS else None


def heart_rate_now(state: EngineState, now_ms: int) -> int | None:
    """The heart rate in bpm, None if it is not known now."""
    return state.hr_bpm if now_ms - state.hr_ms <= HR_FRESH_MS else None


def zero_for_ms(state: EngineState, since_ms: int, now_ms: int) -> int:
    """For how long, counted from `since_ms` at the earliest, the belt has been measured at 0; 0 if it is not known."""
    if state.zero_since_ms is None or speed_now(state, now_ms) != 0:
        return 0
    return max(0, state.measured_ms - max(state.zero_since_ms, since_ms))
