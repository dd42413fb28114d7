"""What is stored is for its own user alone: each store that a service or a unit opens, new or of an earlier release."""

import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from device_adapters.outbox.store import OutboxStore
from services.members.database import open_engine
from services.metrics.spool import Spool
from services.metrics.sqlite import SqliteSink
from services.session.journal import Journal

REPO = Path(__file__).parents[2]


@contextmanager
def _members(path: Path) -> Iterator[None]:
    engine = open_engine(f"sqlite:///{path}")
    with engine.connect():
        yield
    engine.dispose()


@contextmanager
def _outbox(path: Path) -> Iterator[None]:
    with closing(OutboxStore(path, 1_000_000)) as store:
        store.open()
        yield


STORES: dict[str, Callable[[Path], object]] = {
    "services/session/journal.py": lambda path: closing(Journal(path)),
    "services/metrics/sqlite.py": lambda path: closing(SqliteSink(path)),
    "services/metrics/spool.py": lambda path: closing(Spool(path, 1_000_000)),
    "services/members/database.py": _members,
    "device_adapters/outbox/store.py": _outbox,
}
OPEN_WHAT_IS_THERE = {
    "services/session/archive.py",
    "services/metrics/history_sqlite.py",
    "services/metrics/forget_sqlite.py",
    "services/hub/backup.py",
    "services/incidents/evidence.py",
}
"""They read, or write to, a store that one of those above has made; a backup's copy lies in a folder of its own."""


def _modes(folder: Path) -> dict[str, str]:
    return {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in folder.iterdir()}


@pytest.mark.parametrize("home", STORES)
def test_a_new_store_and_its_side_files_are_for_their_user_alone(home: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        stack.enter_context(STORES[home](tmp_path / "one.db"))  # type: ignore[arg-type]
        modes = _modes(tmp_path)
    assert "one.db" in modes
    assert "one.db-wal" in modes
    assert set(modes.values()) == {"0o600"}, modes


@pytest.mark.parametrize("home", STORES)
def test_an_earlier_releases_store_and_side_files_are_narrowed(home: str, tmp_path: Path) -> None:
    path = tmp_path / "one.db"
    with ExitStack() as stack:
        stack.enter_context(STORES[home](path))  # type: ignore[arg-type]
    path.chmod(0o644)
    for part in ("-wal", "-shm"):
        side = tmp_path / f"one.db{part}"
        side.touch()
        side.chmod(0o644)
    with ExitStack() as stack:
        stack.enter_context(STORES[home](path))  # type: ignore[arg-type]
        modes = _modes(tmp_path)
    assert set(modes.values()) == {"0o600"}, modes


def test_no_store_is_opened_elsewhere() -> None:
    """A new place that opens one belongs in the tables above."""
    ours = (file for top in ("services", "device_adapters") for file in (REPO / top).rglob("*.py"))
    found = {
        str(file.relative_to(REPO))
        for file in ours
        if any(word in file.read_text() for word in (f"{sqlite3.__name__}.connect(", "create_engine("))
    }
    assert found == STORES.keys() | OPEN_WHAT_IS_THERE
