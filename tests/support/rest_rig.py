"""Tokens and a member for the tests of the REST API."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from services.console.auth.tokens import Tokens
from services.members.store import Members

WREN: dict[str, Any] = {
    "name": "Wanda Rennick",
    "alias": "Wren",
    "birth_year": 1980,
    "contact": "wren@example.org",
}


@contextlib.contextmanager
def open_store(folder: Path) -> Iterator[Members]:
    """The members store of the console whose data folder this is."""
    store = Members(f"sqlite:///{folder / 'members.db'}", lambda: time.time_ns() // 1_000_000)
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def open_tokens(folder: Path) -> Iterator[Tokens]:
    """Its tokens."""
    with open_store(folder) as store:
        yield Tokens(store)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def take_in(http: httpx.AsyncClient, secret: str, alias: str = "Wren") -> str:
    """A new member's id."""
    answer = await http.post("/members", json={**WREN, "alias": alias}, headers=bearer(secret))
    assert answer.status_code == 201, answer.text
    id_: str = answer.json()["id"]
    return id_
