"""Every message on the bus. Human units here: km/h, %, bpm, seconds; `at_ms` is wall time (ms since the epoch).

Commands and requests reject unknown fields: what is not understood must not move a belt. Telemetry and views
tolerate added fields, so that a newer unit can speak to an older hub. Absent optional fields mean "not known".
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from device_adapters.safety.limits import Goal, Level

Id = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,39}$")]
"""A device, unit or member id: lower-case letters, digits and hyphens, at most 40 characters."""

Text = Annotated[str, Meta(max_length=200)]
SpeedKmh = Annotated[float, Meta(ge=0, le=30)]
GradePct = Annotated[float, Meta(ge=-30, le=40)]
Count = Annotated[int, Meta(ge=0)]

Link = Literal["absent", "connecting", "connected", "lost"]
"""absent: not seen since the unit started. lost: was connected; assume that the belt moves."""

Belt = Literal["unknown", "still", "moving"]
SessionPhase = Literal["starting", "running", "pausing", "paused", "stopping", "ended"]
Outcome = Literal["completed", "stopped", "interrupted", "refused"]

SessionVerb = Literal[
    "start", "pause", "resume", "stop", "skip", "repeat", "done", "slower", "clear", "adjust",
    "rpe", "present", "note", "near_miss", "feedback",
]  # fmt: skip


class Limits(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The envelope in force, as people read it. Grade is effective: + is uphill along travel."""

    speed_max_kmh: SpeedKmh
    accel_max_kmh_s: float
    decel_stop_kmh_s: float
    grade_min_pct: GradePct
    grade_max_pct: GradePct
    session_max_s: Count
    bout_max_s: Count
    hr_max_pct: float


class Radio(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One Bluetooth adapter of a unit and its connection slots. `why` says what is wrong with one that is not up."""

    name: str
    used: Count
    slots: Count
    up: bool = True
    why: str = ""


class UnitStatus(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A unit's health. The broker publishes `online: false` for a unit that vanishes (last will).

    `outbox_behind_s`: for how long there has always been something that the broker had not taken. `link_losses`: by
    device id, since this boot. `memory_used_mb` is the unit's process, the other figures are the machine's.
    `certificate_days`: until the unit's certificate ends, negative once it has; None where it has none.
    """

    unit: Id
    online: bool
    boot: str
    at_ms: int
    version: str = ""
    radios: tuple[Radio, ...] = ()
    treadmills: tuple[Id, ...] = ()
    straps: tuple[Id, ...] = ()
    outbox_depth: Count = 0
    outbox_dropped: Count = 0
    outbox_events_dropped: Count = 0
    outbox_behind_s: Count = 0
    clock_synchronised: bool | None = None
    clock_offset_ms: int | None = None
    uptime_s: Count = 0
    python: str = ""
    link_losses: dict[str, int] = {}
    load_1m: float | None = None
    cpu_c: float | None = None
    memory_used_mb: Count | None = None
    memory_free_mb: Count | None = None
    disk_free_mb: Count | None = None
    certificate_days: int | None = None


class StoreStatus(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Does somebody store telemetry and events? The broker publishes `online: false` for one that vanishes.

    `fault`: why one that is there cannot store now, with the fix.
    """

    store: Id
    online: bool
    at_ms: int
    fault: Annotated[str, Meta(max_length=500)] = ""


class TreadmillState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a treadmill is and what its gate will allow. Sent on every change.

    `profile` is the known model whose quirks are heeded, "generic" for an unknown one, which is handled cautiously.
    `radio` holds its link; `rssi_dbm` was heard there before it was linked.
    """

    treadmill: Id
    unit: Id
    boot: str
    at_ms: int
    link: Link
    belt: Belt = "unknown"
    control: bool = False
    model: str = ""
    profile: str = ""
    radio: str = ""
    rssi_dbm: int | None = None
    footpod: Link | Literal[""] = ""
    arrangement: Literal["member_turned", "belt_reversed"] = "member_turned"
    commissioned: str = ""
    speed_min_kmh: float | None = None
    speed_max_kmh: float | None = None
    speed_step_kmh: float | None = None
    limits: Limits | None = None
    lease_epoch: Count = 0
    lease_holder: str = ""
    session: str = ""
    setpoint_kmh: float | None = None
    setpoint_pct: float | None = None
    latched: str = ""
    why: str = ""
    frames: Count = 0


class StrapState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a heart-rate strap is; `treadmill` is where it is usually worn. Radio and signal as of a treadmill."""

    strap: Id
    unit: Id
    boot: str
    at_ms: int
    link: Link
    model: str = ""
    battery_pct: int | None = None
    radio: str = ""
    rssi_dbm: int | None = None
    treadmill: str = ""
    frames: Count = 0


class NearbyStrap(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A strap that is heard, by its pseudonym: signal in dBm, since when (it was put on, or came), its model if that
    is known and no name of one strap, and the treadmill whose session reads it.
    """

    strap: Id
    rssi_dbm: int
    since_ms: int
    model: str = ""
    treadmill: str = ""


class Nearby(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The straps without a place of their own that a unit hears, the loudest first; a session may wear any of them."""

    unit: Id
    boot: str
    at_ms: int
    straps: tuple[NearbyStrap, ...] = ()


class TreadmillTelemetry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One Treadmill Data record (FTMS v1.0.1 §4.4), zeros included. Key: (treadmill, boot, seq).

    `cadence_spm`: steps per minute of both feet by the foot pod worn there, if one is.
    """

    treadmill: Id
    boot: str
    seq: int
    at_ms: int
    speed_kmh: float | None = None
    incline_pct: float | None = None
    distance_m: int | None = None
    elapsed_s: int | None = None
    energy_kcal: int | None = None
    hr_bpm: int | None = None
    steps: int | None = None
    cadence_spm: int | None = None
    power_w: int | None = None


class StrapTelemetry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One Heart Rate Measurement. Key: (strap, boot, seq). `contact` is absent where the strap cannot tell."""

    strap: Id
    boot: str
    seq: int
    at_ms: int
    hr_bpm: int | None = None
    contact: bool | None = None
    rr_ms: tuple[float, ...] = ()
    energy_kj: int | None = None


class Lease(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The right to move one belt for `ttl_ms` from its arrival, renewed by a higher `beat`.

    `epoch` fences: a unit takes a new holder only with an epoch above all it has seen since `boot`. Beats, not
    clocks, tell old from new, so unit and hub need not agree on the time. `limits` only tighten; `raised` raises
    cells up to the goal's ceiling if a person's name and reason come with it. `spotter` and `harness` are what
    staff declared to be there: above 6.0 km/h a spotter, above 8.0 km/h also a harness.
    """

    epoch: Annotated[int, Meta(ge=1)]
    beat: Annotated[int, Meta(ge=1)]
    holder: Annotated[str, Meta(min_length=1, max_length=60)]
    boot: str
    session: Annotated[str, Meta(min_length=1, max_length=60)]
    goal: Goal
    level: Level
    ttl_ms: Annotated[int, Meta(ge=0, le=5000)] = 3000
    limits: Limits | None = None
    raised: Limits | None = None
    raised_by: Text = ""
    raised_why: Text = ""
    spotter: bool = False
    harness: bool = False
    strap: Text = ""
    """The strap of the session; one without a place of its own is read for as long as leases name it."""


class Command(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a lease holder wants of the belt.

    start: from a still belt, at the first-movement speed. target: speed and grade to go to. stop: ramp down,
    keep the lease. clear: release a latched stop; needs no lease, but a still belt and a person's name in `by`.
    """

    id: Annotated[str, Meta(min_length=1, max_length=60)]
    verb: Literal["start", "target", "stop", "clear"]
    epoch: Count = 0
    beat: Count = 0
    speed_kmh: float | None = None
    incline_pct: float | None = None
    by: Text = ""


class Result(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The one answer to a command. `cause` is a stable word; `text` is for people."""

    id: str
    treadmill: Id
    outcome: Literal["accepted", "clamped", "refused"]
    at_ms: int
    cause: str = ""
    text: str = ""
    speed_kmh: float | None = None
    incline_pct: float | None = None


class Stop(Struct, frozen=True, kw_only=True):
    """A process stop. Any payload on a stop topic is a stop; these fields only say who and why."""

    by: str = ""
    why: str = ""


class SessionRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What people want of the session service; the answer comes on `session/reply/<client>`.

    start: `countdown_s` before every start of the belt; without a strap only with the reason of a `waiver`; every
    `presence_s` staff are asked whether they are with the member. `spotter`, `harness`: staff declare them there.
    skip, repeat: the present step. done: a step that staff end is over. slower: at once; anyone may ask, as for stop.
    adjust: set the running session's speed limit to `speed_max_kmh`; above the table's value it needs `by`, `why`
    and an end after `minutes`. rpe: the answer to "how hard is it". present: staff are with the member.
    note, near_miss: `text`; feedback: `rpe`, `pain`, `text`; these three also after the end of the treadmill's last
    session, which `session` may name so that they meet no other.
    """

    id: Annotated[str, Meta(min_length=1, max_length=60)]
    client: Id
    verb: SessionVerb
    treadmill: Id
    by: Text = "staff"
    goal: Goal | None = None
    level: Level | None = None
    programme: Text = ""
    strap: Text = ""
    member: Text = ""
    alias: Annotated[str, Meta(max_length=24)] = ""
    hr_max_bpm: Annotated[int, Meta(ge=100, le=230)] | None = None
    spotter: bool = False
    harness: bool = False
    waiver: Text = ""
    countdown_s: Annotated[int, Meta(ge=0, le=60)] = 0
    presence_s: Annotated[int, Meta(ge=120, le=300)] | None = None
    speed_max_kmh: SpeedKmh | None = None
    why: Text = ""
    minutes: Annotated[int, Meta(ge=0, le=60)] = 0
    session: Annotated[str, Meta(max_length=60)] = ""
    text: Text = ""
    rpe: Annotated[int, Meta(ge=6, le=20)] | None = None
    """Borg's rating of perceived exertion, 6 to 20."""

    pain: Annotated[int, Meta(ge=0, le=10)] | None = None


class SessionReply(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a session request."""

    id: str
    ok: bool
    session: str = ""
    cause: str = ""
    text: str = ""


class StepBrief(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step of a programme as screens show it. It lasts `time_s`, `distance_m`, or until `until` says (`time_s` at
    most): hr_below, staff. Beside the still belt `facing` is empty and the speed 0."""

    kind: str
    facing: str = ""
    speed_kmh: float = 0
    incline_pct: float = 0
    time_s: int | None = None
    distance_m: int | None = None
    until: str = ""
    text: str = ""
    set_number: Count = 0
    sets: Count = 0


class SessionView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A session as its screens show it. Retained: a console that starts late knows all."""

    session: str
    treadmill: Id
    at_ms: int
    phase: SessionPhase
    goal: Goal
    level: Level
    programme: str
    alias: str = ""
    member: str = ""
    strap: str = ""
    step: Count = 0
    steps: Count = 0
    step_kind: str = ""
    cue: str = ""
    elapsed_s: float = 0
    total_s: float = 0
    step_left_s: float | None = None
    target_kmh: float = 0
    target_pct: float = 0
    measured_kmh: float | None = None
    hr_bpm: int | None = None
    hr_limit_bpm: int | None = None
    limits: Limits | None = None
    nearest_limit: str = ""
    why: str = ""
    outcome: Outcome | None = None
    off_plan_kmh: float = 0
    """The largest |measured − expected| while the belt was not ramping: did it follow its programme?"""

    now: StepBrief | None = None
    next: StepBrief | None = None
    sets_done: Count = 0
    sets: Count = 0
    progress: float = 0
    """Share of the programme that is behind, 0 to 1: elapsed ÷ (elapsed + what is left as planned)."""

    distance_m: float = 0
    retro_m: float = 0
    step_m: float = 0
    step_ramp_m: float = 0
    """Belt metres: all, retro, counted for the step (from 95 % of its target on), and walked in it below that."""

    hr_max_bpm: int | None = None
    """What 100 % is, for zones."""

    arrangement: Literal["member_turned", "belt_reversed"] = "member_turned"
    pace_pct: int = 100
    waits_for: Literal["", "countdown", "resume", "turn", "done"] = ""
    """What a still belt waits for: the end of a countdown, a person's resume (`turn`: once the member has turned
    round), or that staff say that the step off the belt is done."""

    starts_in_s: float | None = None
    asks: tuple[Literal["rpe", "present"], ...] = ()
    """Questions that wait for an answer."""

    can: tuple[SessionVerb, ...] = ()
    """The requests that would be taken now."""

    cue_id: str = ""
    """The newest spoken cue."""

    on_board: bool = False
    """May a board that all can see show the alias and the heart?"""


class Cue(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to be said to the member, once. `key` and `args` for who has words of their own; `text` by language.

    `tone`: for a device without a voice. `id` is the same however often it is delivered.
    """

    id: str
    treadmill: Id
    session: str
    at_ms: int
    key: str
    args: dict[str, float | int | str] = {}
    text: dict[str, str] = {}
    tone: Literal["info", "count", "change", "warning"] = "info"


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A decision or incident, with its cause and what changed."""

    id: str
    at_ms: int
    source: str
    kind: str
    cause: str = ""
    text: str = ""
    severity: Literal["info", "warning", "alarm"] = "info"
    treadmill: str = ""
    strap: str = ""
    session: str = ""
    before: dict[str, float | int | str | None] = {}
    after: dict[str, float | int | str | None] = {}


class SimFault(Struct, frozen=True, kw_only=True):
    """A fault for a simulated device: `hr_lost`, ..., `console_speed:4.0`; `none` ends all of them."""

    fault: str


class SimBelt(Struct, frozen=True, kw_only=True):
    """What a simulated belt really does, whatever its radio says. For proofs; real belts have no such topic."""

    treadmill: Id
    at_ms: int
    speed_kmh: float
    incline_pct: float
