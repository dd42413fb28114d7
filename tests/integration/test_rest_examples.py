"""The examples of the API's document, sent as they stand, in their order: a booking system's day at a running hub."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from doors_rig import DoorsGym, open_gym

from services.console.api.examples import PLACES, REQUESTS
from services.console.auth.permissions import Row
from services.console.auth.roles import Role

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

BY_STATE = ("/sign-offs", "/slower", "/skip", "/done", "/class/go", "/class/stop", "/releases/roll-out")
"""Whether these are taken depends on the member's past, the programme's step, who stands ready for a class, and which
releases the hub holds."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DoorsGym]:
    async with open_gym(tmp_path_factory.mktemp("examples")) as made:
        yield made


async def phase(http: httpx.AsyncClient, wanted: str) -> None:
    async with asyncio.timeout(60):
        while (await http.get("/treadmills/tm-01/session")).json().get("phase") != wanted:
            await asyncio.sleep(0.1)


async def sent(http: httpx.AsyncClient, row: Row, places: dict[str, str]) -> httpx.Response:
    """The example with this day's ids in it; what only waits for the belt or the store is asked again."""
    body = {name: places.get(name, value) for name, value in REQUESTS[row].items()}
    method, path = row
    async with asyncio.timeout(60):
        while True:
            answer = await http.request(method, path.format(**places), json=body)
            waits = answer.json().get("cause") == "not_still" or (
                path.endswith("/answers") and answer.status_code == 404
            )
            if not waits:
                return answer
            await asyncio.sleep(0.2)


async def test_each_example_is_taken(site: DoorsGym) -> None:
    places = dict(PLACES)
    taken: dict[Row, int] = {}
    async with site.rest() as http, site.rest(Role.OPERATOR) as operator:
        document: dict[str, Any] = (await http.get("/openapi.json")).json()
        for row, body in REQUESTS.items():
            method, path = row
            told = document["paths"][path][method.lower()]
            assert told["requestBody"]["content"]["application/json"]["example"] == body
            if path.endswith("/clear"):
                await http.post("/treadmills/tm-01/stop")
                async with asyncio.timeout(60):
                    while not (await http.get("/treadmills/tm-01")).json()["latched"]:
                        await asyncio.sleep(0.1)
            answer = await sent(operator if path.startswith("/releases/") else http, row, places)
            taken[row] = answer.status_code
            assert str(answer.status_code) in told["responses"], (row, answer.text)
            if path == "/members":
                places["member"] = answer.json()["id"]
            if path == "/treadmills/{treadmill}/session" and answer.is_success:
                places["session"] = answer.json()["session"]
                await phase(http, "running")
            if path.endswith(("/pause", "/end")):
                await phase(http, "paused" if path.endswith("/pause") else "ended")
    refused = {row: status for row, status in taken.items() if status >= 300}
    assert all(path.endswith(BY_STATE) for _, path in refused), refused
    assert 403 not in refused.values(), refused
    with_body = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
        if "requestBody" in told
    }
    assert with_body == set(REQUESTS)
