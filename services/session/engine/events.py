"""What happens to an engine (events) and what it asks for (effects). Frozen values, pure."""

from dataclasses import dataclass, field
from typing import Literal

from device_adapters.contract.phrase import Phrase
from device_adapters.safety.lease import LeaseTerms
from services.session.engine.class_clock import ClassClock
from services.session.engine.state import Asker, Session, TreadmillSeen, Wanted

AskVerb = Literal["pause", "resume", "stop", "skip", "repeat", "done", "slower", "clear"]
TellVerb = Literal["rpe", "present", "note", "near_miss", "feedback"]


@dataclass(frozen=True, slots=True)
class Start:
    """A person asks for a session. `strap_busy`: another session reads that strap. `hr_bpm`: what it tells now."""

    asker: Asker
    wanted: Wanted
    strap_busy: bool = False
    hr_bpm: int | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A person asks something of the session, or to clear the treadmill's latch: the one of the cause `latch`."""

    asker: Asker
    verb: AskVerb
    latch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """A person answers a question of the session (rpe, present), or has something recorded. RPE 6–20, pain 0–10."""

    asker: Asker
    verb: TellVerb
    session: str = ""
    text: str = ""
    rpe: int | None = None
    pain: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust:
    """A person sets the session's speed limit, 0.01 km/h; above the table's value with a reason and for a time."""

    asker: Asker
    speed_max_ckmh: int
    why: str = ""
    for_ms: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """The unit told its treadmill's state."""

    treadmill: TreadmillSeen


@dataclass(frozen=True, slots=True)
class BeltMeasured:
    """The belt's measured speed, 0.01 km/h, of `age_ms` ago."""

    speed_ckmh: int
    age_ms: int = 0


@dataclass(frozen=True, slots=True)
class HeartRate:
    """The heart rate of the session's strap; None: the strap measures nothing. `contact`: None where unknown."""

    bpm: int | None
    contact: bool | None = None
    age_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The result of a command; the speed is the one admitted."""

    id: str
    outcome: Literal["accepted", "clamped", "refused"]
    cause: str = ""
    text: str = ""
    speed_ckmh: int | None = None


@dataclass(frozen=True, slots=True)
class StartKept:
    """The journal has (or could not take) the record of this session's start."""

    session: str
    ok: bool


@dataclass(frozen=True, slots=True)
class StopSeen:
    """A process stop went over the bus; the unit acts on it by itself."""

    by: str


@dataclass(frozen=True, slots=True)
class ServiceStopping:
    """This service is asked to end."""


@dataclass(frozen=True, slots=True)
class ClassGoes:
    """It is this lane's turn to start its belt, if it stands ready."""


@dataclass(frozen=True, slots=True)
class ClassRuns:
    """The class's clock, which the lane follows from `follows_ms` on (monotonic ms)."""

    clock: ClassClock
    follows_ms: int


@dataclass(frozen=True, slots=True)
class ClassOver:
    """There is no class any more. `stop`: somebody stops all its sessions; `by`: who."""

    by: str
    stop: bool


@dataclass(frozen=True, slots=True)
class SessionTick:
    """Time passed: what is due is looked at."""


Event = (
    Start
    | Ask
    | Adjust
    | Tell
    | Seen
    | BeltMeasured
    | HeartRate
    | Answered
    | StartKept
    | StopSeen
    | ServiceStopping
    | ClassGoes
    | ClassRuns
    | ClassOver
    | SessionTick
)


@dataclass(frozen=True, kw_only=True)
class SendLease(LeaseTerms):
    """Publish a beat of the lease. `nonce`: what the unit said last, answered."""

    nonce: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCommand:
    """Publish a command. Speed in 0.01 km/h, effective grade in 0.1 %."""

    id: str
    verb: Literal["start", "target", "stop", "clear"]
    session: str = ""
    epoch: int = 0
    beat: int = 0
    speed_ckmh: int | None = None
    grade_dpct: int | None = None
    by: str = ""
    latch: str = ""


@dataclass(frozen=True, slots=True)
class SendStop:
    """Publish a process stop for this treadmill: the way that needs no lease."""

    why: str


@dataclass(frozen=True, slots=True)
class Publish:
    """Publish the session's view now."""


@dataclass(frozen=True, slots=True)
class KeepStart:
    """Commit the record of this session's start, then tell the engine with `StartKept`."""

    session: Session
    by: str


@dataclass(frozen=True, slots=True)
class KeepEnd:
    """Commit the record of this session's end."""

    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class EventNote:
    """A decision or incident to be recorded, with its cause and what changed; `text`: what a person wrote."""

    kind: str
    cause: str = ""
    text: str = ""
    said: Phrase | None = None
    severity: Literal["info", "warning", "alarm"] = "info"
    session: str = ""
    before: dict[str, float | int | str | None] = field(default_factory=dict)
    after: dict[str, float | int | str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAnswer:
    """The one answer to a request. `once_kept`: given when the note of the same step is on disk, or that it is not."""

    asker: Asker
    ok: bool
    session: str = ""
    class_id: str = ""
    cause: str = ""
    said: Phrase | None = None
    once_kept: bool = False


Effect = SendLease | SendCommand | SendStop | Publish | KeepStart | KeepEnd | EventNote | RequestAnswer
