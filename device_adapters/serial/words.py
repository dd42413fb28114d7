"""The gate's words and the line's: a fitness machine's requests become what a treadmill on a cable is asked, and what
it answers becomes responses and Treadmill Data. Pure.

No incline can be asked for: the deck is left as it is.
"""

from device_adapters.codecs import serial_frames, uuids
from device_adapters.codecs.ftms import control_point, features, ranges, treadmill_data
from device_adapters.codecs.ftms.control_point import OpCode, Response, ResultCode, StopOrPause
from device_adapters.safety.admit import Verb
from device_adapters.serial.events import Asked, Taken, Told

SPEEDS = ranges.SpeedRange(min_ckmh=86, max_ckmh=998, step_ckmh=16)
"""0.86 to 9.98 km/h: of these each is at most 0.06 km/h above a tenth of mph, and no two above the same."""

CONSTANTS = {
    uuids.SPEED_RANGE: ranges.encode_speed(SPEEDS),
    uuids.FITNESS_MACHINE_FEATURE: features.encode(
        features.FitnessMachineFeatures(features.Feature.INCLINATION, features.Target.SPEED)
    ),
}
"""What every treadmill on a cable says of itself, whatever its make."""

ANSWERED = {
    Verb.BEGIN: OpCode.START_OR_RESUME,
    Verb.SPEED: OpCode.SET_TARGET_SPEED,
    Verb.HALT: OpCode.STOP_OR_PAUSE,
    Verb.PAUSE: OpCode.STOP_OR_PAUSE,
}


def asked(data: bytes) -> Asked | bytes:
    """What the machine is asked for this request of the gate, or what is answered without asking it."""
    request = control_point.decode_request(data)
    match request.op, request.numbers:
        case OpCode.REQUEST_CONTROL, ():
            return _response(request.op, ResultCode.SUCCESS)
        case OpCode.START_OR_RESUME, ():
            return Asked(Verb.BEGIN)
        case OpCode.SET_TARGET_SPEED, (ckmh,):
            return _speed(ckmh)
        case OpCode.STOP_OR_PAUSE, (StopOrPause.STOP,):
            return Asked(Verb.HALT)
        case OpCode.STOP_OR_PAUSE, (StopOrPause.PAUSE,):
            return Asked(Verb.PAUSE)
        case _:
            return _response(request.op, ResultCode.NOT_SUPPORTED)


def _speed(ckmh: int) -> Asked | bytes:
    tenths = serial_frames.tenths_below(ckmh)
    if 1 <= tenths <= serial_frames.TENTHS_MAX:
        return Asked(Verb.SPEED, tenths)
    return _response(OpCode.SET_TARGET_SPEED, ResultCode.INVALID_PARAMETER)


def _response(op: int, result: ResultCode) -> bytes:
    return control_point.encode_response(Response(op, result))


def taken(effect: Taken) -> bytes:
    """What the gate hears of what the machine took."""
    return _response(ANSWERED[effect.verb], ResultCode.SUCCESS)


def told(effect: Told) -> bytes:
    """What the gate hears of the belt."""
    record = treadmill_data.TreadmillData(speed_ckmh=effect.speed_ckmh, incline_dpct=effect.incline_dpct)
    return treadmill_data.encode(record)
