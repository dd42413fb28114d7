"""A console that has only just begun to hear: stops go out by every door, and nobody is told that a belt is not there
which was not heard of yet. The time is the test's.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from memory_console import console

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import ManualClock
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.limits import Goal, Level
from services.console.app import make_app
from services.console.context import Console
from services.console.hearing import PATIENCE_S
from services.rules.site import SETTLED_MS
from services.session_client import SessionClient
from services.stop_sender import StopSender

NOW_MS = 1_000_000
UNIT = m.UnitStatus(unit="unit-01", online=True, boot="b", at_ms=0, treadmills=("tm-01",))
STATE = m.TreadmillState(treadmill="tm-01", unit="unit-01", boot="b", at_ms=0, link="connected", belt="still")
VIEW = m.SessionView(
    session="s-1", treadmill="tm-01", at_ms=0, phase="running", goal=Goal.MOBILITY, level=Level.NOVICE,
    programme="mobility-novice",
)  # fmt: skip
DOORS = {"page": "/api/treadmills/tm-01/stop", "rest": "/api/v1/treadmills/tm-01/stop"}


@dataclass
class New:
    """A console on a bus in memory, its time, and the stops that went out."""

    console: Console
    clock: ManualClock
    http: httpx.AsyncClient
    stops: list[str]
    requests: list[m.SessionRequest]

    async def after(self, ms: int, asked: Coroutine[Any, Any, httpx.Response]) -> httpx.Response:
        """The answer to what was asked, time going on meanwhile."""
        answer = asyncio.ensure_future(asked)
        for _ in range(0, ms, 50):
            await asyncio.sleep(0.001)
            await self.clock.advance(50)
        async with asyncio.timeout(60):
            return await answer

    async def stop(self, path: str, ms: int = 0, language: str = "en") -> httpx.Response:
        headers = {"Accept": "application/json", "Accept-Language": language}
        return await self.after(ms, self.http.post(path, headers=headers))


@pytest_asyncio.fixture
async def new(tmp_path: Path) -> AsyncIterator[New]:
    """Its line is there, and nothing has come by it."""
    clock, broker = ManualClock(NOW_MS), MemoryBroker()
    bus, other = MemoryBus(broker, client_id="console"), MemoryBus(broker, client_id="unit")
    site = SiteBus(bus, "gym", lambda _topic, _error: None)
    asking, stopping = SessionClient(site, "console", clock), StopSender(bus, "gym")
    made = replace(console(tmp_path), clock=clock, session_client=asking, stops=stopping)
    bus.on_connection(lambda up: made.floor.connection(up, clock.now_ms()))
    stops: list[str] = []
    requests: list[m.SessionRequest] = []
    others = SiteBus(other, "gym", lambda _topic, _error: None)
    other.subscribe(registry.STOP_ONE.topic("gym", "+"), lambda incoming: stops.append(incoming.topic))
    others.subscribe(registry.SESSION_REQUEST, lambda _id, request: requests.append(request))
    running = [asyncio.create_task(each.run()) for each in (bus, other)]
    while not (bus.connected and other.connected):
        await asyncio.sleep(0)
    transport = httpx.ASGITransport(make_app(made))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as http:
        yield New(made, clock, http, stops, requests)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    made.members_db.close()


def hear(new: New) -> None:
    """The unit's own word, as it is retained."""
    new.console.floor.unit_status("unit-01", UNIT, new.clock.now_ms())
    new.console.floor.treadmill_state("tm-01", STATE, new.clock.now_ms())


@pytest.mark.parametrize("door", DOORS)
async def test_a_stop_waits_a_moment_for_its_treadmill_to_be_heard_and_is_then_told_as_any_other(
    new: New, door: str
) -> None:
    answer = asyncio.ensure_future(new.stop(DOORS[door], 500))
    while not new.stops:
        await asyncio.sleep(0.001)  # it goes out before anything is waited for
    hear(new)
    said = (await answer).json()
    assert (said["ok"], said["alarm"], said["text"]) == (True, False, "Stop sent to tm-01.")
    assert new.stops == ["backstride/v1/gym/stop/tm-01"]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("language", "words"), [("en", "was not heard yet"), ("de", "noch nicht zu hören")])
async def test_a_stop_of_what_is_not_heard_yet_is_sent_and_told_as_that(
    new: New, door: str, language: str, words: str
) -> None:
    answer = await new.stop(DOORS[door], round(PATIENCE_S * 1000) + 100, language)
    said = answer.json()
    assert (answer.status_code, said["ok"], said["alarm"], said["out_of_reach"]) == (
        200,
        True,
        True,
        ["tm-01"],
    )
    if door == "page":  # REST speaks English
        assert words in said["text"]
    assert "known" not in said["text"]
    assert new.stops == ["backstride/v1/gym/stop/tm-01"]


@pytest.mark.parametrize("door", DOORS)
async def test_once_everybody_was_heard_a_stop_of_nobody_is_sent_and_told_so(new: New, door: str) -> None:
    await new.clock.advance(SETTLED_MS)
    answer = await new.stop(DOORS[door])
    assert answer.status_code == 404
    assert "But tm-01 is not known here (known: none is known yet)" in answer.json()["text"]
    assert new.stops == ["backstride/v1/gym/stop/tm-01"]


@pytest.mark.parametrize("path", ["/api/stop", "/api/v1/stop"])
async def test_a_stop_of_all_is_an_alarm_while_nobody_is_heard(new: New, path: str) -> None:
    said = (await new.stop(path, round(PATIENCE_S * 1000) + 100)).json()
    assert (said["ok"], said["alarm"]) == (True, True)
    assert "no treadmill was heard yet" in said["text"]
    hear(new)
    said = (await new.stop(path)).json()
    assert (said["ok"], said["alarm"], said["text"]) == (True, False, "Stop sent to all belts.")


async def test_a_members_stop_goes_out_though_their_session_is_not_told_yet(new: New) -> None:
    page = f"/m/{new.console.links.token('s-1')}"
    said = (await new.stop(f"{page}/stop?treadmill=tm-01", round(PATIENCE_S * 1000) + 100)).json()
    assert (said["ok"], said["alarm"]) == (True, True)
    assert new.stops == ["backstride/v1/gym/stop/tm-01"]
    await new.clock.advance(SETTLED_MS)
    answer = await new.stop(f"{page}/stop?treadmill=tm-01")
    assert (answer.status_code, answer.json()["alarm"]) == (404, True)
    assert len(new.stops) == 1  # an old page is not another member's


async def test_a_members_stop_says_when_nobody_answers_for_the_belt(new: New) -> None:
    hear(new)
    new.console.floor.session_view("tm-01", VIEW, new.clock.now_ms())
    page = f"/m/{new.console.links.token('s-1')}"
    assert (await new.stop(f"{page}/stop")).json()["alarm"] is False
    new.console.floor.unit_status(
        "unit-01", m.UnitStatus(unit="unit-01", online=False, boot="b", at_ms=0), NOW_MS
    )
    said = (await new.stop(f"{page}/stop")).json()
    assert (said["ok"], said["alarm"]) == (True, True)
    assert "Out of reach: tm-01." in said["text"]


async def test_a_members_page_is_not_told_over_before_its_session_was_told(new: New) -> None:
    asked = asyncio.ensure_future(new.after(500, new.http.get(f"/m/{new.console.links.token('s-1')}")))
    await asyncio.sleep(0.01)
    hear(new)
    new.console.floor.session_view("tm-01", VIEW, new.clock.now_ms())
    assert (await asked).status_code == 200


async def test_a_new_console_leaves_it_to_the_session_service_which_treadmills_there_are(new: New) -> None:
    hear(new)
    new.console.floor.session_view("tm-01", VIEW, new.clock.now_ms())
    page = f"/m/{new.console.links.token('s-1')}"
    new.console.floor.treadmill_gone("tm-02")
    asked = asyncio.ensure_future(new.http.post(f"{page}/slower", json={"id": "r-1"}))
    while not new.requests:
        await asyncio.sleep(0.001)
    assert (new.requests[0].verb, new.requests[0].treadmill) == ("slower", "tm-01")
    asked.cancel()
    await asyncio.wait([asked])
