"""From the bus into a sink: a message is acknowledged to the broker only once it is stored.

The buffer is bounded twice: by the broker, which sends no more than it may have unacknowledged, and by BUFFER_MAX,
where the oldest give way and are counted (only a sink that fails while the broker loses sessions gets there).
`on_fault` hears why the sink fails, once, and '' when it works again.
"""

import asyncio
import contextlib
import random
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

import msgspec
import structlog

from device_adapters.bus.port import Bus, Incoming
from device_adapters.bus.roster import Roster, Standing
from device_adapters.clock import Clock
from device_adapters.contract import registry
from device_adapters.contract.keys import units
from device_adapters.contract.messages import Event, SessionView
from device_adapters.contract.phrase import Phrase, english
from device_adapters.contract.registry import EVENT, Channel
from device_adapters.drill import of_drill
from device_adapters.errors import BusError, MessageError, StorageError
from services.metrics import points
from services.metrics.health import Health
from services.metrics.points import Key, Point
from services.metrics.roll_hearing import RollHearing
from services.metrics.roll_rows import WriterHealth
from services.metrics.sinks import Sink

M = TypeVar("M", bound=msgspec.Struct)
R = TypeVar("R")
log = structlog.get_logger("metrics")

BATCH_MAX = 5000
BATCH_S = 0.5
WINDOW_MIN = 20
LULL_S = 0.02
"""A broker sends only so much ahead of our acknowledgements (Mosquitto by default 20 messages, rumqttd always 100):
when that many are here and no more come, it may be waiting for us."""

BUFFER_MAX = 50_000
RETRY_FIRST_S = 0.5
RETRY_MAX_S = 10.0
REPORT_S = 60.0
HEALTH_S = 10.0
QUIET_S = 0.3


@dataclass(frozen=True, slots=True)
class _Pending:
    """What one message says, and all whom to tell: the broker may have sent it on several connections."""

    points: tuple[Point, ...]
    acks: list[Callable[[], None]]


class Writer:
    """Everything that is measured or decided on one site's bus, in batches into `sink`.

    Writers of one `group` share the messages among them (MQTT 5 §4.8.2); '' takes them all. With `own`, what it says of
    itself, it writes the roll call too.
    """

    def __init__(
        self,
        bus: Bus,
        site: str,
        sink: Sink,
        clock: Clock,
        *,
        name: str = "metrics",
        group: str = "",
        jitter: Callable[[], float] = random.random,
        on_fault: Callable[[str], None] = lambda _: None,
        own: Callable[[], WriterHealth] | None = None,
    ) -> None:
        self._bus = bus
        self._site = site
        self._name = name
        self._share = f"$share/{group}/" if group else ""
        self._sink = sink
        self._clock = clock
        self._jitter = jitter
        self._on_fault = on_fault
        self._fault = ""
        self._fault_news = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        self._buffer: dict[Key, _Pending] = {}
        self._something = asyncio.Event()
        self._last_arrival_ms = 0
        self._goodbye = ""
        self._goodbye_came = asyncio.Event()
        self._complaint: str | None = None
        self._complained = asyncio.Event()
        self._roster = Roster(past=True)
        self.health = Health(whole=not group)
        self.stored = 0
        self.duplicates = 0
        self.malformed = 0
        self.dropped = 0
        if group:  # every writer must know who serves what, whoever stores it
            bus.subscribe(registry.UNIT_STATUS.topic(site, "+"), self._hear_unit)
        self._own = own
        self._hearing = RollHearing(bus, site, clock, self._roster)
        self._listen(registry.TREADMILL_TELEMETRY, points.treadmill_frame)
        self._listen(registry.TREADMILL_HEART, points.treadmill_heart)
        self._listen(registry.STRAP_TELEMETRY, points.strap_frame)
        self._listen(registry.SESSION_VIEW, self._session_points)
        self._listen(registry.UNIT_STATUS, points.unit_status)
        self._listen(registry.TREADMILL_STATE, points.treadmill_state)
        self._listen(registry.STRAP_STATE, points.strap_state)
        self._listen(EVENT, points.event)

    @property
    def waiting(self) -> int:
        """Messages that came and are not stored yet."""
        return len(self._buffer)

    async def run(self) -> None:
        """Write until cancelled. What is not stored then, the broker keeps for the next process."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._report_malformed(), name="metrics.report")
            group.create_task(self._report_health(), name="metrics.health")
            group.create_task(self._report_fault(), name="metrics.fault")
            while True:
                await self._something.wait()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(BATCH_S):
                        await self._full_or_lull()
                await self._write_batch()

    async def finish(self, timeout_s: float) -> None:
        """Take in all that was published until now and store it, within `timeout_s`. Works while `run` runs.

        A message of our own that comes back, and then a moment's quiet, show that the broker has nothing more.
        """
        self._goodbye = uuid.uuid4().hex
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                said = await self._publish_event("service_stopping", id_=self._goodbye)
                if said and not self._share:  # a shared one may reach another writer
                    await self._goodbye_came.wait()
                while self._buffer or self._clock.now_ms() - self._last_arrival_ms < QUIET_S * 1000:
                    await self._clock.sleep(QUIET_S / 10)

    async def tell_store(self, failing: str) -> None:
        """Publish that the store fails, and why, or ('') that it is back."""
        kind = "metrics_failing" if failing else "metrics_back"
        await self._publish_event(kind, cause=StorageError.code if failing else "", text=failing)

    async def close(self) -> None:
        """Close the sink; after `run` has ended."""
        await self._in_thread(self._sink.close)
        self._thread.shutdown()

    def _listen(self, channel: Channel[M], points_of: Callable[[str, M], tuple[Point, ...]]) -> None:
        def receive(incoming: Incoming) -> None:
            if channel.retain and not incoming.payload:  # its publisher took it back
                incoming.ack()
                return
            try:
                id, message = self._read(channel, incoming)
                if of_drill(id, message):  # nobody walked, and no machine moved
                    incoming.ack()
                    return
                said = points_of(id, message)
            except MessageError as e:
                self.malformed += 1
                self._complaint = str(e)
                self._complained.set()
                incoming.ack()
            else:
                self._hearing.measured(message)
                self._arrived(said, incoming.ack)

        self._bus.subscribe(self._share + channel.topic(self._site, "+"), receive, auto_ack=False)

    def _read(self, channel: Channel[M], incoming: Incoming) -> tuple[str, M]:
        """Id and message; MessageError for one that is not of a unit that serves the device."""
        id, message = channel.read(incoming.topic, incoming.payload)
        if self._roster.judge(id, message) is Standing.FOREIGN:
            raise MessageError(f"{incoming.topic}: not of a unit that serves {id or 'that device'}")
        return id, message

    def _session_points(self, id: str, view: SessionView) -> tuple[Point, ...]:
        return points.session_view(id, view, self._hearing.roll.began_ms(view))

    def _hear_unit(self, incoming: Incoming) -> None:
        with contextlib.suppress(MessageError):
            self._roster.judge(*registry.UNIT_STATUS.read(incoming.topic, incoming.payload))

    def _arrived(self, said: tuple[Point, ...], ack: Callable[[], None]) -> None:
        self._last_arrival_ms = self._clock.now_ms()
        if self._goodbye and said[0].fields.get("id") == self._goodbye:
            self._goodbye_came.set()
        self.health.received(said[0], self._clock.wall_ms())
        self._enqueue(said, ack)

    def _enqueue(self, said: tuple[Point, ...], ack: Callable[[], None]) -> None:
        key = said[0].key
        there = self._buffer.get(key)
        if there is not None:
            there.acks.append(ack)
            self.duplicates += 1
            return
        if len(self._buffer) >= BUFFER_MAX:
            self._drop_oldest()
        self._buffer[key] = _Pending(said, [ack])
        self._something.set()

    def _drop_oldest(self) -> None:
        self._forget(next(iter(self._buffer)))
        if not self.dropped:
            log.error(
                "metrics_full", code=StorageError.code, what="the oldest give way; see why the store fails"
            )
        self.dropped += 1

    def _forget(self, key: Key) -> None:
        pending = self._buffer.pop(key, None)
        for ack in pending.acks if pending is not None else ():
            ack()

    async def _full_or_lull(self) -> None:
        waiting = -1
        while len(self._buffer) < BATCH_MAX and not len(self._buffer) == waiting >= WINDOW_MIN:
            waiting = len(self._buffer)
            await asyncio.sleep(LULL_S)

    async def _write_batch(self) -> None:
        taken = dict(islice(self._buffer.items(), BATCH_MAX))
        batch = [point for pending in taken.values() for point in pending.points]
        wait_s = RETRY_FIRST_S
        while True:
            try:
                self.duplicates += await self._in_thread(lambda: self._sink.write(batch))
                break
            except StorageError as e:
                log.error("metrics_not_stored", code=e.code, why=str(e), waiting=self.waiting)  # noqa: TRY400
                self._fails(str(e))
            await self._clock.sleep(wait_s * (0.5 + 0.5 * self._jitter()))
            wait_s = min(2 * wait_s, RETRY_MAX_S)
        self._fails("")
        for key in taken:
            self._forget(key)
        self.stored += len(taken)
        if not self._buffer:
            self._something.clear()

    def _fails(self, why: str) -> None:
        """Tell of a sink that begins to fail, and once it works again."""
        if bool(why) != bool(self._fault):
            self._fault = why
            self._on_fault(why)
            self._fault_news.set()

    async def _report_fault(self) -> None:
        while True:
            await self._fault_news.wait()
            self._fault_news.clear()
            await self.tell_store(self._fault)

    async def _report_malformed(self) -> None:
        while True:
            await self._complained.wait()
            self._complained.clear()
            said = units.malformed_messages(self.malformed, self._complaint or "")
            log.warning(
                "metrics_malformed", code=MessageError.code, why=self._complaint, count=self.malformed
            )
            if not await self._publish_event("malformed", cause=MessageError.code, said=said):
                self._complained.set()
            await self._clock.sleep(REPORT_S)

    async def _report_health(self) -> None:
        while True:
            await self._clock.sleep(HEALTH_S)
            counts = {name: getattr(self, name) for name in ("stored", "duplicates", "malformed", "dropped")}
            self._enqueue((self.health.point(self._name, counts, self._clock.wall_ms()),), _nobody)
            self._call_the_roll()

    def _call_the_roll(self) -> None:
        if self._own is None:
            return
        now_ms, wall_ms = self._clock.now_ms(), self._clock.wall_ms()
        own = replace(self._own(), lost_ms=self._hearing.lost_ms)
        for row in self._hearing.roll.points(own, now_ms, wall_ms):
            self._enqueue((row,), _nobody)

    async def _publish_event(
        self, kind: str, *, id_: str = "", cause: str = "", text: str = "", said: Phrase | None = None
    ) -> bool:
        event = Event(
            id=id_ or uuid.uuid4().hex,
            at_ms=self._clock.wall_ms(),
            source="metrics",
            kind=kind,
            cause=cause,
            text=text or english(said),
            said=said,
            severity="warning" if cause else "info",
        )
        try:
            await self._bus.publish(EVENT.topic(self._site), EVENT.encode(event), qos=EVENT.qos)
        except BusError:
            return False
        return True

    async def beside(self, job: Callable[[], R]) -> R:
        """Do something with the sink between two batches."""
        return await self._in_thread(job)

    async def _in_thread(self, job: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._thread, job)


def _nobody() -> None:
    """What comes from nowhere is acknowledged to nobody."""
