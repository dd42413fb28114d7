"""Treadmills that people took out of use: why and by whom. The marks outlive every clear and restart.

On the disk stands the account, never the name.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from services.console.kept_file import KeptFile
from services.console.languages import say
from services.store_folder import OUT_OF_USE
from services.texts.figures import short_day


class OutOfUseMark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`by`: who, as `SignedInUser.signature`, or a token; `at_ms`: wall time."""

    why: str
    by: str
    at_ms: int


class OutOfUse:
    """The marks of one site, by treadmill."""

    def __init__(self, folder: Path) -> None:
        self._file = KeptFile(folder / OUT_OF_USE, OutOfUseMark)
        self._marks = self._file.read()
        self._names: dict[str, str] = {}

    def told(self, treadmill: str) -> str:
        """Why it is out of use, by whom and since when, in the language being spoken; empty: it is in use."""
        mark = self._marks.get(treadmill)
        if mark is None:
            return ""
        day = short_day(datetime.fromtimestamp(mark.at_ms / 1000).astimezone().date())
        by = self._names.get(mark.by, mark.by.partition(" ")[0])
        return say("Out of use: {why} ({by}, {day})", why=mark.why, by=by, day=day)

    def why(self, treadmill: str) -> str:
        """The reason alone; empty: it is in use."""
        mark = self._marks.get(treadmill)
        return "" if mark is None else mark.why

    def ids(self) -> set[str]:
        """Treadmills that are out of use."""
        return set(self._marks)

    def known(self, names: Mapping[str, str]) -> None:
        """The names of people by their signatures."""
        self._names.update(names)

    def mark(self, treadmill: str, why: str, by: str, at_ms: int) -> None:
        """Out of use from now on. StorageError: nothing was kept."""
        self._keep({**self._marks, treadmill: OutOfUseMark(why=why, by=by, at_ms=at_ms)})

    def unmark(self, treadmill: str) -> None:
        """In use again. StorageError: nothing was kept."""
        self._keep({id_: mark for id_, mark in self._marks.items() if id_ != treadmill})

    def _keep(self, marks: dict[str, OutOfUseMark]) -> None:
        self._file.write(marks)
        self._marks = marks
