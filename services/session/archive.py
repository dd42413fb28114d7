"""The journal as its readers see it: sessions with their plan, what was done and what happened. Reads only."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from device_adapters.contract import messages as m
from device_adapters.drill import DRILL
from device_adapters.errors import StorageError
from device_adapters.unreadable import UNREADABLE
from services.session.journal import Entry, select
from services.session.journalled import EndRecord, StartRecord

R = TypeVar("R")

LATEST = """
    SELECT at_ms, session, treadmill, kind, body,
           (SELECT max(seq) FROM entry AS ending WHERE ending.session = entry.session AND ending.kind = 'end')
    FROM entry WHERE kind = 'start' AND at_ms >= ? AND treadmill <> ? ORDER BY at_ms DESC, seq DESC
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One session. Without an end it runs, or its service vanished and has not returned. Wall times in ms."""

    session: str
    treadmill: str
    began_ms: int
    start: StartRecord
    ended_ms: int | None = None
    end: EndRecord | None = None


class Archive:
    """A journal opened for reading, also while the session service writes it. Drills are nobody's past: not in it."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise StorageError(
                f"no journal at {path}; name the hub's settings (--config) or its folder (--data)"
            )
        try:
            self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        except sqlite3.Error as e:
            raise StorageError(f"journal {path}: {e}") from e

    def sessions(self, since_ms: int = 0) -> Iterator[Recorded]:
        """Those that were asked for since then, the latest first, read as they are taken. A record that cannot be read
        is left out. StorageError."""
        try:
            for *start, end_seq in self._db.execute(LATEST, (since_ms, DRILL)):
                ends = select(self._db, "seq = ?", (end_seq,)) if end_seq is not None else []
                recorded = _recorded(Entry(*start), ends[0] if ends else None)
                if recorded is not None:
                    yield recorded
        except sqlite3.Error as e:
            raise StorageError(f"journal: {e}; look at the disk of the hub") from e

    def session(self, session: str) -> Recorded | None:
        """One session; None if there is none of that id."""
        entries = select(self._db, "session = ? AND kind IN ('start', 'end')", (session,))
        starts = [e for e in entries if e.kind == "start" and e.treadmill != DRILL]
        ends = [e for e in entries if e.kind == "end"]
        return _recorded(starts[0], ends[0] if ends else None) if starts else None

    def events(self, session: str) -> list[m.Event]:
        """What happened in a session, in order."""
        entries = select(self._db, "session = ? AND kind = 'event'", (session,))
        events = (_decoded(entry, m.Event) for entry in entries)
        return [event for event in events if event is not None]

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _recorded(start: Entry, end: Entry | None) -> Recorded | None:
    body = _decoded(start, StartRecord)
    if body is None:
        return None
    ended = _decoded(end, EndRecord) if end else None
    return Recorded(start.session, start.treadmill, start.at_ms, body, end.at_ms if end else None, ended)


def _decoded(entry: Entry, kind: type[R]) -> R | None:
    try:
        return msgspec.json.decode(entry.body, type=kind)
    except UNREADABLE:
        return None
