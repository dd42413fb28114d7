"""How many pulses a belt's own sensor gives per metre, as they were counted; of a pod on its roller, how many wheel
revolutions. One JSON file per treadmill and kind of sensor.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from device_adapters import record_file
from device_adapters.errors import ConfigError


class Counted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`pulses` (a pod: revolutions) came while a belt of `belt_m` went round `turns` times, counted by `by`."""

    schema: Literal["belt-sensor/1"] = "belt-sensor/1"
    treadmill: str
    at_ms: Annotated[int, Meta(ge=0)]
    by: Annotated[str, Meta(min_length=1, max_length=60)]
    belt_m: Annotated[float, Meta(ge=1, le=10)]
    turns: Annotated[int, Meta(ge=3, le=1_000)]
    pulses: Annotated[int, Meta(ge=10, le=1_000_000)]

    @property
    def pulses_per_m(self) -> float:
        """What speed is reckoned by."""
        return self.pulses / (self.belt_m * self.turns)


PER_M = (2.0, 60.0)
"""Fewer tell too late at the speeds that a belt begins with, more come closer than a contact bounces."""


POD_PER_M = (3.0, PER_M[1])
"""A pod tells once a second: with fewer a belt that came to rest seems to move on for a while."""


def path_of(data: Path, treadmill: str, *, pod: bool = False) -> Path:
    """Where a unit keeps it, of a `pod` or of a sensor at a pin."""
    return data / "commissioning" / f"belt-{'pod' if pod else 'sensor'}-{treadmill}.json"


def read(data: Path, treadmill: str, *, pod: bool = False) -> Counted | None:
    """The record, or None without one. ConfigError if it cannot be read."""
    path = path_of(data, treadmill, pod=pod)
    return record_file.read(path, Counted, f"count again: backstride belt-sensor {treadmill}")


def write(data: Path, counted: Counted, *, pod: bool = False) -> Path:
    """Keep it. ConfigError for a sensor that no speed can be reckoned by; StorageError if the disk will not have it."""
    least, most = POD_PER_M if pod else PER_M
    if not least <= counted.pulses_per_m <= most:
        raise ConfigError(
            f"{counted.pulses_per_m:.2f} pulses per metre: give the sensor {least:g} to {most:g}, such as a magnet on "
            "the roller"
        )
    return record_file.write(path_of(data, counted.treadmill, pod=pod), counted)
