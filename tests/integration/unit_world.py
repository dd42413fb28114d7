"""A small world in one process: a virtual gym, one unit on its radio, a bus, and a scripted holder of a lease."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from waiting import until

from device_adapters.ble.radio import Backends
from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.port import Bus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import SystemClock
from device_adapters.config import Strap, Treadmill, UnitConfig
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.errors import LinkError
from device_adapters.outbox import Outbox
from device_adapters.safety.limits import Goal, Level
from device_adapters.sim.gym import Gym
from device_adapters.sim.layout import GymConfig, footpod_address, gym_layout, wheel_sensor_address
from device_adapters.unit import Unit

if TYPE_CHECKING:
    from device_adapters.sim.radio import VirtualRadio

BOOT = "boot-1"
TURN_MS = 300
"""The gym looks at the clock each 25 ms."""


class PatientClock(SystemClock):
    """The machine's clock, without what the machine gave this process no turn for: unit and gym both live in it, and a
    stall of pytest's process is none of the unit's.
    """

    def __init__(self) -> None:
        self._looking = threading.Lock()
        self._seen_ms = super().now_ms()
        self._lost_ms = 0

    def now_ms(self) -> int:
        with self._looking:  # a pin's and the outbox's thread look, too
            now = super().now_ms()
            self._lost_ms += max(0, now - self._seen_ms - TURN_MS)
            self._seen_ms = now
            return now - self._lost_ms


CLOCK = PatientClock()


class GymAdapter:
    """An adapter of the gym in this process. `plugged` is whether a hand has it in; `pull` takes it out."""

    def __init__(self, gym: Gym, name: str, slots: int) -> None:
        self.name = name
        self.slots = slots
        self.plugged = True
        self.steps: list[str] = []
        self._gym = gym
        self.client: type | None = None
        self._radio: VirtualRadio | None = None

    @property
    def backends(self) -> Backends:
        if self._radio is None:
            raise LinkError(f"{self.name} is not plugged in")
        client = self._radio.client_backend
        if self.client is not None:
            client = type("Client", (self.client, client), {})
        return Backends(client, self._radio.scanner_backend)

    @property
    def connections(self) -> int:
        return self._radio.connections if self._radio is not None and self._radio.present else 0

    async def renew(self) -> None:
        self.steps.append("renew")
        await self._make()

    async def power_cycle(self) -> None:
        self.steps.append("power_cycle")
        await self._make()

    async def _make(self) -> None:
        await self.close()
        if not self.plugged:
            raise LinkError(f"no adapter {self.name}")
        self._radio = await self._gym.radio(self.slots)

    async def lost(self) -> None:
        if self._radio is not None:
            await self._radio.wait_gone()

    async def close(self) -> None:
        if self._radio is not None:
            radio, self._radio = self._radio, None
            await radio.close()

    def pull(self) -> None:
        self.plugged = False
        if self._radio is not None:
            self._radio.vanish()


@dataclass
class World:
    """What the test sees: the gym itself, and everything said on the bus."""

    gym: Gym
    unit: Unit
    bus: SiteBus
    adapters: tuple[GymAdapter, ...] = ()
    nearby: list[m.Nearby] = field(default_factory=list)
    statuses: list[m.UnitStatus] = field(default_factory=list)
    states: dict[str, m.TreadmillState] = field(default_factory=dict)
    straps: dict[str, m.StrapState] = field(default_factory=dict)
    telemetry: list[m.TreadmillTelemetry] = field(default_factory=list)
    hearts: list[m.StrapTelemetry] = field(default_factory=list)
    results: list[m.Result] = field(default_factory=list)
    events: list[m.Event] = field(default_factory=list)
    beats: Counter[str] = field(default_factory=Counter)
    _leases: list[asyncio.Task[None]] = field(default_factory=list)

    def belt_ckmh(self, treadmill: str = "tm-01") -> int:
        """The true speed of a belt."""
        self.gym.station(treadmill).catch_up()
        return self.gym.station(treadmill).computer.belt.speed_ckmh

    async def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait for a condition; bounded."""
        await until(condition, seconds=seconds)

    async def ready(self, treadmill: str = "tm-01") -> None:
        await self.until(lambda: treadmill in self.states and self.states[treadmill].belt == "still")

    async def hold(
        self, treadmill: str = "tm-01", goal: Goal = Goal.ATHLETIC, strap: str = "", *, hand: bool = False
    ) -> None:
        """Take the lease and renew it until `let_go` or the end. `hand`: of hold-to-run."""
        await self._renew(treadmill, goal, strap, hand)
        self._leases.append(asyncio.create_task(self._keep(treadmill, goal, strap, hand)))
        await self.until(lambda: self.states[treadmill].lease_holder == "test")

    async def let_go(self) -> None:
        for task in self._leases:
            task.cancel()
        await asyncio.gather(*self._leases, return_exceptions=True)
        self._leases.clear()

    async def _keep(self, treadmill: str, goal: Goal, strap: str, hand: bool) -> None:
        while True:
            await asyncio.sleep(1)
            await self._renew(treadmill, goal, strap, hand)

    async def _renew(self, treadmill: str, goal: Goal, strap: str, hand: bool) -> None:
        self.beats[treadmill] += 1
        lease = m.Lease(
            epoch=1, beat=self.beats[treadmill], holder="test", boot=BOOT, session="s-1", goal=goal,
            level=Level.ADVANCED, strap=strap, hold=hand,
        )  # fmt: skip
        await self.bus.publish(registry.LEASE, lease, treadmill)

    async def command(self, verb: str, treadmill: str = "tm-01", **values: object) -> m.Result:
        """Send a command and wait for its one result."""
        known = len(self.results)
        fields = {"id": f"c{known}-{verb}", "verb": verb, "epoch": 1, "beat": self.beats[treadmill], **values}
        await self.bus.publish(registry.COMMAND, m.Command(**fields), treadmill)  # type: ignore[arg-type]
        await self.until(lambda: len(self.results) > known)
        return self.results[-1]

    async def run_at(self, kmh: float, treadmill: str = "tm-01") -> None:
        """A belt of ours, moving at `kmh`."""
        await self.ready(treadmill)
        await self.hold(treadmill)
        async with asyncio.timeout(60):  # on a loaded machine a lease may have been late
            while (await self.command("start", treadmill)).outcome != "accepted":
                await asyncio.sleep(0.2)
            while (await self.command("target", treadmill, speed_kmh=kmh)).outcome != "accepted":
                await asyncio.sleep(0.2)
        await self.until(lambda: self.belt_ckmh(treadmill) == round(kmh * 100))


@asynccontextmanager
async def world(
    data: Path,
    treadmills: int = 1,
    straps: int = 1,
    buses: tuple[Bus, Bus] | None = None,
    stop_button_gpio: int | None = None,
    at_hand: dict[str, dict[str, object]] | None = None,
    settings: dict[str, object] | None = None,
    metrics_port: int | None = None,
    home_assistant: bool = False,
    radios: tuple[int, ...] = (20,),
    *,
    start_plugged: bool = True,
    own_straps: bool = True,
    footpods: int = 0,
    wheel_sensors: int = 0,
    more_treadmills: tuple[Treadmill, ...] = (),
    more_straps: tuple[Strap, ...] = (),
    client: type | None = None,
) -> AsyncIterator[World]:
    """A running world; everything is ended at the end. `buses` of unit and test: in memory, or those given.
    `at_hand`: what else the settings have by treadmill, such as its buttons; `settings`: of the unit.
    `radios`: the slots of each. Without `own_straps` the straps are there and belong to nobody. `more_*` are of the
    settings, and not in the gym; `client` is mixed into bleak's backend.
    """
    broker = MemoryBroker()
    unit_bus, test_bus = buses or (MemoryBus(broker, client_id="unit"), MemoryBus(broker, client_id="test"))
    addresses = dict(gym_layout(treadmills, straps))
    config = UnitConfig(
        unit="unit-01",
        stop_button_gpio=stop_button_gpio,
        metrics_port=metrics_port,
        home_assistant=home_assistant,
        data=str(data),
        treadmill=tuple(
            msgspec.structs.replace(
                Treadmill(
                    id=i,
                    address=a,
                    footpod=footpod_address(n) if n <= footpods else "",
                    belt_sensor_address=wheel_sensor_address(n) if n <= wheel_sensors else "",
                ),
                **(at_hand or {}).get(i, {}),
            )
            for n, (i, a) in enumerate(addresses.items(), 1)
            if i.startswith("tm-")
        )
        + more_treadmills,
        strap=tuple(
            Strap(id=i, address=a) for i, a in addresses.items() if own_straps and i.startswith("hr-")
        )
        + more_straps,
        strap_salt="of these tests only",
    )
    config = msgspec.structs.replace(config, **(settings or {}))
    async with (
        Gym(
            GymConfig(
                treadmills=treadmills,
                straps=straps,
                footpods=footpods,
                wheel_sensors=wheel_sensors,
                stops_on_link_loss=False,
            ),
            CLOCK,
        ) as gym,
        asyncio.TaskGroup() as tasks,
    ):
        adapters = tuple(GymAdapter(gym, f"radio-{n}", slots) for n, slots in enumerate(radios, 1))
        for adapter in adapters:
            adapter.plugged = start_plugged
            adapter.client = client
        outbox = Outbox(data / "outbox.db", unit_bus, CLOCK)
        unit = Unit(config, BOOT, unit_bus, outbox, CLOCK, adapters)
        bus = SiteBus(test_bus, config.site, on_malformed=lambda _topic, e: _raise(e))
        seen = World(gym, unit, bus, adapters)
        seen.bus.subscribe(registry.NEARBY, lambda _id, message: seen.nearby.append(message))
        seen.bus.subscribe(registry.UNIT_STATUS, lambda _id, message: seen.statuses.append(message))
        seen.bus.subscribe(registry.TREADMILL_STATE, seen.states.__setitem__)
        seen.bus.subscribe(registry.STRAP_STATE, seen.straps.__setitem__)
        seen.bus.subscribe(registry.TREADMILL_TELEMETRY, lambda _id, message: seen.telemetry.append(message))
        seen.bus.subscribe(registry.STRAP_TELEMETRY, lambda _id, message: seen.hearts.append(message))
        seen.bus.subscribe(registry.RESULT, lambda _id, message: seen.results.append(message))
        seen.bus.subscribe(registry.EVENT, lambda _id, message: seen.events.append(message))
        running = [
            tasks.create_task(work)
            for work in (test_bus.run(), unit_bus.run(), outbox.run(), gym.run(), unit.run())
        ]
        try:
            yield seen
        finally:
            await seen.let_go()
            for task in reversed(running):
                task.cancel()
                await asyncio.wait([task])


def _raise(error: Exception) -> None:
    raise error
