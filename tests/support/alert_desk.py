"""The alert service of a gym with one treadmill, in virtual time, and phones whose servers can be away."""

import asyncio
import threading
from pathlib import Path
from typing import Any

from virtual_time import LoopClock

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.config import HubConfig
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from services.alerts.service import AlertService
from services.alerts.targets import AlertTarget


class AlertPhone:
    """What came, as (title, body). `away`: its server takes nothing."""

    def __init__(self, name: str = "1 phone") -> None:
        self.came: list[tuple[str, str]] = []
        self.away = False
        self.asked = asyncio.Event()
        self.answers = threading.Event()
        self.answers.set()
        self.target = AlertTarget(name, self)
        self._loop = asyncio.get_running_loop()

    @property
    def titles(self) -> list[str]:
        return [title.partition(": ")[2] for title, _ in self.came]

    def notify(self, *, title: str, body: str, **_: Any) -> bool:
        """As Apprise calls it."""
        self._loop.call_soon_threadsafe(self.asked.set)
        self.answers.wait(20)
        if not self.away:
            self.came.append((title, body))
        return not self.away


class AlertDesk:
    """The broker and the gym go on while the service is stopped and started."""

    def __init__(self, folder: Path, *phones: AlertPhone) -> None:
        self.clock = LoopClock()
        self.phones = phones
        self._config = HubConfig(site="gym", data=str(folder))
        self._broker = MemoryBroker()
        self._gym_bus = MemoryBus(self._broker, client_id="unit-01")
        self.gym = SiteBus(self._gym_bus, "gym", _never)
        self._of_gym = [asyncio.create_task(self._gym_bus.run()), asyncio.create_task(self._live())]
        self._of_service: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """A service, and time for it to hear how the gym is."""
        service = AlertService(self._config, tuple(phone.target for phone in self.phones), self.clock)
        bus = MemoryBus(self._broker, client_id="alerts-gym")
        service.listen(SiteBus(bus, "gym", _never), bus)
        self._of_service = asyncio.create_task(_both(bus, service))
        await asyncio.sleep(30)

    async def stop(self) -> None:
        """As at an update or a reboot."""
        assert self._of_service is not None
        self._of_service.cancel()
        await asyncio.wait([self._of_service])

    async def leave(self) -> None:
        await self.stop()
        for task in self._of_gym:
            task.cancel()
        await asyncio.wait(self._of_gym)

    async def belt(self, hazard: str) -> None:
        """What its unit says of the belt; '' for nothing. It is told at once."""
        state = m.TreadmillState(
            treadmill="tm-01", unit="unit-01", boot="b", at_ms=1, link="connected", hazard=hazard
        )
        await self.gym.publish(registry.TREADMILL_STATE, state, "tm-01")
        await asyncio.sleep(10)

    async def _live(self) -> None:
        while True:
            await asyncio.sleep(5)
            unit = m.UnitStatus(unit="unit-01", online=True, boot="b", at_ms=1, treadmills=("tm-01",))
            await self.gym.publish(registry.UNIT_STATUS, unit, "unit-01")
            store = m.StoreStatus(store="metrics", online=True, at_ms=1)
            await self.gym.publish(registry.STORE_STATUS, store, "metrics")


async def _both(bus: MemoryBus, service: AlertService) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bus.run())
        tasks.create_task(service.run(bus))


def _never(topic: str, error: Exception) -> None:
    raise AssertionError(topic) from error
