"""A name that others made to point here (DNS rebinding) is answered with a refusal in words, a stop by it with a stop;
links and codes say how people reach the console, by TLS at a proxy too."""

import asyncio
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from console_rig import Rig, rig, still, walking
from waiting import until
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
NAME = "front.gym.example"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with rig(tmp_path_factory.mktemp("hosts"), f'http_hosts = ["{NAME}", "192.0.2.80"]') as running:
        running.gym.belts = {"tm-01": still("tm-01"), "tm-02": walking("tm-02")}
        await running.heard(2)
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """A console that was told how people reach it."""
    async with rig(tmp_path_factory.mktemp("told"), 'http_url = "https://gym.example:8443/"') as running:
        running.gym.belts = {"tm-02": walking("tm-02")}
        await running.heard(1)
        yield running


def port(site: Rig) -> int:
    found = urlsplit(site.console.url).port
    assert found is not None
    return found


FOREIGN = [
    "evil.example", "evil.example:{port}", "localhost.evil.example", "127.0.0.1.evil.example:{port}", "192.0.2.1",
    "[2001:db8::1]:{port}", "0.0.0.0:{port}", "localhost@evil.example", "evil.example/", "127.0.0.1:{port}:1", "[::1",
    "localhost evil.example", "xn--lcalhost-n4a", "127.1", "2130706433", "0x7f.1",
]  # fmt: skip
ASKED = (
    ("GET", "/"), ("GET", "/signin"), ("GET", "/api/v1/treadmills"), ("GET", "/healthz"), ("GET", "/nowhere"),
    ("POST", "/api/sessions"), ("POST", "/api/treadmills/tm-02/resume"),
)  # fmt: skip
OURS = [
    "127.0.0.1:{port}", "LOCALHOST:{port}", "localhost.", "[::1]:{port}", "127.0.0.1", NAME, f"{NAME.upper()}:443",
    "192.0.2.80", socket.gethostname(), f"{socket.gethostname().partition('.')[0]}.local:{{port}}",
]  # fmt: skip


@pytest.mark.parametrize("host", FOREIGN)
async def test_a_name_that_is_not_ours_is_refused_in_words_and_its_stops_are_taken(
    site: Rig, host: str
) -> None:
    asked = host.format(port=port(site))
    origin = {} if asked in ("[::1", "evil.example/") else {"Origin": f"http://{asked}"}
    sent = {"Cookie": site.headers["Cookie"], "Host": asked, **origin}
    async with httpx.AsyncClient(base_url=site.console.url, timeout=60) as http:
        for method, path in ASKED:
            answer = await http.request(method, path, headers=sent)
            assert answer.status_code == 421, (method, path)
            assert answer.json()["ok"] is False
            assert "hosts" in answer.json()["text"]
        site.gym.stops.clear()
        assert (await http.post("/api/stop", headers=sent)).status_code == 200
        assert (await http.post("/api/v1/treadmills/tm-02/stop", headers=sent)).status_code == 200
    await until(lambda: sorted(site.gym.stops) == ["all", "tm-02"], "both stops")


@pytest.mark.parametrize("host", OURS)
async def test_our_own_names_addresses_and_those_of_the_settings_are_answered(site: Rig, host: str) -> None:
    asked = host.format(port=port(site))
    async with httpx.AsyncClient(base_url=site.console.url, timeout=60) as http:
        answer = await http.get("/", headers={**site.headers, "Host": asked})
        assert answer.status_code == 200, answer.text
        stopped = await http.post(
            "/api/treadmills/tm-02/pause",
            json={"id": "x"},
            headers={**site.headers, "Host": asked, "Origin": f"https://{asked}"},
        )
        assert stopped.status_code not in (403, 421), stopped.text


async def test_a_feed_by_a_foreign_name_is_not_opened(site: Rig) -> None:
    url = f"ws://127.0.0.1:{port(site)}/live/floor"
    headers = {"Cookie": site.headers["Cookie"], "Origin": f"http://evil.example:{port(site)}"}
    reader, writer = await asyncio.open_connection("127.0.0.1", port(site))
    lines = ["GET /live/floor HTTP/1.1", f"Host: evil.example:{port(site)}", "Upgrade: websocket",
             "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
             *(f"{name}: {value}" for name, value in headers.items())]  # fmt: skip
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    assert b" 403 " in await asyncio.wait_for(reader.readline(), 60)
    writer.close()
    async with connect(url, additional_headers=site.headers) as feed:
        assert await feed.recv()
    with pytest.raises(InvalidStatus):
        async with connect(url, additional_headers=headers):
            pass


async def test_a_stop_without_any_name_is_taken(site: Rig) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port(site))
    writer.write(b"POST /api/stop HTTP/1.0\r\n\r\n")
    assert b" 200 " in await asyncio.wait_for(reader.readline(), 60)
    writer.close()


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [
        ({}, "http"),
        ({"X-Forwarded-Proto": "https"}, "https"),
        ({"X-Forwarded-Proto": "gopher"}, "http"),
        ({"Referer": "https://{host}/"}, "https"),
        ({"Referer": "https://evil.example/"}, "http"),
        ({"Referer": "http://{host}/"}, "http"),
    ],
)
async def test_a_code_says_the_scheme_that_the_browser_came_by(
    site: Rig, headers: dict[str, str], scheme: str
) -> None:
    host = urlsplit(site.console.url).netloc
    sent = {name: value.format(host=host) for name, value in headers.items()}
    async with site.client(timeout=60) as http:
        said = (await http.get("/api/treadmills/tm-02/member-page", headers=sent)).json()
    assert said["url"].startswith(f"{scheme}://{host}/m/")
    assert said["picture"].startswith("data:image/svg+xml")


async def test_links_and_codes_say_the_address_of_the_settings_and_its_pages_may_write(
    told: Rig,
) -> None:
    async with told.client(timeout=60) as http:
        said = (await http.get("/api/treadmills/tm-02/member-page")).json()
        assert said["url"].startswith("https://gym.example:8443/m/")
        through = {"Origin": "https://gym.example:8443"}
        answer = await http.post("/api/treadmills/tm-02/pause", json={"id": "x"}, headers=through)
        assert answer.status_code != 403, answer.text
        assert (await http.get("/", headers={"Host": "gym.example:8443"})).status_code == 200


async def test_behind_a_proxy_that_names_another_host_the_browsers_own_word_counts(site: Rig) -> None:
    """Nginx's default is to name its upstream: then Origin and Host never agree."""
    behind = {"Origin": "https://gym.example", "Host": f"127.0.0.1:{port(site)}"}
    async with site.client(timeout=60) as http:
        own = {**behind, "Sec-Fetch-Site": "same-origin"}
        assert (await http.post("/api/stop", headers=own)).status_code == 200
        assert (await http.post("/api/treadmills/tm-02/resume", headers=own)).status_code == 422
        for other in ("cross-site", "same-site", "none", ""):
            sent = {**behind, "Sec-Fetch-Site": other}
            assert (await http.post("/api/treadmills/tm-02/resume", headers=sent)).status_code == 403
