"""The outbox in front of a broker that comes and goes."""

import asyncio
import contextlib
import json
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Self

import pytest
from full_database import OpenedDatabases
from held_bus import HeldBus
from outbox_rows import rows
from structlog.testing import capture_logs
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.clock import ManualClock
from device_adapters.contract.freshness import AGE_UNKNOWN_MS
from device_adapters.errors import BusRefusedError
from device_adapters.outbox import Outbox
from device_adapters.outbox import outbox as outbox_module
from device_adapters.outbox.store import Kind, Message, OutboxStore, Row


class OutboxGym:
    """A broker, a receiver, and a unit's outbox on a hand-moved clock."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "outbox.db"
        self.clock = ManualClock()
        self.broker = MemoryBroker()
        self.bus = HeldBus(self.broker, client_id="unit")
        self.received: list[bytes] = []
        self._receiver = MemoryBus(self.broker, client_id="hub")
        self._receiver.subscribe("#", lambda message: self.received.append(message.payload))
        self._lines: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        for bus in (self.bus, self._receiver):
            self._lines.append(asyncio.create_task(bus.run()))
        await self.until(lambda: self.bus.connected and self._receiver.connected)
        return self

    async def __aexit__(self, *_: object) -> None:
        for line in self._lines:
            line.cancel()
        await asyncio.wait(self._lines)

    @contextlib.asynccontextmanager
    async def outbox(self, bytes_max: int = 1_000_000, age_max_s: float = 3600) -> AsyncIterator[Outbox]:
        outbox = Outbox(self.path, self.bus, self.clock, bytes_max, age_max_s)
        line = asyncio.create_task(outbox.run())
        await self.until(lambda: outbox.disk.is_open)
        yield outbox
        line.cancel()
        await asyncio.wait([line])
        assert line.cancelled()

    async def _tick(self) -> None:
        await self.clock.advance(20)
        await asyncio.sleep(0.001)

    async def until(self, fact: Callable[[], bool]) -> None:
        """Move the clock until the disk, in its own thread, and the bus have done their part."""
        await until(fact, meanwhile=self._tick)

    async def pass_ms(self, ms: int) -> None:
        for _ in range(ms // 20):
            await self._tick()

    def on_disk(self) -> list[bytes]:
        """What a new process would find."""
        store = OutboxStore(self.path, 1_000_000)
        store.open()
        payloads = [row.message.payload for row in rows(store)]
        store.close()
        return payloads


def numbered(first: int, last: int) -> list[bytes]:
    return [str(n).encode() for n in range(first, last)]


async def test_a_healthy_broker_costs_no_writing(tmp_path: Path) -> None:
    async with OutboxGym(tmp_path) as gym:
        async with gym.outbox() as outbox:
            for n in numbered(0, 50):
                outbox.put("t", n)
                await gym.pass_ms(40)
            await gym.until(lambda: outbox.depth == 0)
        assert gym.received == numbered(0, 50)
        store = OutboxStore(gym.path, 1)
        rows, highest_id_ever_used = store.open()
        assert (rows, highest_id_ever_used) == (0, 0)
        store.close()


async def test_what_is_put_without_a_broker_is_on_disk_soon_and_delivered_in_order_later(
    tmp_path: Path,
) -> None:
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        gym.bus.cut()
        for n in numbered(0, 500):
            outbox.put("t", n)
        assert outbox.depth == 500
        await gym.pass_ms(300)
        await gym.until(lambda: outbox.disk.rows == 500)
        assert gym.received == []
        gym.bus.mend()
        await gym.until(lambda: outbox.depth == 0 and outbox.disk.rows == 0)
        assert gym.received == numbered(0, 500)


async def test_a_burst_beyond_the_window_is_delivered_without_waiting_for_a_new_connection(
    tmp_path: Path,
) -> None:
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        for n in numbered(0, outbox_module.LIVE_WINDOW + 500):
            outbox.put("t", n)
        await gym.until(lambda: outbox.depth == 0)
        assert gym.received == numbered(0, outbox_module.LIVE_WINDOW + 500)


async def test_what_a_process_leaves_the_next_one_delivers(tmp_path: Path) -> None:
    async with OutboxGym(tmp_path) as gym:
        gym.bus.cut()
        async with gym.outbox() as outbox:
            for n in numbered(0, 20):
                outbox.put("t", n, "event")
            outbox.put("t", b"never committed by the clock")
        assert gym.on_disk() == [*numbered(0, 20), b"never committed by the clock"]
        gym.bus.mend()
        async with gym.outbox() as again:
            await gym.until(lambda: again.depth == 0)
        assert sorted(gym.received) == sorted([*numbered(0, 20), b"never committed by the clock"])
        assert [p for p in gym.received if p.isdigit()] == numbered(0, 20)
        assert gym.on_disk() == []


async def test_live_messages_do_not_wait_behind_the_backlog(tmp_path: Path) -> None:
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        gym.bus.cut()
        for n in numbered(0, 2000):
            outbox.put("t", n)
        await gym.until(lambda: outbox.disk.rows == 2000)
        gym.bus.mend()
        await gym.until(lambda: bool(gym.received))
        outbox.put("t", b"live")
        await gym.until(lambda: outbox.depth == 0)
        assert gym.received.index(b"live") < 2000
        assert [p for p in gym.received if p != b"live"] == numbered(0, 2000)


async def test_an_acknowledgement_that_is_late_puts_the_message_on_disk_and_takes_it_off_again(
    tmp_path: Path,
) -> None:
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        gym.bus.answers.clear()
        outbox.put("t", b"slow")
        await gym.until(lambda: outbox.disk.rows == 1)
        assert outbox.depth == 1
        gym.bus.answers.set()
        await gym.until(lambda: outbox.disk.rows == 0)
        assert outbox.depth == 0
        assert gym.received == [b"slow"]


async def test_what_is_still_on_its_way_is_not_sent_a_second_time(tmp_path: Path) -> None:
    many = outbox_module.LIVE_WINDOW + 10
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        gym.bus.answers.clear()
        for n in numbered(0, many):
            outbox.put("t", n)
        await gym.until(lambda: outbox.disk.rows == many)
        await gym.until(lambda: len(gym.received) >= many)
        gym.bus.answers.set()
        await gym.until(lambda: outbox.depth == 0)
        assert gym.received == numbered(0, many)


async def test_a_connection_that_flaps_while_the_backlog_is_read_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    go_on = threading.Event()
    after = OutboxStore.after

    def second_read_takes_long(store: OutboxStore, kind: Kind, id_: int, limit: int) -> list[Row]:
        reads.append(id_)
        if len(reads) == 2:
            go_on.wait(5)
        return after(store, kind, id_, limit)

    many = outbox_module.LIVE_WINDOW + 10
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        gym.bus.answers.clear()
        monkeypatch.setattr(OutboxStore, "after", second_read_takes_long)
        reads.clear()
        for n in numbered(0, many):
            outbox.put("t", n)
        await gym.until(lambda: len(reads) == 2)
        gym.bus.cut()
        gym.bus.answers.set()
        await gym.pass_ms(100)
        gym.bus.mend()
        await gym.pass_ms(100)
        go_on.set()
        await gym.until(lambda: outbox.depth == 0)
        assert set(gym.received) == set(numbered(0, many))


async def test_a_refused_message_stays_and_goes_out_once_it_is_allowed(tmp_path: Path) -> None:
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        gym.broker.refused.add("secret")
        with capture_logs() as logs:
            for n in numbered(0, 5):
                outbox.put("secret", n)
                outbox.put("open", n)
            await gym.until(lambda: outbox.disk.rows == 5)
            await gym.pass_ms(500)
        assert gym.received == numbered(0, 5)
        assert [(log["event"], log["code"]) for log in logs] == [("outbox_refused", BusRefusedError.code)]
        gym.broker.refused.clear()
        gym.bus.cut()
        gym.bus.mend()
        await gym.until(lambda: outbox.depth == 0)
        assert gym.received == numbered(0, 5) * 2


async def test_flush_says_whether_the_broker_has_everything(tmp_path: Path) -> None:
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        outbox.put("t", b"1")
        flushing = asyncio.ensure_future(outbox.flush(1))
        await gym.until(flushing.done)
        assert flushing.result() is True
        gym.bus.cut()
        outbox.put("t", b"2")
        flushing = asyncio.ensure_future(outbox.flush(0))
        await gym.until(flushing.done)
        assert flushing.result() is False
        assert outbox.disk.rows == 1


async def test_put_and_flush_are_harmless_before_and_after_running(tmp_path: Path) -> None:
    async with OutboxGym(tmp_path) as gym:
        outbox = Outbox(gym.path, gym.bus, gym.clock)
        outbox.put("t", b"early")
        line = asyncio.create_task(outbox.run())
        await gym.until(lambda: gym.received == [b"early"] and not outbox.depth)
        line.cancel()
        await asyncio.wait([line])
        outbox.put("t", b"late")
        assert await outbox.flush(0) is False
        assert outbox.depth == 1


async def test_a_disk_that_fails_costs_durability_not_the_unit(tmp_path: Path) -> None:
    async with OutboxGym(tmp_path) as gym:
        gym.path.mkdir()
        outbox = Outbox(gym.path, gym.bus, gym.clock)
        with capture_logs() as logs:
            line = asyncio.create_task(outbox.run())
            outbox.put("t", b"1")
            await gym.until(lambda: gym.received == [b"1"])
            outbox.put("t", b"2")
            await gym.until(lambda: b"2" in gym.received)
            await gym.pass_ms(12_000)
        assert [log["event"] for log in logs] == ["outbox_disk_failed"]
        gym.bus.cut()
        outbox.put("t", b"3")
        gym.path.rmdir()
        await gym.pass_ms(6_000)
        await gym.until(lambda: outbox.disk.rows > 0)
        gym.bus.mend()
        await gym.until(lambda: outbox.depth == 0)
        assert sorted(set(gym.received)) == [b"1", b"2", b"3"]
        line.cancel()
        await asyncio.wait([line])


async def test_a_disk_that_fails_to_forget_does_not_make_duplicates(
    tmp_path: Path, opened_databases: OpenedDatabases
) -> None:
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        gym.bus.cut()
        outbox.put("t", b"1")
        await gym.until(lambda: outbox.disk.rows == 1)
        gym.bus.mend()
        await gym.until(lambda: gym.received == [b"1"])
        with capture_logs() as logs:
            opened_databases.forbid_writing()
            await gym.until(lambda: bool(logs))
            await gym.until(lambda: outbox.disk.rows == 0)
        assert [log["event"] for log in logs] == ["outbox_disk_failed", "outbox_disk_works_again"]
        assert gym.received == [b"1"]


async def test_memory_is_bounded_while_the_disk_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "MEMORY_BYTES_MAX", 1000)
    async with OutboxGym(tmp_path) as gym:
        outbox = Outbox(gym.path, gym.bus, gym.clock)
        for n in range(30):
            outbox.put("t", b"%07d" % n, "event" if n % 10 == 0 else "telemetry")
        size = Message("t", bytes(7), "event").size
        most = 1000 // size
        assert outbox.depth == most
        assert outbox.dropped == 30 - most
        for _ in range(30):
            outbox.put("t", b"%07d" % 99, "event")
        assert outbox.depth == most
        assert outbox.events_dropped == 33 - most
        line = asyncio.create_task(outbox.run())
        await gym.until(lambda: not outbox.depth)
        assert {b"%07d" % n for n in (0, 10, 20)} <= set(gym.received)
        line.cancel()
        await asyncio.wait([line])


async def test_old_telemetry_is_let_go_and_events_are_not(tmp_path: Path) -> None:
    async with OutboxGym(tmp_path) as gym, gym.outbox(age_max_s=64) as outbox:
        gym.bus.cut()
        outbox.put("t", b"old")
        outbox.put("t", b"old event", "event")
        await gym.until(lambda: outbox.disk.rows == 2)
        await gym.clock.advance(40_000)
        outbox.put("t", b"young")
        await gym.until(lambda: outbox.disk.rows == 3)
        await gym.clock.advance(26_000)
        await gym.until(lambda: outbox.dropped == 1)
        gym.bus.mend()
        await gym.until(lambda: outbox.depth == 0)
        assert sorted(gym.received) == [b"old event", b"young"]


async def test_events_wait_behind_no_telemetry_while_a_slow_broker_has_a_full_window(tmp_path: Path) -> None:
    many = outbox_module.LIVE_WINDOW + 10
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        gym.bus.answers.clear()
        for n in numbered(0, many):
            outbox.put("t", n)
        outbox.put("e", b"stopped", "event")
        await asyncio.sleep(0)
        await gym.until(lambda: b"stopped" in gym.received)
        assert outbox.disk.rows == 0
        gym.bus.answers.set()
        await gym.until(lambda: outbox.depth == 0)


async def test_after_an_outage_events_do_not_wait_until_the_telemetry_is_through(tmp_path: Path) -> None:
    many = 2000
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        gym.bus.cut()
        for n in numbered(0, many):
            outbox.put("t", n)
        for number in range(20):
            outbox.put("e", b"event %d" % number, "event")
        await gym.until(lambda: outbox.disk.rows == many + 20)
        gym.bus.mend()
        await gym.until(lambda: outbox.depth == 0)
        events = [payload for payload in gym.received if payload.startswith(b"event")]
        assert events == [b"event %d" % n for n in range(20)]
        assert gym.received.index(b"event 19") < 400
        assert [payload for payload in gym.received if not payload.startswith(b"event")] == numbered(0, many)


async def test_behind_says_how_long_something_has_been_waiting(tmp_path: Path) -> None:
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        assert outbox.behind_s == 0
        gym.bus.cut()
        outbox.put("t", b"1")
        await gym.until(lambda: outbox.disk.rows == 1)
        await gym.clock.advance(60_000)
        assert 59 < outbox.behind_s < 65
        gym.bus.mend()
        await gym.until(lambda: outbox.depth == 0)
        await gym.pass_ms(200)
        assert outbox.behind_s == 0


async def test_a_measurement_that_waited_tells_for_how_long_and_an_event_does_not(tmp_path: Path) -> None:
    async with OutboxGym(tmp_path) as gym, gym.outbox() as outbox:
        outbox.put("t", b'{"seq":1}')
        await gym.until(lambda: outbox.depth == 0)
        gym.bus.cut()
        outbox.put("t", b'{"seq":2}')
        outbox.put("t", b'{"id":"e"}', "event")
        await gym.until(lambda: outbox.disk.rows == 2)
        await gym.pass_ms(4_000)
        gym.bus.mend()
        await gym.until(lambda: outbox.depth == 0)
    told = {p.get("seq", "e"): p.get("age_ms", 0) for p in map(json.loads, gym.received)}
    assert told[1] == told["e"] == 0
    assert 4_000 <= told[2] <= 5_000


async def test_what_an_earlier_process_left_tells_that_its_age_is_unknown(tmp_path: Path) -> None:
    """The monotonic clock of another process, or of the machine before it was switched off, says nothing here."""
    async with OutboxGym(tmp_path) as gym:
        gym.bus.cut()
        async with gym.outbox() as outbox:
            outbox.put("t", b'{"seq":1}')
            await gym.until(lambda: outbox.disk.rows == 1)
        async with gym.outbox() as again:
            again.put("t", b'{"seq":2}')
            await gym.until(lambda: again.disk.rows == 2)
            gym.bus.mend()
            await gym.until(lambda: again.depth == 0)
    told = {p["seq"]: p["age_ms"] for p in map(json.loads, gym.received)}
    assert told[1] == AGE_UNKNOWN_MS
    assert told[2] < 60_000


async def test_an_outbox_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    async with OutboxGym(tmp_path) as gym:
        with contextlib.closing(sqlite3.connect(gym.path)) as db, db:
            db.execute(
                "CREATE TABLE message (id INTEGER PRIMARY KEY AUTOINCREMENT, is_event INTEGER NOT NULL,"
                " topic TEXT NOT NULL, payload BLOB NOT NULL, size INTEGER NOT NULL)"
            )
            db.execute("INSERT INTO message VALUES (1, 0, 't', ?, 80)", (b'{"seq":1}',))
        async with gym.outbox() as outbox:
            await gym.until(lambda: outbox.depth == 0)
        assert json.loads(gym.received[0])["age_ms"] == AGE_UNKNOWN_MS
