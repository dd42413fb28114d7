"""Members in the console's addresses: staff find them and see what is open to them, and nothing of their health."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from console_members import enter_members, wall_ms
from console_rig import Rig, rig, still
from waiting import until

from device_adapters.contract import messages as m
from device_adapters.contract import registry
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
            "held": "",
            "screen": False,
        }
        shut = starts["conditioning/intermediate"]
        assert not shut["allowed"]
        assert "not signed off" in shut["why"]
        starts = (await http.get(f"/api/members/{finch}/starts")).json()["starts"]
        assert not any(start["allowed"] for start in starts.values())
        assert "no consent" in starts["mobility/novice"]["why"]
        assert starts["mobility/novice"]["screen"]

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


NEWCOMER = {"id": "n-1", "name": "Greta Old", "alias": "Owl", "birth_year": 1950, "fall_12_months": False}


async def test_somebody_of_1950_gets_the_walk_and_the_consents_later_and_may_start_then(
    site: Rig,
) -> None:
    async with site.client(timeout=60) as http:
        member = (await http.post("/api/members", json=NEWCOMER)).json()["member"]["id"]
        before = (await http.get(f"/api/members/{member}/starts")).json()["starts"]["mobility/novice"]
        assert (before["allowed"], before["screen"]) == (False, True)
        body = {
            "id": "s-1", "fall_12_months": False, "backward_walk_s": 3.4,
            "consents": ["session_records"],
        }  # fmt: skip
        answer = await http.post(f"/api/members/{member}/screenings", json=body)
        assert (answer.status_code, answer.json()["ok"]) == (200, True), answer.text
        after = (await http.get(f"/api/members/{member}/starts")).json()["starts"]["mobility/novice"]
        assert (after["allowed"], after["screen"]) == (True, False), after
        nobody = await http.post("/api/members/m-nobody/screenings", json=body)
        assert not nobody.json()["ok"]


async def test_a_second_one_of_a_name_is_asked_about(site: Rig) -> None:
    async with site.client(timeout=60) as http:
        assert (await http.post("/api/members", json=NEWCOMER)).status_code == 201
        again = {**NEWCOMER, "id": "n-2", "name": " greta  old", "alias": "Snowy"}
        asked = await http.post("/api/members", json=again)
        assert (asked.status_code, asked.json()["cause"]) == (409, "same_name")
        assert "Owl" in asked.json()["text"]
        assert (await http.post("/api/members", json={**again, "another": True})).status_code == 201


async def test_staff_enter_what_the_member_says_at_the_end(site: Rig) -> None:
    site.gym.requests.clear()
    async with site.client(timeout=60) as http:
        body = {"id": "f-1", "session": "s-tm-01", "rpe": 13, "pain": 2}
        assert (await http.post("/api/treadmills/tm-01/feedback", json=body)).status_code == 200
    asked = site.gym.requests[-1]
    assert (asked.verb, asked.session, asked.rpe, asked.pain) == ("feedback", "s-tm-01", 13, 2)
    assert asked.by == site.signature


async def test_the_page_of_a_treadmill_names_it_and_takes_it_out_of_use_and_the_bus_is_told(
    site: Rig,
) -> None:
    said: list[m.TreadmillLabel] = []
    site.gym.site.subscribe(registry.TREADMILL_LABEL, lambda _id, label: said.append(label))
    async with site.client(timeout=60) as http:

        async def done(what: str, **form: str) -> httpx.Response:
            answer = await http.post(f"/treadmills/tm-01/{what}", data=form)
            assert (answer.status_code, answer.headers["location"]) == (303, "/treadmills/tm-01")
            return await http.get("/treadmills/tm-01")

        page = await done("label", name="Window", place="Ground floor")
        assert "<h1>Window</h1>" in page.text
        floor = (await http.get("/")).text
        assert 'aria-label="Stop Window"' in floor
        assert "Ground floor" in floor
        assert "Window" in (await http.get("/operator")).text
        stopped = await http.post("/api/treadmills/tm-01/stop", json={"id": "s-1"})
        assert stopped.json()["text"] == "Stop sent to Window."

        refused = await http.post("/treadmills/tm-01/label", data={"name": "\u200b"})
        assert (refused.status_code, "cannot be seen" in refused.text) == (422, True)
        assert (await http.post("/treadmills/tm-01/out-of-use", data={"why": " "})).status_code == 422
        assert (await http.get("/treadmills/tm-99")).status_code == 404
        page = await done("out-of-use", why="The belt slips")
        assert "Out of use: The belt slips (Sam, " in page.text
        await until(lambda: bool(said) and said[-1].out_of_use == "The belt slips", "the mark on the bus")
        assert (said[-1].name, said[-1].place) == ("Window", "Ground floor")

        await site.gym.event("e-1", "The treadmill does not obey Stop.", "tm-01", "alarm", "stop_not_obeyed")
        async with asyncio.timeout(60):
            while "Keep out of use" not in (page := await http.get("/treadmills/tm-01")).text:
                await asyncio.sleep(0.05)
        assert "The treadmill did not obey Stop." in page.text
        assert "The treadmill did not obey Stop." not in (await http.get("/")).text  # the mark says enough
        await site.console.end()
        await site.console.start()
        await site.heard(1)
        assert "Keep out of use" in (await http.get("/operator")).text
        assert "The belt slips" not in (await done("in-use")).text
        assert "The treadmill did not obey Stop." in (await http.get("/")).text
        assert "Keep out of use" not in (await done("checked")).text
        assert "The treadmill did not obey Stop." not in (await http.get("/")).text
        await until(lambda: said[-1].out_of_use == "", "that it is back in use")


async def test_a_treadmill_out_of_use_starts_for_nobody_and_stays_so_over_a_restart(site: Rig) -> None:
    async with site.client(timeout=60) as http:
        marked = {"id": "o-1", "why": "The belt slips"}
        assert (await http.post("/api/treadmills/tm-01/out-of-use", json=marked)).json()["ok"]
        site.gym.requests.clear()
        body = {"id": "o-2", "treadmill": "tm-01", "goal": "mobility", "level": "novice"}
        refused = await http.post("/api/sessions", json=body)
        assert (refused.status_code, refused.json()["cause"]) == (409, "out_of_use")
        assert "The belt slips (Sam, " in refused.json()["text"]
        assert site.gym.requests == []
        clear = await http.post("/api/treadmills/tm-01/clear", json={"id": "o-3"})
        assert clear.status_code == 200
        await site.console.end()
        assert "Sam" not in (site.folder / "out-of-use.json").read_text()
        await site.console.start()
        await site.heard(1)
        assert "The belt slips (Sam, " in (await http.get("/")).text
        assert (await http.post("/api/treadmills/tm-01/in-use", json={"id": "o-4"})).json()["ok"]
        assert "The belt slips" not in (await http.get("/")).text
