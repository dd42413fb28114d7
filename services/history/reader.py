"""One reader of the past over any store of measurements. Blocking: ask it in a thread. Raises StorageError."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Protocol, TypeVar

import msgspec

from device_adapters.errors import StorageError
from services.history.model import Decision, Ended, Happened, HistoryRow, Key, TreadmillFrame
from services.history.names import TreadmillNames

T = TypeVar("T", Ended, HistoryRow, Decision, Happened, TreadmillFrame)
FOR_EVER_MS = 4_102_444_800_000
"""The year 2100."""

BLOCK = 500

Cell = float | int | bool | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Rows of one measurement from `from_ms` to `to_ms` (both included), oldest first, where tags or texts are equal.

    `columns`: tags and fields. An empty value also fits a row that lacks it. Names come from the schema, never from
    people; values may. `latest`: only so many, the latest first; 0: all.
    """

    measurement: str
    columns: tuple[str, ...]
    from_ms: int
    to_ms: int
    equal: tuple[tuple[str, str], ...] = ()
    latest: int = 0


class Source(Protocol):
    """A store that answers questions."""

    def rows(self, question: Question) -> Iterable[Mapping[str, Cell]]:
        """The rows by column name, with `at_ms`; None, '' or nothing for what is not known."""
        ...


class History:
    """What sessions did. `names`: how treadmills are called today."""

    def __init__(self, source: Source, names: Callable[[], TreadmillNames] = TreadmillNames) -> None:
        self._source = source
        self.names = names

    def ended(self, from_ms: int, to_ms: int, member: str = "") -> tuple[Ended, ...]:
        """Sessions that ended in that time, of one member or of all."""
        equal = (("member", member),) if member else ()
        return self._read(Ended, "session_end", from_ms, to_ms, equal)

    def latest_ended(self, from_ms: int, to_ms: int) -> Iterator[tuple[Ended, ...]]:
        """The same of all, the latest first, BLOCK of them at a time: nobody need hold all."""
        known: frozenset[tuple[str, str]] = frozenset()
        while True:
            block = self._read(Ended, "session_end", from_ms, to_ms, (), BLOCK)
            fresh = tuple(one for one in block if (one.treadmill, one.session) not in known)
            if fresh:
                yield fresh
            if len(block) < BLOCK:
                return
            # Others may have ended in the same millisecond as the last one.
            last_ms = block[-1].at_ms
            known = frozenset((one.treadmill, one.session) for one in block if one.at_ms == last_ms)
            to_ms = last_ms if fresh else last_ms - 1

    def find(self, session: str) -> Ended | None:
        """The session that ended; None: none of that id has."""
        found = self._read(Ended, "session_end", 0, FOR_EVER_MS, (("session", session),))
        return found[0] if found else None

    def rows(self, key: Key) -> tuple[HistoryRow, ...]:
        """A session, second by second."""
        names = ("treadmill", "goal", "level", "member", "session")
        equal = tuple((name, str(getattr(key, name))) for name in names)
        return self._read(HistoryRow, "session", key.from_ms, key.to_ms, equal)

    def said(self, key: Key) -> tuple[Decision, ...]:
        """What was decided and what happened in a session or on its treadmill meanwhile."""
        found = self._read(Decision, "event", key.from_ms, key.to_ms, (("treadmill", key.treadmill),))
        return tuple(one for one in found if one.session in ("", key.session))

    def happened(self, from_ms: int, to_ms: int) -> tuple[Happened, ...]:
        """What was decided and what happened anywhere on the site."""
        return self._read(Happened, "event", from_ms, to_ms, ())

    def frames(self, treadmill: str, from_ms: int, to_ms: int) -> tuple[TreadmillFrame, ...]:
        """What a treadmill told."""
        return self._read(TreadmillFrame, "treadmill", from_ms, to_ms, (("treadmill", treadmill),))

    def _read(
        self,
        kind: type[T],
        measurement: str,
        from_ms: int,
        to_ms: int,
        equal: tuple[tuple[str, str], ...],
        latest: int = 0,
    ) -> tuple[T, ...]:
        columns = tuple(field.name for field in fields(kind) if field.name != "at_ms")
        question = Question(
            measurement=measurement, columns=columns, from_ms=from_ms, to_ms=to_ms, equal=equal, latest=latest
        )
        try:
            found = [{n: v for n, v in row.items() if v is not None} for row in self._source.rows(question)]
            return msgspec.convert(found, tuple[kind, ...])  # type: ignore[valid-type]
        except msgspec.ValidationError as e:
            raise StorageError(f"{measurement}: {e}; a row of another version is in the store") from e
