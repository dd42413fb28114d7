"""What happens to an envelope (events) and what it asks for (effects). Frozen values, pure."""

from dataclasses import dataclass, field
from typing import Literal

from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.envelope_state import Machine, State
from device_adapters.safety.hazards import Cause
from device_adapters.safety.lease import Claim


@dataclass(frozen=True, slots=True)
class Linked:
    """The link is up and the machine's ranges are known."""

    machine: Machine


@dataclass(frozen=True, slots=True)
class Reachable:
    """The link is up and its control point can be written to; who the machine is may not be known yet."""


@dataclass(frozen=True, slots=True)
class Unlinked:
    """The link is gone."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A lease message arrived. `said_ms`: when the unit said that state of the belt which the lease answers; None if
    the lease tells of none, and its arrival counts.
    """

    claim: Claim
    said_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """What the commissioning record is worth now."""

    commissioned: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """Is the mark on the disk by which the next process would know that this belt is ours?"""

    on_disk: bool


@dataclass(frozen=True, slots=True)
class Frozen:
    """Nothing may rise for `for_ms`: the line to the site is being made anew."""

    for_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """A command arrived. Speed in 0.01 km/h, effective grade in 0.1 %; None = leave as it is. `latch`: the hazard
    that whoever clears has seen ("" tells of none).
    """

    id: str
    verb: Literal["start", "target", "stop", "clear"]
    epoch: int
    beat: int
    speed_ckmh: int | None = None
    grade_dpct: int | None = None
    by: str = ""
    latch: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """The treadmill told its speed and, perhaps, its incline, its own elapsed seconds and its distance in m."""

    speed_ckmh: int
    incline_dpct: int | None = None
    elapsed_s: int | None = None
    distance_m: int | None = None


@dataclass(frozen=True, slots=True)
class Untaken:
    """A write was refused (`answered`), or nothing that could be read came back for it."""

    verb: Verb
    why: str
    answered: bool


@dataclass(frozen=True, slots=True)
class Hazard:
    """A cause from outside the envelope: a pressed stop, the safety key, lost control."""

    cause: Cause
    who: str = ""


@dataclass(frozen=True, slots=True)
class Eased:
    """Slower was pressed on a button of the unit."""

    who: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A hand took hold of the treadmill's button (True), let go, or there is none to hold (None)."""

    held: bool | None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed. `waits`: what was written last has not been answered yet."""

    waits: bool = False


EnvelopeEvent = (
    Linked
    | Reachable
    | Unlinked
    | Claimed
    | Proven
    | Marked
    | Frozen
    | Ordered
    | Measured
    | Untaken
    | Hazard
    | Eased
    | Held
    | Tick
)


@dataclass(frozen=True, slots=True)
class Write:
    """Send this to the treadmill; not later than `until_ms` (None: whenever it can be sent)."""

    admitted: Admitted
    until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The one result of an order. Speed in 0.01 km/h and effective grade in 0.1 % as admitted."""

    id: str
    outcome: Literal["accepted", "clamped", "refused"]
    cause: str = ""
    speed_ckmh: int | None = None
    grade_dpct: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A safety decision to be recorded, with its cause and what changed.

    `key`, `args`: of what people are told, where kind and cause do not say it; `text`: the same in English, else what
    a person wrote.
    """

    kind: str
    cause: str
    text: str = ""
    key: str = ""
    args: dict[str, float | int | str] = field(default_factory=dict)
    severity: Literal["info", "warning", "alarm"] = "info"
    before: dict[str, float | int | str | None] = field(default_factory=dict)
    after: dict[str, float | int | str | None] = field(default_factory=dict)


Effect = Write | Answer | Note

Steps = tuple[State, tuple[Effect, ...]]
"""A state and what to do."""
