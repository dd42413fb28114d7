"""The files that the hub's services write, read only: the journal of sessions and the store of telemetry."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from device_adapters.errors import RecordError, StorageError
from services.records.gather import FRESH_MS, Beat, Frame, Journal, gather
from services.records.model import SessionRecord
from services.session.archive import Archive

_FRAMES = """
    SELECT at_ms, speed_kmh, incline_pct, steps FROM treadmill WHERE treadmill = ? AND at_ms BETWEEN ? AND ?
    ORDER BY at_ms, boot, seq
"""
_BEATS = """
    SELECT at_ms, hr_bpm FROM session WHERE session = ? AND treadmill = ? AND at_ms BETWEEN ? AND ? ORDER BY at_ms
"""
"""Of the session's own rows and not of a strap: which strap it was is nobody's business here."""


def read(data: Path, session: str) -> SessionRecord:
    """The whole session from the hub's data folder. RecordError if there is none; StorageError on a bad file."""
    journal = _journal(data / "sessions.db", session)
    metrics, recorded = data / "metrics.db", journal.recorded
    if not metrics.exists():
        return gather(journal, (), ())
    between = (journal.recorded.began_ms - FRESH_MS, journal.last_ms + FRESH_MS)
    with _opened(metrics) as db:
        frames = [Frame(*row) for row in db.execute(_FRAMES, (recorded.treadmill, *between))]
        beats = [Beat(*row) for row in db.execute(_BEATS, (session, recorded.treadmill, *between))]
    return gather(journal, frames, beats)


def _journal(path: Path, session: str) -> Journal:
    archive = Archive(path)
    try:
        recorded, events = archive.session(session), archive.events(session)
    finally:
        archive.close()
    if recorded is None:
        raise RecordError(f"the journal {path} has no session {session!r}; `backstride sessions` lists them")
    return Journal(recorded, tuple(sorted(events, key=lambda event: event.at_ms)))


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            yield db
    except sqlite3.Error as e:
        raise StorageError(f"{path}: {e}; give the hub's data folder") from e
