"""That something is in the record is said when it is on the disk; else that it is not, and what to do."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from test_session_service import ServiceGym
from waiting import until

from services.console import words
from services.session.journal import Journal

TOLD: dict[str, dict[str, Any]] = {
    "note": {"text": "left shoe"},
    "near_miss": {"text": "stumbled"},
    "feedback": {"rpe": 11, "pain": 1},
}


@pytest.fixture
async def gym(tmp_path: Path) -> AsyncIterator[ServiceGym]:
    made = ServiceGym(tmp_path)
    await made.open()
    await made.serve()
    await made.start()
    yield made
    await made.close()


def kinds(path: Path, session: str) -> list[str]:
    journal = Journal(path)
    try:
        return [entry.kind for entry in journal.entries(session)]
    finally:
        journal.close()


def said(path: Path, session: str, verb: str) -> int:
    """How many entries of the journal say it."""
    journal = Journal(path)
    try:
        return sum(f'"kind":"{verb}"'.encode() in entry.body for entry in journal.entries(session))
    finally:
        journal.close()


@pytest.mark.parametrize("verb", sorted(TOLD))
async def test_what_is_confirmed_is_on_the_disk_at_that_moment(gym: ServiceGym, verb: str) -> None:
    reply = await gym.desk.ask(verb, **TOLD[verb])
    assert reply.ok
    assert said(gym.path / "sessions.db", reply.session, verb) == 1


@pytest.mark.timeout(120)
@pytest.mark.parametrize("verb", sorted(TOLD))
async def test_a_disk_that_takes_nothing_is_told_and_what_was_said_is_written_later(
    gym: ServiceGym, verb: str
) -> None:
    session = gym.desk.view().session
    with closing(sqlite3.connect(gym.path / "sessions.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        reply = await asyncio.wait_for(gym.desk.ask(verb, **TOLD[verb]), 60)
        assert (reply.ok, reply.cause) == (False, "not_recorded")
        assert "paper" in reply.text
        assert "is in the session's record" in words.DONE["near_miss"], "what a page says of an ok"
        other.execute("ROLLBACK")
    async with asyncio.timeout(60):
        while not said(gym.path / "sessions.db", session, verb):
            await asyncio.sleep(0.1)
    await until(lambda: sum(event.kind == verb for event in gym.desk.events) == 1)


async def test_slowing_and_stopping_wait_for_no_disk(gym: ServiceGym) -> None:
    with closing(sqlite3.connect(gym.path / "sessions.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asking = asyncio.create_task(gym.desk.ask("near_miss", text="stumbled"))
        reply = await gym.desk.ask("stop")
        assert reply.ok
        assert not asking.done(), "the stop was answered first"
        other.execute("ROLLBACK")
        await asking
