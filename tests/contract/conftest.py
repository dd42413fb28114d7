"""Five worlds behind one interface: Mosquitto and the embedded broker, each by both client libraries, and the twin."""

import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Protocol

import pytest
from bus_clients import CLIENTS, Client
from ports import free_port
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.port import Bus, Will
from device_adapters.config import Broker
from services.broker import Kind, RunningBroker, broker_command, start_broker, wait_ready

WAIT_MAX_S = 60.0
REFUSED_TOPIC = "forbidden/topic"
BROKERS: tuple[Kind, ...] = ("mosquitto", "embedded")


class BusWorld(Protocol):
    """A broker and its clients, and what can befall them."""

    name: str

    async def bus(
        self, client_id: str, *, will: Will | None = None, session_expiry_s: int = 0
    ) -> MqttBus | MemoryBus: ...

    async def until(self, fact: Callable[[], bool]) -> None:
        """Wait for a fact that stays true; the bound only ends a hopeless wait."""
        ...

    async def run(self, bus: Bus) -> None:
        """Start the bus and wait until it is connected."""
        ...

    async def leave(self, bus: Bus) -> None:
        """End the bus properly."""
        ...

    async def pull_cable(self, bus: Bus) -> None:
        """Break the link without a goodbye; it may come back after `mend_cable`."""
        ...

    def mend_cable(self, bus: Bus) -> None: ...

    async def die_with_will(self, client_id: str, will: Will) -> None:
        """Connect a client with a last will and kill it."""
        ...

    async def crash_broker(self) -> None: ...

    async def restart_broker(self) -> None: ...

    async def close(self) -> None: ...


class Runs:
    """The buses' tasks, one each."""

    def __init__(self) -> None:
        self._tasks: dict[Bus, asyncio.Task[None]] = {}

    async def until(self, fact: Callable[[], bool]) -> None:
        await until(fact, seconds=WAIT_MAX_S)

    async def run(self, bus: Bus) -> None:
        self._tasks[bus] = asyncio.create_task(bus.run())
        await self.until(lambda: bus.connected)

    async def leave(self, bus: Bus) -> None:
        task = self._tasks.pop(bus)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def leave_all(self) -> None:
        for bus in list(self._tasks):
            await self.leave(bus)


class MemoryWorld(Runs):
    name = "memory"

    def __init__(self) -> None:
        super().__init__()
        self.broker = MemoryBroker()
        self.broker.refused.add(REFUSED_TOPIC)

    async def bus(self, client_id: str, *, will: Will | None = None, session_expiry_s: int = 0) -> MemoryBus:
        return MemoryBus(self.broker, client_id=client_id, will=will, session_expiry_s=session_expiry_s)

    async def pull_cable(self, bus: Bus) -> None:
        assert isinstance(bus, MemoryBus)
        bus.cut()

    def mend_cable(self, bus: Bus) -> None:
        assert isinstance(bus, MemoryBus)
        bus.mend()

    async def die_with_will(self, client_id: str, will: Will) -> None:
        bus = await self.bus(client_id, will=will)
        await self.run(bus)
        bus.cut()

    async def crash_broker(self) -> None:
        self.broker.stop()

    async def restart_broker(self) -> None:
        self.broker.start()

    async def close(self) -> None:
        await self.leave_all()


class ProcessWorld(Runs):
    """A real broker process, and a relay in front of it that can break single links."""

    def __init__(self, kind: Kind, client: Client, data: Path) -> None:
        super().__init__()
        self.name: str = kind
        self._kind = kind
        self._client: Client = client
        self._data = data
        self._port = free_port()
        self._broker: RunningBroker | None = None
        self._relays: dict[Bus, Relay] = {}

    async def start(self) -> None:
        if self._kind == "embedded":
            self._broker = await start_broker(self._port, self._data, "embedded")
            return
        command = broker_command(self._port, self._data, "mosquitto")
        access_list = self._data / "acl"
        access_list.write_text(f"topic deny {REFUSED_TOPIC}\ntopic readwrite #\n", encoding="utf-8")
        with (self._data / "mosquitto.conf").open("a", encoding="utf-8") as config:
            config.write(f"user root\nacl_file {access_list}\n")
        process = await asyncio.create_subprocess_exec(*command.argv, stderr=asyncio.subprocess.DEVNULL)
        self._broker = RunningBroker(self._port, command.description, process)
        await wait_ready(self._port, process)

    async def bus(self, client_id: str, *, will: Will | None = None, session_expiry_s: int = 0) -> MqttBus:
        relay = Relay(self._port)
        await relay.start()
        broker = Broker(url=relay.url, client=self._client)
        bus = MqttBus(broker, client_id=client_id, will=will, session_expiry_s=session_expiry_s)
        self._relays[bus] = relay
        return bus

    async def pull_cable(self, bus: Bus) -> None:
        self._relays[bus].cut()

    def mend_cable(self, bus: Bus) -> None:
        self._relays[bus].mend()

    async def die_with_will(self, client_id: str, will: Will) -> None:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _CLIENT, f"mqtt://127.0.0.1:{self._port}", self._client, client_id, will.topic,
            will.payload, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert child.stdout is not None
        async with asyncio.timeout(WAIT_MAX_S):
            while b"connected" not in await child.stdout.readline():
                pass
        child.kill()
        await child.wait()

    async def crash_broker(self) -> None:
        assert self._broker is not None
        await self._broker.kill()

    async def restart_broker(self) -> None:
        await self.start()

    async def close(self) -> None:
        await self.leave_all()
        for relay in self._relays.values():
            await relay.stop()
        if self._broker is not None:
            await self._broker.stop()


_CLIENT = """
import asyncio, sys
from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.port import Will
from device_adapters.config import Broker
url, client, client_id, topic, payload = sys.argv[1:]
async def main():
    bus = MqttBus(Broker(url=url, client=client), client_id=client_id, will=Will(topic, payload.encode()))
    bus.on_connection(lambda up: print("connected", flush=True))
    await bus.run()
asyncio.run(main())
"""


class Relay:
    """Passes bytes between clients and the broker until its cable is pulled."""

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port
        self._server: asyncio.Server | None = None
        self._whole = True
        self._pipes: set[asyncio.Task[None]] = set()
        self.url = ""

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"mqtt://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        self._whole = False
        for pipe in self._pipes:
            pipe.cancel()

    def mend(self) -> None:
        self._whole = True

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pipes.add(task)
        far_writer: asyncio.StreamWriter | None = None
        try:
            if self._whole:
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._broker_port)
                async with asyncio.TaskGroup() as pipes:
                    pipes.create_task(_pipe(reader, far_writer))
                    pipes.create_task(_pipe(far_reader, writer))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass  # either end is gone: so is the link
        finally:
            for end in (writer, far_writer):
                if end is not None:
                    end.transport.abort()
            self._pipes.discard(task)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    raise ConnectionResetError


@pytest.fixture(params=["memory", *(f"{kind} {client}" for kind in BROKERS for client in CLIENTS)])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BusWorld]:
    if request.param == "memory":
        made: BusWorld = MemoryWorld()
    else:
        kind, client = request.param.split()
        if kind == "mosquitto" and not shutil.which("mosquitto", path="/usr/bin:/usr/sbin:/usr/local/sbin"):
            pytest.skip(
                "NO MOSQUITTO ON THIS MACHINE: the bus is not proved against it; apt install mosquitto"
            )
        process_world = ProcessWorld(kind, client, tmp_path)
        await process_world.start()
        made = process_world
    yield made
    await made.close()
