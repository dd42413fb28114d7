"""Records as files from the console: given up when who asked goes away, one at a time, and told truly if there is
none."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from console_rig import Rig, rig, still, view
from msgspec import structs
from past_rig import enter_past
from rest_rig import bearer, open_tokens
from slow_exports import SlowExports
from waiting import until

from services.console.auth.member_links import MemberLinks
from services.console.auth.roles import Role

pytestmark = pytest.mark.broker


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SlowExports:
    return SlowExports(tmp_path / "slow", monkeypatch)


@dataclass(frozen=True)
class DownloadsSite:
    """A console, a session that it has a record of, and another."""

    rig: Rig
    session: str
    other: str
    doors: dict[str, tuple[str, dict[str, str]]]
    """By name: the path of a record but for its form, and what opens it."""


@pytest.fixture
async def site(tmp_path: Path, slow: SlowExports) -> AsyncIterator[DownloadsSite]:
    folder = tmp_path / "hub"
    folder.mkdir()
    past = enter_past(folder)
    with closing(sqlite3.connect(folder / "metrics.db")) as db:
        (other,) = db.execute(
            "SELECT session FROM session_end WHERE session != ? LIMIT 1", (past.session,)
        ).fetchone()
    with open_tokens(folder) as tokens:
        token = tokens.create("front-desk", Role.STAFF, days=1, by="test")
    async with rig(folder) as running:
        links = MemberLinks(folder)
        member = f"/m/{links.token(past.session)}/session."
        ended = view("tm-01", "ended")
        running.gym.belts["tm-01"] = replace(
            still("tm-01"), session=structs.replace(ended, session=past.session)
        )
        await running.heard(1)
        yield DownloadsSite(
            running, past.session, other,
            {
                "page": (f"/sessions/{past.session}/record.", running.headers),
                "rest": (f"/api/v1/sessions/{past.session}/record.", bearer(token)),
                "member": (member, {}),
            },
        )  # fmt: skip


@pytest.mark.parametrize("door", ["page", "rest", "member"])
async def test_a_file_is_given_up_when_who_asked_goes_away(
    site: DownloadsSite, slow: SlowExports, door: str
) -> None:
    path, headers = site.doors[door]
    async with httpx.AsyncClient(base_url=site.rig.console.url, headers=headers, timeout=60) as http:
        first = asyncio.create_task(http.get(path + "csv"))
        await until(lambda: len(slow.running()) == 1, "the export")
        second = asyncio.create_task(http.get(path + "json"))
        first.cancel()
        await until(lambda: len(slow.begun()) == 2, "the next one's turn")
        assert len(slow.running()) == 1
        assert (await http.post("/api/stop", headers={"Origin": site.rig.console.url})).status_code == 200
        slow.gate.touch()
        answer = await second
        assert (answer.status_code, answer.json()["session"]) == (200, site.session)
    await until(lambda: not slow.running(), "the end of all exports")


async def test_too_many_are_told_to_come_back_and_what_is_not_there_is_told_so(
    site: DownloadsSite, slow: SlowExports
) -> None:
    session = site.session
    async with site.rig.client(timeout=60) as http:
        json = {"Accept": "application/json"}
        waiting = [
            asyncio.create_task(http.get(f"/sessions/{session}/record.{form}"))
            for form in ("csv", "json", "tcx", "fit")
        ]
        await until(lambda: len(slow.running()) == 1, "the first")
        await asyncio.sleep(0.5)
        again = asyncio.create_task(http.get(f"/sessions/{session}/record.csv"))  # waits with the first
        other = await http.get(f"/sessions/{site.other}/record.csv", headers=json)
        assert other.status_code == 503
        assert other.json() == {
            "ok": False,
            "text": "Other records are being written; try again in a minute.",
        }
        page = await http.get(f"/sessions/{site.other}/record.csv")
        assert (page.status_code, "try again in a minute" in page.text) == (503, True)
        german = await http.get(f"/sessions/{site.other}/record.csv?lang=de", headers=json)
        assert "in einer Minute noch einmal" in german.json()["text"]
        slow.gate.touch()
        assert [answer.status_code for answer in await asyncio.gather(*waiting, again)] == [200] * 5
        assert len(slow.begun()) == 4
        gone = await http.get("/sessions/s-none/record.csv", headers=json)
        assert (gone.status_code, gone.json()["ok"]) == (404, False)
