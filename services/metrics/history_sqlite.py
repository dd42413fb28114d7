"""The embedded store's answers to the reader of the past."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from device_adapters.errors import StorageError
from services.history.reader import Cell, Question
from services.metrics import schema
from services.metrics.sqlite import BUSY_S, FOUND_BY


class SqliteSource:
    """The file at `path`, read only; a hub that has none has no past."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(self, question: Question) -> list[Mapping[str, Cell]]:
        """As `Source.rows`."""
        if not self._path.exists():
            return []
        try:
            uri = f"{self._path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_S)) as db:
                db.row_factory = sqlite3.Row
                found = db.execute(select(question), _values(question))
                return [dict(row) for row in found]
        except sqlite3.Error as e:
            raise StorageError(f"{self._path}: {e}; give the hub's data folder") from e


def select(question: Question) -> str:
    """The rows of a whole session lie side by side in the table's own order; what has an index of its own is found by
    that; all else by its time.

    Without statistics the planner would rather read all that a treadmill ever told.
    """
    asked = [name for name, _ in question.equal]
    side_by_side = len(asked) > 1 and asked == list(
        schema.MEASUREMENTS[question.measurement].key[: len(asked)]
    )
    own_index = asked == [FOUND_BY.get(question.measurement)]
    by = "" if side_by_side or own_index else f'INDEXED BY "{question.measurement}_time"'
    columns = ", ".join(f'"{name}"' for name in ("at_ms", *question.columns))
    where = "".join(f' AND "{name}" = ?' for name in asked)
    return (
        f'SELECT {columns} FROM "{question.measurement}" {by} '  # noqa: S608  names of the schema
        f"WHERE at_ms BETWEEN ? AND ?{where} ORDER BY at_ms{_latest(question)}"
    )


def _latest(question: Question) -> str:
    return f" DESC LIMIT {question.latest}" if question.latest else ""


def _values(question: Question) -> tuple[int | str, ...]:
    return (question.from_ms, question.to_ms, *(value for _, value in question.equal))
