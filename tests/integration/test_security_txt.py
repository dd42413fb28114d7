"""Whom to tell of a weakness: as RFC 9116 asks, without a sign-in; nobody is named where no site named somebody."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from console_rig import Rig, rig

from services.texts.languages import LANGUAGES

PATH = "/.well-known/security.txt"


def stranger(site: Rig) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=site.console.url, timeout=60)


async def test_a_site_names_whom_to_tell(tmp_path: Path) -> None:
    named = 'security_contact = "mailto:it@gym.example"'
    async with rig(tmp_path, named) as running, stranger(running) as http:
        answer = await http.get(PATH)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    told = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert told["Contact"] == "mailto:it@gym.example"
    assert told["Preferred-Languages"] == ", ".join(LANGUAGES)
    ends = datetime.fromisoformat(told["Expires"])
    assert timedelta(days=30) < ends - datetime.now(UTC) < timedelta(days=366), "RFC 9116: less than a year"


async def test_where_nobody_is_named_there_is_none(tmp_path: Path) -> None:
    async with rig(tmp_path) as running, stranger(running) as http:
        assert (await http.get(PATH)).status_code == 404
