"""What a Woodway treadmill is told over its serial line, and what it says: frames as in codecs/serial_frames.py.

The first digit of a speed is its direction. Which one is asked for is fixed when the line is opened: no other can be
encoded. Read in pyWoodway 0.2.4 and a list of its commands (docs/sources/serial.md).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from device_adapters.codecs import serial_frames
from device_adapters.codecs.serial_frames import TOLD_TENTHS_MAX, Frame, Op, Own, Status, unreadable


class Direction(IntEnum):
    """The first digit of a speed: which way the belt runs."""

    FORWARD = 0x30
    REVERSE = 0x33


STATUSES = {b"1": Status.STOPPED, b"2": Status.STARTED, b"3": Status.RUNNING}


@dataclass(frozen=True, slots=True)
class WoodwayTongue:
    """One whose belt is only ever told to run one way."""

    own: ClassVar = Own.REVISION
    direction: Direction

    @property
    def backward(self) -> bool:
        """Is it told to run backward?"""
        return self.direction is Direction.REVERSE

    def set_speed(self, tenths_mph: int) -> bytes:
        """The speed to run at: 1 to 62 tenths of mph. UnitError for anything else."""
        tenths = serial_frames.whole_tenths(tenths_mph)
        return bytes([Op.SET_SPEED, Direction(self.direction)]) + b"%03d" % tenths

    def status(self, frame: Frame) -> Status:
        """What D0 says. DecodeError for a status that nobody wrote down."""
        try:
            return STATUSES[frame.data]
        except KeyError:
            raise unreadable(frame, "an unknown status") from None

    def speed(self, frame: Frame) -> tuple[bool, int]:
        """What D1 says: is it this direction, and tenths of mph. DecodeError for what is none of both. A zero has no
        direction that counts.
        """
        tenths = serial_frames.number(frame, frame.data[1:], TOLD_TENTHS_MAX)
        try:
            return Direction(frame.data[0]) is self.direction, tenths
        except ValueError:
            raise unreadable(frame, "an unknown direction") from None


def revision(frame: Frame) -> str:
    """What D3 says, as text where it is some."""
    printable = all(0x20 <= byte < 0x7F for byte in frame.data)
    return frame.data.decode().strip() if printable else frame.data.hex()
