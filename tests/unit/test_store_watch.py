"""A unit knows whether somebody stores what it sends, from the metrics service's own word on the bus."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import pytest
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.clock import ManualClock
from device_adapters.contract.registry import STORE_STATUS
from device_adapters.unit.store_watch import StoreWatch
from services.metrics.presence import Presence

if TYPE_CHECKING:
    from device_adapters.contract.messages import StoreStatus


class WatchedSite:
    """A broker, a unit's watch, and stores that come and go."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.told: list[bool] = []
        self.presences: list[Presence] = []
        self.bus = MemoryBus(self.broker, client_id="unit")
        StoreWatch(self.bus, "gym", self.told.append)
        self.lines = [asyncio.create_task(self.bus.run())]

    def store(self, name: str) -> tuple[MemoryBus, asyncio.Task[None]]:
        presence = Presence("gym", name, ManualClock())
        self.presences.append(presence)
        bus = MemoryBus(self.broker, client_id=name, will=presence.will)
        line = asyncio.create_task(bus.run())
        self.lines += [line, asyncio.create_task(presence.run(bus))]
        return bus, line

    async def until(self, fact: Callable[[], bool]) -> None:
        await until(fact)


@pytest.fixture
async def site() -> AsyncIterator[WatchedSite]:
    made = WatchedSite()
    yield made
    for line in made.lines:
        line.cancel()
    await asyncio.gather(*made.lines, return_exceptions=True)


async def test_nobody_is_there_until_somebody_says_so(site: WatchedSite) -> None:
    await site.until(lambda: site.bus.connected)
    assert site.told == [False]
    site.store("metrics")
    await site.until(lambda: site.told[-1])


async def test_a_store_that_vanishes_is_noticed_and_one_of_two_is_enough(site: WatchedSite) -> None:
    first, _ = site.store("metrics-1")
    await site.until(lambda: site.told == [False, True])
    second, _ = site.store("metrics-2")
    await site.until(lambda: len(site.told) == 3)
    await Presence("gym", "metrics-2", ManualClock()).leave(second)
    await site.until(lambda: len(site.told) == 4)
    assert site.told == [False, True, True, True]
    first.cut()
    await site.until(lambda: site.told[4:] == [False])
    first.mend()
    await site.until(lambda: site.told[4:] == [False, True])


async def test_a_new_broker_knows_nobody_until_the_store_is_back(site: WatchedSite) -> None:
    site.store("metrics")
    await site.until(lambda: site.told[-1])
    site.broker.stop()
    await site.until(lambda: not site.told[-1])
    site.broker.start()
    await site.until(lambda: site.told[-1])


async def test_a_store_whose_disk_fails_stores_nothing_and_says_why(site: WatchedSite) -> None:
    said: list[StoreStatus] = []
    site.bus.subscribe(STORE_STATUS.topic("gym", "+"), lambda m: said.append(STORE_STATUS.decode(m.payload)))
    bus, _ = site.store("metrics")
    await site.until(lambda: site.told[-1])
    site.presences[0].store_fails("disk full; make room")
    await site.until(lambda: not site.told[-1])
    assert (said[-1].online, said[-1].fault) == (False, "disk full; make room")
    site.presences[0].store_fails("")
    await site.until(lambda: site.told[-1])
    assert (said[-1].online, said[-1].fault) == (True, "")
    await site.presences[0].leave(bus)
    site.presences[0].store_fails("")
    for _ in range(100):
        await asyncio.sleep(0)
    assert not site.told[-1]


async def test_what_is_not_understood_changes_nothing(site: WatchedSite) -> None:
    site.store("metrics")
    await site.until(lambda: site.told[-1])
    for payload in (b"", b"{", b'{"store": "x"}'):
        await site.bus.publish(STORE_STATUS.topic("gym", "x"), payload)
    assert site.told[-1]
