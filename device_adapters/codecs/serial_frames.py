"""The frames that Woodway's and Trackmaster's serial lines share: what is asked, what is answered, and frames found in
garbage.

A byte of 80 (hex) or more begins each frame, both ways, and data are ASCII digits; there is no checksum
(docs/sources/serial.md). The same bytes mean different things to the two makers: what a frame says is its maker's own
(codecs/woodway.py, codecs/trackmaster.py). Only what is here can be said: no start without the machine's communication
timer (A1, A9), no speed of 0, below 0 or above the site's ceiling.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from typing import Protocol

from device_adapters.errors import DecodeError, UnitError

LINE = "serial line"
MPH_E7 = 1_609_344
"""0.1 mph is 16.09344 of 0.01 km/h, in 0.0000001 km/h."""

TENTHS_MAX = 62
"""The fastest that can be encoded, 0.1 mph: 9.97 km/h, below the site's ceiling of 10.0."""

TOLD_TENTHS_MAX = 299
"""The fastest that a machine can tell, 0.1 mph, by the form of its commands."""

TOLD_DPCT_MAX = 299
"""The steepest that a machine can tell, 0.1 %, likewise."""


class Op(IntEnum):
    """What a machine is asked; its answer is this and 10 (hex). `OWN` is each maker's own question."""

    START = 0xA0
    DISENGAGE = 0xA2
    SET_SPEED = 0xA3
    STOP = 0xAA
    STATUS = 0xC0
    SPEED = 0xC1
    ELEVATION = 0xC2
    OWN = 0xC3


ANSWER = 0x10
TIMED_OUT, BAD_DATA, BAD_COMMAND = 0xBD, 0xBE, 0xBF
"""What it says besides: its timer ran out, a value that it does not take, a command that it does not know."""

SIZES: Mapping[int, int] = {
    **{op + ANSWER: 0 for op in (Op.START, Op.DISENGAGE, Op.SET_SPEED, Op.STOP)},
    **{op + ANSWER: 4 for op in (Op.SPEED, Op.ELEVATION, Op.OWN)},
    Op.STATUS + ANSWER: 1,
    TIMED_OUT: 0,
    BAD_DATA: 0,
    BAD_COMMAND: 0,
}
"""Bytes of data behind the first byte of each answer."""


class Own(Enum):
    """What C3 asks: a Woodway tells its firmware revision, a Trackmaster the speed that it was set to."""

    REVISION = auto()
    SET_SPEED = auto()


class Status(Enum):
    """What a machine says that it does. `UNWATCHED`: it runs, and its communication timer does not."""

    STOPPED = auto()
    STARTED = auto()
    RUNNING = auto()
    UNWATCHED = auto()


@dataclass(frozen=True, slots=True)
class Frame:
    """One answer of the machine: its opcode and the data behind it."""

    op: int
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Found:
    """What a stretch of the line holds: frames in their order, bytes of no frame, and the begin of one to come."""

    frames: tuple[Frame, ...]
    stray: bytes
    rest: bytes


class Tongue(Protocol):
    """What one maker's machine, arranged in one way, is told, and what it says."""

    @property
    def backward(self) -> bool:
        """Does its belt run backward when it runs as told? Then its deck may only be level: a rise is downhill."""
        ...

    @property
    def own(self) -> Own:
        """What `Op.OWN` asks it."""
        ...

    def set_speed(self, tenths_mph: int) -> bytes:
        """The speed to run at, the one way that it runs. UnitError if it is none."""
        ...

    def status(self, frame: Frame) -> Status:
        """What D0 says. DecodeError for a status that nobody wrote down."""
        ...

    def speed(self, frame: Frame) -> tuple[bool, int]:
        """What D1 says: does it run the way that is asked for, and tenths of mph. DecodeError for what is none."""
        ...


def ask(op: Op) -> bytes:
    """Any request but a speed."""
    if op is Op.SET_SPEED:
        raise UnitError("a speed needs its direction and its tenths of mph")
    return bytes([op])


def whole_tenths(tenths_mph: int) -> int:
    """The same; UnitError for all but a whole 1 to 62."""
    if type(tenths_mph) is not int or not 1 <= tenths_mph <= TENTHS_MAX:
        raise UnitError(f"{tenths_mph!r} tenths of mph; a belt is told 1 to {TENTHS_MAX}, in whole tenths")
    return tenths_mph


def tenths_below(ckmh: int) -> int:
    """The machine's speed at or below `ckmh` (0.01 km/h), in 0.1 mph."""
    return ckmh * 100_000 // MPH_E7


def ckmh_above(tenths_mph: int) -> int:
    """`tenths_mph` in 0.01 km/h, rounded up: a belt is never told to be slower than it is."""
    return -(-tenths_mph * MPH_E7 // 100_000)


def find(line: bytes) -> Found:
    """Take a stretch of the line apart. What is cut off by the begin of another frame is stray."""
    frames: list[Frame] = []
    stray, at = bytearray(), 0
    while at < len(line):
        size = SIZES.get(line[at])
        if size is None:
            stray.append(line[at])
            at += 1
            continue
        data = line[at + 1 : at + 1 + size]
        bad = _first_bad(line[at], data)
        if bad is not None:
            stray += line[at : at + 1 + bad]
            at += 1 + bad
        elif len(data) < size:
            break
        else:
            frames.append(Frame(line[at], data))
            at += 1 + size
    return Found(tuple(frames), bytes(stray), line[at:])


def _first_bad(op: int, data: bytes) -> int | None:
    """The place of the first byte that is no digit. Of what form a Woodway's revision (D3) is, nobody wrote down."""
    if op == Op.OWN + ANSWER:
        return None
    return next((at for at, byte in enumerate(data) if not 0x30 <= byte <= 0x39), None)


def number(frame: Frame, digits: bytes, most: int) -> int:
    """What these digits of a frame say. DecodeError if they are none, or above `most`."""
    if not digits.isdigit() or int(digits) > most:
        raise unreadable(frame, f"not of 0 to {most}")
    return int(digits)


def elevation(frame: Frame) -> int:
    """What D2 says, 0.1 %. DecodeError for what is none."""
    return number(frame, frame.data, TOLD_DPCT_MAX)


def unreadable(frame: Frame, why: str) -> DecodeError:
    """The error for an answer that says nothing that was written down."""
    return DecodeError(LINE, bytes([frame.op]) + frame.data, why)
