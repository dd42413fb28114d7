"""The embedded store: one SQLite file with a table per measurement."""

import os
import sqlite3
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from device_adapters.errors import StorageError
from device_adapters.private_store import keep_private
from services.metrics import schema
from services.metrics.points import Point
from services.metrics.thinning import Keep, Thinning, reserve

BUSY_S = 5.0
_VERSION = 2
_LOG_BYTES = 64_000_000
_TYPES = {"float": "REAL", "int": "INTEGER", "bool": "INTEGER", "text": "TEXT"}


FOUND_BY = {schema.SESSION_END.name: "session"}
"""What is looked for by neither its time nor its key has an index of its own."""


def _columns(measurement: schema.Measurement) -> list[str]:
    return ["at_ms", *measurement.tags, *(field.name for field in measurement.fields)]


def _create(measurement: schema.Measurement) -> str:
    """A missing part of a key is '', so that two rows without it are the same row."""
    types = {
        "at_ms": "INTEGER",
        **dict.fromkeys(measurement.tags, "TEXT"),
        **{field.name: _TYPES[field.kind] for field in measurement.fields},
    }
    columns = ", ".join(
        f'"{name}" {type_}{" NOT NULL" if name in measurement.key else ""}' for name, type_ in types.items()
    )
    key = ", ".join(f'"{name}"' for name in measurement.key)
    name, found_by = measurement.name, FOUND_BY.get(measurement.name)
    index = (
        f'CREATE INDEX IF NOT EXISTS "{name}_{found_by}" ON "{name}" ("{found_by}");\n' if found_by else ""
    )
    return (
        f'CREATE TABLE IF NOT EXISTS "{name}" ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID;\n'
        f'CREATE INDEX IF NOT EXISTS "{name}_time" ON "{name}" (at_ms);\n{index}'
    )


def _insert(measurement: schema.Measurement) -> str:
    columns = _columns(measurement)
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(f":{name}" for name in columns)
    return f'INSERT OR IGNORE INTO "{measurement.name}" ({names}) VALUES ({values})'  # noqa: S608  our own names


_INSERT = {name: _insert(measurement) for name, measurement in schema.MEASUREMENTS.items()}
_NOTHING_KNOWN: dict[str, dict[str, object]] = {
    name: {column: "" if column in measurement.key else None for column in _columns(measurement)}
    for name, measurement in schema.MEASUREMENTS.items()
}

_STORED = """
    SELECT (SELECT count(*) FROM treadmill WHERE treadmill = :device AND at_ms >= coalesce(:since_ms, at_ms))
         + (SELECT count(*) FROM strap WHERE strap = :device AND at_ms >= coalesce(:since_ms, at_ms))
"""
_GAPS = """
    SELECT coalesce(sum(missing), 0) FROM (
        SELECT max(seq) - min(seq) + 1 - count(*) AS missing FROM treadmill
        WHERE treadmill = :device AND at_ms >= coalesce(:since_ms, at_ms) GROUP BY boot
        UNION ALL
        SELECT max(seq) - min(seq) + 1 - count(*) FROM strap
        WHERE strap = :device AND at_ms >= coalesce(:since_ms, at_ms) GROUP BY boot
    )
"""
_SPEED_MAX = (
    "SELECT max(speed_kmh) FROM treadmill WHERE treadmill = :device AND at_ms >= coalesce(:since_ms, at_ms)"
)


class SqliteSink:
    """One SQLite file, opened or created at `path`. Raises StorageError."""

    def __init__(self, path: Path, keep: Keep | None = None) -> None:
        """`keep`: what `thin` keeps; None: as by default."""
        self._path = path
        try:
            keep_private(path)
            self._db = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=False)
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
                self._prepare()
                self._thinning = Thinning(self._db, path, keep or Keep())
            except (sqlite3.Error, StorageError):
                self._db.close()
                raise
        except (sqlite3.Error, OSError) as e:
            raise StorageError(
                f"{path}: {e}; check that the folder is writable and the file a database"
            ) from e

    def _prepare(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and version != _VERSION:
            raise StorageError(
                f"{self._path}: made by another version ({version}, this is {_VERSION}); move it away to begin anew"
            )
        self._db.executescript("".join(_create(m) for m in schema.MEASUREMENTS.values()))
        for measurement in schema.MEASUREMENTS.values():
            self._grow(measurement)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def _grow(self, measurement: schema.Measurement) -> None:
        """Fields that an earlier version did not have."""
        there = {row[1] for row in self._db.execute(f'PRAGMA table_info("{measurement.name}")')}
        for field in measurement.fields:
            if field.name not in there:
                column = f'"{field.name}" {_TYPES[field.kind]}'
                self._db.execute(f'ALTER TABLE "{measurement.name}" ADD COLUMN {column}')

    def write(self, points: Sequence[Point]) -> int:
        """As `Sink.write`. What is left of the disk is for stops, sign-ins and the record of sessions."""
        try:
            disk = os.statvfs(self._path.parent)
            if disk.f_bavail * disk.f_frsize < reserve(disk) // 2:
                raise StorageError(f"{self._path}: its disk is nearly full; free space on it (df); nothing is lost "
                                   "while the units keep it")  # fmt: skip
            before = self._db.total_changes
            with self._db:
                for name, group in groupby(points, lambda point: point.measurement.name):
                    self._db.executemany(_INSERT[name], [_row(point) for point in group])
            return len(points) - (self._db.total_changes - before)
        except (sqlite3.Error, OSError) as e:
            raise StorageError(f"{self._path}: {e}; free space on its disk (df), or mend or replace it; nothing "
                               "is lost while the units keep it") from e  # fmt: skip

    def thin(self, wall_ms: int, now_ms: int) -> bool:
        """Sum up and forget some of what is old or beyond the bound; False: nothing is due."""
        return self._thinning.step(wall_ms, now_ms)

    def close(self) -> None:
        """As `Sink.close`."""
        self._db.close()

    def stored(self, device: str, since_ms: int | None = None) -> int:
        """Frames of a treadmill or strap, from `since_ms` on (wall time; None: all), as for the next two."""
        return int(self._number(_STORED, device, since_ms) or 0)

    def gaps(self, device: str, since_ms: int | None = None) -> int:
        """Sequence numbers that are missing between the first and the last frame of each of its unit's boots."""
        return int(self._number(_GAPS, device, since_ms) or 0)

    def speed_max_kmh(self, treadmill: str, since_ms: int | None = None) -> float | None:
        """The fastest belt speed on record; None without any."""
        return self._number(_SPEED_MAX, treadmill, since_ms)

    def _number(self, query: str, device: str, since_ms: int | None) -> float | None:
        try:
            row: tuple[float | None] = self._db.execute(
                query, {"device": device, "since_ms": since_ms}
            ).fetchone()
        except sqlite3.Error as e:
            raise StorageError(f"{self._path}: {e}; check the file") from e
        return row[0]


def _row(point: Point) -> dict[str, object]:
    return {**_NOTHING_KNOWN[point.measurement.name], **point.tags, **point.fields, "at_ms": point.at_ms}
