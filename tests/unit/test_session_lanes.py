"""Sending and receiving: order, age limits, bounds, and work that fails alone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import ManualClock
from device_adapters.contract import registry
from device_adapters.contract.messages import Command, Event, Lease
from device_adapters.safety.limits import Goal, Level
from services.session.inbox import TELEMETRY_MAX, Inbox
from services.session.lanes import Lanes


def lease(beat: int) -> Lease:
    return Lease(
        epoch=1, beat=beat, holder="h", boot="b", session="s", goal=Goal.MOBILITY, level=Level.NOVICE
    )


def event(id_: str) -> Event:
    return Event(id=id_, at_ms=1, source="session", kind="x")


@dataclass
class Post:
    """Lanes over an in-memory bus whose link the test breaks and mends."""

    broker: MemoryBroker = field(default_factory=MemoryBroker)
    clock: ManualClock = field(default_factory=ManualClock)
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    bus: MemoryBus = field(init=False)
    lanes: Lanes = field(init=False)

    def __post_init__(self) -> None:
        self.bus = MemoryBus(self.broker, client_id="sender")
        self.lanes = Lanes(SiteBus(self.bus, "gym", lambda *_: None), self.clock)

    async def until(self, count: int) -> list[str]:
        async with asyncio.timeout(60):
            while len(self.heard) < count:
                await asyncio.sleep(0.001)
        return [topic.rsplit("/", 1)[1] for topic, _ in self.heard]


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    made = Post()
    listener = MemoryBus(made.broker, client_id="listener")
    listener.subscribe("#", lambda i: made.heard.append((i.topic, i.payload)))
    tasks = [asyncio.create_task(r) for r in (listener.run(), made.bus.run(), made.lanes.run())]
    async with asyncio.timeout(60):
        while not (listener.connected and made.bus.connected):
            await asyncio.sleep(0.001)
    yield made
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_one_treadmill_s_messages_keep_their_order(post: Post) -> None:
    for beat in range(1, 30):
        post.lanes.send("tm-01", registry.LEASE, lease(beat), "tm-01")
        command = Command(id=f"c{beat}", verb="target", epoch=1, beat=beat)
        post.lanes.send("tm-01", registry.COMMAND, command, "tm-01")
    assert await post.until(58) == ["lease", "command"] * 29
    beats = [registry.LEASE.decode(p).beat for t, p in post.heard if t.endswith("lease")]
    assert beats == list(range(1, 30))


async def test_a_command_waits_behind_nothing_that_people_are_told(post: Post) -> None:
    for number in range(5):
        post.lanes.send("tm-01", registry.EVENT, event(f"e{number}"))
    post.lanes.send("tm-01", registry.COMMAND, Command(id="c", verb="target", epoch=1, beat=1), "tm-01")
    order = await post.until(6)
    assert order.index("command") <= 1


async def test_while_the_broker_is_away_leases_and_commands_are_dropped_and_stops_and_events_wait(
    post: Post,
) -> None:
    post.bus.cut()
    post.lanes.send("tm-01", registry.LEASE, lease(1), "tm-01")
    post.lanes.send("tm-01", registry.COMMAND, Command(id="c1", verb="target", speed_kmh=2), "tm-01")
    post.lanes.send("tm-01", registry.EVENT, event("e1"))
    post.lanes.send("tm-01", registry.COMMAND, Command(id="c2", verb="stop"), "tm-01")
    post.lanes.send("tm-01", registry.LEASE, lease(2), "tm-01")
    await asyncio.sleep(0)
    await post.clock.advance(10_000)
    post.bus.mend()
    assert sorted(await post.until(2)) == ["command", "event"]
    async with asyncio.timeout(60):
        await post.lanes.drain()
    assert b'"c2"' in dict(post.heard)["backstride/v1/gym/treadmill/tm-01/command"]
    assert len(post.heard) == 2
    assert post.lanes.dropped == 3


async def test_what_the_broker_refuses_does_not_hold_up_the_rest(post: Post) -> None:
    post.broker.refused.add("backstride/v1/gym/event")
    post.lanes.send("tm-01", registry.EVENT, event("e1"))
    post.lanes.send("tm-01", registry.LEASE, lease(1), "tm-01")
    assert await post.until(1) == ["lease"]
    assert post.lanes.dropped == 1


async def test_a_full_lane_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.session.lanes.WAITING_MAX", 1)
    post = Post()
    post.lanes.send("tm-01", registry.EVENT, event("e1"))
    post.lanes.send("tm-01", registry.EVENT, event("e2"))
    assert post.lanes.dropped == 1


async def test_work_that_fails_costs_the_others_nothing() -> None:
    inbox, done = Inbox(), []
    inbox.put_telemetry(lambda: done.append("telemetry"))
    inbox.put(lambda: 1 / 0)  # type: ignore[arg-type]
    inbox.put(lambda: done.append("urgent"))
    await inbox.work()
    assert done == ["urgent", "telemetry"]


async def test_telemetry_drops_its_oldest_and_urgent_work_refuses_the_newest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.session.inbox.URGENT_MAX", 1)
    inbox, done = Inbox(), []
    for number in range(TELEMETRY_MAX + 1):
        inbox.put_telemetry(lambda number=number: done.append(number))  # type: ignore[misc]
    inbox.put(lambda: done.append(-1))
    inbox.put(lambda: done.append(-2))
    await inbox.work()
    assert inbox.refused == 1
    assert (done[:2], done[-1], len(done)) == ([-1, 1], TELEMETRY_MAX, TELEMETRY_MAX + 1)
