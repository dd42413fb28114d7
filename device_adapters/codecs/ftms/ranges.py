"""Supported Speed 0x2AD4, Inclination 0x2AD5 and Heart Rate Range 0x2AD7 (FTMS v1.0.1 §4.11–4.15).

Read them, do not trust them: some belts publish miles in the kilometre field, or 0 to 9999 W.
"""

from dataclasses import dataclass

from device_adapters.codecs.wire import S16, U8, U16, WireInt
from device_adapters.errors import DecodeError

SPEED_FORM = (U16, U16, U16)
INCLINE_FORM = (S16, S16, U16)
HEART_RATE_FORM = (U8, U8, U8)


@dataclass(frozen=True, slots=True)
class SpeedRange:
    """In 0.01 km/h. A step of miles cut to 0.01 km/h drifts: snap to it with tolerance."""

    min_ckmh: int
    max_ckmh: int
    step_ckmh: int


@dataclass(frozen=True, slots=True)
class InclineRange:
    """In 0.1 %, `min_dpct` signed. 0 to 0 means that incline cannot be controlled, whatever else is claimed."""

    min_dpct: int
    max_dpct: int
    step_dpct: int


@dataclass(frozen=True, slots=True)
class HeartRateRange:
    """In beats per minute."""

    min_bpm: int
    max_bpm: int
    step_bpm: int


def decode_speed(data: bytes) -> SpeedRange:
    """Read 0x2AD4. DecodeError if it is cut off."""
    return SpeedRange(*_read(data, SPEED_FORM, "speed range 2ad4"))


def encode_speed(value: SpeedRange) -> bytes:
    """The bytes of 0x2AD4; UnitError if a number does not fit."""
    return _write((value.min_ckmh, value.max_ckmh, value.step_ckmh), SPEED_FORM, "speed range (0.01 km/h)")


def decode_incline(data: bytes) -> InclineRange:
    """Read 0x2AD5. DecodeError if it is cut off."""
    return InclineRange(*_read(data, INCLINE_FORM, "inclination range 2ad5"))


def encode_incline(value: InclineRange) -> bytes:
    """The bytes of 0x2AD5; UnitError if a number does not fit."""
    return _write(
        (value.min_dpct, value.max_dpct, value.step_dpct), INCLINE_FORM, "inclination range (0.1 %)"
    )


def decode_heart_rate(data: bytes) -> HeartRateRange:
    """Read 0x2AD7. DecodeError if it is cut off."""
    return HeartRateRange(*_read(data, HEART_RATE_FORM, "heart rate range 2ad7"))


def encode_heart_rate(value: HeartRateRange) -> bytes:
    """The bytes of 0x2AD7; UnitError if a number does not fit."""
    return _write((value.min_bpm, value.max_bpm, value.step_bpm), HEART_RATE_FORM, "heart rate range (bpm)")


def _read(data: bytes, form: tuple[WireInt, ...], characteristic: str) -> tuple[int, ...]:
    if len(data) < sum(wire.size for wire in form):
        raise DecodeError(characteristic, data, "too short for minimum, maximum and step")
    size = form[0].size
    return tuple(wire.read(data, i * size) for i, wire in enumerate(form))


def _write(values: tuple[int, ...], form: tuple[WireInt, ...], name: str) -> bytes:
    return b"".join(wire.write(value, name) for wire, value in zip(form, values, strict=True))
