"""What a treadmill's book says: how long and far it moved, how often it started and failed, what firmware it had, and
when it was serviced. Pure.

Counted by the frames that a unit sends, each once: time and way between two of them, by the speed of the first.
"""

from datetime import UTC, datetime
from typing import Final

import msgspec

from device_adapters.contract.messages import TreadmillTelemetry
from device_adapters.safety.hazards import Cause
from device_adapters.units import HOUR_MS
from services.console.operator.misdeeds import WORST_FIRST

GAP_MAX_MS = 3_000
"""Between two frames nobody knows more than this long what a belt did."""

FIRMWARES_MAX = 20

FAULTS: Final = frozenset(
    {
        *WORST_FIRST,
        Cause.LINK_LOST,
        Cause.DATA_SILENT,
        Cause.NOT_STARTED,
        Cause.MACHINE_REBOOT,
        Cause.CONTROL_LOST,
    }
)
"""Hazards that are the machine's own: not what people pressed, nor what hub, network or heart did."""


class Firmware(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A version, and when it was first seen (wall ms)."""

    version: str
    at_ms: int


class BookEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one treadmill, since `since_ms` (wall). `service_every_h`: 0 where nobody asked for one; `serviced_*`: when
    it was last, how long it had moved by then, and who said so (a signature)."""

    since_ms: int
    moved_ms: int = 0
    moved_m: float = 0.0
    starts: int = 0
    faults: dict[str, int] = {}
    firmware: tuple[Firmware, ...] = ()
    service_every_h: int = 0
    serviced_ms: int = 0
    serviced_moved_ms: int = 0
    serviced_by: str = ""

    @property
    def service_left_h(self) -> float | None:
        """Hours that it may move until the next service, negative once it is overdue; None where nobody asked."""
        if not self.service_every_h:
            return None
        return self.service_every_h - (self.moved_ms - self.serviced_moved_ms) / HOUR_MS


def moved(entry: BookEntry, before: TreadmillTelemetry | None, now: TreadmillTelemetry) -> BookEntry:
    """With what it did between two frames; `before` is the one that was last counted. An older or double one, or one
    of another start of the unit, counts nothing."""
    if before is None or before.boot != now.boot or now.seq <= before.seq:
        return entry
    speed, next_speed = before.speed_kmh or 0.0, now.speed_kmh or 0.0
    starts = entry.starts + (speed <= 0 < next_speed)
    took_ms = now.at_ms - before.at_ms
    if speed > 0 and 0 < took_ms <= GAP_MAX_MS:
        way_m = speed / 3.6 * took_ms / 1_000
        return msgspec.structs.replace(
            entry, starts=starts, moved_ms=entry.moved_ms + took_ms, moved_m=entry.moved_m + way_m
        )
    return entry if starts == entry.starts else msgspec.structs.replace(entry, starts=starts)


def failed(entry: BookEntry, cause: str) -> BookEntry:
    """With one more fault, if it is the machine's own."""
    if cause not in FAULTS:
        return entry
    return msgspec.structs.replace(entry, faults={**entry.faults, cause: entry.faults.get(cause, 0) + 1})


def told_firmware(entry: BookEntry, version: str, at_ms: int) -> BookEntry:
    """With the firmware that it tells now; one that it does not tell is none."""
    if not version or (entry.firmware and entry.firmware[-1].version == version):
        return entry
    seen = (*entry.firmware, Firmware(version=version, at_ms=at_ms))[-FIRMWARES_MAX:]
    return msgspec.structs.replace(entry, firmware=seen)


def serviced(entry: BookEntry, at_ms: int, by: str) -> BookEntry:
    """From now on the next one counts."""
    return msgspec.structs.replace(entry, serviced_ms=at_ms, serviced_moved_ms=entry.moved_ms, serviced_by=by)


def changed_since(entry: BookEntry, commissioned: str) -> Firmware | None:
    """The firmware that is newer than the commissioning (a day, ISO; '' for none): what it does has to be proven anew.
    The first that was seen is no change."""
    if len(entry.firmware) < 2:
        return None
    newest = entry.firmware[-1]
    return newest if not commissioned or day_of(newest.at_ms) > commissioned[:10] else None


def day_of(at_ms: int) -> str:
    """UTC, as commissioning records have it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()
