"""The session service as a process of its own on a real Mosquitto, with a unit and a desk in the test's."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from ports import free_port
from session_floor import SITE, FloorDesk, SessionFloor
from session_rig import SPEC, EngineUnit
from waiting import until

from device_adapters.bus.mqtt import MqttBus
from device_adapters.clock import SystemClock
from services.broker import RunningBroker, start_broker
from services.session.journal import Journal


@dataclass
class SessionHub:
    """A broker, a unit and a desk here; the session service in a process of its own."""

    data: Path
    broker: RunningBroker
    floor: SessionFloor
    desk: FloorDesk
    tasks: list[asyncio.Task[None]]
    process: asyncio.subprocess.Process | None = None
    log: Path = field(init=False)

    @property
    def config(self) -> Path:
        """The hub's settings."""
        return self.data / "hub.toml"

    def __post_init__(self) -> None:
        self.log = self.data / "session.log"

    async def serve(self) -> None:
        """Start the service and wait for its READY=1."""
        self.config.write_text(
            f'site = "{SITE}"\ndata = "{self.data}"\n[broker]\nurl = "{self.broker.url}"\n'
        )
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.setblocking(False)
            ear.bind("")
            address = "@" + ear.getsockname()[1:].decode()
            with self.log.open("ab") as log:
                self.process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "services.cli", "run", "session", "--config", str(self.config),
                    stdout=log, stderr=log, env={**os.environ, "NOTIFY_SOCKET": address},
                )  # fmt: skip
            async with asyncio.timeout(60):
                heard = await asyncio.get_running_loop().sock_recv(ear, 100)
        assert heard == b"READY=1", self.log.read_text()

    async def end(self, number: signal.Signals) -> int:
        """Signal the service and wait for its end."""
        assert self.process is not None
        self.process.send_signal(number)
        async with asyncio.timeout(60):
            return await self.process.wait()

    async def running_session(self) -> None:
        async with asyncio.timeout(60):
            # The service may not have heard of the floor yet.
            while not (await self.desk.start(alias="Guest 1")).ok:
                await asyncio.sleep(0.05)
        await until(lambda: self.desk.phase() == "running")
        await until(lambda: self.floor.units["tm-01"].belt.speed_ckmh == 100)

    def journal(self) -> list[str]:
        journal = Journal(self.data / "sessions.db")
        unfinished = [entry.session for entry in journal.unfinished()]
        journal.close()
        return unfinished


@asynccontextmanager
async def open_hub(data: Path, treadmills: int = 1) -> AsyncIterator[SessionHub]:
    """Everything but the service, which `SessionHub.serve` starts."""
    if not shutil.which("mosquitto", path="/usr/bin:/usr/sbin:/usr/local/sbin"):
        pytest.skip("NO MOSQUITTO ON THIS MACHINE: the session process is not proved against it")
    broker = await start_broker(free_port(), data)
    clock = SystemClock()
    unit_bus, desk_bus = (MqttBus(broker.url, client_id=name) for name in ("unit", "desk"))
    floor, desk = SessionFloor(unit_bus, clock, treadmills), FloorDesk(desk_bus)
    floor.units = {treadmill: EngineUnit(spec=replace(SPEC, start_delay_ms=100)) for treadmill in floor.units}
    tasks = [asyncio.create_task(bus.run()) for bus in (unit_bus, desk_bus)]
    await until(lambda: unit_bus.connected and desk_bus.connected)
    tasks.append(asyncio.create_task(floor.run()))
    made = SessionHub(data, broker, floor, desk, tasks)
    try:
        yield made
    finally:
        await _close(made, tasks, broker)


async def _close(made: SessionHub, tasks: list[asyncio.Task[None]], broker: RunningBroker) -> None:
    if made.process is not None and made.process.returncode is None:
        made.process.kill()
        await made.process.wait()
    for task in reversed(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await broker.stop()
