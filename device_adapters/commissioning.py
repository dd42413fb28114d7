"""The dated record of what a treadmill proved it does, and what it is worth. One JSON file per treadmill."""

import contextlib
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from device_adapters import record_file
from device_adapters.errors import StorageError
from device_adapters.units import DAY_MS

VALID_DAYS = 183
"""A record is worth 6 months (domain.md §8)."""

VALID_MS = VALID_DAYS * DAY_MS


YEAR_9999_MS = 253_370_764_800_000
Figure = Annotated[float, Meta(ge=0, le=1_000)]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one commissioning found, with nobody on the belt. Speeds in km/h, rates in km/h per s, times in s.

    `firmware`: as the machine told it then. `starts_by_speed`: it needs no Start before Set Target Speed, which starts
    it. `spoilt`: what the machine did later that the record denies.
    """

    schema: Literal["commissioning/1"] = "commissioning/1"
    treadmill: str
    address: str
    model: str = ""
    firmware: str = ""
    at_ms: Annotated[int, Meta(ge=0, le=YEAR_9999_MS)]
    by: Annotated[str, Meta(min_length=1, max_length=60)]
    units_right: bool
    speed_min_kmh: Figure
    speed_max_kmh: Figure
    accel_kmh_s: Figure
    decel_kmh_s: Figure
    stop_s: Figure
    stops_on_link_loss: bool
    grade_right: bool
    starts_by_speed: bool = False
    simulated: bool = False
    spoilt: str = ""
    notes: tuple[str, ...] = ()

    @property
    def date(self) -> str:
        """The day of the commissioning (UTC), as in ISO 8601."""
        return datetime.fromtimestamp(self.at_ms / 1000, UTC).date().isoformat()

    def good(self, wall_ms: int, *, simulated: bool | None = None) -> bool:
        """Does it show, and recently enough, that the machine does what it is told and stops when the link drops?

        `simulated`: is the machine that it is held against one? A record of a simulated one says nothing of a real one.
        """
        age_ms = wall_ms - self.at_ms
        recent = 0 <= age_ms <= VALID_MS
        kin = simulated is None or simulated or not self.simulated
        proved = self.units_right and self.stops_on_link_loss and self.grade_right
        return recent and kin and proved and not self.spoilt

    def is_of(self, model: str, firmware: str) -> bool:
        """Was this machine commissioned as it is now? What it does not tell, then or now, cannot be compared."""
        pairs = ((model, self.model), (firmware, self.firmware))
        return all(now == then for now, then in pairs if now and then)


def path_of(data: Path, treadmill: str) -> Path:
    """Where a unit keeps the record of a treadmill."""
    return data / "commissioning" / f"{treadmill}.json"


def read(data: Path, treadmill: str, address: str) -> Record | None:
    """The record, or None without one. A record of another machine (address) is none. ConfigError if unreadable."""
    again = f"commission the treadmill again: backstride commission {treadmill}"
    record = record_file.read(path_of(data, treadmill), Record, again)
    return record if record is not None and record.address.upper() == address.upper() else None


def write(data: Path, record: Record) -> Path:
    """Keep the record, durably; StorageError if the disk will not have it."""
    return record_file.write(path_of(data, record.treadmill), record)


def write_apart(data: Path, record: Record) -> None:
    """Keep the record without waiting for the disk; one that will not have it keeps the old one."""

    def work() -> None:
        with contextlib.suppress(StorageError):
            write(data, record)

    threading.Thread(target=work, name="commissioning record", daemon=True).start()


def spoilt(record: Record, cause: str) -> Record:
    """The record of a machine that did what it denies."""
    return msgspec.structs.replace(record, spoilt=cause)
