"""The spool: lines on their way to the database, durable in one SQLite file, and the lines that it refused.

What `write` returned for survives a kill and a power cut. The file is bounded: when it is full, `write` raises, the
writer acknowledges no more, and the broker and the units' outboxes keep what comes (nothing is dropped here). Refused
lines have a quarter of that beside it; there the oldest give way to newer ones, and are counted.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from device_adapters.errors import StorageError
from device_adapters.private_store import keep_private
from services.metrics.line_protocol import line, packed, unpacked
from services.metrics.minutes import touched, touched_by
from services.metrics.points import Point
from services.metrics.sqlite import BUSY_S

LINES_MAX = 5_000
"""Lines that travel together (InfluxDB's advice for a batch)."""

QUARANTINE_SHARE = 4
"""The refused lines and their reasons take at most this part of `bytes_max`."""

_ADD = "INSERT INTO chunk (lines, bytes, body, minutes) VALUES (?, ?, ?, ?)"
_TOUCH = """
INSERT INTO touched (minute, at_ms, nth) VALUES (?, ?, 1)
ON CONFLICT (minute) DO UPDATE SET at_ms = excluded.at_ms, nth = nth + 1
"""
_FORGET = """
DELETE FROM quarantine WHERE id IN (
    SELECT id FROM (SELECT id, sum(length(why) + length(line)) OVER (ORDER BY id DESC) AS newer FROM quarantine)
    WHERE newer > ?
)
"""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS chunk (
    id INTEGER PRIMARY KEY AUTOINCREMENT, lines INTEGER NOT NULL, bytes INTEGER NOT NULL, body BLOB NOT NULL,
    minutes TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS touched (minute INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, nth INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, why TEXT NOT NULL, line TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Parcel:
    """The oldest chunks, which travel together: all with an id up to `to_id`. `lines` is how many are in `body`."""

    to_id: int
    lines: int
    body: bytes


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that the database does not take, when it said so (ms since 1970), and its words."""

    id: int
    at_ms: int
    why: str
    line: str


class _Connection:
    """One connection to the file at `path` and a lock around each of its transactions. Raises StorageError."""

    def __init__(self, path: Path, synchronous: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            keep_private(path)
            self._db = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=False)
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute(f"PRAGMA synchronous = {synchronous}")
                self._db.executescript(_SCHEMA)
                if "minutes" not in [row[1] for row in self._db.execute("PRAGMA table_info(chunk)")]:
                    self._db.execute("ALTER TABLE chunk ADD COLUMN minutes TEXT NOT NULL DEFAULT ''")
            except sqlite3.Error:
                self._db.close()
                raise
        except (sqlite3.Error, OSError) as e:
            raise StorageError(f"{path}: {e}; give the metrics service a writable data folder") from e

    @contextlib.contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """What SQLite complains of comes out as StorageError."""
        try:
            with self._lock, self._db:
                yield self._db
        except sqlite3.Error as e:
            raise StorageError(f"{self._path}: {e}; check the disk") from e

    def close(self) -> None:
        self._db.close()


class Spool:
    """The file at `path`, at most `bytes_max` of lines. Raises StorageError. Usable from several threads.

    What comes in is on the disk when it is said to be. What goes out waits for no disk: a parcel whose end a power
    cut took back is delivered again, and that changes nothing in the database.
    """

    def __init__(self, path: Path, bytes_max: int) -> None:
        self._path = path
        self._bytes_max = bytes_max
        self.forgotten = 0
        self._in = _Connection(path, "FULL")
        try:
            self._out = _Connection(path, "NORMAL")
        except StorageError:
            self._in.close()
            raise
        self._written = threading.Event()

    def write(self, points: Sequence[Point]) -> int:
        """As `Sink.write`: the points' lines are on disk when it returns."""
        lines = [text for point in points if (text := line(point))]
        chunks = _chunks(lines, touched(points))
        with self._in.transaction() as db:
            (there,) = db.execute("SELECT coalesce(sum(bytes), 0) FROM chunk").fetchone()
            if there + sum(size for _, size, _, _ in chunks) > self._bytes_max:
                raise StorageError(
                    f"{self._path} is full ({self._bytes_max / 1e6:.0f} MB): the database takes nothing; see why, "
                    "or allow more with spool_mb"
                )
            db.executemany(_ADD, chunks)
        self._written.set()
        return 0

    def wait_for_more(self, timeout_s: float) -> None:
        """Return once something was written since `next` looked, or after `timeout_s`."""
        self._written.wait(timeout_s)

    def next(self) -> Parcel | None:
        """The oldest chunks, together at most LINES_MAX lines; None if there are none."""
        self._written.clear()
        bodies: list[bytes] = []
        count = to_id = 0
        with self._out.transaction() as db:
            for id_, lines, body in db.execute("SELECT id, lines, body FROM chunk ORDER BY id"):
                if bodies and count + lines > LINES_MAX:
                    break
                bodies.append(body)
                count += lines
                to_id = id_
        if not bodies:
            return None
        alone = len(bodies) == 1  # mostly; a gzip file in several parts is more than some databases read
        return Parcel(
            to_id, count, bodies[0] if alone else packed([x for body in bodies for x in unpacked(body)])
        )

    def delivered(self, parcel: Parcel, refused: Sequence[tuple[str, str]], now_ms: int) -> None:
        """The database has the parcel, but for the `refused` (line, why): those are kept apart. Wall time.

        What the quarantine has no room for is counted in `forgotten`, the oldest first.
        """
        rows = [(now_ms, why[:500], text) for text, why in refused]
        with self._out.transaction() as db:
            told = db.execute("SELECT DISTINCT minutes FROM chunk WHERE id <= ?", (parcel.to_id,)).fetchall()
            late = {int(minute) for (text,) in told for minute in text.split()}
            db.executemany(_TOUCH, [(minute, now_ms) for minute in late])
            db.execute("DELETE FROM chunk WHERE id <= ?", (parcel.to_id,))
            db.executemany("INSERT INTO quarantine (at_ms, why, line) VALUES (?, ?, ?)", rows)
            if rows:
                self.forgotten += db.execute(_FORGET, (self._bytes_max // QUARANTINE_SHARE,)).rowcount

    def untouched_for(self, quiet_ms: int, now_ms: int, limit: int) -> list[tuple[int, int]]:
        """As `TouchedMinutes.untouched_for`. One that was touched in times to come (a clock was set) has waited."""
        query = "SELECT minute, nth FROM touched WHERE at_ms <= ? OR at_ms > ? ORDER BY minute LIMIT ?"
        with self._out.transaction() as db:
            return db.execute(query, (now_ms - quiet_ms, now_ms, limit)).fetchall()

    def made(self, done: Sequence[tuple[int, int]]) -> None:
        """As `TouchedMinutes.made`."""
        with self._out.transaction() as db:
            db.executemany("DELETE FROM touched WHERE minute = ? AND nth = ?", done)

    def depth(self) -> tuple[int, int]:
        """Lines on their way, lines in quarantine."""
        with self._out.transaction() as db:
            (waiting,) = db.execute("SELECT coalesce(sum(lines), 0) FROM chunk").fetchone()
            (refused,) = db.execute("SELECT count(*) FROM quarantine").fetchone()
        return waiting, refused

    def in_quarantine(self, limit: int) -> list[RefusedLine]:
        """The oldest refused lines."""
        query = "SELECT id, at_ms, why, line FROM quarantine ORDER BY id LIMIT ?"
        with self._out.transaction() as db:
            return [RefusedLine(*row) for row in db.execute(query, (limit,))]

    def replay(self) -> int:
        """Send all refused lines again; returns how many."""
        with self._in.transaction() as db:
            lines = [text for (text,) in db.execute("SELECT line FROM quarantine ORDER BY id")]
            db.executemany(_ADD, _chunks(lines, touched_by(lines)))
            db.execute("DELETE FROM quarantine")
        return len(lines)

    def drop_quarantine(self) -> int:
        """Forget all refused lines; returns how many."""
        with self._in.transaction() as db:
            return db.execute("DELETE FROM quarantine").rowcount

    def close(self) -> None:
        """As `Sink.close`."""
        self._in.close()
        self._out.close()


def _chunks(lines: Sequence[str], minutes: frozenset[int]) -> list[tuple[int, int, bytes, str]]:
    """Rows for `_ADD`. The minutes are those of all of them: the last one brings them."""
    parts = [lines[begin : begin + LINES_MAX] for begin in range(0, len(lines), LINES_MAX)]
    rows = [(len(part), len(body), body, "") for part in parts for body in [packed(part)]]
    return [*rows[:-1], (*rows[-1][:3], " ".join(map(str, minutes)))] if rows else []
