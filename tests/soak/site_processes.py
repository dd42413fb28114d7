"""A site of real processes: Mosquitto, the metrics service and its store, units; the virtual gym is in this process."""

import asyncio
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from bumble.core import UUID
from mqtt_tap import MqttTap

from device_adapters.clock import SystemClock
from device_adapters.codecs.uuids import Characteristic
from device_adapters.config import Broker, HubConfig, MqttClient, Strap, Treadmill, UnitConfig
from device_adapters.sim.gym import Gym
from device_adapters.sim.layout import GymConfig, gym_layout
from services.broker import RunningBroker, start_broker
from services.cli.demo.supervisor import Supervisor

sys.path.append(str(Path(__file__).parents[1] / "support"))

from ports import free_port

PROBE = Path(__file__).with_name("probe.py")
FRAME_UUIDS = {
    UUID.from_16_bits(Characteristic.TREADMILL_DATA),
    UUID.from_16_bits(Characteristic.HEART_RATE_MEASUREMENT),
}
Key = tuple[str, str, int]
"""(device, boot, seq) of a stored frame."""


class CountingGym(Gym):
    """A gym that knows how many frames each of its devices gave to air that carried them to a subscriber."""

    def __init__(self, config: GymConfig) -> None:
        super().__init__(config, SystemClock())
        self.produced: Counter[str] = Counter()
        for name in self.peripherals:
            self._count(name)

    @property
    def device_ids(self) -> list[str]:
        """Treadmills and straps."""
        return list(self.peripherals)

    def _count(self, name: str) -> None:
        device = self.peripherals[name][1]
        send = device.notify

        def notify(client: object, of: object, value: bytes) -> None:
            if of.uuid in FRAME_UUIDS and not self.link.is_lost(device.controller):  # type: ignore[attr-defined]
                self.produced[name] += 1
            send(client, of, value)

        device.notify = notify  # type: ignore[method-assign]

    def vanish(self, name: str) -> None:
        """No power, or out of range."""
        self.peripherals[name][1].vanish()

    def reappear(self, name: str) -> None:
        """Heard again."""
        self.peripherals[name][1].reappear()

    def told_of(self, name: str) -> str:
        """Why nobody may hear this device."""
        device = self.peripherals[name][1]
        return (
            f"{name} at {device.address}: {len(device.connections)} connections at its host, "
            f"{len(device.controller.le_connections)} at its controller, "
            f"{'advertises' if device.controller.le_legacy_advertiser.enabled else 'does not advertise'}, "
            f"{'silent' if self.link.is_lost(device.controller) else 'on the air'}"
        )

    def connections(self) -> int:
        """Links between devices and units."""
        return sum(len(device.connections) for _, device in self.peripherals.values())

    def subscribed(self) -> int:
        """Devices whose frames somebody has asked for."""
        return len(self.peripherals) - len(self.unheard())

    def unheard(self) -> list[str]:
        """The others."""
        return [
            name
            for name, (_, device) in self.peripherals.items()
            if not any(
                of.uuid in FRAME_UUIDS and any(device.subscribers(of))
                for service in device.device.gatt_server.services
                for of in service.characteristics
            )
        ]


@dataclass
class Site:
    """What runs, and where."""

    data: Path
    gym: CountingGym
    units: list[str]
    supervisor: Supervisor
    broker: RunningBroker
    mqtt_port: int
    restarts: Counter[str] = field(default_factory=Counter)

    @property
    def store(self) -> Path:
        """The metrics service's database."""
        return self.data / "hub" / "metrics.db"

    def outbox(self, unit: str) -> Path:
        """A unit's database of what no broker has taken."""
        return self.data / unit / "outbox.db"

    def tasks(self, role: str) -> Path:
        """Where a role says what tasks it has (see probe.py)."""
        return self.data / f"{role}.tasks"

    def runs(self, role: str) -> bool:
        """Is there such a process now?"""
        return self.supervisor.roles[role].pid is not None

    def pid(self, role: str) -> int:
        """Of a role that runs. Raises KeyError."""
        pid = self.supervisor.roles[role].pid
        if pid is None:
            raise KeyError(f"{role} does not run")
        return pid

    async def restart_broker(self, *, kill: bool, down_s: float) -> None:
        """Mosquitto ends, at once or as it likes, and is back after a while."""
        await (self.broker.kill() if kill else self.broker.stop())
        await asyncio.sleep(down_s)
        self.broker = await start_broker(self.mqtt_port, self.data / "broker")

    def freeze_broker(self) -> None:
        """It takes and says nothing; nobody is told."""
        self.broker.process.send_signal(signal.SIGSTOP)

    def thaw_broker(self) -> None:
        """It goes on, if it is there."""
        if self.broker.process.returncode is None:
            self.broker.process.send_signal(signal.SIGCONT)

    def stored(self) -> set[Key]:
        """All frames in the store."""
        with sqlite3.connect(f"file:{self.store}?mode=ro", uri=True) as db:
            query = "SELECT treadmill, boot, seq FROM treadmill UNION ALL SELECT strap, boot, seq FROM strap"
            rows = db.execute(query).fetchall()
        db.close()
        keys = {(str(device), str(boot), int(seq)) for device, boot, seq in rows}
        if len(keys) != len(rows):
            raise AssertionError("a key is in the store twice")
        return keys


def _settings(data: Path, broker: Broker, radio: int, unit: str, devices: list[tuple[str, str]]) -> Path:
    settings = UnitConfig(
        unit=unit,
        radio=f"virtual:127.0.0.1:{radio}",
        slots=len(devices),
        data=str(data / unit),
        broker=broker,
        treadmill=tuple(Treadmill(id=i, address=a) for i, a in devices if i.startswith("tm-")),
        strap=tuple(Strap(id=i, address=a) for i, a in devices if i.startswith("hr-")),
    )
    path = data / f"{unit}.toml"
    path.write_bytes(msgspec.toml.encode(settings))
    return path


@asynccontextmanager
async def site(
    data: Path,
    *,
    treadmills: int,
    straps: int,
    units: int,
    seed: int,
    tap: MqttTap | None = None,
    client: MqttClient = "auto",
) -> AsyncIterator[Site]:
    """Start everything, metrics before the units; end it at the end. Units reach the broker through `tap`."""
    mqtt_port = free_port()
    broker = await start_broker(mqtt_port, data / "broker")
    hub = data / "hub.toml"
    line = Broker(url=f"mqtt://127.0.0.1:{mqtt_port}", client=client)
    hub.write_bytes(msgspec.toml.encode(HubConfig(data=str(data / "hub"), broker=line)))
    gym = CountingGym(GymConfig(treadmills=treadmills, straps=straps, seed=seed))
    names = [f"unit-{index:02}" for index in range(1, units + 1)]
    supervisor = Supervisor(data, lambda name, restarts: made.restarts.update({name: bool(restarts)}))
    made = Site(data, gym, names, supervisor, broker, mqtt_port)
    started = []
    async with gym:
        radio = await gym.adapters.open("127.0.0.1", 0)
        try:
            started.append("metrics")
            supervisor.start("metrics", _probed(data, "metrics", "metrics", hub))
            await supervisor.wait_ready("metrics")
            layout = gym_layout(treadmills, straps)
            if tap is not None:
                line = msgspec.structs.replace(line, url=f"mqtt://127.0.0.1:{await tap.open(mqtt_port)}")
            for index, unit in enumerate(names):
                path = _settings(data, line, radio, unit, layout[index::units])
                started.append(unit)
                supervisor.start(unit, _probed(data, unit, "unit", path))
            for unit in names:
                await supervisor.wait_ready(unit)
            yield made
        finally:
            for role in reversed(started):
                await supervisor.stop(role)
            if tap is not None:
                await tap.close()
            made.thaw_broker()
            await made.broker.stop()


def _probed(data: Path, name: str, role: str, settings: Path) -> tuple[str, ...]:
    tasks = str(data / f"{name}.tasks")
    return (sys.executable, str(PROBE), tasks, "run", role, "--config", str(settings))
