"""The journal keeps what it was given, whole batches only, and tells what was never finished."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from full_database import OpenedDatabases
from session_rig import EngineGym

from device_adapters.errors import StorageError
from services.session import interrupted, record
from services.session.journal import Entry, Journal
from services.session.recorder import Recorder


def entry(session: str, kind: str, at_ms: int = 1) -> Entry:
    return Entry(at_ms, session, "tm-01", kind, b"{}")


def test_a_start_without_an_end_is_unfinished(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deep" / "sessions.db")
    journal.append([entry("a", "start"), entry("b", "start", 2), entry("a", "event"), entry("a", "end")])
    assert journal.unfinished() == [entry("b", "start", 2)]
    assert [e.kind for e in journal.entries("a")] == ["start", "event", "end"]
    journal.close()
    with closing(Journal(tmp_path / "deep" / "sessions.db")) as again:
        assert again.unfinished() == [entry("b", "start", 2)]


def test_what_is_written_stays(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "sessions.db")
    journal.append([entry("a", "start")])
    with (
        sqlite3.connect(tmp_path / "sessions.db") as other,
        pytest.raises(sqlite3.Error, match="append-only"),
    ):
        other.execute("UPDATE entry SET kind = 'end'")
    other.close()
    journal.close()


def test_a_batch_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "sessions.db")
    broken = Entry(1, "a", "tm-01", "event", None)  # type: ignore[arg-type]
    with pytest.raises(StorageError):
        journal.append([entry("a", "start"), broken])
    assert journal.entries("a") == []
    journal.append([entry("a", "start")])
    assert len(journal.entries("a")) == 1
    journal.close()


def test_a_full_disk_is_told_as_one_and_what_is_tried_again_is_kept(
    tmp_path: Path, opened_databases: OpenedDatabases
) -> None:
    journal = Journal(tmp_path / "sessions.db")
    opened_databases.fill()
    long = Entry(1, "a", "tm-01", "event", b"x" * 100_000)
    with pytest.raises(StorageError, match="full"):
        journal.append([entry("a", "start"), long])
    opened_databases.make_room()
    journal.append([entry("a", "start"), long])
    assert len(journal.entries("a")) == 2
    journal.close()


def test_every_commit_is_on_disk(tmp_path: Path) -> None:
    """A process that is killed right after `append` returned has lost nothing."""
    path = tmp_path / "sessions.db"
    code = (
        "import os, sys; from pathlib import Path; from services.session.journal import Entry, Journal\n"
        "j = Journal(Path(sys.argv[1])); j.append([Entry(1, 'a', 't', 'start', b'{}')]); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=100)
    assert killed.returncode == -9
    journal = Journal(path)
    assert [e.session for e in journal.unfinished()] == ["a"]
    journal.close()


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="writable data folder"):
        Journal(tmp_path / "file" / "sessions.db")


def test_records_hold_no_heart_rate_and_no_alias() -> None:
    gym = EngineGym()
    gym.start(alias="Guest 1", member="m-7", strap="hr-01", hr_max_bpm=185)
    gym.run_until("running")
    gym.heart_rate(99)
    started = record.start(gym.session, "tm-01", "Anna", 5)
    gym.ask("stop")
    gym.run_until("ended")
    ended = record.end(gym.session, "tm-01", 6)
    text = (started.body + ended.body).decode()
    assert "m-7" in text
    assert "Retro walk, 10 min" in text
    assert not [word for word in ("Guest", "hr-01", "185", "99", "bpm") if word in text]


def test_an_interrupted_session_is_closed_with_the_same_words_everywhere() -> None:
    gym = EngineGym()
    gym.start(member="m-7")
    started = record.start(gym.session, "tm-01", "Anna", 5)
    view, event, end = (
        interrupted.view(started, 9), interrupted.event(started, 9), interrupted.end(started, 9)
    )  # fmt: skip
    assert view is not None
    assert (view.phase, view.outcome, view.member) == ("ended", "interrupted", "m-7")
    assert view.why == event.said == interrupted.WHY
    assert event.text == str(interrupted.WHY)
    assert event.id == interrupted.event(started, 99).id
    assert (end.kind, end.session) == ("end", started.session)
    assert b"interrupted" in end.body


async def test_the_recorder_tells_who_must_know(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "sessions.db")
    recorder = Recorder(journal)
    running = asyncio.create_task(recorder.run())
    kept: list[bool] = []
    recorder.put(entry("a", "start"), kept.append)
    recorder.put(entry("a", "event"))
    async with asyncio.timeout(60):
        await recorder.drain()
    assert kept == [True]
    assert [e.session for e in await recorder.unfinished()] == ["a"]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    journal.close()


async def test_a_disk_that_is_full_for_a_while_costs_no_record(
    tmp_path: Path, opened_databases: OpenedDatabases
) -> None:
    """The end of a session, above all: without it the session counts as left by a service that vanished."""
    journal = Journal(tmp_path / "sessions.db")
    recorder = Recorder(journal, retry_s=0.01)
    running = asyncio.create_task(recorder.run())
    recorder.put(entry("a", "start"))
    async with asyncio.timeout(60):
        await recorder.drain()
    opened_databases.fill()
    full = Entry(1, "a", "tm-01", "event", bytes(50_000))
    kept: list[bool] = []
    recorder.put(full)
    recorder.put(entry("b", "start"), kept.append)
    recorder.put(entry("a", "end"))
    async with asyncio.timeout(60):
        while not kept:
            await asyncio.sleep(0.01)
    assert kept == [False], "whoever waits for the record is told at once, and starts no belt"
    assert recorder.lost == 0
    opened_databases.make_room()
    async with asyncio.timeout(60):
        await recorder.drain()
    assert [e.kind for e in journal.entries("a")] == ["start", "event", "end"]
    assert kept == [False]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    journal.close()


async def test_a_recorder_that_cannot_keep_up_refuses_and_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.session.recorder.WAITING_MAX", 2)
    kept: list[bool] = []
    with closing(Journal(tmp_path / "sessions.db")) as journal:
        recorder = Recorder(journal)
        for number in range(3):
            recorder.put(entry(str(number), "start"), kept.append)
    assert kept == [False]
    assert recorder.lost == 1
