"""Fitness Machine Status 0x2ADA (FTMS v1.0.1 §4.17).

A client's own change is told to the *other* clients only: never wait here for the echo of a command. Some belts
stream TARGET_SPEED_CHANGED on every step of a ramp: there it is the momentary speed.
"""

from dataclasses import dataclass
from enum import IntEnum

from device_adapters.codecs.ftms import parameters as p
from device_adapters.codecs.wire import U8
from device_adapters.errors import UnitError


class StatusCode(IntEnum):
    """What happened to the machine (Table 4.16)."""

    RESET = 0x01
    STOPPED_OR_PAUSED_BY_USER = 0x02
    STOPPED_BY_SAFETY_KEY = 0x03
    STARTED_OR_RESUMED_BY_USER = 0x04
    TARGET_SPEED_CHANGED = 0x05
    TARGET_INCLINE_CHANGED = 0x06
    TARGET_RESISTANCE_CHANGED = 0x07
    TARGET_POWER_CHANGED = 0x08
    TARGET_HEART_RATE_CHANGED = 0x09
    TARGET_ENERGY_CHANGED = 0x0A
    TARGET_STEPS_CHANGED = 0x0B
    TARGET_STRIDES_CHANGED = 0x0C
    TARGET_DISTANCE_CHANGED = 0x0D
    TARGET_TIME_CHANGED = 0x0E
    TARGET_TIME_IN_TWO_HR_ZONES_CHANGED = 0x0F
    TARGET_TIME_IN_THREE_HR_ZONES_CHANGED = 0x10
    TARGET_TIME_IN_FIVE_HR_ZONES_CHANGED = 0x11
    INDOOR_BIKE_SIMULATION_CHANGED = 0x12
    WHEEL_CIRCUMFERENCE_CHANGED = 0x13
    SPIN_DOWN_STATUS = 0x14
    TARGET_CADENCE_CHANGED = 0x15
    CONTROL_PERMISSION_LOST = 0xFF


@dataclass(frozen=True, slots=True)
class MachineStatus:
    """One notification. Unknown codes survive as numbers; None: not even a code came.

    `numbers` are the parameter in wire units, in the order of `form_of(code)`; None if they did not come.
    `extra` is what followed: some belts append bytes of their own.
    """

    code: int | None
    numbers: tuple[int, ...] | None = ()
    extra: bytes = b""


def form_of(code: int | None) -> p.Form:
    """The numbers that follow `code`."""
    match code:
        case StatusCode.STOPPED_OR_PAUSED_BY_USER:
            return p.STOP_OR_PAUSE
        case StatusCode.TARGET_SPEED_CHANGED:
            return p.SPEED
        case StatusCode.TARGET_INCLINE_CHANGED:
            return p.INCLINE
        case StatusCode.TARGET_RESISTANCE_CHANGED:
            return p.RESISTANCE
        case StatusCode.TARGET_POWER_CHANGED:
            return p.POWER
        case StatusCode.TARGET_HEART_RATE_CHANGED:
            return p.HEART_RATE
        case StatusCode.TARGET_ENERGY_CHANGED:
            return p.ENERGY
        case StatusCode.TARGET_STEPS_CHANGED:
            return p.STEPS
        case StatusCode.TARGET_STRIDES_CHANGED:
            return p.STRIDES
        case StatusCode.TARGET_DISTANCE_CHANGED:
            return p.DISTANCE
        case StatusCode.TARGET_TIME_CHANGED:
            return p.TIME
        case StatusCode.TARGET_TIME_IN_TWO_HR_ZONES_CHANGED:
            return p.TWO_ZONES
        case StatusCode.TARGET_TIME_IN_THREE_HR_ZONES_CHANGED:
            return p.THREE_ZONES
        case StatusCode.TARGET_TIME_IN_FIVE_HR_ZONES_CHANGED:
            return p.FIVE_ZONES
        case StatusCode.INDOOR_BIKE_SIMULATION_CHANGED:
            return p.BIKE_SIMULATION
        case StatusCode.WHEEL_CIRCUMFERENCE_CHANGED:
            return p.WHEEL_CIRCUMFERENCE
        case StatusCode.SPIN_DOWN_STATUS:
            return p.SPIN_DOWN
        case StatusCode.TARGET_CADENCE_CHANGED:
            return p.CADENCE
        case _:
            return p.NOTHING


def decode(data: bytes) -> MachineStatus:
    """Read a notification. Never raises."""
    if not data:
        return MachineStatus(None, None)
    code, body = data[0], bytes(data[1:])
    form = form_of(code)
    numbers = p.read(form, body)
    return MachineStatus(code, numbers, body if numbers is None else body[p.size_of(form) :])


def encode(value: MachineStatus) -> bytes:
    """The notification of `value`; UnitError if a number does not fit or is missing."""
    if value.code is None or value.numbers is None:
        raise UnitError("a status needs its code and its numbers; some are missing")
    return U8.write(value.code, "status code") + p.write(form_of(value.code), value.numbers) + value.extra
