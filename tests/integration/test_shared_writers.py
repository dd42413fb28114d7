"""Two metrics writers that share the load into a real InfluxDB: one is killed, and nothing is lost or doubled."""

import asyncio
import random
import shutil
import signal
import sys
from pathlib import Path

import pytest
from influx_world import InfluxWorld, needs_influxdb
from ports import free_port

from device_adapters.bus.mqtt import MqttBus
from device_adapters.contract.messages import StrapTelemetry
from device_adapters.contract.registry import STORE_STATUS, STRAP_TELEMETRY
from services.broker import start_broker

pytestmark = [
    needs_influxdb,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        shutil.which("mosquitto", path="/usr/bin:/usr/sbin:/usr/local/sbin") is None,
        reason="NO MOSQUITTO ON THIS MACHINE: apt install mosquitto",
    ),
]
FRAMES = 6000
BATCH = 50
KILLS = 3
SETTLED_S = 60
SEED = 20


def settings(folder: Path, name: str, port: int, influx: str) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(
        f'data = "{folder}/{name}"\n[broker]\nurl = "mqtt://127.0.0.1:{port}"\n[influx]\nurl = "{influx}"\n'
        f'[metrics]\nname = "{name}"\ngroup = "writers"\n'
    )
    return path


async def start(path: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "run", "metrics", "--config", str(path),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def stored(influx: InfluxWorld) -> int:
    return int(await influx.number("SELECT count(hr_bpm) FROM strap"))


async def until_stored(influx: InfluxWorld, wanted: int) -> None:
    async with asyncio.timeout(SETTLED_S):
        while await stored(influx) < wanted:
            await asyncio.sleep(0.1)


async def test_one_of_two_writers_killed_under_load_loses_and_doubles_nothing(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    port, influx = free_port(), InfluxWorld(tmp_path / "influx")
    broker = await start_broker(port, tmp_path / "broker")
    await influx.open()
    files = {name: settings(tmp_path, name, port, influx.url) for name in ("writer-1", "writer-2")}
    writers = {name: await start(path) for name, path in files.items()}
    unit = MqttBus(f"mqtt://127.0.0.1:{port}", client_id="unit-01")
    there = set[str]()
    unit.subscribe(STORE_STATUS.topic("gym", "+"), lambda said: there.add(said.topic))
    line = asyncio.create_task(unit.run())

    async def frame(seq: int) -> None:
        said = StrapTelemetry(
            strap="hr-01", boot="b1", seq=seq, at_ms=1_790_000_000_000 + seq, hr_bpm=60 + seq % 90
        )
        await unit.publish(STRAP_TELEMETRY.topic("gym", "hr-01"), STRAP_TELEMETRY.encode(said))

    try:
        async with asyncio.timeout(SETTLED_S):
            while len(there) < len(writers):  # said once their subscriptions are made
                await asyncio.sleep(0.02)
        sent = 0
        kill_at = sorted(chance.sample(range(BATCH, FRAMES - BATCH), KILLS))
        while sent < FRAMES:
            batch = range(sent + 1, min(sent + BATCH, FRAMES) + 1)
            await asyncio.gather(*(frame(seq) for seq in batch))
            sent = batch[-1]
            if kill_at and sent >= kill_at[0]:
                kill_at.pop(0)
                name = chance.choice(sorted(writers))
                writers[name].send_signal(signal.SIGKILL)
                await writers[name].wait()
                writers[name] = await start(files[name])
        await until_stored(influx, FRAMES)
        await asyncio.sleep(1)
        assert await stored(influx) == FRAMES, "each frame once"
        assert await influx.number("SELECT sum(hr_bpm) FROM strap") == sum(
            60 + seq % 90 for seq in range(1, FRAMES + 1)
        )
    finally:
        line.cancel()
        await asyncio.wait([line])
        for writer in writers.values():
            if writer.returncode is None:
                writer.terminate()
            await writer.wait()
        await influx.close()
        await broker.stop()
