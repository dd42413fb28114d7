"""The journal: an append-only record of every session, in SQLite, that survives a crash at any write.

Every batch is one transaction, on disk before `append` returns (synchronous=FULL), and in the chain (chain.py). A
session with a start and no end was interrupted: it is closed as such when the service returns, and never resumed.
Members by pseudonym only; no heart rates.
"""

import contextlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from device_adapters.errors import StorageError
from device_adapters.private_store import keep_private
from services.session import chain

OF_MEMBERS = ("summary", "answers")
"""Kinds that are of nobody else's use."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    session TEXT NOT NULL,
    treadmill TEXT NOT NULL,
    kind TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entry_session ON entry (session, kind);
CREATE INDEX IF NOT EXISTS entry_kind ON entry (kind, at_ms);
CREATE TRIGGER IF NOT EXISTS entry_stays BEFORE UPDATE ON entry BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record. `kind`: start, end, summary, answers, command, event; `body` is JSON."""

    at_ms: int
    session: str
    treadmill: str
    kind: str
    body: bytes


class Journal:
    """The file. Its methods block: call them from one worker thread at a time."""

    def __init__(self, path: Path) -> None:
        try:
            keep_private(path)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=FULL")
                self._db.executescript(_SCHEMA + chain.SCHEMA)
            except sqlite3.Error:
                self._db.close()
                raise
        except (OSError, sqlite3.Error) as e:
            raise StorageError(f"journal {path}: {e}; give the session service a writable data folder") from e

        self._adopt()

    def _adopt(self) -> None:
        """Take what an earlier release wrote into the chain. What cannot be now is with the next record."""
        with contextlib.suppress(sqlite3.Error):
            self._db.execute("BEGIN IMMEDIATE")
            chain.lengthen(self._db)
            self._db.execute("COMMIT")
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def append(self, entries: Sequence[Entry]) -> None:
        """Commit all or nothing. StorageError if the disk does not take it."""
        rows = [(e.at_ms, e.session, e.treadmill, e.kind, e.body) for e in entries]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany(
                    "INSERT INTO entry (at_ms, session, treadmill, kind, body) VALUES (?, ?, ?, ?, ?)", rows
                )
                chain.lengthen(self._db)
                self._db.execute("COMMIT")
            except sqlite3.Error:
                if self._db.in_transaction:  # a full disk has ended it already
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as e:
            raise StorageError(f"journal: {e}; look at the disk of the hub") from e

    def unfinished(self) -> list[Entry]:
        """The start records of sessions without an end, oldest first."""
        return select(
            self._db, "kind = 'start' AND session NOT IN (SELECT session FROM entry WHERE kind = 'end')", ()
        )

    def entries(self, session: str) -> list[Entry]:
        """Everything recorded of one session, in order."""
        return select(self._db, "session = ?", (session,))

    def of_kind(self, kind: str, since_ms: int) -> list[Entry]:
        """All records of one kind since then, in order."""
        return select(self._db, "kind = ? AND at_ms >= ?", (kind, since_ms))

    def forget_member(self, member: str) -> None:
        """Take a pseudonym out of every record and drop summaries and answers; what the belts did stays, of nobody."""
        name = member.encode()
        try:
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.execute("BEGIN IMMEDIATE")
            found = self._db.execute(
                "SELECT seq, at_ms, session, treadmill, kind, body FROM entry WHERE instr(body, ?)", (name,)
            ).fetchall()
            chain.let_go(self._db, [row[0] for row in found], "member")
            self._db.executemany("DELETE FROM entry WHERE seq = ?", [row[:1] for row in found])
            self._db.executemany(
                "INSERT INTO entry (seq, at_ms, session, treadmill, kind, body) VALUES (?, ?, ?, ?, ?, ?)",
                [(*row[:5], row[5].replace(name, b"")) for row in found if row[4] not in OF_MEMBERS],
            )
            self._db.execute("COMMIT")
        except sqlite3.Error as e:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise StorageError(f"journal: {e}; look at the disk of the hub") from e

    def newest_ms(self) -> int:
        """The time of the newest record; 0 for an empty journal."""
        try:
            found: tuple[int | None] = self._db.execute("SELECT max(at_ms) FROM entry").fetchone()
        except sqlite3.Error as e:
            raise StorageError(f"journal: {e}; look at the disk of the hub") from e
        return found[0] or 0

    def forget_before(self, at_ms: int, *, dry_run: bool) -> int:
        """Drop records from before that time; how many there are."""
        try:
            if dry_run:
                query = "SELECT count(*) FROM entry WHERE at_ms < ?"
                found: tuple[int] = self._db.execute(query, (at_ms,)).fetchone()
                return found[0]
            self._db.execute("BEGIN IMMEDIATE")
            old = [seq for (seq,) in self._db.execute("SELECT seq FROM entry WHERE at_ms < ?", (at_ms,))]
            chain.let_go(self._db, old, "age")
            self._db.execute("DELETE FROM entry WHERE at_ms < ?", (at_ms,))
            self._db.execute("COMMIT")
            return len(old)
        except sqlite3.Error as e:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise StorageError(f"journal: {e}; look at the disk of the hub") from e

    def close(self) -> None:
        """Leave a clean file behind."""
        self._db.close()


def select(db: sqlite3.Connection, where: str, values: tuple[str | int, ...]) -> list[Entry]:
    """The entries that fit, in order. StorageError if the file cannot be read."""
    sql = f"SELECT at_ms, session, treadmill, kind, body FROM entry WHERE {where} ORDER BY seq"  # noqa: S608
    try:
        return [Entry(*row) for row in db.execute(sql, values)]
    except sqlite3.Error as e:
        raise StorageError(f"journal: {e}; look at the disk of the hub") from e
