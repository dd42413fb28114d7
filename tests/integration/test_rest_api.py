"""The REST API of a real console process: tokens, roles, every verb, members, and what is never told together."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio
from console_rig import Rig, ScriptedGym, rig, still, walking
from console_routes import ANYONE
from members_rig import screening
from rest_rig import WREN, bearer, open_store, open_tokens, take_in
from waiting import until

from device_adapters.contract import messages as m
from device_adapters.safety.limits import Goal, Level
from services.console.auth.permissions import API, OPEN, ROWS
from services.console.auth.roles import Role
from services.members.model import Purpose
from services.programme import library, own
from services.programme.parse import SCHEMA

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

VALUES = {
    "treadmill": "tm-02",
    "member": "m-000000000000",
    "purpose": "session_records",
    "session": "s-000000000000",
    "form": "json",
}
SESSION = "/treadmills/tm-02/session"
MINE = f"""schema = "{SCHEMA}"
name = "Mine"
goal = "mobility"
level = "novice"
[[step]]
kind = "active"
facing = "retro"
time_s = 60
speed_kmh = 1.2
"""
HEART_WHY = "Heart rate over the ceiling: slowed."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("rest")) as running:
        running.gym.belts = {
            "tm-01": still("tm-01"),
            "tm-02": walking(
                "tm-02",
                member="m-0123456789ab",
                why=HEART_WHY,
                hr_limit_bpm=140,
                asks=("rpe", "present"),
                nearest_limit="heart rate 193 of 140 bpm",
                nearest_belt_limit="speed 2.3 of 2.5 km/h",
            ),
        }
        await running.heard(2)
        yield running


@pytest.fixture(scope="module")
def secrets(site: Rig) -> dict[str, str]:
    """One token of each role, one that is revoked."""
    with open_tokens(site.folder) as tokens:
        made = {role.value: tokens.create(f"{role}-desk", role, days=1, by="test") for role in Role}
        made["revoked"] = tokens.create("lost-tablet", Role.STAFF, days=1, by="test")
        tokens.revoke("lost-tablet")
    return made


@pytest_asyncio.fixture(loop_scope="module")
async def http(site: Rig) -> AsyncIterator[httpx.AsyncClient]:
    site.gym.answer = lambda request: m.SessionReply(id=request.id, ok=True, session="s-1")
    site.gym.requests.clear()
    site.gym.stops.clear()
    async with httpx.AsyncClient(base_url=f"{site.console.url}/api/v1", timeout=60) as client:
        yield client


@pytest.fixture
def gym(site: Rig) -> ScriptedGym:
    return site.gym


def refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    said: dict[str, Any] = answer.json()
    assert answer.status_code == status, said
    assert said["ok"] is False
    assert said["text"]
    return said


REST = {
    (method, path.removeprefix(API)): roles for (method, path), roles in ROWS.items() if path.startswith(API)
}


async def test_without_a_token_every_route_but_document_and_stops_is_shut(http: httpx.AsyncClient) -> None:
    for (method, path), roles in REST.items():
        answer = await http.request(method, path.format(**VALUES))
        if roles is OPEN:
            assert answer.status_code == 200, path
        else:
            refused(answer, 401)
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_role_gets_through_its_own_routes_only(
    http: httpx.AsyncClient, secrets: dict[str, str]
) -> None:
    for (method, path), roles in REST.items():
        for role in ANYONE - roles if roles is not OPEN else ():
            said = refused(
                await http.request(method, path.format(**VALUES), headers=bearer(secrets[role])), 403
            )
            assert role.value in said["text"]
        for role in (
            roles
        ):  # without a body it comes to the body, or further: 503, where what is asked does not run here
            answer = await http.request(method, path.format(**VALUES), headers=bearer(secrets[role]))
            assert answer.status_code in (200, 404, 422, 503), (path, role, answer.text)


async def test_revoked_and_unknown_tokens_are_refused_and_too_many_of_them_shut_out(
    http: httpx.AsyncClient, secrets: dict[str, str], site: Rig
) -> None:
    assert (
        "revoked" in refused(await http.get("/treadmills", headers=bearer(secrets["revoked"])), 401)["text"]
    )
    for n in range(9):
        refused(await http.get("/treadmills", headers=bearer(f"guess-{n}")), 401)
    answer = await http.get("/treadmills", headers=bearer("one guess more"))
    refused(answer, 429)
    assert answer.headers["retry-after"] == "60"
    # The same address may be a proxy's, and everybody's: who has a token that holds is never shut out.
    assert (await http.get("/treadmills", headers=bearer(secrets["staff"]))).status_code == 200
    assert (await http.post("/stop")).status_code == 200
    await site.console.end()  # what it counted goes with it
    await site.console.start()
    await site.heard(2)


async def test_stops_need_no_token_and_no_body(http: httpx.AsyncClient, gym: ScriptedGym) -> None:
    for path in ("/stop", "/treadmills/tm-02/stop"):
        answer = await http.post(path, content=b"\xff not json", headers={"Authorization": "Bearer nonsense"})
        assert (answer.status_code, answer.json()["ok"]) == (200, True)
    assert gym.stops == ["all", "tm-02"]


async def test_a_stop_of_a_treadmill_that_nobody_knows_is_sent_and_told_so(
    http: httpx.AsyncClient, gym: ScriptedGym, site: Rig
) -> None:
    await site.settled()
    gym.whys.clear()
    said = refused(await http.post("/treadmills/tm-99/stop"), 404)
    assert "Stop sent to tm-99. But tm-99 is not known here (known: tm-01, tm-02)." in said["text"]
    page = {"Accept": "application/json", "Origin": site.console.url}
    answer = await http.post(f"{site.console.url}/api/treadmills/tm-99/stop", headers=page)
    assert (answer.status_code, answer.json()["ok"], answer.json()["alarm"]) == (404, False, True)
    await until(lambda: gym.stops == ["tm-99", "tm-99"], "both stops")
    assert gym.whys == ["asked for over REST", "pressed in the console"]


async def test_treadmills_and_sessions_are_told_without_names_or_hearts(
    http: httpx.AsyncClient, secrets: dict[str, str]
) -> None:
    staff = bearer(secrets["staff"])
    known = (await http.get("/treadmills", headers=bearer(secrets["operator"]))).json()
    assert [t["id"] for t in known["treadmills"]] == ["tm-01", "tm-02"]
    assert known["treadmills"][1]["speed_kmh"] == 2.3
    assert not any(word in str(known).lower() for word in ("171", "193", "heart", "bpm"))
    assert (
        known["treadmills"][1]
        == (await http.get("/treadmills/tm-02", headers=bearer(secrets["operator"]))).json()
    )
    assert (await http.get("/treadmills/tm-02", headers=staff)).json()["why"] == HEART_WHY
    (running,) = (await http.get("/sessions", headers=staff)).json()["sessions"]
    assert (running["treadmill"], running["phase"], running["member"]) == (
        "tm-02",
        "running",
        "m-0123456789ab",
    )
    assert running == (await http.get(SESSION, headers=staff)).json()
    assert not {"hr_bpm", "hr_limit_bpm", "alias"} & running.keys()
    assert running["asks"] == ["rpe", "present"]
    assert running["nearest_limit"] == "speed 2.3 of 2.5 km/h"
    assert not any(figure in str(running) for figure in ("193", "140 bpm", "112"))
    refused(await http.get("/treadmills/tm-01/session", headers=staff), 404)
    refused(await http.get("/treadmills/tm-09", headers=staff), 404)


@pytest.mark.parametrize(
    ("path", "body", "verb", "told"),
    [
        (SESSION, {"goal": "mobility", "level": "novice", "spotter": True}, "start", {"spotter": True}),
        (f"{SESSION}/pause", {}, "pause", {}),
        (f"{SESSION}/resume", {}, "resume", {}),
        (f"{SESSION}/end", {}, "stop", {}),
        (f"{SESSION}/skip", {}, "skip", {}),
        (f"{SESSION}/repeat", {}, "repeat", {}),
        (f"{SESSION}/done", {}, "done", {}),
        (f"{SESSION}/slower", {}, "slower", {}),
        (f"{SESSION}/present", {}, "present", {}),
        (f"{SESSION}/rpe", {"rpe": 13}, "rpe", {"rpe": 13}),
        (f"{SESSION}/adjust", {"speed_max_kmh": 2}, "adjust", {"speed_max_kmh": 2.0}),
        (f"{SESSION}/note", {"text": "new shoes"}, "note", {"text": "new shoes"}),
        (f"{SESSION}/near-miss", {"text": "stumbled"}, "near_miss", {"text": "stumbled"}),
        (f"{SESSION}/feedback", {"rpe": 12, "pain": 1}, "feedback", {"rpe": 12, "pain": 1}),
        ("/treadmills/tm-02/clear", {"by": "Anna"}, "clear", {"by": "coach-desk"}),
    ],
)
async def test_each_verb_reaches_the_session_service(
    http: httpx.AsyncClient,
    gym: ScriptedGym,
    secrets: dict[str, str],
    path: str,
    body: Any,
    verb: str,
    told: Any,
) -> None:
    answer = await http.post(
        path, json={"id": f"req-{verb.replace('_', '-')}", **body}, headers=bearer(secrets["coach"])
    )
    assert (answer.status_code, answer.json()["session"]) == (200, "s-1"), answer.text
    (request,) = gym.requests
    assert (request.id, request.verb, request.treadmill) == (answer.json()["id"], verb, "tm-02")
    assert request.by == told.get("by", "coach-desk")
    assert {name: getattr(request, name) for name in told} == told


async def test_a_refusal_keeps_its_cause(
    http: httpx.AsyncClient, gym: ScriptedGym, secrets: dict[str, str]
) -> None:
    gym.answer = lambda request: m.SessionReply(id=request.id, ok=False, cause="latched", text="Clear it.")
    said = refused(await http.post(f"{SESSION}/pause", json={}, headers=bearer(secrets["staff"])), 409)
    assert (said["cause"], said["text"]) == ("latched", "Clear it.")


async def test_a_member_from_the_first_day_to_a_start(
    http: httpx.AsyncClient, secrets: dict[str, str], site: Rig
) -> None:
    http.headers.update(bearer(secrets["staff"]))
    id_ = await take_in(http, secrets["staff"])
    wish = {"goal": "knee_strength", "level": "novice"}
    at = f"/members/{id_}"
    before = (await http.post(f"{at}/may-start", json=wish)).json()
    assert (before["may"], before["cause"]) == (False, "no_consent")
    assert (await http.put(f"{at}/consents/session_records", json={"text_version": "1"})).status_code == 200
    screening = {"fall_12_months": False, "backward_walk_s": 4.2, "by": "Anna"}
    assert (await http.post(f"{at}/screenings", json=screening)).status_code == 201
    after = (await http.post(f"{at}/may-start", json=wish)).json()
    assert (after["may"], after["level"]) == (True, "novice")
    early = await http.post(f"{at}/sign-offs", json={**wish, "level": "advanced", "by": "Anna"})
    assert refused(early, 409)["cause"]
    entry = {**WREN, "alias": "Robin", "hr_max": {"bpm": 180, "source": "measured"}}
    assert (await http.put(at, json=entry)).status_code == 200
    found = (await http.get("/members", params={"text": "wanda"})).json()["members"]
    assert [card["alias"] for card in found if card["id"] == id_] == ["Robin"]
    who, health = (await http.get(at)).json(), (await http.get(f"{at}/health")).json()
    assert who["name"] == WREN["name"]
    assert "hr_max_bpm" not in who
    assert (health["hr_max_bpm"], health["screenings"][0]["backward_walk_cs"]) == (180, 420)
    assert WREN["name"] not in str(health)
    assert (await http.get(f"{at}/history")).json() == {"id": id_, "sessions": []}
    assert (await http.delete(f"{at}/consents/session_records")).status_code == 200
    with open_store(site.folder) as store:
        trail = [(line.by, line.what) for line in store.audit(id_)]
    assert ("Anna (staff-desk)", "screened") in trail
    assert ("staff-desk", "viewed health") in trail


async def test_the_programmes_are_listed_and_each_name_and_id_of_them_is_taken(
    http: httpx.AsyncClient, secrets: dict[str, str], site: Rig
) -> None:
    http.headers.update(bearer(secrets["coach"]))
    own.add(site.folder / own.FOLDER, MINE, "mine.toml")
    listed = (await http.get("/programmes")).json()["programmes"]
    cells = {(one["goal"], one["level"]) for one in listed}
    assert cells == {(goal, level) for goal in Goal for level in Level}
    (mine,) = [one for one in listed if one["own"]]
    assert (mine["id"], mine["name"], mine["steps"]) == ("mine_mobility_novice", "Mine", 1)
    assert {one["id"] for one in listed if not one["own"]} == set(library.texts())
    some = (await http.get("/programmes", params={"goal": "mobility", "level": "novice"})).json()[
        "programmes"
    ]
    assert [one["id"] for one in some] == ["mobility_novice", "mine_mobility_novice"]
    member = await take_in(http, secrets["staff"], "Finch")
    for one in listed:
        for programme in (one["id"], one["name"]):
            wish = {"goal": one["goal"], "level": one["level"], "programme": programme}
            answer = await http.post(f"/members/{member}/may-start", json=wish)
            assert answer.status_code == 200, answer.text
    wish = {"goal": "mobility", "level": "novice", "programme": "mobility_sprint"}
    assert (
        "mobility_novice" in refused(await http.post(f"/members/{member}/may-start", json=wish), 409)["text"]
    )


async def test_a_member_who_trains_may_not_start(
    http: httpx.AsyncClient, secrets: dict[str, str], site: Rig
) -> None:
    http.headers.update(bearer(secrets["coach"]))
    member = await take_in(http, secrets["staff"], "Owl")
    with open_store(site.folder) as store:
        store.consent(member, Purpose.SESSION_RECORDS, text_version="1", by="Anna")
        store.screen(member, screening(at_ms=store.now_ms()))
    wish: dict[str, Any] = {"goal": "mobility", "level": "novice"}
    alone = (await http.post(f"/members/{member}/may-start", json=wish)).json()
    assert (alone["may"], alone["cause"]) == (False, "arms_reach")
    wish["arms_reach"] = True
    assert (await http.post(f"/members/{member}/may-start", json=wish)).json()["may"] is True
    before = site.gym.belts["tm-02"]
    try:
        site.gym.belts["tm-02"] = walking("tm-02", member=member)
        said = await told_of(http, member, wish, may=False)
        assert said["cause"] == "member_busy"
        assert "tm-02" in said["text"]
        site.gym.belts["tm-02"] = still("tm-02")
        ended = walking("tm-02", member=member).session
        assert ended is not None
        site.gym.belts["tm-02"] = replace(
            still("tm-02"), session=msgspec.structs.replace(ended, phase="ended")
        )
        await told_of(http, member, wish, may=True)
    finally:
        site.gym.belts["tm-02"] = before
    async with asyncio.timeout(60):
        while (await http.get(SESSION)).json()["member"] != "m-0123456789ab":
            await asyncio.sleep(0.05)


async def told_of(http: httpx.AsyncClient, member: str, wish: dict[str, str], *, may: bool) -> dict[str, Any]:
    """The answer, once the console has heard what it is to be."""
    async with asyncio.timeout(60):
        while True:
            said: dict[str, Any] = (await http.post(f"/members/{member}/may-start", json=wish)).json()
            if said["may"] is may:
                return said
            await asyncio.sleep(0.05)


async def test_wrong_entries_name_the_field_and_not_what_was_given(
    http: httpx.AsyncClient, secrets: dict[str, str]
) -> None:
    staff = bearer(secrets["staff"])
    said = refused(await http.post("/members", json={**WREN, "name": "W\u0000anda"}, headers=staff), 422)
    assert said["field"] == "name"
    assert "anda" not in said["text"]
    young = refused(await http.post("/members", json={**WREN, "birth_year": 2020}, headers=staff), 409)
    assert young["cause"] == "under_age"
    refused(await http.post("/members", content=b"\xff\xfe", headers=staff), 422)
    refused(await http.get("/members/m-0", headers=staff), 404)
    refused(await http.get("/nothing", headers=staff), 404)
