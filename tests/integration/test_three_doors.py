"""One contract, three doors: each verb by REST, by a staff page and on the bus, in each role, with the same rules,
answers and audit. The broker of this rig is open: who may use which topic is `test_acl.py`'s."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import Any, get_args

import httpx
import pytest
import pytest_asyncio
from doors_rig import DoorsGym, open_gym
from sign_in import headers
from waiting import until

from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.contract.permissions import BOOKING, MAY, VERBS
from services.console.auth.roles import Role
from services.session.booking import PUBLIC

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

PROGRAM = "front-desk"
WORDS = {"stop": "end", "near_miss": "near-miss"}
"""Verbs that have another word in an address."""

START: dict[str, Any] = {"goal": "conditioning", "level": "novice", "screened": True}
WHOLE: dict[str, dict[str, Any]] = {
    "start": START,
    "adjust": {"speed_max_kmh": 1.2},
    "rpe": {"rpe": 11},
    "note": {"text": "a word"},
    "near_miss": {"text": "a word"},
    "feedback": {"rpe": 11},
}
LASTING = ("adjust", "rpe", "present", "note", "near_miss", "feedback", "start", "resume", "done", "clear")
"""Of a running session: what is taken again and again, or refused; none of it ends or moves the session."""

BARE, BUSY = "tm-02", "tm-01"
STAFF_PAGES_LACK = ("feedback",)
"""Members say it on their own page."""

IDS = count(1)
PROGRAM_HEARD: list[m.SessionReply] = []


@dataclass(frozen=True)
class DoorSaid:
    """The answer of a door. `status`: of HTTP, where it is one."""

    ok: bool
    cause: str
    text: str
    status: int = 200


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DoorsGym]:
    async with open_gym(tmp_path_factory.mktemp("doors")) as made:
        await made.runs(BUSY)
        made.hub.desk.site.subscribe(
            registry.SESSION_REPLY, lambda _, told: PROGRAM_HEARD.append(told), PROGRAM
        )
        yield made


def said(answer: httpx.Response) -> DoorSaid:
    told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    return DoorSaid(told.get("ok", False), told.get("cause", ""), told.get("text", ""), answer.status_code)


async def by_rest(site: DoorsGym, role: str, verb: str, treadmill: str) -> DoorSaid:
    path = f"/treadmills/{treadmill}/" + {"start": "session", "clear": "clear"}.get(
        verb, f"session/{WORDS.get(verb, verb)}"
    )
    body = {"id": f"d-{next(IDS)}", **WHOLE.get(verb, {})} | ({"by": "Anna"} if verb == "clear" else {})
    if role == "nobody":
        async with httpx.AsyncClient(base_url=f"{site.console.url}/api/v1", timeout=60) as http:
            return said(await http.post(path, json=body))
    async with site.rest(role) as http:
        return said(await http.post(path, json=body))


async def by_page(site: DoorsGym, role: str, verb: str, treadmill: str) -> DoorSaid:
    body = {"id": f"d-{next(IDS)}", **WHOLE.get(verb, {})} | (
        {"treadmill": treadmill} if verb == "start" else {}
    )
    path = "/api/sessions" if verb == "start" else f"/api/treadmills/{treadmill}/{WORDS.get(verb, verb)}"
    if role == "nobody":
        async with httpx.AsyncClient(
            base_url=site.console.url, headers=headers(site.console.url, ""), timeout=60
        ) as http:
            return said(await http.post(path, json=body))
    async with await site.page(Role(role)) as http:
        return said(await http.post(path, json=body))


async def by_bus(site: DoorsGym, role: str, verb: Any, treadmill: str) -> DoorSaid:
    desk = site.hub.desk
    if role == "console":
        reply = await desk.ask(verb, treadmill, **WHOLE.get(verb, {}))
    else:
        id_ = f"d-{next(IDS)}"
        request = m.SessionRequest(
            id=id_, client=PROGRAM, verb=verb, treadmill=treadmill, **WHOLE.get(verb, {})
        )
        await desk.site.publish(registry.PROGRAM_REQUEST, request, PROGRAM)
        async with asyncio.timeout(60):
            while not (found := [told for told in PROGRAM_HEARD if told.id == id_]):
                await asyncio.sleep(0.01)
        (reply,) = found[:1]
    return DoorSaid(reply.ok, reply.cause, reply.text)


DOORS = {
    "rest": (by_rest, ("staff", "coach", "operator", "nobody")),
    "page": (by_page, ("staff", "coach", "operator", "nobody")),
    "bus": (by_bus, ("console", BOOKING)),
}
ALL_VERBS: tuple[m.SessionVerb, ...] = get_args(m.SessionVerb)
CELLS = [
    *((verb, BARE) for verb in ALL_VERBS if verb not in ("start", "clear")),
    *((verb, BUSY) for verb in LASTING),
]


async def test_the_table_has_each_verb(capsys: pytest.CaptureFixture[str]) -> None:
    roles = sum(len(roles) for _, roles in DOORS.values())
    with capsys.disabled():
        sys.stdout.write(f"\n{len(ALL_VERBS)} verbs, {len(CELLS)} scenes x {roles} doors and roles\n")
    assert {verb for verb, _ in CELLS} == set(VERBS) == set(ALL_VERBS)


async def test_each_door_refuses_a_start_of_who_was_not_asked_in_the_same_words(
    site: DoorsGym, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WHOLE, "start", {**START, "screened": False})
    told = [
        await by_rest(site, "staff", "start", BARE),
        await by_page(site, "staff", "start", BARE),
        await by_bus(site, "console", "start", BARE),
        await by_bus(site, BOOKING, "start", BARE),
    ]
    assert {(one.ok, one.cause) for one in told} == {(False, "guest_not_screened")}
    assert len({one.text for one in told}) == 1


async def test_each_door_refuses_a_mobility_guest_with_nobody_at_arms_reach(
    site: DoorsGym, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WHOLE, "start", {**START, "goal": "mobility"})
    told = [
        await by_rest(site, "staff", "start", BARE),
        await by_page(site, "staff", "start", BARE),
        await by_bus(site, "console", "start", BARE),
    ]
    assert {(one.ok, one.cause) for one in told} == {(False, "arms_reach")}
    assert len({one.text for one in told}) == 1
    assert (await by_bus(site, BOOKING, "start", BARE)).cause == "ask_staff"


@pytest.mark.parametrize(("verb", "treadmill"), CELLS)
async def test_each_door_has_the_same_rules_answers_and_audit(
    site: DoorsGym, verb: str, treadmill: str
) -> None:
    seen = len(site.hub.desk.events)
    taken: dict[tuple[str, str], DoorSaid] = {}
    for door, (ask, roles) in DOORS.items():
        if door == "page" and verb in STAFF_PAGES_LACK:
            continue
        for role in roles:
            told = await ask(site, role, verb, treadmill)
            if role in MAY[VERBS[verb]]:
                taken[door, role] = told
            elif door == "bus":
                assert (told.ok, told.cause) == (False, "not_allowed"), (door, role)
            else:
                assert (told.ok, told.status) == (False, 401 if role == "nobody" else 403), (door, role, told)
    program = taken.pop(("bus", BOOKING), None)
    assert len({(told.ok, told.cause) for told in taken.values()}) == 1, taken
    if not (first := next(iter(taken.values()))).ok:
        assert {told.text for told in taken.values()} == {first.text}
        assert {told.status for (door, _), told in taken.items() if door != "bus"} == {409}
    if program is not None:
        assert program.ok == first.ok
        assert program.cause == (first.cause if first.ok or first.cause in PUBLIC else "ask_staff")
    await audited(site, seen, verb, set(taken), program is not None)


async def audited(site: DoorsGym, seen: int, verb: str, doors: set[tuple[str, str]], program: bool) -> None:
    """Each that was heard is recorded in its own name: a token's, an account's, a program's."""

    def signers() -> set[str]:
        return {str(event.after.get("by", "")) for event in site.hub.desk.events[seen:]}

    rest = {f"{role}-desk" for door, role in doors if door == "rest"}
    await until(lambda: rest <= signers(), seconds=60)
    pages = {role for door, role in doors if door == "page"}
    await until(lambda: all(any(by.startswith(f"{role} ") for by in signers()) for role in pages), seconds=60)
    if program or BOOKING not in MAY[VERBS[verb]]:
        await until(lambda: f"program {PROGRAM}" in signers(), seconds=60)
