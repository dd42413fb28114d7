"""The parameters that control point requests and machine status notifications share (FTMS v1.0.1 §4.16, §4.17).

A form is the list of a parameter's numbers, named with their wire units.
"""

from collections.abc import Sequence

from device_adapters.codecs.wire import S16, U8, U16, U24, WireInt
from device_adapters.errors import UnitError

Form = tuple[tuple[str, WireInt], ...]

NOTHING: Form = ()
SPEED: Form = (("speed_ckmh", U16),)
INCLINE: Form = (("incline_dpct", S16),)
RESISTANCE: Form = (("resistance_d", U8),)
POWER: Form = (("power_w", S16),)
HEART_RATE: Form = (("heart_rate_bpm", U8),)
STOP_OR_PAUSE: Form = (("stop_or_pause", U8),)
ENERGY: Form = (("energy_kcal", U16),)
STEPS: Form = (("steps", U16),)
STRIDES: Form = (("strides", U16),)
DISTANCE: Form = (("distance_m", U24),)
TIME: Form = (("time_s", U16),)
TWO_ZONES: Form = (("fat_burn_s", U16), ("fitness_s", U16))
THREE_ZONES: Form = (("light_s", U16), ("moderate_s", U16), ("hard_s", U16))
FIVE_ZONES: Form = (
    ("very_light_s", U16), ("light_s", U16), ("moderate_s", U16), ("hard_s", U16), ("maximum_s", U16),
)  # fmt: skip
BIKE_SIMULATION: Form = (
    ("wind_mm_per_s", S16), ("grade_cpct", S16), ("rolling_resistance_e4", U8), ("wind_resistance_ckg_per_m", U8),
)  # fmt: skip
WHEEL_CIRCUMFERENCE: Form = (("wheel_dmm", U16),)
SPIN_DOWN: Form = (("spin_down", U8),)
CADENCE: Form = (("cadence_half_rpm", U16),)


def size_of(form: Form) -> int:
    """Bytes on the wire."""
    return sum(wire.size for _, wire in form)


def read(form: Form, body: bytes) -> tuple[int, ...] | None:
    """The numbers at the start of `body`; None if it is too short for all of them."""
    if len(body) < size_of(form):
        return None
    numbers: list[int] = []
    at = 0
    for _, wire in form:
        numbers.append(wire.read(body, at))
        at += wire.size
    return tuple(numbers)


def write(form: Form, numbers: Sequence[int]) -> bytes:
    """The bytes of `numbers`. UnitError names the number that does not fit, or how many are wanted."""
    if len(numbers) != len(form):
        raise UnitError(f"{len(numbers)} numbers given; this takes {[name for name, _ in form]}")
    return b"".join(wire.write(number, name) for (name, wire), number in zip(form, numbers, strict=True))
