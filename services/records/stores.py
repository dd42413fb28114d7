"""What the hub's services stored of a session: the journal, read only, and the reader of the past."""

from pathlib import Path

from device_adapters.errors import RecordError
from services.history.reader import History
from services.records.gather import JournalledSession, gather
from services.records.model import FullRecord
from services.session.archive import Archive
from services.store_folder import JOURNAL


def read(data: Path, session: str, history: History) -> FullRecord:
    """The whole session from the hub's data folder and its store of measurements.

    RecordError if there is none; StorageError on a store that cannot be read. Heart rates are of the session's own
    rows and not of a strap: which strap it was is nobody's business here.
    """
    journal = _journal(data / JOURNAL, session)
    key = journal.key
    frames = history.frames(key.treadmill, key.from_ms, key.to_ms)
    return gather(journal, frames, history.rows(key))


def recorded(data: Path, session: str) -> bool:
    """Can there be a file of it: is it in the journal? What was seeded or entered otherwise is not. StorageError."""
    path = data / JOURNAL
    if not path.is_file():
        return False
    archive = Archive(path)
    try:
        return archive.session(session) is not None
    finally:
        archive.close()


def _journal(path: Path, session: str) -> JournalledSession:
    archive = Archive(path)
    try:
        recorded, events = archive.session(session), archive.events(session)
    finally:
        archive.close()
    if recorded is None:
        raise RecordError(f"the journal {path} has no session {session!r}; `backstride sessions` lists them")
    return JournalledSession(recorded, tuple(events))
