"""The console's addresses against a real console process, a real broker and a scripted gym."""

import asyncio
import gzip
import itertools
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from console_rig import Rig, ScriptedGym, rig, silent, still, walking
from waiting import until
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from device_adapters.contract import messages as m
from device_adapters.safety.limits import Goal, Level

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

WRITES = ("/api/stop", "/api/treadmills/tm-02/stop", "/api/sessions", "/api/treadmills/tm-02/end")
IDS = itertools.count(1)


@pytest.fixture
def start() -> dict[str, Any]:
    """A start that nobody has asked for yet."""
    return {"id": f"req-{next(IDS)}", "treadmill": "tm-01", "goal": "mobility", "level": "novice"}


KNOWN = (
    'data-treadmill="tm-01" data-state="ready"',
    'data-treadmill="tm-02" data-state="running"',
    ">2.3<",
    ">112<",
)
"""What the page shows of the site as every test finds it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("console")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def http(site: Rig) -> AsyncIterator[httpx.AsyncClient]:
    site.gym.belts = {"tm-01": still("tm-01"), "tm-02": walking("tm-02")}
    site.gym.unit_online = True
    site.gym.answer = lambda request: m.SessionReply(id=request.id, ok=True, session="s-1")
    async with site.client(timeout=60) as client:
        page = ""
        async with asyncio.timeout(60):
            while not all(words in page for words in KNOWN):
                await asyncio.sleep(0.02)
                page = (await client.get("/")).text
        site.gym.stops.clear()
        site.gym.requests.clear()
        yield client


@pytest.fixture
def gym(site: Rig) -> ScriptedGym:
    return site.gym


async def test_first_html_is_complete(http: httpx.AsyncClient) -> None:
    page = (await http.get("/")).text
    for words in (*KNOWN, "Heron", "Step 2 of 5", "limit 133", "In danger use the red button / cord"):
        assert words in page


async def test_a_session_is_asked_for_and_answered(
    http: httpx.AsyncClient, gym: ScriptedGym, site: Rig, start: dict[str, Any]
) -> None:
    gym.answer = lambda request: m.SessionReply(id=request.id, ok=True, session="s-77")
    answer = await http.post(
        "/api/sessions", json={**start, "alias": " Wren ", "hr_max_bpm": 180, "strap": "hr-09"}
    )
    assert (answer.status_code, answer.json()["session"]) == (200, "s-77")
    assert answer.json()["text"]
    (request,) = gym.requests
    assert (request.id, request.verb, request.treadmill) == (start["id"], "start", "tm-01")
    assert (request.goal, request.level) == (Goal.MOBILITY, Level.NOVICE)
    assert (request.alias, request.hr_max_bpm, request.strap, request.by) == (
        "Wren",
        180,
        "hr-09",
        site.signature,
    )


async def test_a_strap_left_out_is_the_session_services_choice(
    http: httpx.AsyncClient, gym: ScriptedGym, start: dict[str, Any]
) -> None:
    await http.post("/api/sessions", json={**start, "treadmill": "tm-02"})
    assert gym.requests[0].strap == ""


async def test_straps_near_a_treadmill_are_told_and_the_one_just_put_on_is_offered(
    http: httpx.AsyncClient, gym: ScriptedGym, site: Rig
) -> None:
    now_ms = time.time_ns() // 1_000_000
    gym.near = (
        m.NearbyStrap(strap="hr-aa", rssi_dbm=-42, since_ms=now_ms - 900_000, model="Polar H10"),
        m.NearbyStrap(strap="hr-bb", rssi_dbm=-50, since_ms=now_ms, model=""),
        m.NearbyStrap(strap="hr-cc", rssi_dbm=-60, since_ms=now_ms, treadmill="tm-02"),
    )
    found: dict[str, Any] = {}
    async with asyncio.timeout(60):
        while not found.get("straps"):
            found = (await http.get("/api/treadmills/tm-01/straps?asked_s_ago=60")).json()
    assert found == {
        "ok": True,
        "straps": [
            {"strap": "hr-aa", "rssi_dbm": -42, "model": "Polar H10", "new": False},
            {"strap": "hr-bb", "rssi_dbm": -50, "model": "", "new": True},
        ],
        "offer": "hr-bb",
        "whose": None,
    }
    await site.settled()
    answer = await http.get("/api/treadmills/tm-09/straps")
    assert answer.status_code == 404
    assert "tm-01" in answer.json()["text"]
    answer = await http.get("/api/treadmills/tm-01/straps?asked_s_ago=-1")
    assert answer.status_code == 422
    assert "0 to 600 seconds" in answer.json()["text"]


async def test_a_refusal_is_passed_on_in_its_words(
    http: httpx.AsyncClient, gym: ScriptedGym, start: dict[str, Any]
) -> None:
    gym.answer = lambda request: m.SessionReply(
        id=request.id, ok=False, cause="latched", text="Clear it first."
    )
    answer = await http.post("/api/sessions", json=start)
    assert answer.status_code == 409
    assert answer.json() == {
        "ok": False,
        "id": start["id"],
        "session": "",
        "cause": "latched",
        "text": "Clear it first.",
    }


async def test_a_silent_session_service_is_told_in_plain_words(
    http: httpx.AsyncClient, gym: ScriptedGym, start: dict[str, Any]
) -> None:
    gym.answer = silent
    answer = await http.post("/api/sessions", json=start)
    assert answer.status_code == 504
    assert "did not answer within 6 s" in answer.json()["text"]  # by then it takes no start any more
    assert "it will not take any more" in answer.json()["text"]
    slower = await http.post("/api/treadmills/tm-02/slower", json={"id": "req-unheard"})
    assert slower.status_code == 504
    assert "did not answer within 3 s. It may still act on this" in slower.json()["text"]


async def test_the_same_request_twice_is_asked_once(
    http: httpx.AsyncClient, gym: ScriptedGym, start: dict[str, Any]
) -> None:
    gym.answer = silent
    first = asyncio.create_task(http.post("/api/sessions", json=start))
    await until(lambda: len(gym.requests) == 1, "the request")
    again = asyncio.create_task(http.post("/api/sessions", json=start))
    other = await http.post("/api/sessions", json={**start, "alias": "Wren"})
    assert (other.status_code, other.json()["cause"]) == (409, "id_used")
    assert [(await first).status_code, (await again).status_code] == [504, 504]
    assert len(gym.requests) == 1


@pytest.mark.parametrize(
    ("action", "verb"),
    [
        ("end", "stop"),
        *((v, v) for v in ("pause", "resume", "clear", "skip", "repeat", "done", "slower", "present")),
    ],
)
async def test_actions_reach_the_session_service(
    http: httpx.AsyncClient, gym: ScriptedGym, site: Rig, action: str, verb: str
) -> None:
    answer = await http.post(f"/api/treadmills/tm-02/{action}", json={"id": f"r-{verb}"})
    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    (request,) = gym.requests
    assert (request.verb, request.treadmill, request.by) == (
        verb,
        "tm-02",
        site.signature,
    )


@pytest.mark.parametrize(
    ("path", "heard"),
    [("/api/stop", "all"), ("/api/treadmills/tm-02/stop", "tm-02"), ("/api/treadmills/tm-9/stop", "tm-9")],
)
@pytest.mark.parametrize("body", [b"", b"{}", b"not json \xff", b'{"by": 7}'])
async def test_stop_goes_straight_to_the_units_whatever_the_body(
    http: httpx.AsyncClient, gym: ScriptedGym, site: Rig, path: str, heard: str, body: bytes
) -> None:
    await site.settled()
    answer = await http.post(path, content=body)
    known = heard != "tm-9"
    assert (answer.status_code, answer.json()["ok"]) == (200 if known else 404, known)
    await until(lambda: gym.stops == [heard], f"the stop of {heard}")
    assert gym.requests == []
    assert answer.json()["alarm"] is not known


async def test_stop_without_the_pages_script_answers_with_a_page(
    http: httpx.AsyncClient, gym: ScriptedGym
) -> None:
    answer = await http.post(
        "/api/treadmills/tm-02/stop",
        content=b"",
        headers={"Accept": "text/html,*/*", "Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.headers["content-type"].startswith("text/html")
    assert "Stop sent to tm-02." in answer.text
    await until(lambda: gym.stops == ["tm-02"], "the stop")


async def test_a_stop_that_nobody_can_carry_out_says_so(http: httpx.AsyncClient, gym: ScriptedGym) -> None:
    gym.unit_online = False
    for _ in range(100):
        answer = (await http.post("/api/treadmills/tm-02/stop")).json()
        if answer["alarm"]:
            break
        await asyncio.sleep(0.05)
    assert answer["ok"]
    assert answer["out_of_reach"] == ["tm-02"]
    assert "red button" in answer["text"]


@pytest.mark.parametrize(
    ("change", "field", "hint"),
    [
        ({"goal": "fast"}, "goal", "knee_strength"),
        ({"goal": None}, "goal", "mobility"),
        ({"level": "expert"}, "level", "novice"),
        ({"treadmill": "TM 1"}, "treadmill", "such as tm-01"),
        ({"hr_max_bpm": 99}, "hr_max_bpm", "100 to 230"),
        ({"hr_max_bpm": 231}, "hr_max_bpm", "100 to 230"),
        ({"hr_max_bpm": "180"}, "hr_max_bpm", "100 to 230"),
        ({"alias": "x" * 25}, "alias", "at most 24"),
        ({"strap": "HR 1"}, "strap", "such as hr-01"),
        ({"id": ""}, "id", "1 to 60"),
        ({"speed_kmh": 9}, "speed_kmh", "leave it out"),
    ],
)
async def test_a_bad_field_is_named_with_its_limit_and_fix(
    http: httpx.AsyncClient,
    gym: ScriptedGym,
    change: dict[str, Any],
    field: str,
    hint: str,
    start: dict[str, Any],
) -> None:
    answer = await http.post("/api/sessions", json={**start, **change})
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert answer.json()["text"].startswith(field)
    assert hint in answer.json()["text"]
    assert gym.requests == []


@pytest.mark.parametrize("missing", ["id", "treadmill", "goal", "level"])
async def test_a_missing_field_is_named(http: httpx.AsyncClient, missing: str, start: dict[str, Any]) -> None:
    answer = await http.post("/api/sessions", json={k: v for k, v in start.items() if k != missing})
    assert (answer.status_code, answer.json()["field"]) == (422, missing)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"", "application/json"),
        (b"{}", "text/plain"),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(
    http: httpx.AsyncClient, content: bytes, kind: str
) -> None:
    answer = await http.post("/api/sessions", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["field"]) == (422, "body")
    assert "JSON object" in answer.json()["text"]


@pytest.mark.parametrize(
    ("path", "status"), [("/api/treadmills/TM%201/stop", 422), ("/api/treadmills/tm-01/launch", 404)]
)
async def test_a_bad_path_is_refused(
    http: httpx.AsyncClient, gym: ScriptedGym, path: str, status: int
) -> None:
    answer = await http.post(path, json={"id": "r-1"})
    assert answer.status_code == status
    assert (gym.stops, gym.requests) == ([], [])


async def test_an_unknown_treadmill_is_named_with_the_known_ones(
    http: httpx.AsyncClient, gym: ScriptedGym, site: Rig, start: dict[str, Any]
) -> None:
    await site.settled()
    answer = await http.post("/api/sessions", json={**start, "treadmill": "tm-99"})
    assert answer.status_code == 404
    assert "'tm-99'" in answer.json()["text"]
    assert "tm-01, tm-02" in answer.json()["text"]
    assert gym.requests == []


@pytest.mark.parametrize("path", ["/api/sessions", "/api/sessions/tm-01/note"])
async def test_an_oversized_body_is_refused_announced_or_not(
    http: httpx.AsyncClient, gym: ScriptedGym, path: str
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 1024

    for content in (b"x" * 20_000, endless()):
        answer = await http.post(path, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
        assert "16384 bytes" in answer.json()["text"]
    assert (gym.stops, gym.requests) == ([], [])


async def test_a_body_that_never_ends_is_cut_off(site: Rig) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(site.console.url.rsplit(":", 1)[1]))
    writer.write(b"POST /api/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n")
    assert (await asyncio.wait_for(reader.readline(), 60)).startswith(b"HTTP/1.1 413")
    writer.close()


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
async def test_another_sites_page_cannot_write(
    http: httpx.AsyncClient,
    gym: ScriptedGym,
    path: str,
    origin: str,
    start: dict[str, Any],
) -> None:
    answer = await http.post(path, json=start, headers={"Origin": origin})
    assert answer.status_code == 403
    assert origin in answer.json()["text"]
    assert "content-security-policy" in answer.headers
    assert (gym.stops, gym.requests) == ([], [])


async def test_our_own_page_can_write(http: httpx.AsyncClient, site: Rig) -> None:
    answer = await http.post("/api/stop", headers={"Origin": site.console.url})
    assert answer.status_code == 200


async def test_another_sites_page_cannot_watch(site: Rig) -> None:
    url = site.console.url.replace("http", "ws") + "/live/floor"
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url, origin=Origin("http://evil.example")):
            pass
    assert refused.value.response.status_code == 403
    async with connect(url, additional_headers=site.headers) as feed:
        assert "hello" in json.loads(await feed.recv())


async def test_the_feed_greets_then_tells_all_then_changes(
    site: Rig, http: httpx.AsyncClient, gym: ScriptedGym
) -> None:
    build = (await http.get("/healthz")).json()["build"]
    async with (
        site.feed() as feed,
        asyncio.timeout(60),
    ):
        assert json.loads(await feed.recv()) == {"hello": {"build": build}}
        frame = json.loads(await feed.recv())
        assert frame["whole"]
        shown = dict(frame["tiles"])
        while shown.get("tm-02", {}).get("speed") != "2.3":  # a frame is up to one tick older than the page
            frame = json.loads(await feed.recv())
            for treadmill, tile in frame["tiles"].items():
                shown[treadmill] = shown.get(treadmill, {}) | tile
        assert {"tm-01", "tm-02"} <= set(shown)
        await feed.send("anything a page says is dropped")
        speed = 2.3
        while (
            frame["whole"] or frame["tiles"].get("tm-02", {}).get("speed") != f"{speed:.1f}" or speed == 2.3
        ):
            if frame["whole"] or speed == 2.3:  # a page that was slow to read gets a whole frame
                speed += 0.1
                gym.belts["tm-02"] = walking("tm-02", speed)
            frame = json.loads(await feed.recv())
        assert "alias" not in frame["tiles"]["tm-02"]
        assert "plan" not in frame["tiles"]["tm-02"]


@pytest.mark.parametrize("path", ["/", "/healthz", "/nothing", "/static/x/floor.js"])
async def test_every_answer_carries_the_header_policy(http: httpx.AsyncClient, path: str) -> None:
    headers = (await http.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/redoc",
        "/openapi.json",
        "/static/../service.py",
        "/static/%2e%2e/service.py",
        "/..%2f..%2fetc/passwd",
    ],
)
async def test_nothing_else_is_served(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == 404


async def test_page_and_files_are_small_and_few(http: httpx.AsyncClient) -> None:
    page = (await http.get("/")).text
    build = (await http.get("/healthz")).json()["build"]
    files = sorted({part.split('"')[0] for part in page.split(f"/static/{build}/")[1:]})
    assert files == ["commands.js", "floor.css", "floor.js", "live.js", "panels.js"]
    sizes = []
    for name in files:
        answer = await http.get(f"/static/{build}/{name}")
        assert "immutable" in answer.headers["cache-control"]
        sizes.append(len(gzip.compress(answer.content, 5)))
    assert len(gzip.compress(page.encode(), 5)) + sum(sizes) < 30_000, "on the wire"


@pytest.mark.parametrize(
    "path", ["/board", "/class", "/operator", "/sessions", "/account", "/signin", "/trust"]
)
async def test_each_other_page_is_small_too(http: httpx.AsyncClient, path: str) -> None:
    page = (await http.get(path)).text
    build = (await http.get("/healthz")).json()["build"]
    sizes = [len(gzip.compress(page.encode(), 5))]
    names = {part.split('"')[0] for part in page.split(f"/static/{build}/")[1:]}
    files = [await http.get(f"/static/{build}/{name}") for name in names]
    sizes += [len(gzip.compress(each.content, 5)) for each in files]
    assert sum(sizes) < 30_000, "on the wire"


async def test_a_class_is_offered_programmes_before_any_script_runs(http: httpx.AsyncClient) -> None:
    page = (await http.get("/class")).text
    offered = page.partition('name="programme"')[2].partition("</select>")[0]
    assert "<option value=" in offered
