"""What was measured of a stop line when it was fitted. Without it the line is never closed. One file per treadmill."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from device_adapters import record_file
from device_adapters.commissioning import VALID_MS, YEAR_9999_MS


class Fitted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which circuit it is in, what the belt does when it opens, and how long it takes to rest, in s, from a speed in
    km/h. `address`: what the treadmill is known by. `by` answers for it.
    """

    schema: Literal["stop-line/1"] = "stop-line/1"
    treadmill: str
    address: str
    at_ms: Annotated[int, Meta(ge=0, le=YEAR_9999_MS)]
    by: Annotated[str, Meta(min_length=1, max_length=60)]
    circuit: Literal["stop", "safety_key"]
    belt: Literal["coasts", "brakes"]
    from_kmh: Annotated[float, Meta(ge=3, le=30)]
    rest_s: Annotated[float, Meta(gt=0, le=30)]
    stays_at_rest: Annotated[bool, Meta(description="Closing it again started nothing.")]

    def holds(self, wall_ms: int) -> bool:
        """Recent enough, and of a machine that stays at rest when the line closes again."""
        return self.stays_at_rest and 0 <= wall_ms - self.at_ms <= VALID_MS


def path_of(data: Path, treadmill: str) -> Path:
    """Where a unit keeps it."""
    return data / "commissioning" / f"stop-line-{treadmill}.json"


def read(data: Path, treadmill: str, address: str) -> Fitted | None:
    """The record; None without one, or with one of another machine. ConfigError if it cannot be read."""
    again = f"measure the line again: backstride stop-line record {treadmill}"
    fitted = record_file.read(path_of(data, treadmill), Fitted, again)
    return fitted if fitted is not None and fitted.address.upper() == address.upper() else None


def write(data: Path, fitted: Fitted) -> Path:
    """Keep it, durably; StorageError if the disk will not have it."""
    return record_file.write(path_of(data, fitted.treadmill), fitted)
