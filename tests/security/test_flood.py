"""Many connections that say nothing, and bodies that never end: a stop is answered all the same."""

import asyncio
import contextlib
import json
import resource
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from console_rig import Rig, rig, still

from services.connections import REQUEST_MAX_S

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
IDLE = 1_300
STOP_MAX_S = 60.0
"""Ends a hopeless wait; what is told is the time that it took."""

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(scope="module", autouse=True)
def files() -> Iterator[None]:
    """This process needs more files than the console, which is started with a Debian user's 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1_024, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory, files: None) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("flood")) as running:
        running.gym.belts = {"tm-01": still("tm-01")}
        await running.heard(1)
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(8_192, hard), hard))
        yield running


def address(site: Rig) -> tuple[str, int]:
    parts = urlsplit(site.console.url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


@asynccontextmanager
async def crowd(site: Rig, sent: bytes, number: int = IDLE) -> AsyncIterator[list[Line]]:
    """Connections that have sent so much and no more."""
    lines: list[Line] = []
    try:
        for _ in range(number):
            line = await asyncio.open_connection(*address(site))
            line[1].write(sent)
            lines.append(line)
        yield lines
    finally:
        for _, writer in lines:
            writer.transport.abort()


async def stop(site: Rig, head: bytes = b"", body: bytes = b"") -> tuple[int, float]:
    """Status and seconds of a stop by hand; `head` are more lines of its head."""
    began = time.monotonic()
    async with asyncio.timeout(STOP_MAX_S):
        reader, writer = await asyncio.open_connection(*address(site))
        head = head or b"Content-Length: 0\r\n"
        writer.write(b"POST /api/stop HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n" + body)
        answer = await reader.readuntil(b"\r\n\r\n")
    took_s = time.monotonic() - began
    writer.transport.abort()
    return int(answer.split()[1]), took_s


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST /signin HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n",
        b"POST /api/stop HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n",
    ],
    ids=["silent", "half a head", "no body", "half a stop"],
)
async def test_stop_is_answered_with_more_idle_connections_than_files(site: Rig, sent: bytes) -> None:
    before = len(site.gym.stops)
    async with crowd(site, sent):
        status, _took_s = await stop(site)
        assert status == 200
    assert len(site.gym.stops) > before
    assert len(site.console.said().splitlines()) < 100, "the log is bounded"


async def test_a_connection_that_says_nothing_is_closed(site: Rig) -> None:
    async with crowd(site, b"GET / HTTP/1.1\r\n", 3) as lines, asyncio.timeout(6 * REQUEST_MAX_S):
        for reader, _ in lines:
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Length: 500\r\n", b""),
        (b"Content-Length: 500\r\n", b"{"),
        (b"Content-Length: 104857600\r\n", b"x" * 100_000),
        (b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n"),
        (b"Content-Length: 500\r\nExpect: 100-continue\r\n", b""),
    ],
    ids=["none", "begun", "100 MB", "chunked", "expect"],
)
@pytest.mark.parametrize("path", [b"/api/stop", b"/api/treadmills/tm-01/stop", b"/api/v1/stop"])
async def test_a_stop_waits_for_no_body(site: Rig, path: bytes, head: bytes, body: bytes) -> None:
    before = len(site.gym.stops)
    async with asyncio.timeout(STOP_MAX_S):
        reader, writer = await asyncio.open_connection(*address(site))
        writer.write(b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n" + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.split()[1] == b"200", answer
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        assert json.loads(await reader.readexactly(length))["ok"] is True
    writer.transport.abort()
    assert len(site.gym.stops) > before


async def test_a_whole_large_body_is_discarded_and_the_connection_goes_on(site: Rig) -> None:
    async with asyncio.timeout(STOP_MAX_S):
        reader, writer = await asyncio.open_connection(*address(site))
        for _ in range(2):
            head = b"POST /api/stop HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n"
            writer.write(head + b"x" * 500_000)
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.split()[1] == b"200"
            await reader.readexactly(int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
    writer.transport.abort()
