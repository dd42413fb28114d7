"""`backstride stop` as a process, on a real broker, with a unit and its belts over the virtual radio."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ports import free_port
from rest_rig import open_store
from unit_world import World, world

from device_adapters.bus.mqtt import MqttBus
from device_adapters.config import Broker, HubConfig
from services.broker import start_broker
from services.cli.demo.settings_files import write_settings


async def stop(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "stop", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


@asynccontextmanager
async def gym(data: Path, treadmills: int) -> AsyncIterator[tuple[World, str]]:
    broker = await start_broker(free_port(), data / "broker")
    buses = (MqttBus(broker.url, client_id="unit"), MqttBus(broker.url, client_id="test"))
    try:
        async with world(data, treadmills=treadmills, straps=0, buses=buses) as w:
            yield w, broker.url
    finally:
        await broker.stop()


async def test_it_stops_all_belts_and_succeeds_only_when_each_is_reported_still(tmp_path: Path) -> None:
    async with gym(tmp_path, 2) as (w, url):
        await w.run_at(1.5, "tm-01")
        await w.ready("tm-02")
        hub = write_settings(tmp_path / "hub.toml", HubConfig(data=str(tmp_path), broker=Broker(url=url)))
        with open_store(tmp_path) as store:
            store.note("tm-01", by="test", what="made")
        code, out = await stop("--all", "--config", str(hub), "--by", "Kim")
        assert (code, w.belt_ckmh("tm-01")) == (0, 0), out
        assert "tm-01: still (locked: stop_pressed)" in out
        assert "tm-02: still (locked: stop_pressed)" in out
        pressed = [e.after["by"] for e in w.events if e.treadmill == "tm-01" and e.kind == "hazard"]
        assert pressed == ["command line"], "no name is on the bus"
        with open_store(tmp_path) as store:
            told = [(line.member, line.by, line.what) for line in store.audit()]
        assert told[1:] == [("all", "Kim", "stopped")]


async def test_one_belt_stops_and_the_others_are_left_alone(tmp_path: Path) -> None:
    async with gym(tmp_path, 2) as (w, url):
        await w.run_at(1.5, "tm-01")
        code, out = await stop("tm-02", "--broker", url, "--json")
        assert code == 0
        assert json.loads(out)["treadmills"] == [
            {"treadmill": "tm-02", "word": "still", "text": "locked: stop_pressed"}
        ]
        assert w.belt_ckmh("tm-01") == 150


async def test_a_belt_that_goes_on_and_one_beyond_reach_are_said_as_what_they_are(tmp_path: Path) -> None:
    async with gym(tmp_path, 2) as (w, url):
        await w.run_at(1.5, "tm-01")
        await w.ready("tm-02")
        w.gym.inject("tm-01", b"ignore_stop")
        w.gym.inject("tm-02", b"link_lost")
        await w.until(lambda: w.states["tm-02"].link != "connected")
        code, out = await stop("tm-01", "tm-02", "tm-99", "--broker", url)
        assert code == 1
        assert "tm-01: still moving" in out
        assert "tm-02: link lost" in out
        assert "tm-99: not delivered (nothing was heard of it: check its id;" in out
        assert out.count("red button or the cord") == 3
        w.gym.inject("tm-01", b"none")
        await w.until(lambda: w.belt_ckmh("tm-01") == 0)


async def test_what_a_unit_said_before_it_vanished_is_no_proof(tmp_path: Path) -> None:
    broker = await start_broker(free_port(), tmp_path / "broker")
    buses = (MqttBus(broker.url, client_id="unit"), MqttBus(broker.url, client_id="test"))
    try:
        async with world(tmp_path, straps=0, buses=buses) as w:
            await w.ready()
        code, out = await stop("--all", "--broker", broker.url)
        assert code == 1
        assert "tm-01: not delivered" in out
    finally:
        await broker.stop()


async def test_without_a_broker_it_says_so_and_names_what_helps() -> None:
    code, out = await stop("--all", "--broker", f"mqtt://127.0.0.1:{free_port()}")
    assert code == 1
    assert out.startswith("NOT DELIVERED: use the red button or the cord")
    assert (await stop())[0] == 2
    assert (await stop("--all", "tm-01"))[0] == 2
