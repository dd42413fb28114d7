"""A request id used twice: the same request has its first answer again, another one is refused at once, in words."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from doors_rig import DoorsGym, open_gym
from session_floor import SITE
from waiting import until

from device_adapters.contract import messages as m
from device_adapters.contract import registry
from services.console.auth.roles import Role

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

AT = "/treadmills/{}/session"
ONE, TWO = AT.format("tm-01"), AT.format("tm-02")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ids")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(folder: Path) -> AsyncIterator[DoorsGym]:
    async with open_gym(folder) as made:
        yield made


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def running(site: DoorsGym) -> None:
    """A session runs on both treadmills, whatever the test before left."""
    for treadmill in ("tm-01", "tm-02"):
        if site.hub.desk.phase(treadmill) != "running":
            await site.runs(treadmill)


def of_kind(site: DoorsGym, kind: str, text: str = "") -> list[m.Event]:
    return [e for e in site.hub.desk.events if e.kind == kind and text in (e.text, "")]


async def asked(
    site: DoorsGym, path: str, token: str = Role.STAFF, **body: Any
) -> tuple[int, dict[str, Any]]:
    async with site.rest(token) as http:
        answer = await http.post(path, json=body)
    return answer.status_code, answer.json()


async def test_what_differs_under_the_same_id_is_refused_at_once_and_by_name(site: DoorsGym) -> None:
    assert (await asked(site, f"{ONE}/note", id="bk-2", text="shoes"))[0] == 200
    for path, body in (
        (f"{TWO}/slower", {}),
        (f"{TWO}/pause", {}),
        (f"{ONE}/pause", {}),
        (f"{ONE}/note", {"text": "other shoes"}),
        (f"{TWO}/note", {"text": "shoes"}),
    ):
        status, said = await asked(site, path, id="bk-2", **body)
        assert (status, said["cause"]) == (409, "id_used"), (path, said)
        assert "bk-2" in said["text"]
        assert said["id"] == "bk-2"
    assert site.hub.desk.phase("tm-02") == "running"


async def test_the_same_request_has_its_first_answer_again_and_is_done_once(site: DoorsGym) -> None:
    first = await asked(site, f"{TWO}/note", id="same-1", text="once only")
    assert first[0] == 200
    for _ in range(3):
        assert await asked(site, f"{TWO}/note", id="same-1", text="once only") == first
    no = await asked(site, f"{ONE}/resume", id="same-2")
    assert no[0] == 409
    assert await asked(site, f"{ONE}/resume", id="same-2") == no
    await until(lambda: of_kind(site, "note", "once only"))
    assert len(of_kind(site, "note", "once only")) == 1


async def test_two_that_wait_at_the_same_time_under_one_id_are_one(site: DoorsGym) -> None:
    both = await asyncio.gather(
        *(asked(site, f"{TWO}/note", id="twin-1", text="a pair of presses") for _ in range(4))
    )
    assert [status for status, _ in both] == [200] * 4
    mixed = await asyncio.gather(
        asked(site, f"{TWO}/note", id="twin-2", text="this"),
        asked(site, f"{ONE}/note", id="twin-2", text="that"),
    )
    assert sorted(status for status, _ in mixed) == [200, 409]
    assert len(of_kind(site, "note", "a pair of presses")) == 1


async def test_ids_are_kept_apart_by_token_sign_in_and_door(site: DoorsGym) -> None:
    for token in (Role.STAFF, "other", Role.COACH):
        status, said = await asked(site, f"{ONE}/note", token, id="shared", text=f"by {token}")
        assert status == 200, said
    for role in (Role.STAFF, Role.COACH):
        async with await site.page(role) as page:
            answer = await page.post(
                "/api/treadmills/tm-01/note", json={"id": "shared", "text": f"page of {role}"}
            )
            assert answer.status_code == 200, answer.text
    assert (await site.hub.desk.ask("note", id="shared", text="by the desk")).ok
    texts = {"by staff", "by other", "by coach", "page of staff", "page of coach", "by the desk"}
    await until(lambda: texts <= {e.text for e in of_kind(site, "note")})
    status, said = await asked(site, f"{ONE}/slower", "other", id="shared")
    assert (status, said["cause"]) == (409, "id_used")


async def test_a_retry_after_the_console_was_restarted_is_still_the_same_request(site: DoorsGym) -> None:
    first = await asked(site, f"{TWO}/note", id="over-1", text="before the restart")
    await site.console.end()
    await site.console.start()
    await site.knows(2)
    assert await asked(site, f"{TWO}/note", id="over-1", text="before the restart") == first
    assert (await asked(site, f"{TWO}/pause", id="over-1"))[1]["cause"] == "id_used"
    assert len(of_kind(site, "note", "before the restart")) == 1


async def test_on_the_bus_each_copy_is_answered(site: DoorsGym) -> None:
    desk = site.hub.desk
    note = m.SessionRequest(
        id="bus-1", client="desk", verb="note", treadmill="tm-01", by="Anna", text="on the bus"
    )
    for _ in range(3):
        await desk.site.publish(registry.SESSION_REQUEST, note)
    await until(lambda: sum(r.id == "bus-1" for r in desk.replies) == 3)
    assert [r.ok for r in desk.replies if r.id == "bus-1"] == [True] * 3
    desk.replies.clear()
    assert (await desk.ask("pause", "tm-02", id="bus-1")).cause == "id_used"
    refused = ("id_used", "tm-02")
    await until(lambda: refused in {(e.cause, e.treadmill) for e in of_kind(site, "request_refused")})
    assert len(of_kind(site, "note", "on the bus")) == 1
    desk.replies.clear()
    broken = b'{"client":"desk","id":"bus-2","verb":"fly","treadmill":"tm-01"}'
    for _ in range(2):
        await desk.bus.publish(registry.SESSION_REQUEST.topic(SITE), broken)
    await until(lambda: [r.cause for r in desk.replies] == ["malformed"] * 2)


async def test_a_clear_that_names_no_latch_is_the_same_request_when_it_is_sent_again(site: DoorsGym) -> None:
    async with site.rest() as http:
        await http.post("/treadmills/tm-01/stop")
        await until(lambda: site.hub.desk.phase("tm-01") == "ended")
        await until(lambda: site.hub.floor.units["tm-01"].belt.speed_ckmh == 0)
        async with asyncio.timeout(60):
            number = 0
            while True:
                body = {"id": f"clear-{number}", "by": "Anna"}
                first = await http.post("/treadmills/tm-01/clear", json=body)
                if first.status_code == 200:
                    break
                number += 1
                await asyncio.sleep(0.2)
        again = await http.post("/treadmills/tm-01/clear", json=body)
    assert (again.status_code, again.json()) == (200, first.json())
