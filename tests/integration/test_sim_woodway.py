"""The virtual gym's Woodway on a real pseudo-terminal, and a unit on its cable: run backward, stopped, broken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from memory_woodway import assert_only_allowed
from sampling import some
from unit_world import BOOT, CLOCK, World

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.config import Treadmill, UnitConfig
from device_adapters.contract import registry
from device_adapters.outbox import Outbox
from device_adapters.safety.hazards import Cause
from device_adapters.sim.cable_station import CableStation
from device_adapters.sim.gym import Gym
from device_adapters.sim.layout import GymConfig
from device_adapters.unit import Unit


@dataclass
class CableWorld:
    """The gym, and a unit that holds one of its cables."""

    world: World
    station: CableStation

    @property
    def kmh(self) -> float:
        self.station.catch_up()
        return self.station.line.machine.belt.signed_ckmh / 100

    async def run_at(self, kmh: float) -> None:
        await self.world.ready()
        await self.world.hold()
        async with asyncio.timeout(60):
            while (await self.world.command("start")).outcome != "accepted":
                await asyncio.sleep(0.2)
            while (await self.world.command("target", speed_kmh=kmh)).outcome != "accepted":
                await asyncio.sleep(0.2)
        await self.world.until(lambda: abs(self.kmh) > kmh - 0.25)
        await asyncio.sleep(2)  # what is on its way is answered


@asynccontextmanager
async def cable_world(
    data: Path, protocol: Literal["woodway", "trackmaster"] = "woodway"
) -> AsyncIterator[CableWorld]:
    """A running unit with one treadmill on a cable of the gym. In the end only allowed bytes were ever on it."""
    backward = protocol == "woodway"
    broker = MemoryBroker()
    unit_bus, test_bus = MemoryBus(broker, client_id="unit"), MemoryBus(broker, client_id="test")
    link = f"serial:{data / 'cables' / 'tm-01'}"
    arrangement = "belt_reversed" if backward else "member_turned"
    treadmill = Treadmill(id="tm-01", link=link, protocol=protocol, arrangement=arrangement)
    config = UnitConfig(
        unit="unit-01", data=str(data), treadmill=(treadmill,), strap_salt="of these tests only"
    )
    settings = GymConfig(
        treadmills=1,
        straps=1,
        woodways=int(backward),
        trackmasters=int(not backward),
        cables=str(data / "cables"),
    )
    async with Gym(settings, CLOCK) as gym, asyncio.TaskGroup() as tasks:
        outbox = Outbox(data / "outbox.db", unit_bus, CLOCK)
        unit = Unit(config, BOOT, unit_bus, outbox, CLOCK, ())
        seen = World(gym, unit, SiteBus(test_bus, config.site, on_malformed=lambda _, e: pytest.fail(str(e))))
        seen.bus.subscribe(registry.TREADMILL_STATE, seen.states.__setitem__)
        seen.bus.subscribe(registry.TREADMILL_TELEMETRY, lambda _, message: seen.telemetry.append(message))
        seen.bus.subscribe(registry.RESULT, lambda _, message: seen.results.append(message))
        seen.bus.subscribe(registry.EVENT, lambda _, message: seen.events.append(message))
        station = gym.place("tm-01")
        assert isinstance(station, CableStation)
        running = [
            tasks.create_task(work)
            for work in (test_bus.run(), unit_bus.run(), outbox.run(), gym.run(), unit.run())
        ]
        try:
            yield CableWorld(seen, station)
        finally:
            await seen.let_go()
            for task in reversed(running):
                task.cancel()
                await asyncio.wait([task])
        assert_only_allowed(bytes(station.line.sent), b"3" if backward else b"0")


async def test_a_unit_runs_and_stops_it_over_the_kernel_s_terminal(tmp_path: Path) -> None:
    async with cable_world(tmp_path) as w:
        await w.run_at(2.0)
        assert w.kmh < -1.7
        assert w.world.states["tm-01"].radio == "virtual:pty"
        assert w.station.line.machine.trips == 0
        await w.world.until(lambda: (w.world.telemetry[-1].speed_kmh or 0) > 1.7)
        await w.world.bus.bus.publish(registry.STOP_ALL.topic("gym"), b"")
        await w.world.until(lambda: w.kmh == 0)


async def test_a_trackmaster_runs_forward_and_stops_over_the_kernel_s_terminal(tmp_path: Path) -> None:
    async with cable_world(tmp_path, "trackmaster") as w:
        await w.run_at(2.0)
        assert w.kmh > 1.7
        assert w.world.states["tm-01"].profile == "Trackmaster (serial)"
        assert w.station.line.machine.trips == 0
        await w.world.bus.bus.publish(registry.STOP_ALL.topic("gym"), b"")
        await w.world.until(lambda: w.kmh == 0)


@pytest.mark.parametrize(
    ("fault", "cause"),
    some(
        [
            ("cable_cut", Cause.LINE_SILENT),
            ("link_lost", Cause.LINK_LOST),
            ("cable_garbage", Cause.LINE_GARBLED),
            ("cable_echo", Cause.LINE_GARBLED),
            ("dialect", Cause.WATCHDOG_OFF),
            ("console_speed:0", Cause.WATCHDOG_TRIPPED),
        ],
        3,
    ),
)
async def test_a_trackmaster_s_faults_by_name_end_at_rest(tmp_path: Path, fault: str, cause: Cause) -> None:
    async with cable_world(tmp_path, "trackmaster") as w:
        await w.run_at(1.5)
        w.world.gym.inject("tm-01", fault.encode())
        await w.world.until(lambda: w.world.states["tm-01"].latched == cause)
        await w.world.until(lambda: w.kmh == 0)


@pytest.mark.parametrize(
    ("fault", "cause"),
    some(
        [
            ("cable_cut", Cause.LINE_SILENT),
            ("link_lost", Cause.LINK_LOST),
            ("cable_garbage", Cause.LINE_GARBLED),
            ("cable_echo", Cause.LINE_GARBLED),
            ("wrong_way", Cause.WRONG_DIRECTION),
            ("deck_tilts", Cause.DECK_MOVED),
            ("console_speed:0", Cause.WATCHDOG_TRIPPED),
        ],
        3,
    ),
)
async def test_its_faults_by_name_end_at_rest(tmp_path: Path, fault: str, cause: Cause) -> None:
    async with cable_world(tmp_path) as w:
        await w.run_at(1.5)
        w.world.gym.inject("tm-01", fault.encode())
        await w.world.until(lambda: w.world.states["tm-01"].latched == cause)
        await w.world.until(lambda: w.kmh == 0)
        w.world.gym.inject("tm-01", b"none")
        await w.world.until(lambda: w.world.states["tm-01"].link == "connected")
        assert w.kmh == 0
