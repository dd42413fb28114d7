"""The drill as staff begin it: its own process, its own identity at a real broker, its tile; and its ends."""

import asyncio
import contextlib
import re
from pathlib import Path

import httpx
import pytest
from console_rig import SITE, rig
from sign_in import NAMES, headers, sign_in
from tls_broker import MOSQUITTO, tls_broker
from waiting import until

from device_adapters.bus.mqtt import MqttBus
from device_adapters.config import HubConfig, load
from device_adapters.contract import registry
from device_adapters.drill import DRILL
from services.cli.hub.drill import drill
from services.console.auth.roles import Role
from services.hub.site import Places

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(MOSQUITTO is None, reason="NO MOSQUITTO ON THIS MACHINE: apt install mosquitto"),
]
TILE = re.compile(r'<article class="tile" data-treadmill="drill" data-state="(\w+)"')


def drills(folder: Path) -> list[int]:
    """The processes of drills that the console of this folder began."""
    ours = str(folder / "drill.toml").encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if ours in (place / "cmdline").read_bytes().split(b"\0"):
                found.append(int(place.name))
    return found


async def shows(http: httpx.AsyncClient, state: str) -> None:
    """Until the floor has a drill in this state; '': until it has none."""

    async def look() -> None:
        found = TILE.search((await http.get("/")).text)
        seen.append(found[1] if found else "")

    seen: list[str] = []
    await until(
        lambda: seen and seen[-1] == state, lambda: f"{state or 'no drill'}; {seen[-3:]}", meanwhile=look
    )


async def test_staff_begin_break_and_end_it_where_it_has_an_identity_and_nobody_else_does(
    tmp_path: Path,
) -> None:
    async with rig(tmp_path) as hub:
        operator = await sign_in(hub.console.url, NAMES[Role.OPERATOR])
        async with hub.client(timeout=60) as http:
            assert "sudo backstride hub init" in (await http.get("/drill")).text
            assert (await http.post("/drill/begin")).status_code == 303
            assert drills(tmp_path) == []
            settings = f'site = "{SITE}"\n[broker]\nurl = "{hub.gym.mqtt_url}"\n'
            (tmp_path / "drill.toml").write_text(settings)
            for who in ({}, headers(hub.console.url, operator)):
                async with httpx.AsyncClient(headers=who, timeout=60) as other:
                    refused = await other.post(f"{hub.console.url}/drill/begin")
                assert refused.status_code in (401, 403)
            assert drills(tmp_path) == []
            for _ in range(2):
                assert (await http.post("/drill/begin")).status_code == 303
            await shows(http, "ready")
            assert len(drills(tmp_path)) == 1
            await http.post("/drill/fault", data={"word": "link_lost"})
            await shows(http, "lost")
            await http.post("/drill/fault", data={"word": "right"})
            await shows(http, "ready")
            # The end of its input, which is also what it sees of a console that dies.
            await http.post("/drill/end")
            await shows(http, "")
            await until(lambda: not drills(tmp_path))


async def test_it_has_an_identity_of_its_own_and_ends_by_itself(tmp_path: Path) -> None:
    with tls_broker(tmp_path, "gym", []):
        settings = load(Places(tmp_path).services / f"{DRILL}.toml", HubConfig)
        console = load(Places(tmp_path).services / "console.toml", HubConfig)
        bus, online = MqttBus(console.broker, client_id="console"), list[bool]()
        topic = registry.UNIT_STATUS.topic("gym", DRILL)
        bus.subscribe(topic, lambda i: online.append(registry.UNIT_STATUS.decode(i.payload).online))
        line = asyncio.create_task(bus.run())
        await until(lambda: bus.connected)
        typed = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wait() -> str:
            asyncio.run_coroutine_threadsafe(typed.wait(), loop).result()
            return ""

        running = asyncio.create_task(drill(settings, 0.1, wait, lambda: None))
        await running
        await until(lambda: online and not online[-1])
        assert True in online
        typed.set()
        line.cancel()
        await asyncio.wait([line])
