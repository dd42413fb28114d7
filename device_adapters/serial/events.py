"""What happens on a serial line, and what is to be done: the events and effects of its conversation."""

from dataclasses import dataclass

from device_adapters.safety.admit import Verb
from device_adapters.safety.hazards import Cause


@dataclass(frozen=True, slots=True)
class Asked:
    """The gate wants this done. `tenths_mph`: of a speed."""

    verb: Verb
    tenths_mph: int = 0


@dataclass(frozen=True, slots=True)
class Introduce:
    """Ask for its firmware revision."""


@dataclass(frozen=True, slots=True)
class BeltJudged:
    """The belt was judged just now: it may be asked how it is, which keeps it running."""


@dataclass(frozen=True, slots=True)
class BytesHeard:
    """Bytes came from the machine, not always whole answers."""

    data: bytes


@dataclass(frozen=True, slots=True)
class LineTick:
    """Time passed; due at `deadline_ms` of what is in flight."""


Event = Asked | Introduce | BeltJudged | BytesHeard | LineTick


@dataclass(frozen=True, slots=True)
class SendBytes:
    """Write this to the line."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """The machine took it."""

    verb: Verb


@dataclass(frozen=True, slots=True)
class Told:
    """The belt's speed, whichever way it runs, 0.01 km/h; the deck's elevation, 0.1 %, where it was told just now; does
    the belt run backward (None: it stands)?
    """

    speed_ckmh: int
    incline_dpct: int | None
    backward: bool | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Its firmware revision; "" where it tells none."""

    revision: str


@dataclass(frozen=True, slots=True)
class Feared:
    """Something is wrong: the belt is to be stopped."""

    cause: Cause
    why: str


@dataclass(frozen=True, slots=True)
class Gone:
    """Nothing more can come of this line: begin it anew."""

    why: str


Effect = SendBytes | Taken | Told | Known | Feared | Gone
