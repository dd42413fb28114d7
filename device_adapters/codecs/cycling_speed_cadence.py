"""CSC Measurement 0x2A5B of a wheel's sensor (GATT Specification Supplement, Cycling Speed and Cadence Service 1.0).

Only what it tells of the wheel is read; a crank's revolutions, which may follow, are nothing to a belt.
"""

from dataclasses import dataclass
from enum import IntFlag

from device_adapters.codecs.wire import U16, U32
from device_adapters.errors import DecodeError

LEAST = 7
EVENT_HZ = 1024
"""Units of the event time in a second; in 16 bits it rolls over each 64 s."""


class CyclingSpeedCadenceFlag(IntFlag):
    """The first byte: which revolutions are told, the wheel's first."""

    WHEEL_REVOLUTIONS = 1
    CRANK_REVOLUTIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CscMeasurement:
    """One notification. `wheel_revolutions`: cumulative, 32 bits; `last_wheel_event_1024ths`: when the last of them
    was, in 1/1024 s of the sensor's own clock, 16 bits. Both roll over.
    """

    wheel_revolutions: int
    last_wheel_event_1024ths: int

    def since(self, earlier: "CscMeasurement") -> tuple[int, int]:
        """Revolutions from `earlier` to here, within 2^31 either way (the service lets a sensor count down when its
        wheel rolls in reverse), and the time between their events in 1/1024 s, 0 to 65 535, where less than 64 s
        passed.
        """
        turns = (self.wheel_revolutions - earlier.wheel_revolutions) % 2**32
        events = self.last_wheel_event_1024ths - earlier.last_wheel_event_1024ths
        return turns - 2**32 * (turns >= 2**31), events % 2**16


def decode(data: bytes) -> CscMeasurement:
    """Read a measurement. DecodeError without the wheel's revolutions: too short, or of a crank alone."""
    if not data or not data[0] & CyclingSpeedCadenceFlag.WHEEL_REVOLUTIONS:
        raise DecodeError("csc measurement 2a5b", data, "tells no wheel revolutions")
    if len(data) < LEAST:
        raise DecodeError("csc measurement 2a5b", data, "too short to hold wheel revolutions and their time")
    return CscMeasurement(wheel_revolutions=U32.read(data, 1), last_wheel_event_1024ths=U16.read(data, 5))


def encode(value: CscMeasurement) -> bytes:
    """The notification of `value`. UnitError if a number does not fit."""
    return (
        bytes([CyclingSpeedCadenceFlag.WHEEL_REVOLUTIONS])
        + U32.write(value.wheel_revolutions, "wheel revolutions")
        + U16.write(value.last_wheel_event_1024ths, "last wheel event (1/1024 s)")
    )
