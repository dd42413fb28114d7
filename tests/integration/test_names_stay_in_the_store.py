"""Nobody's name is on the bus, in the journal, in the metrics or in a log, whichever door they came through."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from doors_rig import DoorsGym, open_gym
from rest_rig import open_store
from sign_in import NAMES
from waiting import until

from device_adapters.bus.mqtt import MqttBus
from services.console.auth.roles import Role

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
NAME = "Annegret"
SESSION = "/treadmills/tm-01/session"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DoorsGym]:
    async with open_gym(tmp_path_factory.mktemp("names"), treadmills=1) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def heard(site: DoorsGym) -> AsyncIterator[list[bytes]]:
    """Everything that goes over the broker."""
    bus, said = MqttBus(site.hub.broker.url, client_id="everything"), list[bytes]()
    bus.subscribe("#", lambda incoming: said.append(incoming.payload))
    line = asyncio.create_task(bus.run())
    await until(lambda: bus.connected)
    yield said
    line.cancel()
    await asyncio.wait([line])


def kept_on_disk(folder: Path) -> list[str]:
    """The files of the hub, but for the members store, that hold the name."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("members.db")]
    return [path.name for path in files if NAME.encode() in path.read_bytes()]


async def command_line(site: DoorsGym, *words: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", *words, "--by", NAME,
        stdout=asyncio.subprocess.DEVNULL, env={**os.environ, "BACKSTRIDE_CONFIG": str(site.hub.config)},
    )  # fmt: skip
    async with asyncio.timeout(60):
        return await process.wait()


async def test_of_a_program_over_rest(site: DoorsGym, heard: list[bytes]) -> None:
    await site.runs()
    async with site.rest() as http:
        for path, body in (
            (f"{SESSION}/slower", {}),
            (f"{SESSION}/note", {"text": "new shoes"}),
            (f"{SESSION}/near-miss", {"text": "stumbled"}),
            (f"{SESSION}/adjust", {"speed_max_kmh": 1.2}),
            (f"{SESSION}/adjust", {"speed_max_kmh": 1.7, "why": "watched", "minutes": 5}),
            (f"{SESSION}/resume", {}),
            (f"{SESSION}/feedback", {"rpe": 11}),
            (f"{SESSION}/end", {}),
        ):
            answer = await http.post(path, json={"by": NAME, **body})
            assert answer.status_code in (200, 409), answer.text
        await until(lambda: site.hub.desk.phase() == "ended")
        await http.post("/treadmills/tm-01/stop")
        await until(lambda: bool(site.hub.floor.units["tm-01"].state.latched))
        async with asyncio.timeout(60):
            while (await http.post("/treadmills/tm-01/clear", json={"by": NAME})).status_code != 200:
                await asyncio.sleep(0.2)
        await http.post(
            SESSION,
            json={"by": NAME, "goal": "conditioning", "level": "novice", "hr_max_bpm": 185, "screened": True},
        )
    await until(lambda: sum(b"staff-desk" in said for said in heard) > 5)
    assert not [said for said in heard if NAME.encode() in said]
    assert kept_on_disk(site.hub.data) == []
    with open_store(site.hub.data) as store:
        told = [(line.member, line.what) for line in store.audit() if line.by == f"{NAME} (staff-desk)"]
    assert {("tm-01", f"asked {verb}") for verb in ("slower", "note", "near_miss", "adjust", "clear")} <= set(
        told
    )
    assert ("tm-01", "asked resume: refused") in told


async def test_of_who_sits_at_a_terminal(site: DoorsGym, heard: list[bytes]) -> None:
    await site.runs()
    assert await command_line(site, "session", "slower", "tm-01") in (0, 1)
    assert await command_line(site, "session", "note", "tm-01", "new shoes") == 0
    assert await command_line(site, "stop", "tm-01") in (0, 1)
    await until(lambda: site.hub.desk.phase() == "ended")
    await until(lambda: any(b"command line" in said for said in heard))
    assert not [said for said in heard if NAME.encode() in said]
    assert kept_on_disk(site.hub.data) == []
    with open_store(site.hub.data) as store:
        told = {(line.member, line.what) for line in store.audit() if line.by == NAME}
    assert {("tm-01", "asked note"), ("tm-01", "stopped")} <= told


async def test_of_staff_on_the_page(site: DoorsGym, heard: list[bytes]) -> None:
    await site.runs()
    async with await site.page(Role.COACH) as page:
        for action, body in (("note", {"text": "x"}), ("slower", {}), ("end", {})):
            said: Any = await page.post(
                f"/api/treadmills/tm-01/{action}", json={"id": f"page-{action}", **body}
            )
            assert said.status_code in (200, 409)
    await until(lambda: site.hub.desk.phase() == "ended")
    assert not [said for said in heard if NAMES[Role.COACH].encode() in said]
