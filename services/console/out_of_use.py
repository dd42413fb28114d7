"""Treadmills that people took out of use: why and by whom. The marks outlive every clear and restart.

On the disk stands the account, never the name. Where the file is gone or damaged, what the bus still tells stands
again: a belt that somebody took out of use comes back by a person's hand only.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from services.console.kept_file import KeptFile
from services.console.languages import say
from services.store_folder import OUT_OF_USE
from services.texts.figures import short_day

REMEMBERED_BY = "Backstride"


class OutOfUseMark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`by`: who, as `SignedInUser.signature`, or a token; `at_ms`: wall time."""

    why: str
    by: str
    at_ms: int


class OutOfUse:
    """The marks of one site, by treadmill."""

    def __init__(self, folder: Path) -> None:
        self._file = KeptFile(folder / OUT_OF_USE, OutOfUseMark)
        self._names: dict[str, str] = {}
        self._decided: set[str] = set()
        """Of these somebody here has said since whether they are in use."""

    def told(self, treadmill: str) -> str:
        """Why it is out of use, by whom and since when, in the language being spoken; empty: it is in use."""
        mark = self._file.values.get(treadmill)
        if mark is None:
            return ""
        day = short_day(datetime.fromtimestamp(mark.at_ms / 1000).astimezone().date())
        by = self._names.get(mark.by, mark.by.partition(" ")[0])
        return say("Out of use: {why} ({by}, {day})", why=mark.why, by=by, day=day)

    def why(self, treadmill: str) -> str:
        """The reason alone; empty: it is in use."""
        mark = self._file.values.get(treadmill)
        return "" if mark is None else mark.why

    def ids(self) -> set[str]:
        """Treadmills that are out of use."""
        return set(self._file.values)

    def known(self, names: Mapping[str, str]) -> None:
        """The names of people by their signatures."""
        self._names.update(names)

    def mark(self, treadmill: str, why: str, by: str, at_ms: int) -> None:
        """Out of use from now on. StorageError: nothing was kept."""
        mark = OutOfUseMark(why=why, by=by, at_ms=at_ms)
        self._file.change(lambda marks: {**marks, treadmill: mark})
        self._decided.add(treadmill)

    def unmark(self, treadmill: str) -> None:
        """In use again. StorageError: nothing was kept."""
        self._decided.add(treadmill)
        self._file.change(lambda marks: {id_: mark for id_, mark in marks.items() if id_ != treadmill})

    def remember(self, treadmill: str, why: str, at_ms: int) -> None:
        """The bus tells this mark of an earlier console. StorageError: nothing was kept."""
        if not self._file.found and treadmill not in self._decided:
            self.mark(treadmill, why, REMEMBERED_BY, at_ms)
