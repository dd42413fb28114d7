"""A unit killed in mid-work, on a real Mosquitto: everything its outbox had reported safe is received."""

import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ports import free_port

from device_adapters.bus.mqtt import MqttBus
from services.broker import RunningBroker, start_broker

needs_mosquitto = pytest.mark.skipif(
    shutil.which("mosquitto", path="/usr/bin:/usr/sbin:/usr/local/sbin") is None,
    reason="NO MOSQUITTO ON THIS MACHINE: apt install mosquitto",
)

UNIT = """
import asyncio, sys
from pathlib import Path
from device_adapters.bus.mqtt import MqttBus
from device_adapters.clock import SystemClock
from device_adapters.outbox import Outbox

async def main(url, path, boot, frames):
    bus = MqttBus(url, client_id="unit-01")
    outbox = Outbox(Path(path), bus, SystemClock())
    async with asyncio.TaskGroup() as group:
        lines = [group.create_task(bus.run()), group.create_task(outbox.run())]
        for n in range(int(frames)):
            outbox.put("telemetry", f"{boot}/{n}".encode())
            if n % 40 == 39:
                await outbox.flush(0)
                print(n, flush=True)
            await asyncio.sleep(0.001)
        while not await outbox.flush(1):
            pass
        for line in lines:
            line.cancel()

asyncio.run(main(*sys.argv[1:]))
"""


class KillScene:
    """A hub that hears everything, units as processes, and a broker that may come late."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._units: list[asyncio.subprocess.Process] = []
        self.url = f"mqtt://127.0.0.1:{self._port}"
        self.broker: RunningBroker | None = None
        self.received: set[str] = set()
        self.hub = MqttBus(self.url, client_id="hub")
        self.hub.subscribe("telemetry", lambda message: self.received.add(message.payload.decode()))
        self._line = asyncio.create_task(self.hub.run())

    async def start_broker(self) -> None:
        self.broker = await start_broker(self._port, self._folder / "broker")
        while not self.hub.connected:
            await asyncio.sleep(0.01)

    def freeze_broker(self) -> None:
        assert self.broker is not None
        self.broker.process.send_signal(signal.SIGSTOP)

    async def thaw_or_start_broker(self) -> None:
        if self.broker is None:
            await self.start_broker()
        else:
            self.broker.process.send_signal(signal.SIGCONT)

    async def start_unit(self, boot: str, frames: int) -> asyncio.subprocess.Process:
        unit = await asyncio.create_subprocess_exec(
            sys.executable, "-c", UNIT, self.url, self._folder / "outbox.db", boot, str(frames),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._units.append(unit)
        return unit

    async def close(self) -> None:
        self._line.cancel()
        await asyncio.wait([self._line])
        for unit in self._units:
            if unit.returncode is None:
                unit.kill()
            await unit.communicate()
        if self.broker is not None:
            await self.broker.kill()


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[KillScene]:
    made = KillScene(tmp_path)
    yield made
    await made.close()


@needs_mosquitto
@pytest.mark.parametrize("broker_is", ["there", "away", "frozen on the way"])
async def test_everything_reported_safe_before_a_kill_is_received(broker_is: str, scene: KillScene) -> None:
    async with asyncio.timeout(60):
        if broker_is != "away":
            await scene.start_broker()
        first = await scene.start_unit("first", 1_000_000)
        assert first.stdout is not None
        safe = 0
        while safe < 400:
            if broker_is == "frozen on the way" and safe > 200:
                scene.freeze_broker()
            safe = max(safe, _reported(await first.stdout.readline()))
        first.kill()
        for line in (await first.stdout.read()).splitlines(keepends=True):
            safe = max(safe, _reported(line))
        await scene.thaw_or_start_broker()
        second = await scene.start_unit("second", 10)
        _, complaints = await second.communicate()
        assert second.returncode == 0, complaints.decode()
        wanted = {f"first/{n}" for n in range(safe + 1)} | {f"second/{n}" for n in range(10)}
        while not wanted <= scene.received:
            await asyncio.sleep(0.01)


def _reported(line: bytes) -> int:
    """The frame up to which the unit says all is safe; other lines are its log, or cut off by the kill."""
    return int(line) if line.endswith(b"\n") and line.strip().isdigit() else 0
