"""Cross Trainer Data 0x2ACE (FTMS v1.0.1 §4.5), read only: the one record of FTMS that can tell backward motion."""

from dataclasses import dataclass
from typing import Literal

from device_adapters.codecs.ftms.layout import Field, lay_out
from device_adapters.codecs.wire import S16, U8, U16, U24
from device_adapters.errors import DecodeError

MORE_DATA = 1
BACKWARD = 1 << 15

FIELDS = (
    Field("speed_ckmh", 0, U16),
    Field("average_speed_ckmh", 1, U16),
    Field("distance_m", 2, U24),
    Field("step_per_min", 3, U16),
    Field("average_step_per_min", 3, U16),
    Field("strides_d", 4, U16),
    Field("elevation_positive_m", 5, U16),
    Field("elevation_negative_m", 5, U16),
    Field("incline_dpct", 6, S16, 0x7FFF),
    Field("ramp_angle_ddeg", 6, S16, 0x7FFF),
    Field("resistance_d", 7, U8, legacy=Field("resistance", 7, S16)),
    Field("power_w", 8, S16, 0x7FFF),
    Field("average_power_w", 9, S16, 0x7FFF),
    Field("energy_kcal", 10, U16, 0xFFFF),
    Field("energy_kcal_per_h", 10, U16, 0xFFFF),
    Field("energy_kcal_per_min", 10, U8, 0xFF),
    Field("hr_bpm", 11, U8),
    Field("met_d", 12, U8),
    Field("elapsed_s", 13, U16),
    Field("remaining_s", 14, U16),
)
"""In wire order after the 24 flag bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossTrainerData:
    """What Backstride reads of a record, in wire units; None: absent or not available."""

    direction: Literal["forward", "backward"]
    speed_ckmh: int | None = None
    distance_m: int | None = None
    step_per_min: int | None = None
    power_w: int | None = None
    elapsed_s: int | None = None
    present: frozenset[str] = frozenset()
    """The names of all fields that were wholly on the wire, also of those not read."""
    more_data: bool = False
    truncated: bool = False
    trailing: bytes = b""


def decode(data: bytes) -> CrossTrainerData:
    """Read one notification; what is cut off is absent. DecodeError only without the whole flags."""
    if len(data) < 3:
        raise DecodeError("cross trainer data 2ace", data, "too short for its 24 flag bits")
    flags = int.from_bytes(data[:3], "little")
    layout = lay_out(FIELDS, flags, 3, len(data))
    numbers: dict[str, int | None] = {}
    for placed in layout.placed:
        number = placed.field.wire.read(data, placed.at)
        numbers[placed.field.name] = None if number == placed.field.unavailable else number
    return CrossTrainerData(
        direction="backward" if flags & BACKWARD else "forward",
        speed_ckmh=numbers.get("speed_ckmh"),
        distance_m=numbers.get("distance_m"),
        step_per_min=numbers.get("step_per_min"),
        power_w=numbers.get("power_w"),
        elapsed_s=numbers.get("elapsed_s"),
        present=frozenset(numbers),
        more_data=bool(flags & MORE_DATA),
        truncated=layout.truncated,
        trailing=bytes(data[layout.end :]),
    )
