"""Pages over a store that is broken, and of a member who is not there: each is a page in words, none an error."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from console_routes import HOME_ROUTES, SHUT_ROUTES
from members_rig import WREN
from memory_console import console
from month_rig import enter_member, open_members
from sign_in import NAMES, PASSWORD, make_accounts

from services.console.app import make_app
from services.console.auth.home_access import OPEN_COOKIE, PHONE_COOKIE
from services.console.auth.homes import Homes
from services.console.auth.model import HOME_OPEN
from services.console.auth.roles import Role

URL = "http://127.0.0.1:8080"
ASKED_AT_SIGN_IN = frozenset({"account", "sign_in", "tablet", "token"})
PAGES = {
    path: Role.STAFF if Role.STAFF in roles else Role.OPERATOR
    for (method, row), (path, roles) in SHUT_ROUTES.items()
    if method == "GET" and not row.startswith("/api/") and not row.endswith(".zip")
}
AT_HOME = frozenset({"home", "home_link"})
OF_A_MEMBER = [path for path in PAGES if path.startswith("/history/")]


def break_store(folder: Path) -> None:
    """Whoever is signed in or at home stays so; nothing else that is asked has an answer."""
    with closing(sqlite3.connect(folder / "members.db")) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if name not in ASKED_AT_SIGN_IN | AT_HOME:
                db.execute(f'ALTER TABLE "{name}" RENAME TO "lost_{name}"')


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    make_accounts(tmp_path)
    site = httpx.ASGITransport(make_app(console(tmp_path)))
    async with httpx.AsyncClient(transport=site, base_url=URL, headers={"Origin": URL}) as client:
        yield client


async def enter(http: httpx.AsyncClient, role: Role) -> None:
    answer = await http.post("/signin", data={"name": NAMES[role], "password": PASSWORD})
    assert answer.status_code == 303


async def test_a_page_of_a_member_who_is_not_there_says_so(http: httpx.AsyncClient) -> None:
    await enter(http, Role.STAFF)
    for path in OF_A_MEMBER:
        answer = await http.get(path)
        assert answer.status_code == 404, path
        assert "<h1>Not here</h1>" in answer.text


@pytest.mark.parametrize("role", [Role.STAFF, Role.OPERATOR])
async def test_each_page_over_a_broken_store_is_one_in_words(
    http: httpx.AsyncClient, tmp_path: Path, role: Role
) -> None:
    await enter(http, role)
    break_store(tmp_path)
    told = {path: await http.get(path) for path, by in PAGES.items() if by is role}
    assert {
        path: one.status_code for path, one in told.items() if one.status_code not in (200, 404, 503)
    } == {}
    assert all("</h1>" in one.text for one in told.values() if one.status_code == 503)
    away = {path for path, one in told.items() if "<h1>Not now</h1>" in one.text}
    assert away >= {path for path in told if path in OF_A_MEMBER and not path.endswith(".pdf")}


async def test_a_member_at_home_is_told_in_words_that_the_store_is_broken(
    http: httpx.AsyncClient, tmp_path: Path
) -> None:
    member, store = enter_member(tmp_path, WREN), open_members(tmp_path)
    homes = Homes(store, HOME_OPEN)
    keys = homes.move_in(homes.link(member, by="Anna"), "2846")
    store.close()
    assert keys is not None
    http.cookies.update({PHONE_COOKIE: keys.phone, OPEN_COOKIE: keys.open})
    assert (await http.get(f"/me/{keys.id}")).status_code == 200
    break_store(tmp_path)
    told = {
        path: await http.get(f"/me/{keys.id}{path.replace('{session}', 's-1')}")
        for (method, _), path in HOME_ROUTES.items()
        if method == "GET"
    }
    assert {path: one.status_code for path, one in told.items() if one.status_code not in (404, 503)} == {}
    away = {path for path, one in told.items() if one.status_code == 503 and "</h1>" in one.text}
    assert away >= {"", "/data"}
