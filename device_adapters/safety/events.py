"""What happens to an envelope (events) and what it asks for (effects). Frozen values, pure."""

from dataclasses import dataclass, field
from typing import Literal

from device_adapters.safety.admit import Admitted
from device_adapters.safety.envelope_state import Machine, State
from device_adapters.safety.hazards import Cause
from device_adapters.safety.lease import Claim


@dataclass(frozen=True, slots=True)
class Linked:
    """The link is up and the machine's ranges are known."""

    machine: Machine


@dataclass(frozen=True, slots=True)
class Unlinked:
    """The link is gone."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A lease message arrived."""

    claim: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """A command arrived. Speed in 0.01 km/h, effective grade in 0.1 %; None = leave as it is."""

    id: str
    verb: Literal["start", "target", "stop", "clear"]
    epoch: int
    beat: int
    speed_ckmh: int | None = None
    grade_dpct: int | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """The treadmill told its speed and, perhaps, its incline and its own elapsed seconds."""

    speed_ckmh: int
    incline_dpct: int | None = None
    elapsed_s: int | None = None


@dataclass(frozen=True, slots=True)
class Hazard:
    """A cause from outside the envelope: a pressed stop, the safety key, lost control."""

    cause: Cause
    who: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""


EnvelopeEvent = Linked | Unlinked | Claimed | Ordered | Measured | Hazard | Tick


@dataclass(frozen=True, slots=True)
class Write:
    """Send this to the treadmill."""

    admitted: Admitted


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
    """A safety decision to be recorded, with its cause and what changed."""

    kind: str
    cause: str
    text: str = ""
    severity: Literal["info", "warning", "alarm"] = "info"
    before: dict[str, float | int | str | None] = field(default_factory=dict)
    after: dict[str, float | int | str | None] = field(default_factory=dict)


Effect = Write | Answer | Note

Steps = tuple[State, tuple[Effect, ...]]
"""A state and what to do."""
