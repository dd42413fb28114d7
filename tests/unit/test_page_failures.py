"""Pages over a store that is broken, and of a member who is not there: each is a page in words, none an error."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from console_routes import SHUT_ROUTES
from memory_console import console
from sign_in import NAMES, PASSWORD, make_accounts

from services.console.app import make_app
from services.console.auth.roles import Role

URL = "http://127.0.0.1:8080"
ASKED_AT_SIGN_IN = frozenset({"account", "sign_in", "tablet", "token"})
PAGES = {
    path: Role.STAFF if Role.STAFF in roles else Role.OPERATOR
    for (method, row), (path, roles) in SHUT_ROUTES.items()
    if method == "GET" and not row.startswith("/api/") and not row.endswith(".zip")
}
OF_A_MEMBER = [path for path in PAGES if path.startswith("/history/")]


def break_store(folder: Path) -> None:
    """Whoever is signed in stays so; nothing else that is asked has an answer."""
    with closing(sqlite3.connect(folder / "members.db")) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if name not in ASKED_AT_SIGN_IN:
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
