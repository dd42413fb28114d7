"""A state that is taken back while it is being told is taken back at the broker, and ends nobody."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from held_bus import HeldBus
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.clock import ManualClock
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.outbox import Outbox
from device_adapters.unit.reporter import Reporter

STRAP = "hr-a346ad69f7"
TOPIC = registry.STRAP_STATE.topic("gym", STRAP)


class Line:
    """A unit's reporter in front of a broker that can keep its answers, and what the hub has heard of the strap."""

    def __init__(self, folder: Path) -> None:
        broker = MemoryBroker()
        self.bus = HeldBus(broker, client_id="unit")
        self.heard: list[bytes] = []
        hub = MemoryBus(broker, client_id="hub")
        hub.subscribe(TOPIC, lambda incoming: self.heard.append(incoming.payload))
        clock = ManualClock()
        self.reporter = Reporter(
            "gym", "unit-01", self.bus, Outbox(folder / "outbox.db", self.bus, clock), clock
        )
        self.telling = asyncio.create_task(self.reporter.run())
        self.lines = [asyncio.create_task(bus.run()) for bus in (self.bus, hub)]

    def state(self, at_ms: int = 1) -> None:
        state = m.StrapState(strap=STRAP, unit="unit-01", boot="b", at_ms=at_ms, link="connected")
        self.reporter.state(registry.STRAP_STATE, state, STRAP)

    def forget(self) -> None:
        self.reporter.forget(registry.STRAP_STATE, STRAP)

    async def until(self, fact: Callable[[], bool]) -> None:
        await until(lambda: fact() or self.telling.done())
        assert not self.telling.done(), self.telling.exception()


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    made = Line(tmp_path)
    await made.until(lambda: made.bus.connected)
    yield made
    for task in (made.telling, *made.lines):
        task.cancel()
    await asyncio.wait((made.telling, *made.lines))


async def test_what_is_forgotten_while_it_is_told_is_taken_back(line: Line) -> None:
    line.bus.answers.clear()
    line.state()
    await line.until(lambda: len(line.heard) == 1)
    line.forget()
    line.bus.answers.set()
    await line.until(lambda: line.heard[-1] == b"")
    line.state(2)
    await line.until(lambda: b'"at_ms":2' in line.heard[-1])


async def test_what_comes_again_while_it_is_taken_back_is_told(line: Line) -> None:
    line.state()
    await line.until(lambda: len(line.heard) == 1)
    for _ in range(100):  # the broker's answer is heard
        await asyncio.sleep(0)
    line.bus.answers.clear()
    line.forget()
    await line.until(lambda: line.heard[-1] == b"")
    line.state(2)
    line.forget()
    line.state(3)
    line.bus.answers.set()
    await line.until(lambda: b'"at_ms":3' in line.heard[-1])
    line.forget()
    await line.until(lambda: line.heard[-1] == b"")
