"""Control Point 0x2AD9: requests as a client writes them, responses as a machine indicates them (FTMS v1.0.1 §4.16).

A client enables indications, sends `request_control()` and waits for success before anything else. Success means
that the machine will begin, not that it is done: the belt itself is proof, in Treadmill Data.
"""

from dataclasses import dataclass
from enum import IntEnum

from device_adapters.codecs.ftms import parameters as p
from device_adapters.codecs.wire import U8
from device_adapters.errors import DecodeError

CHARACTERISTIC = "control point 2ad9"


class OpCode(IntEnum):
    """What is asked of the machine (Table 4.15)."""

    REQUEST_CONTROL = 0x00
    RESET = 0x01
    SET_TARGET_SPEED = 0x02
    SET_TARGET_INCLINE = 0x03
    SET_TARGET_RESISTANCE = 0x04
    SET_TARGET_POWER = 0x05
    SET_TARGET_HEART_RATE = 0x06
    START_OR_RESUME = 0x07
    STOP_OR_PAUSE = 0x08
    SET_TARGET_ENERGY = 0x09
    SET_TARGET_STEPS = 0x0A
    SET_TARGET_STRIDES = 0x0B
    SET_TARGET_DISTANCE = 0x0C
    SET_TARGET_TIME = 0x0D
    SET_TARGET_TIME_IN_TWO_HR_ZONES = 0x0E
    SET_TARGET_TIME_IN_THREE_HR_ZONES = 0x0F
    SET_TARGET_TIME_IN_FIVE_HR_ZONES = 0x10
    SET_INDOOR_BIKE_SIMULATION = 0x11
    SET_WHEEL_CIRCUMFERENCE = 0x12
    SPIN_DOWN = 0x13
    SET_TARGET_CADENCE = 0x14
    RESPONSE = 0x80


class ResultCode(IntEnum):
    """How a machine answers (Table 4.24)."""

    SUCCESS = 0x01
    NOT_SUPPORTED = 0x02
    INVALID_PARAMETER = 0x03
    OPERATION_FAILED = 0x04
    CONTROL_NOT_PERMITTED = 0x05


class StopOrPause(IntEnum):
    """The parameter of STOP_OR_PAUSE."""

    STOP = 1
    PAUSE = 2


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was written. Unknown op codes survive as numbers, with their bytes in `body`.

    `numbers` are the parameter in wire units, in the order of `form_of(op)`; None if `body` is not of the op code's
    form: a machine answers that with INVALID_PARAMETER (or NOT_SUPPORTED for an unknown op code).
    """

    op: int
    numbers: tuple[int, ...] | None = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """A machine's answer to the request with op code `request`; unknown codes survive as numbers."""

    request: int
    result: int
    parameter: bytes = b""


def form_of(op: int) -> p.Form | None:
    """The numbers that the parameter of `op` is made of; None for op codes that are not requests."""
    match op:
        case OpCode.REQUEST_CONTROL | OpCode.RESET | OpCode.START_OR_RESUME:
            return p.NOTHING
        case OpCode.SET_TARGET_SPEED:
            return p.SPEED
        case OpCode.SET_TARGET_INCLINE:
            return p.INCLINE
        case OpCode.SET_TARGET_RESISTANCE:
            return p.RESISTANCE
        case OpCode.SET_TARGET_POWER:
            return p.POWER
        case OpCode.SET_TARGET_HEART_RATE:
            return p.HEART_RATE
        case OpCode.STOP_OR_PAUSE:
            return p.STOP_OR_PAUSE
        case OpCode.SET_TARGET_ENERGY:
            return p.ENERGY
        case OpCode.SET_TARGET_STEPS:
            return p.STEPS
        case OpCode.SET_TARGET_STRIDES:
            return p.STRIDES
        case OpCode.SET_TARGET_DISTANCE:
            return p.DISTANCE
        case OpCode.SET_TARGET_TIME:
            return p.TIME
        case OpCode.SET_TARGET_TIME_IN_TWO_HR_ZONES:
            return p.TWO_ZONES
        case OpCode.SET_TARGET_TIME_IN_THREE_HR_ZONES:
            return p.THREE_ZONES
        case OpCode.SET_TARGET_TIME_IN_FIVE_HR_ZONES:
            return p.FIVE_ZONES
        case OpCode.SET_INDOOR_BIKE_SIMULATION:
            return p.BIKE_SIMULATION
        case OpCode.SET_WHEEL_CIRCUMFERENCE:
            return p.WHEEL_CIRCUMFERENCE
        case OpCode.SPIN_DOWN:
            return p.SPIN_DOWN
        case OpCode.SET_TARGET_CADENCE:
            return p.CADENCE
        case _:
            return None


def encode(op: OpCode, *numbers: int) -> bytes:
    """Any request; UnitError if a number does not fit, before a byte is made. Belts use the functions below."""
    form = form_of(op)
    if form is None:
        raise ValueError(f"{op!r} is not a request")
    return bytes([op]) + p.write(form, numbers)


def request_control() -> bytes:
    """Ask for control: the first request on every link."""
    return encode(OpCode.REQUEST_CONTROL)


def reset() -> bytes:
    """Set targets and times to 0. It also gives control away."""
    return encode(OpCode.RESET)


def set_target_speed(ckmh: int) -> bytes:
    """0.01 km/h, 0–65535. Nothing here knows a safe speed: only the gate may send it."""
    return encode(OpCode.SET_TARGET_SPEED, ckmh)


def set_target_incline(dpct: int) -> bytes:
    """Set Target Inclination: in 0.1 %, below 0 is downhill."""
    return encode(OpCode.SET_TARGET_INCLINE, dpct)


def start_or_resume() -> bytes:
    """Start a still belt, or go on after a pause. On some belts it toggles."""
    return encode(OpCode.START_OR_RESUME)


def stop() -> bytes:
    """End the training. The belt ramps down; this is a process stop."""
    return encode(OpCode.STOP_OR_PAUSE, StopOrPause.STOP)


def pause() -> bytes:
    """Stop the belt, keep the totals."""
    return encode(OpCode.STOP_OR_PAUSE, StopOrPause.PAUSE)


def decode_request(data: bytes) -> Request:
    """Read what a client wrote. DecodeError only without an op code."""
    if not data:
        raise DecodeError(CHARACTERISTIC, data, "an op code is missing")
    op, body = data[0], bytes(data[1:])
    form = form_of(op)
    fits = form is not None and len(body) == p.size_of(form)
    return Request(op, p.read(form, body) if form is not None and fits else None, body)


def encode_response(value: Response) -> bytes:
    """The indication of `value`."""
    return (
        bytes([OpCode.RESPONSE])
        + U8.write(value.request, "op code")
        + U8.write(value.result, "result code")
        + value.parameter
    )


def decode_response(data: bytes) -> Response:
    """Read an answer. DecodeError if it is not one: no 80 at its start, or cut off."""
    if len(data) < 3 or data[0] != OpCode.RESPONSE:
        raise DecodeError(CHARACTERISTIC, data, "a response is 80, the op code and a result")
    return Response(data[1], data[2], bytes(data[3:]))
