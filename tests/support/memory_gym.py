"""One unit and its devices in memory and in virtual time: the production unit, from the bus down to bleak's client.

Nothing of ours is replaced: `Unit`, its adapters, `Radios`, `Link` and the outbox are those of a Pi; below bleak there
is `device_adapters.sim.memory`, and the machine is the gym's own belt and computer.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bleak.exc import BleakGATTProtocolError
from virtual_time import WALL_MS, LoopClock
from waiting import until

from device_adapters import commissioning
from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.codecs import heart_rate, uuids
from device_adapters.config import Strap, Treadmill, UnitConfig
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.outbox import Outbox
from device_adapters.safety.limits import Goal, Level
from device_adapters.serial.port import OpenLine, open_port
from device_adapters.sim.belt import BeltSpec
from device_adapters.sim.memory import Device, MemoryAdapter, Value
from device_adapters.sim.memory_treadmill import MemoryTreadmill
from device_adapters.unit import Unit

BOOT = "boot-1"
DAY_MS = 86_400_000
NOW_MS = WALL_MS + 1_000_000
"""The wall clock when a gym opens."""

HALT, PAUSE, BEGIN, REQUEST = b"\x08\x01", b"\x08\x02", b"\x07", b"\x00"


def speed(ckmh: int) -> bytes:
    """Set Target Speed on the wire (FTMS v1.0.1 §4.16)."""
    return b"\x02" + ckmh.to_bytes(2, "little")


def kmh_of(taken: list[tuple[int, bytes]]) -> list[float]:
    """The speeds among what was written."""
    return [int.from_bytes(data[1:], "little") / 100 for _, data in taken if data[0] == 2]


def record(**changes: Any) -> commissioning.Record:
    """A good commissioning record of the first machine, made yesterday."""
    values: dict[str, Any] = {
        "treadmill": "tm-01", "address": MemoryMachine().device.address, "at_ms": NOW_MS - DAY_MS, "by": "Kim",
        "units_right": True, "speed_min_kmh": 0.8, "speed_max_kmh": 20, "accel_kmh_s": 1, "decel_kmh_s": 1,
        "stop_s": 2, "stops_on_link_loss": True, "grade_right": True, **changes,
    }  # fmt: skip
    return commissioning.Record(**values)


class MemoryMachine(MemoryTreadmill):
    """A treadmill on the air. `taken`: what reached 0x2AD9, and when.

    `answers`: does its control point answer?
    """

    def __init__(self, number: int = 1, spec: BeltSpec | None = None, model: str = "VT-1") -> None:
        super().__init__(f"C0:00:00:00:01:{number:02X}", spec or BeltSpec(start_delay_ms=500), model)
        self.taken: list[tuple[int, bytes]] = []
        self.answers = True
        self.refuses_writes: int | None = None
        self.extra: dict[str, Any] = {}

    @property
    def kmh(self) -> float:
        """The true belt."""
        return self.belt.speed_ckmh / 100

    def written(self, data: bytes) -> None:
        self.taken.append((round(asyncio.get_running_loop().time() * 1000), data))
        if self.refuses_writes is not None:
            raise BleakGATTProtocolError(self.refuses_writes)
        super().written(data)

    def answer(self, response: bytes) -> None:
        if self.answers:
            super().answer(response)

    def tell(self) -> None:
        """One record."""
        self.frame(
            speed_ckmh=self.belt.speed_ckmh, incline_dpct=self.belt.incline_dpct,
            distance_m=self.belt.distance_m, elapsed_s=self.belt.elapsed_s, **self.extra,
        )  # fmt: skip


class Strap1:
    """A strap on the air; `bpm` each second, with beats that fit, a beat more every other time."""

    def __init__(self, number: int = 1, bpm: int = 100, name: str = "") -> None:
        self.bpm = bpm
        self.battery = 80
        self.reads_of_battery = 0
        self.extra: dict[str, Any] = {}
        self._told = 0
        self.device = Device(
            f"D0:00:00:00:02:{number:02X}",
            {
                uuids.DEVICE_INFORMATION_SERVICE: [Value(uuids.MODEL_NUMBER, ("read",), lambda: b"VS-1")],
                uuids.HEART_RATE_SERVICE: [Value(uuids.HEART_RATE_MEASUREMENT, ("notify",))],
                uuids.BATTERY_SERVICE: [Value(uuids.BATTERY_LEVEL, ("read",), self._battery)],
            },
            name=name,
        )

    def _battery(self) -> bytes:
        self.reads_of_battery += 1
        return bytes([self.battery])

    def tell(self, **changes: Any) -> None:
        """One measurement."""
        self._told += 1
        bpm = self.bpm + self._told % 2
        said = {"bpm": bpm, "contact": True, "rr_1024": (round(60 * 1024 / bpm),), **self.extra, **changes}
        data = heart_rate.encode(heart_rate.HeartRateMeasurement(**said))
        self.device.notify(uuids.HEART_RATE_MEASUREMENT, data)

    async def run(self) -> None:
        """Each second."""
        while True:
            await asyncio.sleep(1)
            self.tell()


@dataclass
class MemoryGym:
    """What a test sees of the unit: everything it says on the bus; and what it can do to it."""

    clock: LoopClock
    machines: list[MemoryMachine]
    straps: list[Strap1]
    adapter: MemoryAdapter
    broker: MemoryBroker
    unit_bus: MemoryBus
    unit: Unit
    bus: SiteBus
    states: dict[str, m.TreadmillState] = field(default_factory=dict)
    said: list[m.TreadmillState] = field(default_factory=list)
    strap_states: dict[str, m.StrapState] = field(default_factory=dict)
    statuses: list[m.UnitStatus] = field(default_factory=list)
    telemetry: list[m.TreadmillTelemetry] = field(default_factory=list)
    hearts: list[m.StrapTelemetry] = field(default_factory=list)
    results: list[m.Result] = field(default_factory=list)
    events: list[m.Event] = field(default_factory=list)
    nearby: list[m.Nearby] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    beats: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    running: "asyncio.Task[None] | None" = None
    _leases: list["asyncio.Task[None]"] = field(default_factory=list)

    @property
    def machine(self) -> MemoryMachine:
        return self.machines[0]

    def listen(self) -> None:
        """Keep all that is said."""
        subscribe = self.bus.subscribe
        subscribe(registry.TREADMILL_STATE, self._state)
        subscribe(registry.STRAP_STATE, self.strap_states.__setitem__)
        subscribe(registry.UNIT_STATUS, lambda _, message: self.statuses.append(message))
        subscribe(registry.TREADMILL_TELEMETRY, lambda _, message: self.telemetry.append(message))
        subscribe(registry.STRAP_TELEMETRY, lambda _, message: self.hearts.append(message))
        subscribe(registry.RESULT, lambda _, message: self.results.append(message))
        subscribe(registry.EVENT, lambda _, message: self.events.append(message))
        subscribe(registry.NEARBY, lambda _, message: self.nearby.append(message))

    def _state(self, treadmill: str, state: m.TreadmillState) -> None:
        self.states[treadmill] = state
        self.said.append(state)

    def causes(self, kind: str = "") -> list[str]:
        """The causes of what was told, of one kind or of all."""
        return [event.cause for event in self.events if kind in ("", event.kind)]

    async def ready(self, treadmill: str = "tm-01") -> None:
        await until(lambda: treadmill in self.states and self.states[treadmill].belt == "still")

    def lease(self, treadmill: str, **changes: Any) -> m.Lease:
        """The next beat."""
        self.beats[treadmill] += 1
        values: dict[str, Any] = {
            "epoch": 1, "beat": self.beats[treadmill], "holder": "test", "boot": BOOT, "session": "s-1",
            "goal": Goal.ATHLETIC, "level": Level.ADVANCED, **changes,
        }  # fmt: skip
        return m.Lease(**values)

    async def renew(self, treadmill: str = "tm-01", **changes: Any) -> None:
        await self.bus.publish(registry.LEASE, self.lease(treadmill, **changes), treadmill)

    async def hold(self, treadmill: str = "tm-01", **changes: Any) -> None:
        """Take the lease and renew it each second until `let_go`."""
        await self.claim(treadmill, **changes)
        await until(lambda: self.states[treadmill].lease_holder == "test")

    async def claim(self, treadmill: str = "tm-01", **changes: Any) -> None:
        """As `hold`, whether it is granted or not."""
        await self.renew(treadmill, **changes)
        self._leases.append(asyncio.create_task(self._keep(treadmill, changes)))

    async def _keep(self, treadmill: str, changes: dict[str, Any]) -> None:
        while True:
            await asyncio.sleep(1)
            if self.bus.bus.connected:
                await self.renew(treadmill, **changes)

    async def let_go(self) -> None:
        """Renew no more."""
        for task in self._leases:
            task.cancel()
        await asyncio.gather(*self._leases, return_exceptions=True)
        self._leases.clear()

    async def command(self, verb: str, treadmill: str = "tm-01", **values: Any) -> m.Result:
        """A command, and its result."""
        known = len(self.results)
        fields = {"id": f"c{known}-{verb}", "verb": verb, "epoch": 1, "beat": self.beats[treadmill], **values}
        await self.bus.publish(registry.COMMAND, m.Command(**fields), treadmill)
        await until(lambda: len(self.results) > known)
        return self.results[-1]

    async def press_stop(self, treadmill: str = "tm-01", by: str = "Kim") -> None:
        """Stop by anybody, over the bus."""
        await self.bus.publish(registry.STOP_ONE, m.Stop(by=by), treadmill)

    async def moving(self, kmh: float = 1.5, treadmill: str = "tm-01", **lease: Any) -> None:
        """A belt of ours that runs at `kmh`."""
        await self.ready(treadmill)
        await self.hold(treadmill, **lease)
        assert (await self.command("start", treadmill)).outcome == "accepted"
        assert (await self.command("target", treadmill, speed_kmh=kmh)).outcome == "accepted"
        machine = self.machines[int(treadmill[-2:]) - 1]
        await until(lambda: machine.kmh == kmh)

    async def rest(self) -> None:
        """Until every belt stands."""
        await until(lambda: all(machine.belt.speed_ckmh == 0 for machine in self.machines))


@asynccontextmanager
async def gym(
    data: Path,
    machines: list[MemoryMachine] | None = None,
    straps: list[Strap1] | None = None,
    *,
    own_straps: bool = True,
    footpod: Device | None = None,
    belt_pod: Device | None = None,
    more_treadmills: tuple[Treadmill, ...] = (),
    open_line: OpenLine = open_port,
    **config: Any,
) -> AsyncIterator[MemoryGym]:
    """A running unit; each strap is worn at the treadmill of its number."""
    machines = [MemoryMachine()] if machines is None else machines
    straps = straps or []
    clock, broker = LoopClock(), MemoryBroker()
    unit_bus, test_bus = MemoryBus(broker, client_id="unit"), MemoryBus(broker, client_id="test")
    settings = UnitConfig(
        unit="unit-01",
        data=str(data),
        treadmill=tuple(
            Treadmill(
                id=f"tm-{n:02d}", address=each.device.address,
                footpod=footpod.address if footpod and n == 1 else "",
                belt_sensor_address=belt_pod.address if belt_pod and n == 1 else "",
            )
            for n, each in enumerate(machines, 1)
        )
        + more_treadmills,
        strap=tuple(
            Strap(id=f"hr-{n:02d}", address=each.device.address, treadmill=f"tm-{n:02d}")
            for n, each in enumerate(straps, 1)
            if own_straps
        ),
        strap_salt="of these tests only",
        **config,
    )  # fmt: skip
    devices = [*(each.device for each in machines), *(each.device for each in straps)]
    devices += [pod for pod in (footpod, belt_pod) if pod]
    adapter = MemoryAdapter(devices)
    outbox = Outbox(data / "outbox.db", unit_bus, clock)
    unit = Unit(settings, BOOT, unit_bus, outbox, clock, [adapter], open_line=open_line)
    bus = SiteBus(test_bus, settings.site, on_malformed=_unexpected)
    made = MemoryGym(clock, machines, straps, adapter, broker, unit_bus, unit, bus)
    made.listen()
    works = (*(each.run() for each in machines), *(each.run() for each in straps))
    works = (test_bus.run(), unit_bus.run(), outbox.run(), *works)
    world = [asyncio.create_task(work) for work in works]
    made.running = asyncio.create_task(unit.run())
    try:
        yield made
    finally:
        await made.let_go()
        for task in (made.running, *reversed(world)):
            task.cancel()
            await asyncio.wait([task])


def _unexpected(topic: str, error: Exception) -> None:
    raise AssertionError(f"{topic}: {error}")
