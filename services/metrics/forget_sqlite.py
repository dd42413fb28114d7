"""Heart rates and pseudonyms in the embedded store: reading them out for an export, and forgetting them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from device_adapters.errors import StorageError
from services.metrics.measured import Window
from services.metrics.sqlite import BUSY_S


class EmbeddedMeasured:
    """The store at `path`; a hub that has none has nothing to forget. Raises StorageError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def heart_rates(self, strap: Window) -> list[tuple[int, int]]:
        """As `MeasuredStore.heart_rates`."""
        query = (
            "SELECT at_ms, hr_bpm FROM strap WHERE strap = ? AND at_ms BETWEEN ? AND ? AND hr_bpm IS NOT NULL"
        )
        with self._open() as db:
            return [] if db is None else list(db.execute(f"{query} ORDER BY at_ms", _values(strap)))

    def forget_heart_rates(self, strap: Window, treadmill: str, *, dry_run: bool) -> int:
        """As `MeasuredStore.forget_heart_rates`."""
        machine = Window(treadmill, strap.from_ms, strap.to_ms)
        with self._open() as db:
            if db is None:
                return 0
            return sum(
                _cleared(db, table, f"{table_key} = ? AND at_ms BETWEEN ? AND ?", _values(window), dry_run)
                for table in _with_hearts(db)
                for table_key, window in [("strap", strap) if table == "strap" else ("treadmill", machine)]
            )

    def forget_heart_rates_before(self, at_ms: int, *, dry_run: bool) -> int:
        """As `MeasuredStore.forget_heart_rates_before`."""
        with self._open() as db:
            if db is None:
                return 0
            return sum(_cleared(db, table, "at_ms < ?", (at_ms,), dry_run) for table in _with_hearts(db))

    def forget_member(self, member: str) -> None:
        """Take a pseudonym out of sessions and events; what was measured stays."""
        with self._open() as db:
            if db is None:
                return
            for table in _with(db, "member"):
                db.execute(f"UPDATE OR REPLACE {table} SET member = '' WHERE member = ?", (member,))  # noqa: S608
            for column in ("before", "after"):
                db.execute(
                    f'UPDATE event SET "{column}" = replace("{column}", ?, \'\') WHERE instr("{column}", ?)',  # noqa: S608
                    (member, member),
                )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection | None]:
        if not self._path.exists():
            yield None
            return
        try:
            db = sqlite3.connect(self._path, timeout=BUSY_S)
            try:
                db.execute("PRAGMA secure_delete = ON")
                with db:
                    yield db
            finally:
                db.close()
        except sqlite3.Error as e:
            raise StorageError(f"{self._path}: {e}; check the file") from e


def _with_hearts(db: sqlite3.Connection) -> tuple[str, ...]:
    """The tables that hold heart rates, also those of a store that an older release made."""
    return _with(db, "hr_bpm")


def _with(db: sqlite3.Connection, column: str) -> tuple[str, ...]:
    """The tables that have this column."""
    held: list[tuple[str]] = db.execute(
        "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = ?",
        (column,),
    ).fetchall()
    return tuple(sorted(name for (name,) in held))


def _values(window: Window) -> tuple[str, int, int]:
    return (window.device, window.from_ms, window.to_ms)


def _cleared(
    db: sqlite3.Connection, table: str, where: str, values: tuple[str | int, ...], dry_run: bool
) -> int:
    """RR intervals are as good as heart rates."""
    columns = ("hr_bpm", "rr_ms") if table == "strap" else ("hr_bpm",)
    there = f"({' OR '.join(f'{column} IS NOT NULL' for column in columns)}) AND {where}"
    if dry_run:
        found: tuple[int] = db.execute(f"SELECT count(*) FROM {table} WHERE {there}", values).fetchone()  # noqa: S608
        return found[0]
    nothing = ", ".join(f"{column} = NULL" for column in columns)
    return db.execute(f"UPDATE {table} SET {nothing} WHERE {there}", values).rowcount  # noqa: S608
