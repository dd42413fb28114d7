"""The outbox under random use: nothing within its bounds is lost, and what is dropped is dropped in order."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.clock import ManualClock
from device_adapters.outbox import Outbox
from device_adapters.outbox_store import Kind, Message, OutboxStore

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
            taken = [row.id for row in store.after(0, take)]
            done = store.commit(messages, taken, 0)
            put.update(zip(done.ids, messages, strict=True))
            delivered.update(taken)
            telemetry_dropped += done.telemetry_dropped
            events_dropped += done.events_dropped

            kept = {row.id: row.message for row in store.after(0, 1000)}
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


ACTIONS = st.lists(
    st.sampled_from(
        ["telemetry", "event", "cut", "mend", "broker dies", "broker returns", "time", "restart"]
    ),
    max_size=40,
)


@given(actions=ACTIONS)
@settings(max_examples=40, deadline=None)
def test_whatever_happens_everything_put_is_received(actions: list[str]) -> None:
    asyncio.run(asyncio.wait_for(_everything_arrives(actions), 20))


async def _everything_arrives(actions: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clock = ManualClock()
        broker = MemoryBroker()
        bus, hub = MemoryBus(broker, client_id="unit"), MemoryBus(broker, client_id="hub")
        received: set[bytes] = set()
        hub.subscribe("#", lambda message: received.add(message.payload))
        lines = [asyncio.create_task(b.run()) for b in (hub, bus)]
        outbox = Outbox(Path(folder) / "outbox.db", bus, clock)
        running = asyncio.create_task(outbox.run())
        await asyncio.sleep(0)
        put: set[bytes] = set()

        async def time_passes() -> None:
            await clock.advance(100)
            await asyncio.sleep(0.001)

        for action in actions:
            match action:
                case "telemetry" | "event" as kind:
                    payload = f"{len(put)}".encode()
                    outbox.put("t", payload, kind)
                    put.add(payload)
                case "cut":
                    bus.cut()
                case "mend":
                    bus.mend()
                case "broker dies":
                    broker.stop()
                case "broker returns":
                    broker.start()
                case "time":
                    await time_passes()
                case "restart":
                    running.cancel()
                    await asyncio.wait([running])
                    outbox = Outbox(Path(folder) / "outbox.db", bus, clock)
                    running = asyncio.create_task(outbox.run())
                    await asyncio.sleep(0)
        broker.start()
        bus.mend()
        while outbox.depth or not outbox._disk.is_open:
            await time_passes()
        await time_passes()
        assert received == put
        assert outbox.dropped == outbox.events_dropped == 0
        for task in (running, *lines):
            task.cancel()
        await asyncio.wait([running, *lines])
