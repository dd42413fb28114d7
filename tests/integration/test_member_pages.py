"""Member pages and the board against a real console process: who gets in, what they see, what reaches the bus."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import msgspec
import pytest
import pytest_asyncio
from console_members import wall_ms
from console_rig import Rig, rig, still, walking
from members_rig import WREN, session
from waiting import until
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from device_adapters.contract import messages as m
from device_adapters.units import DAY_MS, HOUR_MS
from services.console.auth.member_links import MemberLinks
from services.console.pages.live import OVER_CODE
from services.members.store import Members

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
FEEDBACK = {"id": "r-1", "kind": "feedback", "rpe": 12, "pain": 2}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("member")) as running:
        running.gym.belts = {
            "tm-01": still("tm-01"),
            "tm-02": walking("tm-02", hr_max_bpm=190, strap="hr-02", can=("slower", "stop")),
            "tm-03": walking("tm-03", hr_bpm=141, alias="Wren", member="m-wren"),
        }
        await running.heard(3)
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def http(site: Rig) -> AsyncIterator[httpx.AsyncClient]:
    site.gym.stops.clear()
    site.gym.requests.clear()
    async with site.client(timeout=60) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def page(http: httpx.AsyncClient) -> str:
    """The path of tm-02's member page."""
    answer = (await http.get("/api/treadmills/tm-02/member-page")).json()
    assert answer["picture"].startswith("data:image/svg+xml")
    return httpx.URL(answer["url"]).path


async def test_a_member_sees_their_own_session_in_the_language_of_their_browser(
    http: httpx.AsyncClient, page: str
) -> None:
    english = (await http.get(page)).text
    german = (await http.get(page, headers={"Accept-Language": "de-AT,de;q=0.8"})).text
    assert "In danger use the red button / cord" in english
    assert "Bei Gefahr: roter Knopf / Leine" in german
    assert "hr_bpm&#34;: 112" in english
    told = re.sub("[0-9a-f]{8,}", "", english)  # the page's own code may have these digits by chance
    assert "141" not in told, "somebody else's heart"


async def test_a_free_treadmill_has_no_page_and_a_made_up_code_opens_none(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/treadmills/tm-01/member-page")).status_code == 404
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/stop", {}),
        ("POST", "/slower", {"id": "r"}),
        ("POST", "/answer", FEEDBACK),
    ):
        answer = await http.request(method, f"/m/{'0' * 26}{path}", json=body)
        assert answer.status_code == 404, path
    assert (await http.get("/m/../../etc/passwd")).status_code == 404
    async with connect(f"ws://{http.base_url.netloc.decode()}/live/member/{'0' * 26}") as feed:
        with pytest.raises(ConnectionClosedError) as closed:
            await feed.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == OVER_CODE


async def test_stop_goes_straight_to_the_unit(site: Rig, http: httpx.AsyncClient, page: str) -> None:
    answer = await http.post(f"{page}/stop")
    assert answer.json()["ok"]
    await until(lambda: site.gym.stops == ["tm-02"], "the stop")


async def test_a_member_too_is_told_of_a_stop_that_nobody_can_carry_out(
    site: Rig, http: httpx.AsyncClient, page: str
) -> None:
    site.gym.unit_online = False
    try:
        async with asyncio.timeout(60):
            while not (answer := (await http.post(f"{page}/stop")).json())["alarm"]:
                await asyncio.sleep(0.05)
    finally:
        site.gym.unit_online = True
    assert answer["ok"]
    assert answer["out_of_reach"] == ["tm-02"]
    assert "red button" in answer["text"]
    async with asyncio.timeout(60):
        while (await http.post(f"{page}/stop")).json()["alarm"]:
            await asyncio.sleep(0.05)


async def test_a_danger_stands_in_the_page_before_its_script_runs(
    site: Rig, http: httpx.AsyncClient, page: str
) -> None:
    assert 'data-warning role="alert" hidden></p>' in (await http.get(page)).text
    belt = site.gym.belts["tm-02"]
    site.gym.belts["tm-02"] = replace(belt, state=msgspec.structs.replace(belt.state, link="lost"))
    try:
        async with asyncio.timeout(60):
            while 'data-warning role="alert">' not in (html := (await http.get(page)).text):
                await asyncio.sleep(0.05)
    finally:
        site.gym.belts["tm-02"] = belt
        await site.heard(3)
    assert not html.partition('data-warning role="alert">')[2].startswith("<")


async def test_slower_and_answers_are_asked_of_the_session_service(
    site: Rig, http: httpx.AsyncClient, page: str
) -> None:
    assert (await http.post(f"{page}/slower", json={"id": "r-0"})).json()["ok"]
    assert (await http.post(f"{page}/answer", json=FEEDBACK)).json()["ok"]
    slower, told = site.gym.requests
    assert (slower.verb, slower.treadmill, slower.session, slower.by) == (
        "slower",
        "tm-02",
        "s-tm-02",
        "member",
    )
    assert (told.verb, told.rpe, told.pain) == ("feedback", 12, 2)


@pytest.mark.parametrize(
    "wrong", [{"rpe": 5}, {"rpe": 21}, {"pain": 11}, {"kind": "start"}, {"verb": "start"}]
)
async def test_an_answer_out_of_range_is_refused_and_named(
    site: Rig, http: httpx.AsyncClient, page: str, wrong: dict[str, object]
) -> None:
    answer = await http.post(f"{page}/answer", json={**FEEDBACK, **wrong})
    assert answer.status_code == 422
    assert answer.json()["field"] == next(iter(wrong))
    assert site.gym.requests == []


async def test_there_is_no_record_before_the_end(http: httpx.AsyncClient, page: str) -> None:
    answer = await http.get(f"{page}/session.fit")
    assert answer.status_code == 404
    assert "has not ended" in answer.json()["text"]
    assert (await http.get(f"{page}/session.exe")).status_code == 422


async def test_the_feed_of_a_member_has_nothing_of_others(http: httpx.AsyncClient, page: str) -> None:
    token = page.rsplit("/", 1)[1]
    async with connect(f"ws://{http.base_url.netloc.decode()}/live/member/{token}") as feed:
        assert "hello" in json.loads(await feed.recv())
        frame = str(await feed.recv())
        assert json.loads(frame)["floor"]["hr_bpm"] == 112
        assert "141" not in frame
        assert "Wren" not in frame


async def test_the_board_shows_who_trains(http: httpx.AsyncClient) -> None:
    board = (await http.get("/board")).text
    assert "Heron" in board
    assert "Wren" in board
    assert ">141<" in board
    assert ">112<" not in board, "a guest's heart"
    assert 'data-id="tm-01"' not in board
    async with connect(f"ws://{http.base_url.netloc.decode()}/live/board") as feed:
        await feed.recv()
        assert set(json.loads(await feed.recv())["tiles"]) == {"tm-02", "tm-03"}


async def test_the_screen_behind_a_treadmill_has_an_address_that_stays(
    site: Rig, http: httpx.AsyncClient, page: str
) -> None:
    answer = (await http.get("/api/treadmills/tm-02/member-page")).json()
    rear = httpx.URL(answer["rear"]).path
    assert rear != page
    first = await http.get(rear)
    assert "Heron" not in first.text
    assert 'data-state="running"' in first.text
    assert (await http.post(f"{rear}/stop")).json()["ok"]
    await until(lambda: site.gym.stops == ["tm-02"], "the stop of the rear screen")
    belt = site.gym.belts["tm-02"]
    assert belt.session is not None
    site.gym.belts["tm-02"] = replace(belt, session=msgspec.structs.replace(belt.session, session="s-next"))
    try:
        async with asyncio.timeout(60):
            while "s-next" not in (again := (await http.get(rear)).text):
                await asyncio.sleep(0.05)
        assert 'data-state="running"' in again
        ended = msgspec.structs.replace(belt.session, session="s-over", phase="ended", at_ms=wall_ms())
        site.gym.belts["tm-02"] = replace(belt, session=ended)
        async with asyncio.timeout(60):
            while "s-over" not in (await http.get(rear)).text:
                await asyncio.sleep(0.05)
        for kept in ("session.fit", "progress"):
            assert (await http.get(f"{rear}/{kept}")).status_code == 404, "what is to be kept is its member's"
    finally:
        site.gym.belts["tm-02"] = belt
    async with asyncio.timeout(60):
        while (await http.get(page)).status_code != 200:
            await asyncio.sleep(0.05)


async def test_a_code_opens_nothing_once_its_treadmill_has_another_session(
    site: Rig, http: httpx.AsyncClient, page: str
) -> None:
    walking_ = site.gym.belts["tm-02"]
    session = walking_.session
    assert session is not None
    other = m.SessionView(
        **{**{f: getattr(session, f) for f in session.__struct_fields__}, "session": "s-new"}
    )
    site.gym.belts["tm-02"] = type(walking_)(
        walking_.state, walking_.speed_kmh, walking_.incline_pct, walking_.hr_bpm, other
    )
    async with asyncio.timeout(60):
        while (await http.get(page)).status_code != 404:
            await asyncio.sleep(0.05)
        site.gym.belts["tm-02"] = walking_
        while (await http.get(page)).status_code != 200:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("hours", "open_"), [(0, False), (30, True), (7 * 24 - 1, True), (7 * 24 + 1, False)]
)
async def test_the_link_asks_about_the_day_after_for_a_week(
    site: Rig, http: httpx.AsyncClient, hours: int, open_: bool
) -> None:
    ended_ms = wall_ms() - hours * HOUR_MS
    store = Members(f"sqlite:///{site.folder / 'members.db'}", wall_ms)
    try:
        wren = store.create(replace(WREN, alias=f"Wren {hours}"), by="Anna")
        began_ms = ended_ms - DAY_MS // 100
        told = replace(
            session(0), session=f"s-after-{hours}", began_ms=began_ms, ended_ms=ended_ms, asks_next_day=True
        )
        store.record(wren, told)
        path = f"/m/{MemberLinks(site.folder).token(told.session)}"
        shown = await http.get(path)
        assert ("The day after" in shown.text, shown.status_code) == (open_, 200 if open_ else 404)
        answer = await http.post(f"{path}/next-day", data={"pain": "3"})
        assert answer.status_code == (200 if open_ else 404)
        kept = store.history(wren, by="test")[0].record.answers.pain_next_day
        assert kept == (3 if open_ else None)
        if open_:
            assert (await http.post(f"{path}/next-day", data={"pain": "11"})).status_code == 422
            assert "Der Tag danach" in (await http.get(f"{path}?lang=de")).text
    finally:
        store.close()
