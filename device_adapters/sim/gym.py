"""The virtual gym: all treadmills, straps and people on one piece of air, and the adapters that units plug into.

It runs as a process of its own (`backstride run gym`): killing a unit does not stop a belt, as in a real gym.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

import structlog

from device_adapters.bus.port import Incoming
from device_adapters.bus.site import SiteBus
from device_adapters.clock import Clock
from device_adapters.contract.messages import SimBelt
from device_adapters.contract.registry import SIM_BELT, SIM_FAULT
from device_adapters.errors import BusError
from device_adapters.sim.adapter import AdapterServer
from device_adapters.sim.air import SimLink
from device_adapters.sim.belt import Belt, BeltSpec
from device_adapters.sim.computer import Computer
from device_adapters.sim.faults import FaultError, parse
from device_adapters.sim.footpod import VirtualFootpod
from device_adapters.sim.layout import GymConfig, footpod_address, gym_layout, strap_id, treadmill_id
from device_adapters.sim.odd_computer import OddComputer, odd_belt
from device_adapters.sim.odd_machines import named
from device_adapters.sim.odd_treadmill import OddTreadmill
from device_adapters.sim.radio import VirtualRadio
from device_adapters.sim.runner import Runner, person
from device_adapters.sim.station import Station
from device_adapters.sim.strap import VirtualStrap
from device_adapters.sim.treadmill import VirtualTreadmill

if TYPE_CHECKING:
    from device_adapters.sim.peripheral import Peripheral

SLOT_MS = 25
"""The gym's beat: devices notify in slots of their own, so that a hundred do not all speak at once."""

SLOTS_PER_S = 1000 // SLOT_MS
TRUTH_EVERY_MS = 500
LATE_MAX_MS = 1000
BATTERY_PCT = 90

log = structlog.get_logger()


class Gym:
    """A gym in this process: `async with Gym(config, clock) as gym`, then `gym.run()` in a task lets its time pass."""

    def __init__(self, config: GymConfig, clock: Clock) -> None:
        self.config = config
        self.link = SimLink()
        self.adapters = AdapterServer(self.link)
        self.stations: list[Station] = []
        self._clock = clock
        self._devices: dict[str, tuple[Station, Peripheral]] = {}
        addresses = dict(gym_layout(config.treadmills, config.straps))
        for index in range(1, max(config.treadmills, config.straps) + 1):
            self._furnish(index, addresses)

    def _furnish(self, index: int, addresses: dict[str, str]) -> None:
        seed = f"{self.config.seed}/{index}"
        traits, oddities = named(self.config.odd.get(treadmill_id(index), ()))
        on_loss: Literal["stop", "keep"] = "stop" if self.config.stops_on_link_loss else "keep"
        belt = Belt(_spec(seed, self.config))
        computer = (
            Computer(belt, on_loss) if not traits.odd else OddComputer(traits, odd_belt(traits), on_loss)
        )
        station = Station(computer, Runner(person(seed), seed), self._clock)
        self.stations.append(station)
        treadmill, strap = treadmill_id(index), strap_id(index)
        if address := addresses.get(treadmill):
            kind = partial(OddTreadmill, oddities=oddities) if oddities else VirtualTreadmill
            station.treadmill = kind(
                self.link,
                address,
                station.computer,
                self._clock,
                name=f"Treadmill {index}",
                serial=treadmill,
                catch_up=station.catch_up,
            )
            self._devices[treadmill] = station, station.treadmill
        if address := addresses.get(strap):
            station.strap = VirtualStrap(
                self.link,
                address,
                station.runner,
                name=f"Strap {index}",
                serial=strap,
                battery_pct=BATTERY_PCT,
            )
            self._devices[strap] = station, station.strap
        if index <= self.config.footpods:
            station.footpod = VirtualFootpod(self.link, footpod_address(index), serial=str(index))
            self._devices[f"fp-{index:02}"] = station, station.footpod

    async def __aenter__(self) -> Self:
        """Power everything on, one after another: so they do not advertise in chorus."""
        for _, device in self._devices.values():
            await device.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Power everything off; units lose their adapters."""
        await self.adapters.close()
        for _, device in self._devices.values():
            device.stop()

    def station(self, device_id: str) -> Station:
        """The place of a device. Raises KeyError."""
        return self._devices[device_id][0]

    async def radio(self, slots: int | None = None) -> VirtualRadio:
        """A Bluetooth adapter in this process."""
        return await VirtualRadio.on_link(self.link, slots)

    async def run(self) -> None:
        """Let time pass, until cancelled. Each device notifies in its own slot of the second."""
        between = max(1, SLOTS_PER_S // self.config.notify_hz)
        slot, due_ms = 0, self._clock.now_ms()
        while True:
            for index, station in enumerate(self.stations):
                if (slot - index) % between == 0:
                    station.tell_treadmill()
                if (slot - index) % SLOTS_PER_S == between // 2:
                    station.tell_strap()
            slot, due_ms = slot + 1, due_ms + SLOT_MS
            late_ms = self._clock.now_ms() - due_ms
            if late_ms > LATE_MAX_MS:  # asleep or overloaded: belts have moved on, slots are not made up for
                due_ms += late_ms
            await self._clock.sleep(max(0, due_ms - self._clock.now_ms()) / 1000)

    def inject(self, device_id: str, payload: bytes) -> None:
        """A fault for one device, as the bus brought it; one that cannot be is logged and changes nothing."""
        if device_id not in self._devices:
            log.warning("fault for a device that is not here", device=device_id, here=list(self._devices))
            return
        try:
            fault = parse(payload)
        except FaultError as e:
            log.warning("unknown fault", device=device_id, why=str(e))
            return
        log.info("fault", device=device_id, kind=str(fault.kind))
        station, device = self._devices[device_id]
        station.inject(device, fault)

    def obey(self, bus: SiteBus) -> None:
        """Take faults from the bus. Raw, because a bare word is a fault too."""

        def received(incoming: Incoming) -> None:
            self.inject(SIM_FAULT.id_of(incoming.topic), incoming.payload)

        bus.bus.subscribe(SIM_FAULT.topic(bus.site, "+"), received)

    async def tell_truth(self, bus: SiteBus) -> None:
        """Publish what the belts really do, until cancelled; what the broker misses is not sent again."""
        while True:
            for device_id, (station, device) in self._devices.items():
                if device is station.treadmill:
                    station.catch_up()
                    belt = station.computer.belt
                    truth = SimBelt(
                        treadmill=device_id,
                        at_ms=self._clock.wall_ms(),
                        speed_kmh=belt.speed_ckmh / 100,
                        incline_pct=belt.incline_dpct / 10,
                    )
                    with suppress(BusError):
                        await bus.publish(SIM_BELT, truth, device_id)
            await self._clock.sleep(TRUTH_EVERY_MS / 1000)


def _spec(seed: str, config: GymConfig) -> BeltSpec:
    """Machines differ: minimum speed, motor and patience."""
    chance = random.Random(f"{seed}/belt")
    return BeltSpec(
        speed_min_ckmh=chance.choice((50, 80, 100)),
        speed_max_ckmh=chance.choice((1600, 1800, 2000)),
        accel_ckmh_s=chance.choice((120, 150, 180)),
        decel_ckmh_s=chance.choice((200, 250, 300)),
        start_delay_ms=chance.choice((1000, 2000, 3000)),
        speed_at_rest=config.speed_at_rest,
    )


async def serve_gym(
    config: GymConfig,
    clock: Clock,
    bus: SiteBus | None = None,
    on_ready: Callable[[int], None] = lambda _port: None,
) -> None:
    """Run a gym until cancelled. `on_ready(port)` is called when units can plug in. The bus is run by the caller.

    Raises OSError if the port is taken.
    """
    async with Gym(config, clock) as gym:
        if bus:
            gym.obey(bus)
        port = await gym.adapters.open(config.host, config.port)
        log.info(
            "the virtual gym is open",
            treadmills=config.treadmills,
            straps=config.straps,
            host=config.host,
            port=port,
        )
        on_ready(port)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(gym.run(), name="gym.time")
            if bus:
                tasks.create_task(gym.tell_truth(bus), name="gym.truth")
