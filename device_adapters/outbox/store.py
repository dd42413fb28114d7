"""The outbox's file: what the broker has not acknowledged, in order, within a size. Blocking: one writer thread.

SQLite in WAL mode with synchronous=FULL: what `commit` returned for survives a kill and a power cut. Deleted rows
leave free pages for new ones, so the file stays near its largest use, at most about 1.5 times `bytes_max`.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from device_adapters.contract.freshness import AGE_UNKNOWN_MS, aged
from device_adapters.errors import StorageError
from device_adapters.private_store import keep_private

log = structlog.get_logger("outbox")

Kind = Literal["telemetry", "event"]

ROW_BYTES = 64
"""What a row costs beyond its topic and payload."""

_LOCK_WAIT_S = 1.0
_IDS_PER_STATEMENT = 500
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, is_event INTEGER NOT NULL,
    topic TEXT NOT NULL, payload BLOB NOT NULL, size INTEGER NOT NULL, put_ms INTEGER
);
CREATE INDEX IF NOT EXISTS telemetry ON message (id) WHERE NOT is_event;
CREATE INDEX IF NOT EXISTS event ON message (id) WHERE is_event;
"""

# Two statements, since SQLite uses an index of some rows only where the statement says literally which.
_AFTER: dict[Kind, str] = {
    "telemetry": "SELECT id, topic, payload, put_ms FROM message WHERE NOT is_event AND id > ? ORDER BY id LIMIT ?",
    "event": "SELECT id, topic, payload, put_ms FROM message WHERE is_event AND id > ? ORDER BY id LIMIT ?",
}


CACHE_KIB = 256
"""A queue is written at one end and read at the other: more pages in memory serve nobody."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something to deliver. `put_ms`: when it was handed in, by this process's monotonic clock; None where that is not
    known, since another process did it."""

    topic: str
    payload: bytes
    kind: Kind
    put_ms: int | None = None

    @property
    def size(self) -> int:
        """Bytes it counts for."""
        return len(self.topic.encode()) + len(self.payload) + ROW_BYTES

    def told(self, now_ms: int) -> bytes:
        """The payload as it is sent now: a measurement that waited tells for how long, so that it steers nobody."""
        if self.kind == "event":
            return self.payload
        return aged(self.payload, AGE_UNKNOWN_MS if self.put_ms is None else now_ms - self.put_ms)


@dataclass(frozen=True, slots=True)
class Row:
    """A message on disk; ids rise in the order of writing and are never used twice."""

    id: int
    message: Message


@dataclass(frozen=True, slots=True)
class Committed:
    """What one commit did. `ids` are those of the new messages, in their order."""

    ids: tuple[int, ...]
    rows: int
    telemetry_dropped: int
    events_dropped: int


class OutboxStore:
    """Rows within `bytes_max`: the oldest telemetry gives way, an event only when there is nothing but events."""

    def __init__(self, path: Path, bytes_max: int) -> None:
        self._path = path
        self._bytes_max = bytes_max
        self._db: sqlite3.Connection | None = None
        self._rows = 0
        self._bytes = 0

    def open(self) -> tuple[int, int]:
        """Open, again or anew; returns how many rows there are and the highest id ever used.

        Raises StorageError. A damaged file is set aside and a new one begun.
        """
        self.close()
        try:
            try:
                return self._open()
            except sqlite3.DatabaseError as e:
                if getattr(e, "sqlite_errorcode", None) not in _DAMAGED:
                    raise
                log.error("outbox_damaged", code=StorageError.code, path=str(self._path), why=str(e))  # noqa: TRY400
                self._set_aside()
                return self._open()
        except (sqlite3.Error, OSError) as e:
            self.close()
            raise StorageError(
                f"{self._path}: {e}; check that the disk is writable and that no other unit uses this file"
            ) from e

    def commit(self, new: Sequence[Message], delivered: Sequence[int], expired_to: int) -> Committed:
        """Write `new`, delete `delivered` and all telemetry up to id `expired_to`, in one transaction.

        Raises StorageError; then nothing has changed.
        """
        db = self._require_open()
        before = self._rows, self._bytes
        try:
            with db:
                self._delete(delivered)
                expired = self._delete([id_ for id_, _ in self._telemetry(expired_to)])
                ids = [self._insert(message) for message in new]
                evicted = self._delete(self._to_evict())
                refused = self._delete(self._to_refuse(ids, new))
        except sqlite3.Error as e:
            self._rows, self._bytes = before
            raise StorageError(f"{self._path}: {e}; check the disk") from e
        return Committed(tuple(ids), self._rows, expired + evicted, refused)

    def after(self, kind: Kind, id_: int, limit: int) -> list[Row]:
        """The next rows of this kind with a higher id, in order. Raises StorageError."""
        try:
            found = self._require_open().execute(_AFTER[kind], (id_, limit))
            return [Row(i, Message(topic, payload, kind, put_ms)) for i, topic, payload, put_ms in found]
        except sqlite3.Error as e:
            raise StorageError(f"{self._path}: {e}; check the disk") from e

    def close(self) -> None:
        """May be called twice, and opened again."""
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def _open(self) -> tuple[int, int]:
        keep_private(self._path)
        db = self._db = sqlite3.connect(self._path, timeout=_LOCK_WAIT_S, check_same_thread=False)
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        db.executescript(_SCHEMA)
        if "put_ms" not in {column[1] for column in db.execute("PRAGMA table_info(message)")}:
            db.execute("ALTER TABLE message ADD COLUMN put_ms INTEGER")
        self._rows, self._bytes = db.execute(
            "SELECT count(*), coalesce(sum(size), 0) FROM message"
        ).fetchone()
        last = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'message'").fetchone()
        return self._rows, last[0] if last else 0

    def _set_aside(self) -> None:
        self.close()
        for suffix in ("-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        self._path.replace(self._path.with_name(self._path.name + ".damaged"))

    def _require_open(self) -> sqlite3.Connection:
        if self._db is None:
            raise StorageError(f"{self._path}: not open")
        return self._db

    def _insert(self, message: Message) -> int:
        size = message.size
        cursor = self._require_open().execute(
            "INSERT INTO message (is_event, topic, payload, size, put_ms) VALUES (?, ?, ?, ?, ?)",
            (message.kind == "event", message.topic, message.payload, size, message.put_ms),
        )
        self._rows += 1
        self._bytes += size
        return int(cursor.lastrowid or 0)

    def _delete(self, ids: Sequence[int]) -> int:
        """Returns how many of them there were."""
        deleted = 0
        for first in range(0, len(ids), _IDS_PER_STATEMENT):
            some = ids[first : first + _IDS_PER_STATEMENT]
            marks = ",".join("?" * len(some))
            sizes = (
                self._require_open()
                .execute(f"DELETE FROM message WHERE id IN ({marks}) RETURNING size", some)  # noqa: S608
                .fetchall()
            )
            deleted += len(sizes)
            self._bytes -= sum(size for (size,) in sizes)
        self._rows -= deleted
        return deleted

    def _telemetry(self, to_id: int) -> list[tuple[int, int]]:
        return (
            self._require_open()
            .execute("SELECT id, size FROM message WHERE NOT is_event AND id <= ? ORDER BY id", (to_id,))
            .fetchall()
        )

    def _to_evict(self) -> list[int]:
        excess = self._bytes - self._bytes_max
        if excess <= 0:
            return []
        oldest_first = self._require_open().execute(
            "SELECT id, size FROM message WHERE NOT is_event ORDER BY id"
        )
        evicted = []
        for id_, size in oldest_first:
            if excess <= 0:
                break
            evicted.append(id_)
            excess -= size
        return evicted

    def _to_refuse(self, ids: Sequence[int], new: Sequence[Message]) -> list[int]:
        """What is left of `new` once no telemetry is: its newest events, until the rest fits."""
        excess = self._bytes - self._bytes_max
        refused = []
        for id_, message in reversed(list(zip(ids, new, strict=True))):
            if excess <= 0:
                break
            if message.kind == "event":
                refused.append(id_)
                excess -= message.size
        return refused
