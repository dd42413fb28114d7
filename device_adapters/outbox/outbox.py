"""Durable store-and-forward of a unit: publish at once, write to disk only what the broker does not take in time.

With a healthy broker nothing touches the disk. What is not acknowledged within COMMIT_S is written, at the latest
2 × COMMIT_S after `put`, and delivered in order once the broker is back, by this process or the next: at least
once, so receivers go by (device, boot, seq). A kill loses only what was put in the last 2 × COMMIT_S and not
acknowledged. Live messages do not wait behind the backlog, and events wait behind no telemetry: they have their own
window, their own backlog, and room kept free in the broker's window.
"""

import asyncio
import itertools
from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path

import structlog

from device_adapters.bus.port import Bus
from device_adapters.clock import Clock
from device_adapters.contract.freshness import AGE_UNKNOWN_MS
from device_adapters.errors import BusLostError, BusRefusedError, StorageError
from device_adapters.outbox.backlog import Backlog, WayOut
from device_adapters.outbox.disk import OutboxDisk
from device_adapters.outbox.doubt import Doubt
from device_adapters.outbox.store import Kind, Message, Row
from device_adapters.seldom import worth_telling

log = structlog.get_logger("outbox")

COMMIT_S = 0.1
KINDS: tuple[Kind, ...] = ("event", "telemetry")
"""The first goes first."""

LIVE_WINDOW = 256
"""Messages of one kind that may be on their way at once, not counting the backlog."""

BYTES_MAX = 64 * 1024 * 1024
AGE_MAX_S = AGE_UNKNOWN_MS / 1000
MEMORY_BYTES_MAX = 4 * 1024 * 1024
"""What may wait for a disk that fails: the oldest telemetry gives way, then the newest event."""


@dataclass(slots=True, eq=False)
class _Entry:
    """A message in memory. `row` is its place on disk, if it has one; `taken`: the broker acknowledged it."""

    serial: int
    message: Message
    put_ms: int
    row: int | None = None
    taken: bool = False


class Outbox:
    """At-least-once delivery over `bus`, bounded by `bytes_max` on disk and, for telemetry, by `age_max_s`.

    The oldest telemetry is dropped first; an event is dropped only by an outbox that holds nothing but events. Age
    counts from `put`, or from this process's start for what an earlier one left, since wall clocks jump.
    """

    def __init__(
        self, path: Path, bus: Bus, clock: Clock, bytes_max: int = BYTES_MAX, age_max_s: float = AGE_MAX_S
    ) -> None:
        self._bus = bus
        self._clock = clock
        self.disk = OutboxDisk(path, bytes_max, age_max_s, clock)
        self._running = False
        self._refused = False
        self._store_there = True
        self._doubt = Doubt()
        self._serials = itertools.count()
        self._sends: set[asyncio.Task[None]] = set()
        self._commits: set[asyncio.Task[None]] = set()
        self._committing = asyncio.Lock()
        self._waiting: deque[_Entry] = deque()
        self._waiting_bytes = 0
        self._in_flight: dict[_Entry, None] = {}
        self._in_flight_of: Counter[Kind] = Counter()
        self._storing: dict[_Entry, None] = {}
        self._delivered: set[int] = set()
        self._deleting: set[int] = set()
        way = WayOut(lambda: bus.connected and self._store_there, self._spoken_for, self._send_row)
        self._backlogs: dict[Kind, Backlog] = {kind: Backlog(kind, self.disk, way) for kind in KINDS}
        self._behind_since_ms: int | None = None
        self.dropped = 0
        self.events_dropped = 0
        bus.on_connection(self._connection)

    @property
    def depth(self) -> int:
        """Messages the broker has not acknowledged yet."""
        only_in_memory = {*self._waiting, *(e for e in (*self._in_flight, *self._storing) if e.row is None)}
        return len(only_in_memory) + max(self.disk.rows - len(self._delivered) - len(self._deleting), 0)

    @property
    def behind_s(self) -> float:
        """For how long there has always been something that the broker had not acknowledged; 0: there is nothing."""
        since_ms = self._behind_since_ms
        return 0.0 if since_ms is None else (self._clock.now_ms() - since_ms) / 1000

    def put(self, topic: str, payload: bytes, kind: Kind = "telemetry") -> None:
        """Take a message for delivery with QoS 1. Returns at once and never raises."""
        now_ms = self._clock.now_ms()
        entry = _Entry(next(self._serials), Message(topic, payload, kind, now_ms), now_ms)
        if self._may_send(kind):
            self._send_soon(entry)
        else:
            self._wait(entry)

    def store_is_there(self, there: bool) -> None:
        """Does somebody store what the broker takes? While nobody does, an acknowledgement says little: messages are
        sent once, for those who listen now, kept on disk, and sent again when there is a store. Until told: yes.
        What was acknowledged just before is sent again too: the store may have died with it in its hands.
        """
        if self._store_there and not there:
            for message in self._doubt.all(self._clock.now_ms()):
                self._wait(_Entry(next(self._serials), message, self._clock.now_ms()))
        if there and not self._store_there:
            self._all_backlogs()
        self._store_there = there

    async def flush(self, timeout_s: float) -> bool:
        """Wait up to `timeout_s` until the broker has everything, then write the rest to disk; never raises.

        Returns whether the broker has everything. Works while `run` runs.
        """
        deadline_ms = self._clock.now_ms() + round(timeout_s * 1000)
        while self.depth and self._clock.now_ms() < deadline_ms:
            await self._clock.sleep(COMMIT_S / 10)
        everything = not self.depth
        await self._commit(older_than_ms=0)
        return everything

    async def run(self) -> None:
        """Deliver until cancelled; then write what is left to disk. Runs once."""
        self._running = True
        try:
            async with asyncio.TaskGroup() as group:
                for kind, backlog in self._backlogs.items():
                    group.create_task(backlog.run(), name=f"outbox.{kind}")
                while True:
                    self._note_whether_behind()
                    self._doubt.trust(self._clock.now_ms())
                    await self._commit(older_than_ms=round(COMMIT_S * 1000))
                    await self._clock.sleep(COMMIT_S)
        finally:
            self._running = False
            for send in self._sends:
                send.cancel()
            await asyncio.gather(*self._sends, *self._commits, return_exceptions=True)
            self.disk.try_now()
            await self._commit(older_than_ms=0)
            await self.disk.close()

    async def _commit(self, older_than_ms: int) -> None:
        """A commit that was begun is finished, also when whoever waits for it is cancelled."""
        commit = asyncio.create_task(self._commit_now(older_than_ms))
        self._commits.add(commit)
        commit.add_done_callback(self._commits.discard)
        await asyncio.shield(commit)

    async def _commit_now(self, older_than_ms: int) -> None:
        async with self._committing:
            was_open = self.disk.is_open
            if not await self.disk.open():
                self._send_waiting()
                return
            if not was_open:
                self._all_backlogs()
            now_ms = self._clock.now_ms()
            slow = [e for e in self._in_flight if e.row is None and now_ms - e.put_ms >= older_than_ms]
            new = sorted((*self._waiting, *slow), key=lambda e: e.serial)
            self._storing = dict.fromkeys(new)
            self._waiting.clear()
            self._waiting_bytes = 0
            self._deleting, self._delivered = self._delivered, set()
            done = await self.disk.commit([e.message for e in new], list(self._deleting))
            self._storing = {}
            if done is None:
                self._delivered |= self._deleting
            else:
                for entry, row in zip(new, done.ids, strict=True):
                    entry.row = row
                self._count_dropped(done.telemetry_dropped, done.events_dropped)
            self._deleting = set()
            later = list(self._waiting)
            self._waiting.clear()
            self._waiting_bytes = 0
            for entry in (*(e for e in new if e not in self._in_flight), *later):
                self._settle(entry)

    def _settle(self, entry: _Entry) -> None:
        """Nobody is sending `entry` now: forget it, or see that it is sent again."""
        if entry in self._storing:
            return
        if entry.row is None:
            if not entry.taken:
                self._wait(entry)
        elif entry.taken:
            self._delivered.add(entry.row)
        else:
            self._backlogs[entry.message.kind].begin_at(entry.row)

    def _wait(self, entry: _Entry) -> None:
        """Keep in memory until the next commit."""
        self._waiting.append(entry)
        self._waiting_bytes += entry.message.size
        while self._waiting_bytes > MEMORY_BYTES_MAX:
            victim = next((e for e in self._waiting if e.message.kind == "telemetry"), entry)
            self._waiting.remove(victim)
            self._waiting_bytes -= victim.message.size
            is_event = victim.message.kind == "event"
            self._count_dropped(int(not is_event), int(is_event))

    def _count_dropped(self, telemetry: int, events: int) -> None:
        if telemetry and not self.dropped:
            log.warning(
                "outbox_full",
                code=StorageError.code,
                what="the oldest telemetry gives way; see outbox_dropped",
            )
        before, self.events_dropped = self.events_dropped, self.events_dropped + events
        if any(worth_telling(number) for number in range(before + 1, self.events_dropped + 1)):
            log.error("outbox_event_dropped", code=StorageError.code, events=self.events_dropped)
        self.dropped += telemetry

    def _may_send(self, kind: Kind) -> bool:
        return self._running and self._bus.connected and self._in_flight_of[kind] < LIVE_WINDOW

    def _send_soon(self, entry: _Entry) -> None:
        self._in_flight[entry] = None
        self._in_flight_of[entry.message.kind] += 1
        task = asyncio.create_task(self._send_live(entry))
        self._sends.add(task)
        task.add_done_callback(self._sends.discard)

    def _send_waiting(self) -> None:
        """Without a disk there is no backlog to join: go straight from memory, events first."""
        for kind in KINDS:
            if not self._refused and self._store_there and self._may_send(kind):
                free = LIVE_WINDOW - self._in_flight_of[kind]
                for entry in list(
                    itertools.islice((e for e in self._waiting if e.message.kind == kind), free)
                ):
                    self._waiting.remove(entry)
                    self._waiting_bytes -= entry.message.size
                    self._send_soon(entry)

    async def _send_live(self, entry: _Entry) -> None:
        try:
            entry.taken = await self._publish(entry.message)
        finally:
            del self._in_flight[entry]
            self._in_flight_of[entry.message.kind] -= 1
            self._settle(entry)

    async def _send_row(self, row: Row) -> None:
        if await self._publish(row.message):
            self._delivered.add(row.id)

    async def _publish(self, message: Message) -> bool:
        """Send it; returns whether it counts as delivered."""
        counts = self._store_there
        try:
            payload = message.told(self._clock.now_ms())
            await self._bus.publish(message.topic, payload, qos=1, urgent=message.kind == "event")
        except BusLostError:
            return False
        except BusRefusedError as e:
            # Kept, and tried again on the next connection: access lists and quotas get mended.
            if not self._refused:
                log.warning("outbox_refused", code=e.code, topic=message.topic, why=str(e))
            self._refused = True
            return False
        counts = counts and self._store_there
        if counts:
            self._doubt.add(message, self._clock.now_ms())
        return counts

    def _connection(self, up: bool) -> None:
        if up:
            self._refused = False
            self._all_backlogs()

    def _all_backlogs(self) -> None:
        for backlog in self._backlogs.values():
            backlog.begin_at(1)

    def _spoken_for(self) -> set[int]:
        """Rows that the broker has, or that are on their way from memory."""
        in_flight = {e.row for e in self._in_flight if e.row is not None}
        return self._delivered | self._deleting | in_flight

    def _note_whether_behind(self) -> None:
        if not self.depth:
            self._behind_since_ms = None
        elif self._behind_since_ms is None:
            self._behind_since_ms = self._clock.now_ms()
