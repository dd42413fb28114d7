"""The outbox under random use: nothing within its bounds is lost, and what is dropped is dropped in order."""

import asyncio
import tempfile
from pathlib import Path

from held_bus import HeldBus
from hypothesis import given, settings
from hypothesis import strategies as st
from outbox_rows import rows

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.clock import ManualClock
from device_adapters.outbox.outbox import LIVE_WINDOW, Outbox
from device_adapters.outbox.store import Kind, Message, OutboxStore

KINDS = st.sampled_from(["telemetry", "telemetry", "telemetry", "event"])
NEW = st.lists(st.tuples(KINDS, st.integers(4, 300)), max_size=12)
COMMITS = st.lists(st.tuples(NEW, st.integers(0, 5)), max_size=12)


@given(commits=COMMITS, bytes_max=st.integers(200, 2500))
@settings(max_examples=60, deadline=None)
def test_the_file_keeps_its_bound_and_its_order_of_dropping(
    commits: list[tuple[list[tuple[Kind, int]], int]], bytes_max: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = OutboxStore(Path(folder) / "outbox.db", bytes_max)
        store.open()
        put: dict[int, Message] = {}
        delivered: set[int] = set()
        telemetry_dropped = events_dropped = 0
        for new, take in commits:
            messages = [Message("t", len(put).to_bytes(4) + bytes(size), kind) for kind, size in new]
            taken = [row.id for row in rows(store, take)]
            done = store.commit(messages, taken, 0)
            put.update(zip(done.ids, messages, strict=True))
            delivered.update(taken)
            telemetry_dropped += done.telemetry_dropped
            events_dropped += done.events_dropped

            kept = {row.id: row.message for row in rows(store)}
            assert kept == {id_: put[id_] for id_ in kept}
            assert sum(message.size for message in kept.values()) <= bytes_max
            assert done.rows == len(kept) == len(put) - len(delivered) - telemetry_dropped - events_dropped
            gone = put.keys() - kept.keys() - delivered
            telemetry_kept = [id_ for id_, message in kept.items() if message.kind == "telemetry"]
            telemetry_gone = [id_ for id_ in gone if put[id_].kind == "telemetry"]
            assert len(telemetry_gone) == telemetry_dropped
            assert max(telemetry_gone, default=0) < min(telemetry_kept, default=len(put) + 1)
            if done.events_dropped:
                assert not telemetry_kept
        store.close()


class Scene:
    """A unit's outbox, a hub that hears it, and all that can happen between them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._clock = ManualClock()
        self._broker = MemoryBroker()
        self._bus = HeldBus(self._broker, client_id="unit")
        self.put: list[bytes] = []
        self.received: list[bytes] = []
        hub = MemoryBus(self._broker, client_id="hub")
        hub.subscribe("#", lambda message: self.received.append(message.payload))
        self._lines = [asyncio.create_task(bus.run()) for bus in (hub, self._bus)]
        self.start()

    def start(self) -> None:
        self.outbox = Outbox(self._path, self._bus, self._clock)
        self._running = asyncio.create_task(self.outbox.run())

    async def act(self, action: str) -> None:
        match action:
            case "telemetry" | "event":
                self.put.append(str(len(self.put)).encode())
                self.outbox.put("t", self.put[-1], "event" if action == "event" else "telemetry")
            case "burst":
                for _ in range(LIVE_WINDOW + 10):
                    await self.act("telemetry")
            case "cut":
                self._bus.cut()
            case "mend":
                self._bus.mend()
            case "broker dies":
                self._broker.stop()
            case "broker returns":
                self._broker.start()
            case "no answers":
                self._bus.answers.clear()
            case "answers":
                self._bus.answers.set()
            case "tick":  # the writer thread may still be at work when the next thing happens
                await self._clock.advance(100)
            case "time":
                await self._clock.advance(100)
                await asyncio.sleep(0.002)
            case "restart":
                await self.stop()
                self.start()
                await asyncio.sleep(0)

    async def stop(self) -> None:
        self._running.cancel()
        await asyncio.wait([self._running])

    async def all_gets_well(self) -> None:
        for action in ("broker returns", "mend", "answers", "time"):
            await self.act(action)
        while self.outbox.depth or not self.outbox.disk.is_open:
            await self.act("time")
        await self.act("time")

    async def close(self) -> None:
        await self.stop()
        for line in self._lines:
            line.cancel()
        await asyncio.wait(self._lines)


HARMLESS = ["telemetry", "event", "burst", "no answers", "answers", "tick", "tick", "time"]
ACTIONS = [*HARMLESS, "cut", "mend", "broker dies", "broker returns", "restart"]


@given(actions=st.lists(st.sampled_from(ACTIONS), max_size=40))
@settings(max_examples=60, deadline=None)
def test_whatever_happens_everything_put_is_received(actions: list[str]) -> None:
    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            scene = Scene(Path(folder) / "outbox.db")
            await asyncio.sleep(0)
            for action in actions:
                await scene.act(action)
            await scene.all_gets_well()
            assert set(scene.received) == set(scene.put)
            assert scene.outbox.dropped == scene.outbox.events_dropped == 0
            if set(actions) <= set(HARMLESS):
                assert len(scene.received) == len(scene.put)
            await scene.close()

    asyncio.run(asyncio.wait_for(play(), 20))
