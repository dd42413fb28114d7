"""What the embedded store keeps, and for how long: measurements, then minute means, within a bound on the disk.

In small steps between two batches of the writer, so that nothing waits for it. Rows are summed up and deleted in one
transaction: a crash loses none and counts none twice.
"""

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from device_adapters.errors import StorageError
from device_adapters.units import DAY_MS, MINUTE_MS
from services.metrics import minutes, schema
from services.metrics.lived_time import cutoff_ms, lived_ms
from services.metrics.minute_table import Fold, minute_table

BLOCK_MS = 2 * MINUTE_MS
"""So much time is looked at in one step: about 24,000 rows of 50 treadmills."""

IDLE_MS = 2 * DAY_MS
AROUND_MS = 5 * MINUTE_MS
"""Frames of a treadmill without a session near go after IDLE_MS: they are almost all of the store."""

HEALTH_DAYS = 30
SESSION_DAYS = 400
HEART_DAYS = 95
"""After the 90 days of the retention job, which keeps mean and peak of each session, and some nights."""

RESERVE_SHARE, RESERVE_MAX = 0.05, 500_000_000
"""Of the disk; left to the other stores on it. The writer itself stops at half of it."""

FILLED = 0.98
NO_TIME_MS = 1_577_836_800_000
"""2020: what claims to be older is of a clock that was never set, and says nothing of its age. It goes by the bound."""

DUE_FIRST = 30 * MINUTE_MS
"""Where the bound makes room, the newest half hour goes last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Days of frames in sessions, days of minute means, bytes of the store."""

    raw_days: int = minutes.RAW_DAYS + 10
    minutes_days: int = minutes.MINUTES_DAYS
    bytes_max: int = 8_000_000_000


class Thinning:
    """Of one open store. Called in the writer's thread. Raises StorageError."""

    def __init__(self, db: sqlite3.Connection, path: Path, keep: Keep) -> None:
        self._db, self._path, self._keep = db, path, keep
        self._passed_at_ms: int | None = None
        self._folds = {m.name: Fold(m) for m in minutes.MEASUREMENTS}
        for measurement in minutes.MEASUREMENTS:
            db.executescript(minute_table(measurement))
        db.execute(
            "CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID"
        )

    def step(self, wall_ms: int, now_ms: int) -> bool:
        """One piece of work, of a tenth of a second or so; False: nothing is due. `now_ms`: monotonic."""
        try:
            with self._db:
                return self._step(wall_ms, self._lived(wall_ms, now_ms))
        except (sqlite3.Error, OSError) as e:
            raise StorageError(f"{self._path}: {e}; free space on its disk (df)") from e

    def _step(self, wall_ms: int, lived: int) -> bool:
        return (
            self._idle(cutoff_ms(lived, wall_ms, IDLE_MS))
            or any(self._old(name, cutoff_ms(lived, wall_ms, days * DAY_MS)) for name, days in self._ages())
            or self._beyond(max(lived, wall_ms))
        )

    def _ages(self) -> Iterator[tuple[str, int]]:
        yield schema.TREADMILL.name, self._keep.raw_days
        yield schema.SESSION.name, max(SESSION_DAYS, self._keep.raw_days)
        yield schema.UNIT.name, HEALTH_DAYS
        yield schema.PIPELINE.name, HEALTH_DAYS
        yield schema.STRAP.name, HEART_DAYS
        yield schema.TREADMILL_HEART.name, HEART_DAYS
        yield schema.LINK.name, SESSION_DAYS
        for measurement in minutes.MEASUREMENTS:
            yield f"{measurement.name}_1m", self._keep.minutes_days

    def _idle(self, cutoff: int) -> bool:
        """Frames of treadmills on which no session was near."""
        row = self._db.execute(
            "SELECT min(at_ms) FROM treadmill WHERE at_ms >= ?", (max(NO_TIME_MS, self._mark("idle")),)
        ).fetchone()
        if row[0] is None:
            return False
        begin = row[0] - row[0] % MINUTE_MS
        end = begin + BLOCK_MS
        if end > cutoff:
            return False
        near = self._db.execute(
            "SELECT DISTINCT treadmill FROM session WHERE at_ms BETWEEN ? AND ?",
            (begin - AROUND_MS, end + AROUND_MS),
        ).fetchall()
        self._folds[schema.TREADMILL.name].fold(self._db, begin, end, spare=tuple(name for (name,) in near))
        self._set_mark("idle", end)
        return True

    def _old(self, name: str, cutoff: int) -> bool:
        oldest = self._oldest(name, NO_TIME_MS)
        if oldest is None or oldest >= cutoff:
            return False
        self._take(name, oldest, cutoff)
        return True

    def _beyond(self, now_ms: int) -> bool:
        """Make room: what says that it is of a day to come, then what there is most of."""
        if self._used() <= self._bytes_max():
            return False
        names = [name for name, _ in self._ages()] + [schema.EVENT.name, schema.SESSION_END.name]
        for name in names:
            if (self._newest(name) or 0) > now_ms + DAY_MS:
                self._db.execute(f'DELETE FROM "{name}" WHERE at_ms > ?', (now_ms + DAY_MS,))  # noqa: S608
                return True
        for newest in (now_ms - DUE_FIRST, None):
            for name in names:
                oldest = self._oldest(name)
                if oldest is not None and (newest is None or oldest < newest):
                    self._take(name, oldest, oldest + DUE_FIRST)
                    return True
        return False

    def _take(self, name: str, oldest: int, cutoff: int) -> None:
        """The oldest block goes, into minute means where there are some."""
        begin = oldest - oldest % MINUTE_MS
        end = min(begin + BLOCK_MS, max(cutoff, oldest + 1))
        if name in self._folds:
            self._folds[name].fold(self._db, begin, end)
        else:
            wide = max(end, min(begin + DUE_FIRST, cutoff))
            self._db.execute(f'DELETE FROM "{name}" WHERE at_ms BETWEEN ? AND ?', (begin, wide - 1))  # noqa: S608

    def _oldest(self, name: str, from_ms: int = -(2**63)) -> int | None:
        asked = f'SELECT min(at_ms) FROM "{name}" WHERE at_ms >= ?'  # noqa: S608  names of the schema
        found: tuple[int | None] = self._db.execute(asked, (from_ms,)).fetchone()
        return found[0]

    def _newest(self, name: str) -> int | None:
        found: tuple[int | None] = self._db.execute(f'SELECT max(at_ms) FROM "{name}"').fetchone()  # noqa: S608
        return found[0]

    def _used(self) -> int:
        pages, free, size = (
            self._db.execute(f"PRAGMA {what}").fetchone()[0]
            for what in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    def _bytes_max(self) -> int:
        """The bound; on a disk without room beside its reserve a little less than the file, so that what is new finds
        place in it. Never less because others fill the disk: that would free nothing."""
        pages, size = (
            int(self._db.execute(f"PRAGMA {what}").fetchone()[0]) for what in ("page_count", "page_size")
        )
        disk = os.statvfs(self._path.parent)
        room = disk.f_bavail * disk.f_frsize - reserve(disk)
        return min(self._keep.bytes_max, pages * size + room if room > 0 else round(pages * size * FILLED))

    def _lived(self, wall_ms: int, now_ms: int) -> int:
        before = self._mark("lived") or self._first_lived(wall_ms)
        passed = 0 if self._passed_at_ms is None else now_ms - self._passed_at_ms
        self._passed_at_ms = now_ms
        lived = lived_ms(before, wall_ms, passed)
        self._set_mark("lived", lived)
        return lived

    def _first_lived(self, wall_ms: int) -> int:
        """A store that has not counted yet: up to the newest that its own service wrote by the hub's clock."""
        row = self._db.execute("SELECT max(at_ms) FROM pipeline").fetchone()
        return wall_ms if row[0] is None else min(wall_ms, int(row[0]))

    def _mark(self, name: str) -> int:
        row = self._db.execute("SELECT at_ms FROM kept WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def _set_mark(self, name: str, at_ms: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO kept (name, at_ms) VALUES (?, ?)", (name, at_ms))


def reserve(disk: os.statvfs_result) -> int:
    """Bytes of that disk which are not this store's to fill."""
    return min(int(disk.f_blocks * disk.f_frsize * RESERVE_SHARE), RESERVE_MAX)
