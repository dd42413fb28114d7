"""Signing in to a console under test, as its people do: an account in its store, then the form.

`make_accounts` before or while the console runs; `sign_in` gives the cookie; `SIGNED_IN` tells the browser fixtures
which cookie belongs to which console. Whoever is signed in sends the console's own origin, as a browser does.
"""

import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from services.console.auth.accounts import AccountStore
from services.console.auth.roles import Role
from services.console.auth.signed_in import COOKIE
from services.members.store import Members

PASSWORD = "walk backward slowly"  # noqa: S105 — of accounts that live as long as a test
NAMES = {Role.STAFF: "Sam", Role.COACH: "Cleo", Role.OPERATOR: "Otto"}

SIGNED_IN: dict[str, str] = {}
"""Origin of a console under test → the cookie of its staff."""


def make_accounts(folder: Path) -> dict[Role, str]:
    """One account of each role in the members store of this data folder; their ids."""
    store = Members(f"sqlite:///{folder / 'members.db'}", lambda: time.time_ns() // 1_000_000)
    try:
        accounts = AccountStore(store)
        return {role: accounts.add(name, role, password=PASSWORD, by="test") for role, name in NAMES.items()}
    finally:
        store.close()


async def sign_in(url: str, name: str, password: str = PASSWORD) -> str:
    """The key in the cookie of a new sign-in."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        answer = await http.post("/signin", data={"name": name, "password": password})
    assert answer.status_code == 303, answer.text
    return answer.cookies[COOKIE]


def demo_sign_in(url: str, data: Path) -> str:
    """The cookie's key of the demo's staff; `data` is its folder."""
    password = json.loads((data / "running.json").read_text())["password"]
    answer = httpx.post(f"{url}/signin", data={"name": "demo", "password": password}, timeout=60)
    assert answer.status_code == 303, answer.text
    return answer.cookies[COOKIE]


async def shuts(guess: Callable[[int], Awaitable[int]]) -> None:
    """Four guesses are free, and then the door is shut. The first waits are short (2 s, 4 s): on a machine that is as
    slow as that they are over before the next guess, and it takes some more.
    """
    codes = [await guess(n) for n in range(4)]
    assert codes == [401] * 4
    while codes[-1] != 429:
        assert len(codes) < 10, codes
        codes.append(await guess(len(codes)))
    assert set(codes) == {401, 429}, codes


def headers(url: str, key: str) -> dict[str, str]:
    """What a browser with this sign-in sends; for httpx and for websockets."""
    return {"Cookie": f"{COOKIE}={key}", "Origin": url}
