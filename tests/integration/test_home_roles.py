"""A member's own page, route by route: for that member alone, whoever else asks, and with whatever keys."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio
from console_rig import Rig, rig, walking
from console_routes import HOME_ROUTES, SHUT_ROUTES
from members_rig import WREN
from month_rig import enter_member, enter_month, open_members
from sign_in import NAMES, headers, sign_in
from waiting import until

from services.console.auth.home_access import OPEN_COOKIE, PHONE_COOKIE
from services.console.auth.homes import Homes
from services.console.auth.model import HOME_OPEN, HomeKeys
from services.console.auth.signed_in import COOKIE
from services.members.model import Purpose
from services.members.store import Members

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@dataclass(frozen=True)
class TwoHomes:
    """TwoHomes members of one gym, each with a page of their own and a month of sessions."""

    site: Rig
    members: tuple[str, str]
    keys: tuple[HomeKeys, HomeKeys]
    sessions: tuple[str, str]

    def sent(self, keys: HomeKeys) -> dict[str, str]:
        """What a phone with these keys would send, if it sent them to any address."""
        cookies = f"{PHONE_COOKIE}={keys.phone}; {OPEN_COOKIE}={keys.open}; {COOKIE}={keys.open}"
        return {"Cookie": cookies, "Origin": self.site.console.url}

    def store(self) -> Members:
        return open_members(self.site.folder)

    def another_phone(self) -> HomeKeys:
        """One more of the second member's."""
        store = self.store()
        try:
            homes = Homes(store, HOME_OPEN)
            keys = homes.move_in(homes.link(self.members[1], by="Anna"), "2846")
        finally:
            store.close()
        assert keys is not None
        return keys


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TwoHomes]:
    folder = tmp_path_factory.mktemp("homes")
    async with rig(folder) as site:
        members = tuple(
            enter_member(folder, replace(WREN, name=f"{alias} Smith", alias=alias), Purpose.HEART_RATE)
            for alias in ("Wren", "Finch")
        )
        sessions = tuple(enter_month(folder, member)[-1].session for member in members)
        store = open_members(folder)
        homes = Homes(store, HOME_OPEN)
        keys = tuple(homes.move_in(homes.link(member, by="Anna"), "2846") for member in members)
        store.close()
        yield TwoHomes(site, members, keys, sessions)  # type: ignore[arg-type]


async def asked(
    two: TwoHomes, home: HomeKeys, sent: dict[str, str], session: str
) -> list[tuple[str, str, Any]]:
    """Every route of a page, as who sends this gets it."""
    got = []
    async with httpx.AsyncClient(base_url=two.site.console.url, headers=sent, timeout=60) as http:
        for (method, row), path in HOME_ROUTES.items():
            if not row.endswith("/end"):
                answer = await http.request(method, f"/me/{home.id}{path.format(session=session)}")
                got.append((method, row, answer))
    return got


async def test_nobody_but_its_member_gets_anything_of_a_page(two: TwoHomes) -> None:
    url, (wren, finch) = two.site.console.url, two.keys
    signed = {str(role): headers(url, await sign_in(url, name)) for role, name in NAMES.items()}
    others = signed | {
        "nobody": {"Origin": url},
        "another member": two.sent(finch),
        "its phone, not opened": {"Cookie": f"{PHONE_COOKIE}={wren.phone}", "Origin": url},
    }
    for who, sent in others.items():
        for method, row, answer in await asked(two, wren, sent, two.sessions[0]):
            said = (who, method, row)
            if method == "GET":
                assert (answer.status_code, answer.headers["location"]) == (303, f"/me/{wren.id}/pin"), said
            else:
                assert (answer.status_code, answer.json()["ok"]) == (401, False), said
            assert "Wren" not in answer.text, said


async def test_its_member_gets_each_route_and_nothing_of_anybody_else(two: TwoHomes) -> None:
    wren = two.keys[0]
    for method, row, answer in await asked(two, wren, two.sent(wren), two.sessions[0]):
        # This gym has no journal, so no record; forms without a field are told so.
        due = {"record.{form}": 503, "answers": 422, "erase": 422, "{purpose}": 303}
        due |= {"wanted": 422, "passkey": 422, "keep": 303}  # without TLS, and without an answer
        assert answer.status_code == due.get(row.rsplit("/", 1)[1], 200), (method, row, answer.status_code)
        assert "Finch" not in answer.text
        assert two.members[1] not in answer.text
    for method, row, answer in await asked(two, wren, two.sent(wren), two.sessions[1]):
        if "{session}" in row:
            assert answer.status_code in (404, 422), (method, row, answer.status_code)
            assert "Finch" not in answer.text
    async with httpx.AsyncClient(base_url=two.site.console.url, headers=two.sent(wren), timeout=60) as http:
        form = {"rpe": "9", "pain": "9", "pain_next_day": "9"}
        theirs = await http.post(f"/me/{wren.id}/sessions/{two.sessions[1]}/answers", data=form)
        assert theirs.status_code == 422
        mine = await http.post(f"/me/{wren.id}/sessions/{two.sessions[0]}/answers", data=form)
        assert mine.status_code == 303
        again = await http.post(
            f"/me/{wren.id}/sessions/{two.sessions[0]}/answers", data={"rpe": "6", "pain": "0"}
        )
        assert again.status_code == 303
        for odd in ({"rpe": "5"}, {"pain": "11"}, {"pain_next_day": "x"}, {}):
            refused = await http.post(f"/me/{wren.id}/sessions/{two.sessions[0]}/answers", data=odd)
            assert refused.status_code == 422, odd
    store = two.store()
    told = [store.portrait(member, by="test").history[-1].answers for member in two.members]
    store.close()
    assert (told[0].rpe, told[0].pain, told[0].pain_next_day) == (9, 9, 9), (
        "what was answered at the end stays"
    )
    assert (told[1].rpe, told[1].pain, told[1].pain_next_day) == (None, None, None)


async def test_who_trains_now_is_told_to_ask_again(two: TwoHomes) -> None:
    keys, gym = two.keys[0], two.site.gym
    belt = walking("tm-02")
    assert belt.session is not None
    gym.belts["tm-02"] = replace(belt, session=msgspec.structs.replace(belt.session, member=two.members[0]))
    async with two.site.client() as staff:

        async def ask(known: list[int]) -> None:
            known[:] = [(await staff.get("/api/treadmills/tm-02/member-page")).status_code]

        known = [0]
        await until(lambda: known == [200], "the session is known", meanwhile=partial(ask, known))
    async with httpx.AsyncClient(base_url=two.site.console.url, headers=two.sent(keys), timeout=60) as http:
        said = await http.post(f"/me/{keys.id}/erase", data={"sure": "1", "pin": "2846"})
    assert said.status_code == 409, said.text
    assert "a session of yours runs" in said.text
    store = two.store()
    assert store.portrait(two.members[0], by="test").person.alias == "Wren"
    store.close()
    gym.belts.clear()


async def test_a_members_keys_open_nothing_of_the_staffs(two: TwoHomes) -> None:
    async with httpx.AsyncClient(
        base_url=two.site.console.url, headers=two.sent(two.keys[0]), timeout=60
    ) as http:
        for (method, _), (path, _) in SHUT_ROUTES.items():
            if method != "WS":
                answer = await http.request(method, path)
                assert answer.status_code in (303, 401), (method, path)
                assert answer.status_code == 401 or answer.headers["location"].startswith("/signin")


async def test_a_write_names_its_origin_and_keys_are_for_their_page_alone(two: TwoHomes) -> None:
    phone_of, url = two.another_phone(), two.site.console.url
    bare = {"Cookie": two.sent(phone_of)["Cookie"]}
    async with httpx.AsyncClient(base_url=url, headers=bare, timeout=60) as http:
        for path in ("erase", "end", "consents/wall_board"):
            assert (await http.post(f"/me/{phone_of.id}/{path}")).status_code == 403
            foreign = await http.post(f"/me/{phone_of.id}/{path}", headers={"Origin": "http://evil.example"})
            assert foreign.status_code == 403
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        phone = {"Cookie": f"{PHONE_COOKIE}={phone_of.phone}", "Origin": url.replace("http:", "https:")}
        opened = await http.post(f"/me/{phone_of.id}/pin", data={"pin": "2846"}, headers=phone)
        assert (opened.status_code, opened.headers["location"]) == (303, f"/me/{phone_of.id}")
        kept = [
            line.lower() for line in opened.headers.get_list("set-cookie") if line.startswith(OPEN_COOKIE)
        ]
        assert len(kept) == 1
        for word in (f"path=/me/{phone_of.id}", "httponly", "samesite=strict", "secure"):
            assert word in kept[0]
        manifest = (await http.get(f"/me/{phone_of.id}/manifest.webmanifest")).json()
        assert (manifest["start_url"], manifest["display"]) == (f"/me/{phone_of.id}", "standalone")
        for icon in manifest["icons"]:
            assert (await http.get(icon["src"])).headers["content-type"] == "image/png"
