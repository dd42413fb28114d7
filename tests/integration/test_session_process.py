"""The session service as a process on a real Mosquitto: ended politely, and killed."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from session_floor import SITE, Desk, Floor, until
from session_rig import SPEC, Unit

from device_adapters.bus.mqtt import MqttBus
from device_adapters.clock import SystemClock
from services.broker import RunningBroker, start_broker
from services.session.journal import Journal

pytestmark = pytest.mark.broker


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Hub:
    """A broker, a unit and a desk here; the session service in a process of its own."""

    data: Path
    broker: RunningBroker
    floor: Floor
    desk: Desk
    tasks: list[asyncio.Task[None]]
    process: asyncio.subprocess.Process | None = None
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.data / "session.log"

    async def serve(self) -> None:
        """Start the service and wait for its READY=1."""
        config = self.data / "hub.toml"
        config.write_text(f'site = "{SITE}"\ndata = "{self.data}"\n[broker]\nurl = "{self.broker.url}"\n')
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.setblocking(False)
            ear.bind("")
            address = "@" + ear.getsockname()[1:].decode()
            with self.log.open("ab") as log:
                self.process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "services.cli.main", "run", "session", "--config", str(config),
                    stdout=log, stderr=log, env={**os.environ, "NOTIFY_SOCKET": address},
                )  # fmt: skip
            async with asyncio.timeout(20):
                heard = await asyncio.get_running_loop().sock_recv(ear, 100)
        assert heard == b"READY=1", self.log.read_text()

    async def end(self, number: signal.Signals) -> int:
        """Signal the service and wait for its end."""
        assert self.process is not None
        self.process.send_signal(number)
        async with asyncio.timeout(15):
            return await self.process.wait()

    async def running_session(self) -> None:
        async with asyncio.timeout(10):
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


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    if not shutil.which("mosquitto", path="/usr/bin:/usr/sbin:/usr/local/sbin"):
        pytest.skip("NO MOSQUITTO ON THIS MACHINE: the session process is not proved against it")
    broker = await start_broker(free_port(), tmp_path)
    clock = SystemClock()
    unit_bus, desk_bus = (MqttBus(broker.url, client_id=name) for name in ("unit", "desk"))
    floor, desk = Floor(unit_bus, clock), Desk(desk_bus)
    floor.units["tm-01"] = Unit(spec=replace(SPEC, start_delay_ms=100))
    tasks = [asyncio.create_task(bus.run()) for bus in (unit_bus, desk_bus)]
    await until(lambda: unit_bus.connected and desk_bus.connected)
    tasks.append(asyncio.create_task(floor.run()))
    made = Hub(tmp_path, broker, floor, desk, tasks)
    yield made
    if made.process is not None and made.process.returncode is None:
        made.process.kill()
        await made.process.wait()
    for task in reversed(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await broker.stop()


async def test_sigterm_brings_the_belt_to_rest_and_leaves_nothing_unfinished(hub: Hub) -> None:
    await hub.serve()
    await hub.running_session()
    assert await hub.end(signal.SIGTERM) == 0, hub.log.read_text()
    unit = hub.floor.units["tm-01"]
    assert (unit.belt.speed_ckmh, unit.state.latched, unit.state.lease.claim) == (0, "", None)
    await until(lambda: hub.desk.phase() == "ended")
    assert hub.desk.view().outcome == "stopped"
    assert hub.journal() == []


async def test_after_a_kill_the_session_is_interrupted_and_not_resumed(hub: Hub) -> None:
    await hub.serve()
    await hub.running_session()
    session = hub.desk.view().session
    assert await hub.end(signal.SIGKILL) == -9
    assert hub.journal() == [session]
    commands = len(hub.floor.commands["tm-01"])
    await hub.serve()
    await until(lambda: hub.desk.phase() == "ended")
    assert (hub.desk.view().session, hub.desk.view().outcome) == (session, "interrupted")
    unit = hub.floor.units["tm-01"]
    await until(lambda: unit.state.latched == "lease_expired" and unit.belt.speed_ckmh == 0)
    await until(lambda: hub.journal() == [])
    assert len(hub.floor.commands["tm-01"]) == commands
    assert (await hub.desk.start()).cause == "latched"
    log = hub.log.read_text()
    assert "Traceback" not in log
    assert "Guest" not in log
