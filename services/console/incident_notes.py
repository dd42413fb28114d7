"""What staff say of an incident, at once and on a page; the signed file with its evidence is made of it on the hub.

No member stands in it: whose session it was is in the journal alone, and goes with their wish.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from services.console.kept_file import KeptFile
from services.incidents.incident import IncidentNote
from services.store_folder import INCIDENT_NOTES


class IncidentNotes:
    """The notes of one site, by session, each in the order they were made."""

    def __init__(self, folder: Path) -> None:
        self._file = KeptFile(folder / INCIDENT_NOTES, tuple[IncidentNote, ...])

    def of(self, session: str) -> tuple[IncidentNote, ...]:
        """All of a session, oldest first."""
        return self._file.values.get(session, ())

    def keep(self, note: IncidentNote) -> None:
        """Durably. StorageError: nothing was kept."""
        self._file.change(lambda notes: {**notes, note.session: (*notes.get(note.session, ()), note)})


def note_of(session: str, form: Mapping[str, str], by: str, at_ms: int) -> IncidentNote | None:
    """What a form says; None where it cannot be one. Witnesses are a line each."""
    witnesses = [line.strip() for line in form.get("witnesses", "").splitlines() if line.strip()]
    told = {
        "session": session, "by": by, "noted_ms": at_ms, "what": form.get("what", "").strip(),
        "injury": form.get("injury", ""), "measures": form.get("measures", "").strip(), "witnesses": witnesses,
    }  # fmt: skip
    try:
        return msgspec.convert(told, IncidentNote)
    except msgspec.ValidationError:
        return None
