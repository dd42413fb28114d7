"""Pages by TLS: by the certificate that `hub init` makes; HTTP answers stops and sends everything else on."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from console_rig import ConsoleProcess, ScriptedGym, still
from msgspec import structs
from ports import free_port
from sign_in import NAMES, PASSWORD, make_accounts
from starlette.responses import PlainTextResponse
from waiting import until
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from device_adapters.clock import SystemClock
from device_adapters.config import Https, HubConfig, load
from device_adapters.errors import ConfigError
from services.broker import start_broker
from services.console import web_server
from services.console.auth.roles import Role
from services.console.auth.signed_in import COOKIE
from services.console.web_server import WebServer
from services.hub import authority
from services.hub.setup import set_up
from services.hub.site import Places, SiteConfig

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@dataclass(frozen=True, slots=True)
class SafeSite:
    console: ConsoleProcess
    gym: ScriptedGym
    places: Places
    url: str
    trusting: ssl.SSLContext


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SafeSite]:
    folder = tmp_path_factory.mktemp("https")
    places = Places(folder / "etc")
    port = free_port()
    wanted = SiteConfig("gym", ("localhost",), data=str(folder), https_port=port, https_strict=True)
    set_up(places, wanted, SystemClock())
    made = load(places.services / "console.toml", HubConfig).https
    broker = await start_broker(free_port(), folder / "broker")
    more = f'https = {{ port = {port}, certificate = "{made.certificate}", root = "{made.root}", strict = true }}'
    console = ConsoleProcess(free_port(), broker.url, folder, more)
    await asyncio.to_thread(make_accounts, folder)
    gym = ScriptedGym(broker.url)
    task = asyncio.create_task(gym.run())
    try:
        gym.belts["tm-01"] = still("tm-01")
        await console.start()
        yield SafeSite(
            console, gym, places, f"https://localhost:{port}", ssl.create_default_context(cafile=made.root)
        )
    finally:
        task.cancel()
        await asyncio.wait([task])
        await console.end()
        await broker.kill()


async def test_pages_come_by_tls_to_who_trusts_the_site_and_sign_in_is_kept_by_it_alone(
    site: SafeSite,
) -> None:
    async with httpx.AsyncClient(base_url=site.url, verify=site.trusting, timeout=60) as http:
        form = {"name": NAMES[Role.STAFF], "password": PASSWORD}
        answer = await http.post("/signin", data=form, headers={"Origin": site.url})
        assert answer.status_code == 303
        assert "secure" in answer.headers["set-cookie"].lower()
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert "Stop all belts" in (await http.get("/", headers={"Cookie": _cookie(answer)})).text
        live = connect(
            f"{site.url.replace('https', 'wss')}/live/floor",
            ssl=site.trusting,
            additional_headers={"Cookie": _cookie(answer), "Origin": site.url},
        )
        async with live as socket:
            assert "hello" in str(await socket.recv())
    async with httpx.AsyncClient(base_url=site.url, timeout=60) as stranger:
        with pytest.raises(httpx.ConnectError):
            await stranger.get("/")


def _cookie(answer: httpx.Response) -> str:
    return f"{COOKIE}={answer.cookies[COOKIE]}"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/signin?next=/a"),
        ("POST", "/signin"),
        ("GET", "/api/v1/treadmills"),
        ("GET", "/trusty"),
    ],
)
async def test_http_sends_people_to_the_same_address_by_tls(site: SafeSite, method: str, path: str) -> None:
    async with httpx.AsyncClient(base_url=site.console.url, timeout=60) as http:
        answer = await http.request(method, path, headers={"Host": "localhost:8080"})
    assert answer.status_code == 307
    assert answer.headers["location"] == f"{site.url}{path}"
    assert "set-cookie" not in answer.headers


async def test_a_stop_is_answered_by_http_as_well(site: SafeSite) -> None:
    async with httpx.AsyncClient(base_url=site.console.url, timeout=60) as http:
        for path in ("/api/stop", "/api/treadmills/tm-01/stop"):
            assert (await http.post(path)).status_code == 200
    await until(lambda: {"all", "tm-01"} <= set(site.gym.stops), "both stops")


async def test_http_has_no_live_page(site: SafeSite) -> None:
    with pytest.raises((InvalidStatus, InvalidMessage)):
        async with connect(f"{site.console.url.replace('http', 'ws')}/live/board"):
            pass


async def test_a_device_gets_the_sites_root_by_http_and_words_to_compare_it_by(site: SafeSite) -> None:
    root = (site.places.services / "ca.crt").read_bytes()
    async with httpx.AsyncClient(base_url=site.console.url, timeout=60) as http:
        file = await http.get("/trust/root.crt")
        assert file.content == root
        assert file.headers["content-type"] == "application/x-x509-ca-cert"
        page = (await http.get("/trust")).text
    assert authority.fingerprint(root).hex(" ").upper() in page
    assert f"{site.url}/".replace("localhost", "127.0.0.1") in page


async def test_a_renewed_certificate_is_served_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_server, "CERTIFICATE_LOOKED_AT_S", 0.05)
    places, port = Places(tmp_path / "etc"), free_port()
    set_up(places, SiteConfig("gym", ("localhost",), data=str(tmp_path), https_port=port), SystemClock())
    config = load(places.services / "console.toml", HubConfig)
    server = WebServer(structs.replace(config, http_port=free_port()))
    up = asyncio.Event()
    serving = asyncio.create_task(server.serve(PlainTextResponse("here"), up.set))
    made = places.services / "console-https.pem"
    try:
        await up.wait()
        before = await _served(port)
        assert before == authority.serial_of(authority.apart(made.read_bytes()).certificate)
        made.unlink()
        set_up(places, None, SystemClock())
        new = authority.serial_of(authority.apart(made.read_bytes()).certificate)
        async with asyncio.timeout(60):
            while await _served(port) != new:
                await asyncio.sleep(0.05)
        assert new != before
    finally:
        serving.cancel()
        await asyncio.wait([serving])


async def _served(port: int) -> str:
    pem = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port))
    return authority.serial_of(pem.encode())


@pytest.mark.parametrize(
    ("https", "named"),
    [
        (Https(port=8443), "without a certificate"),
        (Https(port=8443, certificate="nowhere.pem"), "nowhere.pem"),
        (Https(port=8443, certificate=os.devnull), os.devnull),
    ],
)
async def test_what_cannot_be_served_is_said_by_its_name(https: Https, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        WebServer(HubConfig(http_port=free_port(), https=https))
