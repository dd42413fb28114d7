"""The virtual gym: all treadmills, straps and people on one piece of air, and the adapters that units plug into.

It runs as a process of its own (`backstride run gym`): killing a unit does not stop a belt, as in a real gym.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
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
from device_adapters.sim.cable_station import CableStation
from device_adapters.sim.computer import Computer
from device_adapters.sim.faults import FaultError, parse
from device_adapters.sim.footpod import VirtualFootpod
from device_adapters.sim.layout import (
    GymConfig,
    footpod_address,
    gym_layout,
    on_cables,
    strap_id,
    treadmill_id,
    wheel_sensor_address,
)
from device_adapters.sim.odd_computer import OddComputer, odd_belt
from device_adapters.sim.odd_machines import named
from device_adapters.sim.odd_treadmill import OddTreadmill
from device_adapters.sim.place import Place, PlacedDevice
from device_adapters.sim.radio import VirtualRadio
from device_adapters.sim.runner import Runner, person
from device_adapters.sim.serial_line import PtyLine, SerialLine
from device_adapters.sim.station import Station
from device_adapters.sim.strap import VirtualStrap
from device_adapters.sim.treadmill import VirtualTreadmill
from device_adapters.sim.wheel_sensor import VirtualWheelSensor
from device_adapters.sim.woodway import Dialect, Woodway, WoodwayQuirks

if TYPE_CHECKING:
    from device_adapters.sim.peripheral import Peripheral

SLOT_MS = 25
"""The gym's beat: devices notify in slots of their own, so that a hundred do not all speak at once."""

SLOTS_PER_S = 1000 // SLOT_MS
TRUTH_EVERY_MS = 500
LATE_MAX_MS = 1000
BATTERY_PCT = 90
CABLE_TIMER_MS = 2_000
"""As long as a unit may stand still (`watch.STALL_MS`): the gym shares its computer with everything else."""

log = structlog.get_logger()


class Gym:
    """A gym in this process: `async with Gym(config, clock) as gym`, then `gym.run()` in a task lets its time pass."""

    def __init__(self, config: GymConfig, clock: Clock) -> None:
        self.config = config
        self.link = SimLink()
        self.adapters = AdapterServer(self.link)
        self.places: list[Place] = []
        self._clock = clock
        self.peripherals: dict[str, tuple[Place, Peripheral]] = {}
        self._cables: dict[str, tuple[Place, PtyLine]] = {}
        addresses = dict(gym_layout(config.treadmills, config.straps))
        for index in range(1, max(config.treadmills, config.straps) + 1):
            self._furnish(index, addresses)

    def _furnish(self, index: int, addresses: dict[str, str]) -> None:
        seed = f"{self.config.seed}/{index}"
        config = self.config
        kind = on_cables(config.treadmills, config.woodways, config.trackmasters).get(treadmill_id(index))
        place = self._cabled(index, seed, kind) if kind else self._station(index, seed, addresses)
        self.places.append(place)
        strap = strap_id(index)
        if address := addresses.get(strap):
            place.strap = VirtualStrap(
                self.link,
                address,
                place.runner,
                name=f"Strap {index}",
                serial=strap,
                battery_pct=BATTERY_PCT,
            )
            self.peripherals[strap] = place, place.strap
        if index <= self.config.footpods:
            place.footpod = VirtualFootpod(self.link, footpod_address(index), serial=str(index))
            self.peripherals[f"fp-{index:02}"] = place, place.footpod
        if index <= self.config.wheel_sensors:
            place.wheel_sensor = VirtualWheelSensor(self.link, wheel_sensor_address(index), serial=str(index))
            self.peripherals[f"ws-{index:02}"] = place, place.wheel_sensor

    def _cabled(self, index: int, seed: str, kind: Dialect) -> CableStation:
        treadmill = treadmill_id(index)
        machine = Woodway(quirks=WoodwayQuirks(timer_ms=CABLE_TIMER_MS, dialect=kind))
        end = PtyLine(SerialLine(machine, self._clock), Path(self.config.cables) / treadmill)
        place = CableStation(end, Runner(person(seed), seed), self._clock)
        self._cables[treadmill] = place, end
        return place

    def _station(self, index: int, seed: str, addresses: dict[str, str]) -> Station:
        traits, oddities = named(self.config.odd.get(treadmill_id(index), ()))
        on_loss: Literal["stop", "keep"] = "stop" if self.config.stops_on_link_loss else "keep"
        belt = Belt(_spec(seed, self.config))
        computer = (
            Computer(belt, on_loss) if not traits.odd else OddComputer(traits, odd_belt(traits), on_loss)
        )
        station = Station(computer, Runner(person(seed), seed), self._clock)
        treadmill = treadmill_id(index)
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
            self.peripherals[treadmill] = station, station.treadmill
        return station

    async def __aenter__(self) -> Self:
        """Power everything on, one after another: so they do not advertise in chorus."""
        for _, device in self._all().values():
            await device.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Power everything off; units lose their adapters."""
        await self.adapters.close()
        for _, device in self._all().values():
            device.stop()

    def _all(self) -> dict[str, tuple[Place, PlacedDevice]]:
        return {**self.peripherals, **self._cables}

    def place(self, device_id: str) -> Place:
        """The place of a device. Raises KeyError."""
        return self._all()[device_id][0]

    @property
    def stations(self) -> list[Station]:
        """The places with a Bluetooth treadmill."""
        return [place for place in self.places if isinstance(place, Station)]

    def station(self, device_id: str) -> Station:
        """The place of a device, with a Bluetooth treadmill. Raises KeyError."""
        place = self.place(device_id)
        if not isinstance(place, Station):
            raise KeyError(device_id)
        return place

    async def radio(self, slots: int | None = None) -> VirtualRadio:
        """A Bluetooth adapter in this process."""
        return await VirtualRadio.on_link(self.link, slots)

    async def run(self) -> None:
        """Let time pass, until cancelled. Each device notifies in its own slot of the second."""
        between = max(1, SLOTS_PER_S // self.config.notify_hz)
        slot, due_ms = 0, self._clock.now_ms()
        while True:
            for index, place in enumerate(self.places):
                if (slot - index) % between == 0:
                    place.tell_treadmill()
                if (slot - index) % SLOTS_PER_S == between // 2:
                    place.tell_strap()
            slot, due_ms = slot + 1, due_ms + SLOT_MS
            late_ms = self._clock.now_ms() - due_ms
            if late_ms > LATE_MAX_MS:  # asleep or overloaded: belts have moved on, slots are not made up for
                due_ms += late_ms
            await self._clock.sleep(max(0, due_ms - self._clock.now_ms()) / 1000)

    def inject(self, device_id: str, payload: bytes) -> None:
        """A fault for one device, as the bus brought it; one that cannot be is logged and changes nothing."""
        if device_id not in self._all():
            log.warning("fault for a device that is not here", device=device_id, here=list(self._all()))
            return
        try:
            fault = parse(payload)
        except FaultError as e:
            log.warning("unknown fault", device=device_id, why=str(e))
            return
        log.info("fault", device=device_id, kind=str(fault.kind))
        place, device = self._all()[device_id]
        place.inject(device, fault)

    def obey(self, bus: SiteBus) -> None:
        """Take faults from the bus. Raw, because a bare word is a fault too."""

        def received(incoming: Incoming) -> None:
            self.inject(SIM_FAULT.id_of(incoming.topic), incoming.payload)

        bus.bus.subscribe(SIM_FAULT.topic(bus.site, "+"), received)

    async def tell_truth(self, bus: SiteBus) -> None:
        """Publish what the belts really do, until cancelled; what the broker misses is not sent again."""
        while True:
            for device_id, (place, device) in self._all().items():
                if device is place.treadmill:
                    place.catch_up()
                    belt = place.belt
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
