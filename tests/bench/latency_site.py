"""A site for the latency benchmark: two virtual gyms in this process, ours behind units and services, the other
behind plain scripts. Both gyms note when a treadmill notifies and when its control point is written.
"""

import asyncio
import sys
import tempfile
import time
import uuid
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from ports import free_port
from waiting import until

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import SystemClock
from device_adapters.codecs.ftms.control_point import OpCode, Request
from device_adapters.config import Broker, HubConfig, Treadmill, UnitConfig
from device_adapters.errors import MessageError
from device_adapters.sim.gym import Gym
from device_adapters.sim.layout import GymConfig, gym_layout
from services.broker import start_broker
from services.cli.demo.supervisor import Supervisor, backstride

SITE = "gym"
PER_UNIT = 50
"""Treadmills of one unit, and of one plain script."""

READY_S = 180.0


class TimedGym(Gym):
    """A gym that tells when its treadmills notify and are written to; `quiet` holds all notifications back."""

    def __init__(self, config: GymConfig) -> None:
        super().__init__(config, SystemClock())
        self.quiet = False
        self.notified: dict[str, deque[int]] = defaultdict(deque)
        self.written: Callable[[str, Request], None] = lambda _id, _request: None
        for id_, _address in gym_layout(config.treadmills, 0):
            self._watch(id_)

    def _watch(self, id_: str) -> None:
        station = self.station(id_)
        tell, request = station.tell_treadmill, station.computer.request

        def telling() -> None:
            if not self.quiet:
                self.notified[id_].append(time.perf_counter_ns())
                tell()

        def requested(client: object, asked: Request) -> object:
            if asked.op != OpCode.REQUEST_CONTROL:
                self.written(id_, asked)
            return request(client, asked)

        station.tell_treadmill = telling  # type: ignore[method-assign]
        station.computer.request = requested  # type: ignore[assignment,method-assign]


@dataclass
class LatencySite:
    """Both sides of it. `addresses` by treadmill id are the same on both."""

    ours: TimedGym
    bare: TimedGym
    bus: SiteBus
    addresses: dict[str, str]

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = READY_S) -> None:
        """Wait for a condition. Raises TimeoutError naming it."""
        await until(condition, what, seconds)


@asynccontextmanager
async def latency_site(treadmills: int) -> AsyncIterator[LatencySite]:
    """Everything started, all treadmills connected on both sides."""
    with tempfile.TemporaryDirectory(prefix="backstride-bench-") as folder:
        data = Path(folder)
        broker = await start_broker(free_port(), data / "broker")
        try:
            async with _gyms(treadmills, broker.url) as site:
                supervisor = Supervisor(data, lambda _name, _restarts: None)
                try:
                    await _start(site, supervisor, data, Broker(url=broker.url))
                    yield site
                finally:
                    for name in supervisor.roles:
                        await supervisor.stop(name)
        finally:
            await broker.stop()


@asynccontextmanager
async def _gyms(treadmills: int, broker: str) -> AsyncIterator[LatencySite]:
    """Both gyms and a line to the broker."""
    bus = MqttBus(broker, client_id=f"bench-{uuid.uuid4().hex[:6]}")
    config = GymConfig(site=SITE, treadmills=treadmills, straps=0)
    async with TimedGym(config) as ours, TimedGym(config) as bare:
        running = [asyncio.create_task(each) for each in (bus.run(), ours.run(), bare.run())]
        try:
            layout = dict(gym_layout(treadmills, 0))
            yield LatencySite(ours, bare, SiteBus(bus, SITE, on_malformed=_malformed), layout)
        finally:
            for task in running:
                task.cancel()
            await asyncio.wait(running)


def _malformed(topic: str, error: MessageError) -> None:
    raise ValueError(f"{topic}: {error}")


async def _start(site: LatencySite, supervisor: Supervisor, data: Path, broker: Broker) -> None:
    hub = _toml(data / "hub.toml", HubConfig(site=SITE, data=str(data / "hub"), broker=broker))
    for service in ("metrics", "session"):
        supervisor.start(service, backstride("run", service, "--config", hub))
    for service in ("metrics", "session"):
        await supervisor.wait_ready(service)
    port, bare_port = [await gym.adapters.open("127.0.0.1", 0) for gym in (site.ours, site.bare)]
    mqtt_port = broker.url.rpartition(":")[2]
    script = (sys.executable, str(Path(__file__).with_name("bare_client.py")))
    flags = [data / "ready-relay"]
    supervisor.start("relay", (*script, "relay", mqtt_port, str(flags[0])), announces=False)
    devices = list(site.addresses.items())
    for number, first in enumerate(range(0, len(devices), PER_UNIT), 1):
        some = devices[first : first + PER_UNIT]
        unit = UnitConfig(
            unit=f"unit-{number:02}",
            site=SITE,
            radio=f"virtual:127.0.0.1:{port}",
            slots=len(some),
            data=str(data / f"unit-{number}"),
            broker=broker,
            treadmill=tuple(Treadmill(id=id_, address=address) for id_, address in some),
        )
        config = _toml(data / f"unit-{number}.toml", unit)
        supervisor.start(unit.unit, backstride("run", "unit", "--config", config))
        flag = data / f"ready-{number}"
        flags.append(flag)
        where = (f"127.0.0.1:{bare_port}", mqtt_port, str(flag), *(address for _, address in some))
        supervisor.start(f"script-{number}", (*script, "gym", *where), announces=False)
    await site.until(lambda: all(flag.exists() for flag in flags), "the scripts have all treadmills")


def _toml(path: Path, settings: msgspec.Struct) -> str:
    path.write_bytes(msgspec.toml.encode(settings))
    return str(path)
