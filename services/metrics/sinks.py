"""Where measurements end up: one small port, and the embedded store behind it."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from device_adapters.contract.messages import Event
from device_adapters.errors import StorageError
from services.metrics.points import Point


@dataclass(frozen=True, slots=True)
class Batch:
    """What is written together, or not at all."""

    points: tuple[Point, ...] = ()
    events: tuple[Event, ...] = ()


class Sink(Protocol):
    """A store. Blocking: called in a thread, one call at a time."""

    def write(self, batch: Batch) -> None:
        """Return when the batch would survive a power cut; writing a frame again changes nothing.

        Raises StorageError; then the same batch comes again later.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


_BUSY_S = 5.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS treadmill (
    device TEXT, boot TEXT, seq INTEGER, at_ms INTEGER, speed_kmh REAL, incline_pct REAL, distance_m INTEGER,
    elapsed_s INTEGER, energy_kcal INTEGER, hr_bpm INTEGER, steps INTEGER, power_w INTEGER,
    PRIMARY KEY (device, boot, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS strap (
    device TEXT, boot TEXT, seq INTEGER, at_ms INTEGER, hr_bpm INTEGER, contact INTEGER, rr_ms TEXT,
    energy_kj INTEGER,
    PRIMARY KEY (device, boot, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
    id TEXT PRIMARY KEY, at_ms INTEGER, source TEXT, kind TEXT, cause TEXT, text TEXT, severity TEXT,
    treadmill TEXT, strap TEXT, session TEXT, before TEXT, after TEXT
) WITHOUT ROWID;
"""

_INSERT = {
    "treadmill": """
        INSERT OR IGNORE INTO treadmill VALUES (
            :device, :boot, :seq, :at_ms, :speed_kmh, :incline_pct, :distance_m, :elapsed_s, :energy_kcal, :hr_bpm,
            :steps, :power_w
        )""",
    "strap": """
        INSERT OR IGNORE INTO strap VALUES (
            :device, :boot, :seq, :at_ms, :hr_bpm, :contact, :rr_ms, :energy_kj
        )""",
    "event": """
        INSERT OR IGNORE INTO event VALUES (
            :id, :at_ms, :source, :kind, :cause, :text, :severity, :treadmill, :strap, :session, :before, :after
        )""",
}
_NOTHING_KNOWN = {
    "treadmill": dict.fromkeys(
        ("speed_kmh", "incline_pct", "distance_m", "elapsed_s", "energy_kcal", "hr_bpm", "steps", "power_w")
    ),
    "strap": dict.fromkeys(("hr_bpm", "contact", "rr_ms", "energy_kj")),
}

_STORED = """
    SELECT (SELECT count(*) FROM treadmill WHERE device = :device) + (SELECT count(*) FROM strap WHERE device = :device)
"""
_GAPS = """
    SELECT coalesce(sum(missing), 0) FROM (
        SELECT max(seq) - min(seq) + 1 - count(*) AS missing FROM treadmill WHERE device = :device GROUP BY boot
        UNION ALL
        SELECT max(seq) - min(seq) + 1 - count(*) FROM strap WHERE device = :device GROUP BY boot
    )
"""
_SPEED_MAX = "SELECT max(speed_kmh) FROM treadmill WHERE device = :device"


class SqliteSink:
    """The embedded store: one SQLite file, opened or created at `path`. Raises StorageError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.duplicates = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=_BUSY_S, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as e:
            raise StorageError(
                f"{path}: {e}; check that the folder is writable and the file a database"
            ) from e

    def write(self, batch: Batch) -> None:
        """As `Sink.write`; frames and events that are there already are counted as duplicates."""
        try:
            before = self._db.total_changes
            with self._db:
                for measurement in ("treadmill", "strap"):
                    rows = [_row(point) for point in batch.points if point.measurement == measurement]
                    self._db.executemany(_INSERT[measurement], rows)
                self._db.executemany(_INSERT["event"], [_event_row(event) for event in batch.events])
            self.duplicates += len(batch.points) + len(batch.events) - (self._db.total_changes - before)
        except sqlite3.Error as e:
            raise StorageError(f"{self._path}: {e}; check the disk") from e

    def close(self) -> None:
        """As `Sink.close`."""
        self._db.close()

    def stored(self, device: str) -> int:
        """Frames of a treadmill or strap."""
        return int(self._number(_STORED, device) or 0)

    def gaps(self, device: str) -> int:
        """Sequence numbers that are missing between the first and the last frame of each of its unit's boots."""
        return int(self._number(_GAPS, device) or 0)

    def speed_max_kmh(self, treadmill: str) -> float | None:
        """The fastest belt speed on record; None without any."""
        return self._number(_SPEED_MAX, treadmill)

    def _number(self, query: str, device: str) -> float | None:
        try:
            row: tuple[float | None] = self._db.execute(query, {"device": device}).fetchone()
        except sqlite3.Error as e:
            raise StorageError(f"{self._path}: {e}; check the file") from e
        return row[0]


def _row(point: Point) -> dict[str, object]:
    key = {"device": point.device, "boot": point.boot, "seq": point.seq, "at_ms": point.at_ms}
    return {**_NOTHING_KNOWN[point.measurement], **point.fields, **key}


def _event_row(event: Event) -> dict[str, object]:
    as_text = {name: msgspec.json.encode(getattr(event, name)).decode() for name in ("before", "after")}
    return {**msgspec.structs.asdict(event), **as_text}
