"""Nobody's guesses shut everybody out: not behind one proxy's address, not by the number of them, not by a name."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from console_rig import Rig, rig, still
from sign_in import NAMES, PASSWORD, shuts

from services.console.auth.login import STRANGERS_WAITING_MAX
from services.console.auth.roles import Role

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
STAFF, COACH = NAMES[Role.STAFF], NAMES[Role.COACH]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("sign-in")) as running:
        running.gym.belts = {"tm-01": still("tm-01")}
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def proxied(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """Behind a proxy on this machine that says whose requests it hands on."""
    async with rig(tmp_path_factory.mktemp("proxied"), 'http_proxies = ["127.0.0.0/8"]') as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def forgotten(site: Rig, proxied: Rig) -> None:
    """What was guessed before is forgotten with the process."""
    for one in (site, proxied):
        await one.console.end()
        await one.console.start()


def browser(site: Rig, address: str = "") -> httpx.AsyncClient:
    forwarded = {"X-Forwarded-For": address} if address else {}
    return httpx.AsyncClient(
        base_url=site.console.url, headers={"Origin": site.console.url, **forwarded}, timeout=60
    )


async def sign_in(http: httpx.AsyncClient, name: str, password: str = PASSWORD, **more: str) -> int:
    return (await http.post("/signin", data={"name": name, "password": password, **more})).status_code


async def test_who_floods_the_door_keeps_nobody_waiting_who_is_known(site: Rig) -> None:
    async with browser(site) as known, browser(site) as flood:
        assert await sign_in(known, COACH) == 303
        await known.post("/signout")
        tries = [
            asyncio.create_task(sign_in(flood, f"crowd {n}", "a wrong one"))
            for n in range(3 * STRANGERS_WAITING_MAX)
        ]
        assert await sign_in(known, COACH) == 303
        codes = await asyncio.gather(*tries)
    assert 429 in codes
    assert set(codes) <= {401, 429}


async def test_a_proxy_that_is_trusted_tells_addresses_apart_and_one_that_is_not_is_not_believed(
    site: Rig, proxied: Rig
) -> None:
    async with browser(proxied, "192.0.2.66") as attacker, browser(proxied, "192.0.2.7") as new:
        lie = {"X-Forwarded-For": "192.0.2.7, 192.0.2.66"}
        attacker.headers.update(lie)  # only what the proxy itself added counts
        await shuts(lambda n: sign_in(attacker, STAFF, f"a wrong one {n}"))
        assert await sign_in(new, STAFF) == 303, "another address, another count"

    async def lies(n: int) -> int:
        async with browser(site, f"192.0.2.{n}") as liar:
            return await sign_in(liar, STAFF, "a wrong one")

    await shuts(lies)  # no proxy was named here
