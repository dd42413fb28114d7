"""What one Treadmill Data record holds, and the fields it is made of (FTMS v1.0.1 §4.4, GSS 2024-11).

Values are `msgspec.Struct`s, not dataclasses: a frozen dataclass of this many fields takes 30 times as long to make.
"""

from enum import KEEP, IntFlag

import msgspec

from device_adapters.codecs.ftms.layout import Field, Width
from device_adapters.codecs.wire import S16, U8, U16, U24

MORE_DATA = 1
KNOWN_FLAGS = 0x3FFF
"""Bits 0–12 of the specification, and 13: a step count, by the custom of FitShow, KingSmith, Urevo, Yesoul."""


class Present(IntFlag, boundary=KEEP):
    """The fields that were wholly on the wire. Present with the value None means "data not available"."""

    SPEED = 1 << 0
    AVERAGE_SPEED = 1 << 1
    DISTANCE = 1 << 2
    INCLINE = 1 << 3
    RAMP_ANGLE = 1 << 4
    ELEVATION_POSITIVE = 1 << 5
    ELEVATION_NEGATIVE = 1 << 6
    PACE = 1 << 7
    AVERAGE_PACE = 1 << 8
    PACE_RAW8 = 1 << 9
    AVERAGE_PACE_RAW8 = 1 << 10
    ENERGY = 1 << 11
    ENERGY_PER_H = 1 << 12
    ENERGY_PER_MIN = 1 << 13
    HR = 1 << 14
    MET = 1 << 15
    ELAPSED = 1 << 16
    REMAINING = 1 << 17
    FORCE = 1 << 18
    POWER = 1 << 19
    STEPS = 1 << 20


class RecordQuirks(msgspec.Struct, frozen=True, kw_only=True):
    """What one model does differently; a profile knows it.

    `elevation_unavailable`: raw elevation gains that mean "not available" (the specification has none).
    `pace_width`: how wide this model's pace is, if known; that lets a cut-off record be read past its pace.
    """

    elevation_unavailable: tuple[int, ...] = ()
    pace_width: Width = "by_length"


AS_SPECIFIED = RecordQuirks()


class TreadmillData(msgspec.Struct, frozen=True, gc=False):
    """One record, in wire units; make it with keywords. None: absent, or (if in `present`) not available.

    Speeds are 0.01 km/h and have neither sign nor "not available". Incline 0.1 %, ramp angle 0.1 °, elevation
    gains 0.1 m, MET 0.1. `*_raw8` are the legacy one-byte pace, whose unit devices do not agree on.
    """

    speed_ckmh: int | None = None
    average_speed_ckmh: int | None = None
    distance_m: int | None = None
    incline_dpct: int | None = None
    ramp_angle_ddeg: int | None = None
    elevation_positive_dm: int | None = None
    elevation_negative_dm: int | None = None
    pace_s_per_500m: int | None = None
    average_pace_s_per_500m: int | None = None
    pace_raw8: int | None = None
    average_pace_raw8: int | None = None
    energy_kcal: int | None = None
    energy_kcal_per_h: int | None = None
    energy_kcal_per_min: int | None = None
    hr_bpm: int | None = None
    met_d: int | None = None
    elapsed_s: int | None = None
    remaining_s: int | None = None
    force_n: int | None = None
    power_w: int | None = None
    steps: int | None = None
    present: Present = Present(0)
    more_data: bool | None = False
    """True: the rest of the record follows. None: fewer than two bytes came, so nobody knows."""
    truncated: bool = False
    """The flags announced more than came."""
    unknown_flags: int = 0
    """Reserved flag bits that were set; what they announce is in `trailing`."""
    trailing: bytes = b""
    """What followed the last whole field."""


FIELDS = (
    Field("speed_ckmh", 0, U16),
    Field("average_speed_ckmh", 1, U16),
    Field("distance_m", 2, U24),
    Field("incline_dpct", 3, S16, 0x7FFF),
    Field("ramp_angle_ddeg", 3, S16, 0x7FFF),
    Field("elevation_positive_dm", 4, U16),
    Field("elevation_negative_dm", 4, U16),
    Field("pace_s_per_500m", 5, U16, legacy=Field("pace_raw8", 5, U8)),
    Field("average_pace_s_per_500m", 6, U16, legacy=Field("average_pace_raw8", 6, U8)),
    Field("energy_kcal", 7, U16, 0xFFFF),
    Field("energy_kcal_per_h", 7, U16, 0xFFFF),
    Field("energy_kcal_per_min", 7, U8, 0xFF),
    Field("hr_bpm", 8, U8),
    Field("met_d", 9, U8),
    Field("elapsed_s", 10, U16),
    Field("remaining_s", 11, U16),
    Field("force_n", 12, S16, 0x7FFF),
    Field("power_w", 12, S16, 0x7FFF),
    Field("steps", 13, U24),
)
"""In wire order. The flag bit 0 is inverted: speed is there when it is clear."""

NAMES = TreadmillData.__struct_fields__[: len(Present)]
PRESENT: dict[str, Present] = dict(zip(NAMES, Present, strict=True))


ELEVATION_BIT = 4


def unavailable_raws(field: Field, quirks: RecordQuirks) -> tuple[int, ...]:
    """The raw values of `field` that mean "not available"."""
    if field.bit == ELEVATION_BIT:
        return quirks.elevation_unavailable
    return () if field.unavailable is None else (field.unavailable,)
