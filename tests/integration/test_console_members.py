"""Members in the console's addresses: staff find them and see what is open to them, and nothing of their health."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from console_members import enter_members, wall_ms
from console_rig import Rig, rig, still

from services.members.store import Members

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def site(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path) as running:
        running.gym.belts = {"tm-01": still("tm-01")}
        await running.heard(1)
        yield running


async def test_members_are_found_and_their_gates_told(site: Rig) -> None:
    wren, finch = enter_members(site.folder)
    async with site.client(timeout=60) as http:
        answer = await http.get("/api/members", params={"text": "ren"})
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["members"] == [{"id": wren, "name": "Wanda Rennick", "alias": "Wren"}]
        assert len((await http.get("/api/members")).json()["members"]) == 2

        starts = (await http.get(f"/api/members/{wren}/starts")).json()["starts"]
        assert starts["conditioning/novice"] == {
            "allowed": True,
            "why": "",
            "reason": False,
            "arms_reach": False,
        }
        shut = starts["conditioning/intermediate"]
        assert not shut["allowed"]
        assert "not signed off" in shut["why"]
        starts = (await http.get(f"/api/members/{finch}/starts")).json()["starts"]
        assert not any(start["allowed"] for start in starts.values())
        assert "no consent" in starts["mobility/novice"]["why"]

        answer = await http.get("/api/members/m-nobody/starts")
        assert (answer.status_code, answer.json()["ok"]) == (404, False)
    store = Members(f"sqlite:///{site.folder / 'members.db'}", wall_ms)
    try:
        assert [(line.by, line.what) for line in store.audit(wren)][-1] == (
            site.signature,
            "judged",
        )
    finally:
        store.close()


async def test_a_store_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    async with rig(tmp_path) as site, site.client(timeout=60) as http:
        await site.console.end()
        for kept in tmp_path.glob("members.db*"):
            kept.unlink()
        (tmp_path / "members.db").mkdir()
        await site.console.start()
        for path in ("/api/members", "/api/members/m-1/starts"):
            answer = await http.get(path)
            assert answer.status_code == 503
            assert "members store" in answer.json()["text"]


async def test_a_start_carries_the_member_and_what_staff_declared(site: Rig) -> None:
    body = {
        "id": "req-1",
        "treadmill": "tm-01",
        "goal": "mobility",
        "level": "novice",
        "member": "m-1",
        "why": " due tomorrow ",
        "spotter": True,
        "countdown_s": 5,
        "presence_s": 120,
    }
    async with site.client(timeout=60) as http:
        assert (await http.post("/api/sessions", json=body)).status_code == 200
        answer = await http.post("/api/sessions", json={**body, "countdown_s": 61})
        assert (answer.status_code, answer.json()["field"]) == (422, "countdown_s")
        assert "0 to 60 seconds" in answer.json()["text"]
    (request,) = site.gym.requests
    assert (request.member, request.why, request.spotter, request.harness) == (
        "m-1",
        "due tomorrow",
        True,
        False,
    )
    assert (request.countdown_s, request.presence_s) == (5, 120)
