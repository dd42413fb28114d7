"""Anonymous sockets by the hundred shut the board out for nobody else, and no page of staff."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio
from console_rig import Rig, rig, still
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from services.console.feeds.feed import CLIENTS_MAX
from services.console.pages.live import FULL_CODE

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("board"), 'http_proxies = ["127.0.0.0/8"]') as running:
        running.gym.belts = {"tm-01": still("tm-01")}
        await running.heard(1)
        yield running


def board(site: Rig, address: str) -> connect:
    url = site.console.url.replace("http", "ws")
    return connect(f"{url}/live/board", additional_headers={"X-Forwarded-For": address}, open_timeout=60)


async def frames(feed: ClientConnection, number: int) -> None:
    async with asyncio.timeout(60):
        for _ in range(number):
            await feed.recv()


async def test_one_network_gives_way_to_others(site: Rig) -> None:
    async with AsyncExitStack() as opened:
        television = await opened.enter_async_context(board(site, "192.0.2.7"))
        crowd = [
            await opened.enter_async_context(board(site, "198.51.100.9")) for _ in range(CLIENTS_MAX - 1)
        ]
        refused = await opened.enter_async_context(board(site, "198.51.100.9"))
        with pytest.raises(ConnectionClosed) as told:
            await refused.recv()
        assert told.value.rcvd is not None
        assert told.value.rcvd.code == FULL_CODE, "a page sees why only after the handshake"
        second = await opened.enter_async_context(board(site, "192.0.2.8"))
        await frames(second, 2)
        await frames(television, 2)
        with pytest.raises(ConnectionClosed) as closed:
            await frames(crowd[0], 1_000)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == FULL_CODE
        async with site.feed() as floor:
            await frames(floor, 2)
        async with httpx.AsyncClient(base_url=site.console.url, timeout=60) as http:
            assert (await http.post("/api/stop")).status_code == 200
