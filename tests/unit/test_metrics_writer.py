"""From the bus into the store: once, acknowledged only when stored, whatever arrives."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.clock import ManualClock
from device_adapters.contract.messages import Event, TreadmillTelemetry
from device_adapters.contract.registry import EVENT, STRAP_STATE, STRAP_TELEMETRY, TREADMILL_TELEMETRY
from device_adapters.errors import MessageError, StorageError
from services.metrics import writer as writer_module
from services.metrics.points import Point
from services.metrics.sinks import Sink
from services.metrics.sqlite import SqliteSink
from services.metrics.writer import Writer

TOPIC = TREADMILL_TELEMETRY.topic("gym", "tm-01")


class WriterSite:
    """A broker, a sender, and a metrics writer."""

    def __init__(self, sink: Sink) -> None:
        self.clock = ManualClock()
        self.broker = MemoryBroker()
        self.sender = MemoryBus(self.broker, client_id="unit")
        self.events: list[Event] = []
        self.sender.subscribe(EVENT.topic("gym"), lambda m: self.events.append(EVENT.decode(m.payload)))
        self.hub = MemoryBus(self.broker, client_id="metrics", session_expiry_s=60)
        self.faults: list[str] = []
        self.writer = Writer(
            self.hub, "gym", sink, self.clock, jitter=lambda: 1.0, on_fault=self.faults.append
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        lines = [asyncio.create_task(run()) for run in (self.sender.run, self.hub.run, self.writer.run)]
        await self.until(lambda: self.sender.connected and self.hub.connected)
        yield
        for line in lines:
            line.cancel()
        await asyncio.wait(lines)
        assert all(line.cancelled() for line in lines)
        await self.writer.close()

    async def _tick(self) -> None:
        await self.clock.advance(100)
        await asyncio.sleep(0.002)

    async def until(self, fact: Callable[[], bool]) -> None:
        await until(fact, meanwhile=self._tick)

    async def frame(self, seq: int) -> None:
        await self.sender.publish(TOPIC, frame(seq))


def frame(seq: int) -> bytes:
    return TREADMILL_TELEMETRY.encode(
        TreadmillTelemetry(treadmill="tm-01", boot="b1", seq=seq, at_ms=seq, speed_kmh=seq / 100)
    )


class SlowSink:
    """The embedded store behind a door that the test opens; it fails `failures` times first."""

    def __init__(self, path: Path) -> None:
        self.sqlite = SqliteSink(path)
        self.failures = 0
        self.attempts = 0
        self.sizes: list[int] = []

    def write(self, points: Sequence[Point]) -> int:
        self.attempts += 1
        if self.failures:
            self.failures -= 1
            raise StorageError("the disk is full; make room")
        self.sizes.append(len(points))
        return self.sqlite.write(points)

    def close(self) -> None:
        """The test still reads from it."""


@pytest.fixture(autouse=True)
def _quick_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "BATCH_S", 0.01)


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SlowSink]:
    made = SlowSink(tmp_path / "metrics.db")
    yield made
    made.sqlite.close()


async def test_frames_and_events_are_stored_once(sink: SlowSink) -> None:
    site = WriterSite(sink)
    async with site.running():
        for seq in (0, 1, 2, 1, 4):
            await site.frame(seq)
        await site.sender.publish(
            EVENT.topic("gym"), msgspec.json.encode({"id": "e", "at_ms": 1, "source": "u", "kind": "k"})
        )
        await site.until(lambda: sink.sqlite.stored("tm-01") == 4 and site.writer.stored == 5)
        await site.frame(2)
        await site.until(lambda: site.writer.stored == 6)
    assert sink.sqlite.gaps("tm-01") == 1
    assert site.writer.duplicates == 2  # one while it waited, one after it was stored


async def test_nothing_is_acknowledged_before_it_is_stored(sink: SlowSink) -> None:
    site = WriterSite(sink)
    sink.failures = 3
    async with site.running():
        for seq in range(10):
            await site.frame(seq)
        await site.until(lambda: sink.attempts == 2)
        assert site.broker.unacked("metrics").count(TOPIC) == 10
        await site.until(lambda: not site.broker.unacked("metrics"))
    assert sink.sqlite.stored("tm-01") == 10


async def test_a_store_that_fails_is_told_of_once_and_again_when_it_works(sink: SlowSink) -> None:
    site = WriterSite(sink)
    sink.failures = 3
    async with site.running():
        await site.frame(0)
        await site.until(lambda: site.writer.stored > 0)
        await site.frame(1)
        await site.until(lambda: [e.kind for e in site.events] == ["metrics_failing", "metrics_back"])
    assert site.faults == ["the disk is full; make room", ""]
    assert (site.events[0].severity, site.events[0].text) == ("warning", "the disk is full; make room")


async def test_frames_the_broker_sends_again_while_they_wait_are_acknowledged_on_the_new_connection(
    sink: SlowSink,
) -> None:
    site = WriterSite(sink)
    sink.failures = 1_000_000
    async with site.running():
        for seq in range(10):
            await site.frame(seq)
        await site.until(lambda: sink.attempts > 0)
        site.hub.cut()
        site.hub.mend()
        await site.until(lambda: site.writer.duplicates >= 10)  # and the word that the store fails
        sink.failures = 0
        await site.until(lambda: not site.broker.unacked("metrics"))
    assert sink.sqlite.stored("tm-01") == 10


async def test_a_broker_that_waits_for_acknowledgements_does_not_wait_for_the_batch(
    sink: SlowSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "BATCH_S", 1000)
    site = WriterSite(sink)
    async with site.running():
        for seq in range(writer_module.WINDOW_MIN):
            await site.frame(seq)
        await site.until(lambda: site.writer.stored == writer_module.WINDOW_MIN)
    assert sink.sizes == [writer_module.WINDOW_MIN]


async def test_batches_are_bounded(sink: SlowSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "BATCH_MAX", 50)
    site = WriterSite(sink)
    async with site.running():
        for seq in range(230):
            await site.frame(seq)
        await site.until(lambda: site.writer.stored == 230)
    assert max(sink.sizes) == 50
    assert sink.sqlite.stored("tm-01") == 230


async def test_a_full_buffer_lets_the_oldest_go_and_counts_them(
    sink: SlowSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "BUFFER_MAX", 20)
    site = WriterSite(sink)
    sink.failures = 1_000_000
    async with site.running():
        await site.frame(0)
        await site.until(lambda: site.writer.waiting == 2)  # and the word that the store fails
        for seq in range(1, 30):
            await site.frame(seq)
        await site.until(lambda: site.writer.dropped >= 11)
        sink.failures = 0
        await site.until(lambda: not site.writer.waiting)
    stored = sink.sqlite.stored("tm-01")
    assert sink.sqlite.speed_max_kmh("tm-01") == 0.29
    assert 30 - site.writer.dropped <= stored < 30


async def test_a_retained_state_that_is_taken_back_is_no_malformed_message(sink: SlowSink) -> None:
    site = WriterSite(sink)
    async with site.running():
        await site.sender.publish(STRAP_STATE.topic("gym", "hr-0a1b2c3d4e"), b"", retain=True)
        await site.frame(1)
        await site.until(lambda: sink.sqlite.stored("tm-01") == 1)
        await site.until(lambda: not site.broker.unacked("metrics"))
        assert site.writer.malformed == 0


async def test_malformed_messages_are_reported_at_most_once_a_minute_without_their_content(
    sink: SlowSink,
) -> None:
    site = WriterSite(sink)
    async with site.running():
        for _ in range(5):
            await site.sender.publish(
                STRAP_TELEMETRY.topic("gym", "hr-01"), b'{"strap": "hr-01", "hr_bpm": "secret"}'
            )
        await site.frame(1)
        await site.until(lambda: len(site.events) == 1)
        assert site.events[0].kind == "malformed"
        assert site.events[0].cause == MessageError.code
        assert "strap/{id}/telemetry" in site.events[0].text
        assert "secret" not in site.events[0].text
        await site.until(lambda: sink.sqlite.stored("tm-01") == 1)
        for _ in range(300):  # 30 s
            await site.sender.publish(TOPIC, b"\xff")
            await site.clock.advance(100)
        assert len(site.events) == 1
        await site.until(lambda: len(site.events) == 2)
        assert "since the start: 305;" in site.events[1].text
        assert len(site.broker.unacked("metrics")) <= 1


async def test_finish_takes_in_all_that_was_published(sink: SlowSink) -> None:
    site = WriterSite(sink)
    async with site.running():
        for seq in range(500):
            await site.frame(seq)
        finishing = asyncio.create_task(site.writer.finish(5))
        await site.until(finishing.done)
        assert sink.sqlite.stored("tm-01") == 500


async def test_finish_is_bounded_without_a_broker_and_with_a_store_that_fails(sink: SlowSink) -> None:
    site = WriterSite(sink)
    sink.failures = 1_000_000
    async with site.running():
        await site.frame(1)
        site.hub.cut()
        finishing = asyncio.create_task(site.writer.finish(0.2))
        await site.until(finishing.done)
    assert sink.sqlite.stored("tm-01") == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.fixed_dictionaries(
    {
        "treadmill": st.just("tm-01"),
        "boot": st.text(max_size=3),
        "seq": st.integers(),
        "at_ms": st.integers(),
    },
    optional={"speed_kmh": JSON, "hr_bpm": JSON, "steps": st.integers(), "distance_m": JSON, "other": JSON},
)
EVENTS = st.fixed_dictionaries(
    {
        "id": st.text(max_size=3),
        "at_ms": st.integers(),
        "source": st.text(max_size=3),
        "kind": st.text(max_size=3),
    },
    optional={"text": JSON, "before": JSON, "severity": JSON},
)
PAYLOADS = st.tuples(
    st.just(TOPIC), st.binary(max_size=20) | (FIELDS | JSON).map(msgspec.json.encode)
) | st.tuples(st.just(EVENT.topic("gym")), EVENTS.map(msgspec.json.encode))


@given(payloads=st.lists(PAYLOADS, max_size=8))
@settings(max_examples=40, deadline=None)
def test_whatever_arrives_is_stored_or_malformed_and_holds_nothing_up(
    payloads: list[tuple[str, bytes]],
) -> None:
    async def scene(folder: Path) -> None:
        sink = SqliteSink(folder / "metrics.db")
        site = WriterSite(sink)
        async with site.running():
            for topic, payload in payloads:
                await site.sender.publish(topic, payload)
            await site.frame(-1)
            await site.until(lambda: sink.stored("tm-01") > 0 and not site.broker.unacked("metrics"))

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(scene(Path(folder)))
