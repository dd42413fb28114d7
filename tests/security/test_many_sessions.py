"""A hundred thousand sessions: a page of the list reads no more than it shows, and a search holds a block at a time."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig
from device_adapters.drill import DRILL
from services.console.past.recent import SHOWN_MAX, Recent, recent
from services.history.reader import BLOCK, Cell, History, Question
from services.members.opening import MembersDb, open_members
from services.metrics import history_sqlite
from services.metrics.history_sqlite import SqliteSource
from services.metrics.sqlite import SqliteSink
from services.session import archive
from services.session.archive import Archive
from services.session.journal import Journal

MANY = 100_000
FIRST_MS = 1_700_000_000_000
FILL = """
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :many - 1)
    INSERT INTO session_end (at_ms, treadmill, goal, level, member, outcome, session, programme, why, minutes)
    SELECT :first + i / :together * 1000, 'tm-0' || (i % 9), 'mobility', 'novice', '', 'completed', 's-' || i, 'P',
        '', 9.0 FROM n
"""


class Counting:
    """The store, and how many rows each question took from it."""

    def __init__(self, source: SqliteSource) -> None:
        self._source = source
        self.taken: list[int] = []

    def rows(self, question: Question) -> list[Mapping[str, Cell]]:
        found = self._source.rows(question)
        self.taken.append(len(found))
        return found


def _filled(folder: Path, many: int, together: int = 1) -> Counting:
    SqliteSink(folder / "metrics.db").close()
    with closing(sqlite3.connect(folder / "metrics.db")) as db, db:
        db.execute(FILL, {"many": many, "first": FIRST_MS, "together": together})
    return Counting(SqliteSource(folder / "metrics.db"))


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Counting:
    return _filled(tmp_path_factory.mktemp("crowd"), MANY)


@pytest.fixture
def members_db(tmp_path: Path) -> Iterator[MembersDb]:
    room = MembersDb(partial(open_members, HubConfig(site="gym", data=str(tmp_path)), SystemClock().wall_ms))
    yield room
    room.close()


def _sessions(page: Recent) -> list[str]:
    return [one.session for day in page.days for one in day.sessions]


def test_a_page_reads_a_page_from_the_store(crowd: Counting, members_db: MembersDb) -> None:
    crowd.taken.clear()
    first = recent(History(crowd), members_db, "", 0, 0)
    assert _sessions(first) == [f"s-{MANY - 1 - n}" for n in range(SHOWN_MAX)]
    second = recent(History(crowd), members_db, "", 0, first.older_ms)
    assert _sessions(second) == [f"s-{MANY - 1 - n}" for n in range(SHOWN_MAX, 2 * SHOWN_MAX)]
    assert sum(crowd.taken) <= 2 * BLOCK


def test_a_search_that_finds_one_at_the_very_end_holds_a_block_at_a_time(
    crowd: Counting, members_db: MembersDb
) -> None:
    crowd.taken.clear()
    found = recent(History(crowd), members_db, "s-0 tm-00", 0, 0)
    assert _sessions(found) == ["s-0"]
    assert found.older_ms == 0
    assert max(crowd.taken) == BLOCK


@pytest.mark.parametrize("together", [1, 7, BLOCK + 1])
def test_the_pages_have_each_session_once_also_those_that_ended_together(
    together: int, tmp_path: Path, members_db: MembersDb
) -> None:
    """As many as a block within one millisecond are told; no site has more."""
    many = 3 * SHOWN_MAX
    history = History(_filled(tmp_path, many, together))
    found: list[str] = []
    page = recent(history, members_db, "", 0, 0)
    found += _sessions(page)
    while page.older_ms:
        page = recent(history, members_db, "", 0, page.older_ms)
        found += _sessions(page)
    assert len(found) == len(set(found))
    if together <= BLOCK:
        assert set(found) == {f"s-{n}" for n in range(many)}


def _plan(db: sqlite3.Connection, sql: str, values: tuple[object, ...]) -> str:
    return "\n".join(str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", values))


def test_the_store_finds_the_latest_by_its_index(tmp_path: Path) -> None:
    _filled(tmp_path, 10)
    asked = Question(
        measurement="session_end",
        columns=("session", "programme"),
        from_ms=0,
        to_ms=FIRST_MS * 2,
        latest=BLOCK,
    )
    with closing(sqlite3.connect(tmp_path / "metrics.db")) as db:
        plan = _plan(db, history_sqlite.select(asked), (0, FIRST_MS * 2))
    assert "USING INDEX session_end_time" in plan
    assert "TEMP B-TREE" not in plan
    assert "SCAN" not in plan


def test_the_store_finds_one_session_among_a_years(tmp_path: Path) -> None:
    """Also in a file that no writer of this release has opened yet, if more slowly."""
    _filled(tmp_path, 10)
    asked = Question(
        measurement="session_end", columns=("session",), from_ms=0, to_ms=FIRST_MS * 2, equal=(("session", "s-3"),)
    )  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "metrics.db")) as db:
        plan = _plan(db, history_sqlite.select(asked), (0, FIRST_MS * 2, "s-3"))
        assert "USING INDEX session_end_session (session=?)" in plan
        db.execute("DROP INDEX session_end_session")
    found = history_sqlite.SqliteSource(tmp_path / "metrics.db").rows(asked)
    assert [row["session"] for row in found] == ["s-3"]


def test_the_journal_finds_the_latest_by_its_index_and_reads_what_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    Journal(path).close()
    with closing(sqlite3.connect(path)) as db:
        plan = _plan(db, archive.LATEST, (0, DRILL))
    assert "SEARCH entry USING INDEX entry_kind" in plan
    assert "SEARCH ending USING COVERING INDEX entry_session" in plan
    assert "TEMP B-TREE" not in plan
    with closing(Archive(path)) as kept:
        assert isinstance(kept.sessions(), Iterator)
