"""The state of one conversation on a serial line."""

from dataclasses import dataclass
from enum import Enum, auto

from device_adapters.codecs.serial_frames import Frame, Op, Tongue, ask
from device_adapters.frozen import replace
from device_adapters.serial.events import Effect

LONG_AGO_MS = -1_000_000
STOP, DISENGAGE, STATUS, SPEED, ELEVATION, OWN = (
    ask(op) for op in (Op.STOP, Op.DISENGAGE, Op.STATUS, Op.SPEED, Op.ELEVATION, Op.OWN)
)  # fmt: skip


class StartProgress(Enum):
    """How far a start has come: cleared by a stop, which was taken; said to be stopped; measured at 0; ready for its
    first speed; given that.
    """

    NONE = auto()
    CLEARED = auto()
    TAKEN = auto()
    STOPPED = auto()
    STANDS = auto()
    ARMED = auto()
    GIVEN = auto()


@dataclass(frozen=True, kw_only=True)
class LineState:
    """Of one line, whose machine is spoken to in `tongue`.

    What is on the line: `held`, the begin of an answer; `flying`, the request whose answer is waited for until
    `deadline_ms`; `owed`, requests whose answer may still come, though nobody waits for it; `last`, the answer heard
    last. `met`: it has answered. `missing` answers in a row; `missed`: of which request, since each was answered;
    `spent`: nothing more is expected. `stops`: how often the stop in flight was sent. `nameless`: who it is is asked.

    What is to be sent: `wanted`, then `polls`. How far a `start` has come, since when; its `first` speed, 0.1 mph.

    What the machine does: `ours`, started here and not stopped since; `ran`, and said so; `given`, the speed that it
    took last, 0.1 mph; `halting`, a stop was sent and it has not said yet that it is stopped; `wrong`, it runs the
    other way, which was told; `moves`.
    """

    tongue: Tongue
    held: bytes = b""
    flying: bytes | None = None
    deadline_ms: int = 0
    owed: frozenset[int] = frozenset()
    last: Frame | None = None
    met: bool = False
    missing: int = 0
    missed: tuple[int, ...] = ()
    spent: bool = False
    stops: int = 0
    nameless: bool = False
    wanted: tuple[bytes, ...] = ()
    polls: tuple[bytes, ...] = ()
    start: StartProgress = StartProgress.NONE
    start_ms: int = 0
    first: int | None = None
    ours: bool = False
    ran: bool = False
    given: int = 0
    halting: bool = False
    wrong: bool = False
    moves: bool = False
    deck_dpct: int | None = None
    polled_ms: int = LONG_AGO_MS
    slow_ms: int = LONG_AGO_MS
    started_ms: int | None = None
    garbled_ms: int = LONG_AGO_MS


Steps = tuple[LineState, tuple[Effect, ...]]


def given_up(state: LineState) -> LineState:
    """Whatever was to be done is not done any more."""
    return replace(state, wanted=(), polls=(), start=StartProgress.NONE, first=None)
