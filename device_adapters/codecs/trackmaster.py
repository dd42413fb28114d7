"""What a Trackmaster treadmill is told over its serial line, and what it says: frames as in codecs/serial_frames.py.

It runs forward only: there is no direction to encode. Its unit of speed is that of its display; it is told, and read,
in mph: one that is set to km/h runs slower than it is told to. Read in the service manual of TMX428 and TMX58
(docs/sources/serial.md).
"""

from dataclasses import dataclass
from typing import ClassVar

from device_adapters.codecs import serial_frames
from device_adapters.codecs.serial_frames import TOLD_TENTHS_MAX, Frame, Op, Own, Status, unreadable

STATUSES = {b"1": Status.STOPPED, b"2": Status.RUNNING, b"3": Status.UNWATCHED}


@dataclass(frozen=True, slots=True)
class TrackmasterTongue:
    """One; there is but one way to arrange it."""

    own: ClassVar = Own.SET_SPEED
    backward: ClassVar = False

    def set_speed(self, tenths_mph: int) -> bytes:
        """The speed to run at: 1 to 62 tenths of mph. UnitError for anything else."""
        return bytes([Op.SET_SPEED]) + b"%04d" % serial_frames.whole_tenths(tenths_mph)

    def status(self, frame: Frame) -> Status:
        """What D0 says. DecodeError for a status that nobody wrote down."""
        try:
            return STATUSES[frame.data]
        except KeyError:
            raise unreadable(frame, "an unknown status") from None

    def speed(self, frame: Frame) -> tuple[bool, int]:
        """What D1 says: forward always, and tenths of mph. DecodeError for what is none."""
        return True, serial_frames.number(frame, frame.data, TOLD_TENTHS_MAX)


def set_to(frame: Frame) -> int:
    """What D3 says: the speed that it was set to, tenths of mph. DecodeError for what is none."""
    return serial_frames.number(frame, frame.data, TOLD_TENTHS_MAX)
