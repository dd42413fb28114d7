"""How many pulses a belt's own sensor gives per metre, as they were counted. One JSON file per treadmill."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from device_adapters import record_file
from device_adapters.errors import ConfigError


class Counted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`pulses` came while a belt of `belt_m` went round `turns` times, counted by the person `by`."""

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


def path_of(data: Path, treadmill: str) -> Path:
    """Where a unit keeps it."""
    return data / "commissioning" / f"belt-sensor-{treadmill}.json"


def read(data: Path, treadmill: str) -> Counted | None:
    """The record, or None without one. ConfigError if it cannot be read."""
    return record_file.read(
        path_of(data, treadmill), Counted, f"count again: backstride belt-sensor {treadmill}"
    )


def write(data: Path, counted: Counted) -> Path:
    """Keep it. ConfigError for a sensor that no speed can be reckoned by; StorageError if the disk will not have it."""
    if not PER_M[0] <= counted.pulses_per_m <= PER_M[1]:
        raise ConfigError(
            f"{counted.pulses_per_m:.2f} pulses per metre: give the sensor {PER_M[0]:g} to {PER_M[1]:g}, such as a "
            "magnet on the roller"
        )
    return record_file.write(path_of(data, counted.treadmill), counted)
