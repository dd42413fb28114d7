"""What people ask of the session service, and what it tells them."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from device_adapters.contract import bounds
from device_adapters.contract.messages.vocabulary import (
    AtMs,
    Bpm,
    Count,
    Figure,
    Id,
    Limits,
    Number,
    SpeedKmh,
    Text,
    Told,
    Word,
    between,
)
from device_adapters.contract.outcome import Outcome
from device_adapters.contract.phrase import Phrase
from device_adapters.safety.limits import Goal, Level

LanguageOrNone = Annotated[str, Meta(pattern=bounds.LANGUAGE_PATTERN)]

SessionPhase = Literal["starting", "running", "pausing", "paused", "stopping", "ended"]

SessionVerb = Literal[
    "start", "pause", "resume", "stop", "skip", "repeat", "done", "slower", "clear", "adjust",
    "rpe", "present", "note", "near_miss", "feedback",
]  # fmt: skip


ClassVerb = Literal["open", "go", "end", "stop"]
ClassPhase = Literal["open", "starting", "running", "ended"]
LanePhase = Literal["waits", "ready", "starts", "walks_in", "with", "alone", "ended"]


class SessionRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What people want of the session service; the answer comes on `session/reply/<client>`.

    `id`: sent again, the same request has its first answer again; another one under a used id is refused (`id_used`).
    `asker`: who of several asks, where the client speaks for several (a token, a sign-in): each has ids of their own.
    start: `countdown_s` before every start of the belt; without a strap only with the reason of a `waiver`; every
    `presence_s` staff are asked whether they are with the member. `spotter`, `harness`: staff declare them there.
    `hold`: hold-to-run; the belt runs only while a hand holds the treadmill's button, and stops when it lets go.
    `language`: that in which the unit speaks to the member (de); empty: the unit's own.
    `screened`: asked now, of a member whether anything has changed since the screening, of a guest all its questions,
    for mobility the timed walk too; and the answers are against nothing.
    skip, repeat: the present step. done: a step that staff end is over. slower: at once; anyone may ask, as for stop.
    adjust: set the running session's speed limit to `speed_max_kmh`; above the table's value it needs `by`, `why`
    and an end after `minutes`. rpe: the answer to "how hard is it". present: staff are with the member.
    clear: `latch` is the cause of the stop that the person saw. note, near_miss: `text`; feedback: `rpe`, `pain`,
    `text`; these three also after the end of the treadmill's last session, which `session` may name so that they
    meet no other. `class_id`: a start for that class: goal and programme are the class's, and the belt waits for it.
    """

    id: Annotated[str, Meta(min_length=1, max_length=bounds.REQUEST_ID_MAX)]
    client: Id
    verb: SessionVerb
    treadmill: Id
    asker: Word = ""
    by: Text = ""
    goal: Goal | None = None
    level: Level | None = None
    programme: Text = ""
    programme_text: Annotated[str, Meta(max_length=20_000)] = ""
    """A whole programme file, instead of a name; it is held against the limits of `goal` and `level` like any other."""

    strap: Text = ""
    member: Text = ""
    alias: Annotated[str, Meta(max_length=bounds.ALIAS_MAX)] = ""
    hr_max_bpm: Annotated[int, between(bounds.HR_MAX_BPM)] | None = None
    spotter: bool = False
    harness: bool = False
    hold: bool = False
    language: LanguageOrNone = ""
    screened: bool = False
    waiver: Text = ""
    countdown_s: Annotated[int, between(bounds.COUNTDOWN_S)] = 0
    presence_s: Annotated[int, between(bounds.PRESENCE_S)] | None = None
    speed_max_kmh: SpeedKmh | None = None
    why: Text = ""
    minutes: Annotated[int, between(bounds.RAISE_MINUTES)] = 0
    session: Annotated[str, Meta(max_length=bounds.SESSION_ID_MAX)] = ""
    text: Text = ""
    rpe: Annotated[int, between(bounds.RPE)] | None = None
    pain: Annotated[int, between(bounds.PAIN)] | None = None
    latch: Text = ""
    class_id: Word = ""
    beat: Word = ""
    """The newest of `session/beat` when the person asked."""


class ClassRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What people want of the site's class; the answer comes on `session/reply/<client>`, ids are as of sessions.

    open: a class of `goal`, `level` and `programme`; lanes come by session requests with its id. go: the lanes that
    stand ready start one after the other, then all go by one clock. end: no class any more; who goes by the clock goes
    on alone, who does not yet is stopped. stop: every session of the class is stopped by its ramp.
    `class_id`: the class that the person saw; empty is the present one.
    """

    id: Annotated[str, Meta(min_length=1, max_length=bounds.REQUEST_ID_MAX)]
    client: Id
    verb: ClassVerb
    asker: Word = ""
    by: Text = ""
    class_id: Word = ""
    goal: Goal | None = None
    level: Level | None = None
    programme: Text = ""
    beat: Word = ""


class SessionBeat(Struct, frozen=True, kw_only=True):
    """The session service is there. A request that names the newest `beat` has a known age wherever it waits."""

    beat: Word


class SessionReply(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a session request; `id` and `asker` are those of the request. `text` is `said` in English."""

    id: Word
    ok: bool
    asker: Word = ""
    session: Word = ""
    class_id: Word = ""
    cause: Word = ""
    text: Told = ""
    said: Phrase | None = None


class StepBrief(Struct, frozen=True, kw_only=True):
    """A step of a programme as screens show it. It lasts `time_s`, `distance_m`, or until `until` says (`time_s` at
    most): hr_below, staff. Beside the still belt `facing` is empty and the speed 0."""

    kind: Word
    facing: Word = ""
    speed_kmh: Number = 0
    incline_pct: Number = 0
    time_s: Count | None = None
    distance_m: Count | None = None
    until: Word = ""
    text: Told = ""
    set_number: Count = 0
    sets: Count = 0


class ClassLane(Struct, frozen=True, kw_only=True):
    """One treadmill of a class. waits: for somebody at its belt; ready: for the class; starts: its countdown or its
    belt's; walks_in: slowly, until it follows the clock; with: by the clock; alone: it left the class and goes on."""

    treadmill: Id
    session: Word
    phase: LanePhase
    sets_done: Count = 0


class ClassView(Struct, frozen=True, kw_only=True):
    """The site's class as its screens show it; without `class_id` there is none.

    `clock_s` counts from the first step on while the clock runs, and stands else; `starts_in_s`: until it begins.
    """

    at_ms: AtMs
    phase: ClassPhase = "ended"
    class_id: Word = ""
    goal: Goal | None = None
    level: Level | None = None
    programme: Told = ""
    clock_s: Number | None = None
    starts_in_s: Number | None = None
    total_s: Number = 0
    step: Count = 0
    steps: Count = 0
    step_left_s: Number | None = None
    now: StepBrief | None = None
    next: StepBrief | None = None
    lanes: Annotated[tuple[ClassLane, ...], Meta(max_length=500)] = ()
    can: tuple[ClassVerb, ...] = ()


class SessionView(Struct, frozen=True, kw_only=True):
    """A session as its screens show it. Retained: a console that starts late knows all."""

    session: Word
    treadmill: Id
    at_ms: AtMs
    phase: SessionPhase
    goal: Goal
    level: Level
    programme: Told
    alias: Word = ""
    member: Word = ""
    strap: Word = ""
    step: Count = 0
    steps: Count = 0
    step_kind: Word = ""
    cue: Phrase | Told | None = None
    """What the member hears: a warning, or the step's own words as a text."""

    elapsed_s: Number = 0
    total_s: Number = 0
    step_left_s: Number | None = None
    target_kmh: Number = 0
    target_pct: Number = 0
    measured_kmh: Number | None = None
    hr_bpm: Bpm | None = None
    hr_limit_bpm: Bpm | None = None
    limits: Limits | None = None
    nearest_limit: Phrase | Told | None = None
    nearest_belt_limit: Phrase | Told | None = None
    """The same, the heart's left out: for who hears no heart."""

    why: Phrase | Told | None = None
    """As for limits: a text where an earlier release said it."""

    outcome: Outcome | None = None
    off_plan_kmh: Number = 0
    """The largest |measured − expected| while the belt was not ramping: did it follow its programme?"""

    now: StepBrief | None = None
    next: StepBrief | None = None
    sets_done: Count = 0
    sets: Count = 0
    progress: Number = 0
    """Share of the programme that is behind, 0 to 1: elapsed ÷ (elapsed + what is left as planned)."""

    distance_m: Number = 0
    retro_m: Number = 0
    step_m: Number = 0
    """Belt metres: all, retro, and counted for the step (from 95 % of its target on)."""

    hr_max_bpm: Bpm | None = None
    """What 100 % is, for zones."""

    arrangement: Literal["member_turned", "belt_reversed"] = "member_turned"
    pace_pct: Figure = 100
    waits_for: Literal["", "countdown", "resume", "turn", "done", "class", "hold"] = ""
    """What a still belt waits for: the end of a countdown, a person's resume (`turn`: once the member has turned
    round; `hold`: once a hand holds the button), that staff say that the step off the belt is done, or that its class
    begins."""

    hold: bool = False
    """Does the belt run only while a hand holds the treadmill's button?"""

    starts_in_s: Number | None = None
    asks: tuple[Literal["rpe", "present"], ...] = ()
    """Questions that wait for an answer."""

    can: tuple[SessionVerb, ...] = ()
    """The requests of the session that would be taken now, also once it ended; start and clear are the treadmill's."""

    on_board: bool = False
    """May a board that all can see show the alias and the heart?"""


class SessionBrief(Struct, frozen=True, kw_only=True):
    """How a session goes, for programs that book: at each change of what is said here. Nothing of its member."""

    session: Word
    treadmill: Id
    at_ms: AtMs
    phase: SessionPhase
    goal: Goal
    level: Level
    programme: Told
    step: Count = 0
    steps: Count = 0
    total_s: Number = 0
    outcome: Outcome | None = None


class Cue(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to be said to the member, once. `key` and `args` for who has words of their own; `text` by language.

    `tone`: for a device without a voice. `id` is the same however often it is delivered. `language`: the one that the
    start named for its member; a voice without words of it speaks its own.
    """

    id: Word
    treadmill: Id
    session: Word
    at_ms: AtMs
    key: Word
    args: Annotated[
        dict[Word, Annotated[float, Meta(ge=-1e15, le=1e15)] | Figure | Told], Meta(max_length=100)
    ] = {}
    text: Annotated[dict[Word, Told], Meta(max_length=100)] = {}
    tone: Literal["info", "count", "change", "warning"] = "info"
    language: LanguageOrNone = ""
