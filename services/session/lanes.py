"""What the service sends: in order per treadmill, and nothing that has become too old to be true.

What a unit is told (lease, command) waits behind nothing that people are told of the same treadmill. A message with
an age limit (lease, command) is dropped when it is older or the broker is away; only a stop is sent however late.
Events, replies and views wait for the broker.
"""

import asyncio
from dataclasses import dataclass
from typing import TypeVar
from zlib import crc32

import msgspec
import structlog

from device_adapters.bus.site import SiteBus
from device_adapters.clock import Clock
from device_adapters.contract.messages import Command, Lease
from device_adapters.contract.registry import Channel
from device_adapters.errors import BusLostError, BusRefusedError
from device_adapters.seldom import worth_telling

LANES = 64
WAITING_MAX = 2_048

M = TypeVar("M", bound=msgspec.Struct)

log = structlog.get_logger("session")


@dataclass(frozen=True, slots=True)
class _Parcel:
    topic: str
    payload: bytes
    qos: int
    retain: bool
    drop_after_ms: int | None


class Lanes:
    """Some queues with one sender each; a treadmill always uses the same two, one of them for its unit."""

    def __init__(self, site: SiteBus, clock: Clock) -> None:
        self._site = site
        self._clock = clock
        self._lanes: list[asyncio.Queue[_Parcel]] = [asyncio.Queue(WAITING_MAX) for _ in range(2 * LANES)]
        self._up = asyncio.Event()
        self.dropped = 0
        site.bus.on_connection(self._connection)

    def send(self, treadmill: str, channel: Channel[M], message: M, id: str = "") -> None:
        """Queue for sending; a full lane refuses."""
        parcel = _Parcel(
            channel.topic(self._site.site, id),
            channel.encode(message),
            channel.qos,
            channel.retain,
            self._drop_after_ms(channel, message),
        )
        lane = crc32(treadmill.encode()) % LANES
        if isinstance(message, Command | Lease):
            lane += LANES
        try:
            self._lanes[lane].put_nowait(parcel)
        except asyncio.QueueFull:
            self._drop(parcel, "its lane is full")

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for number, lane in enumerate(self._lanes):
                tasks.create_task(self._run_lane(lane), name=f"lane[{number}]")

    async def drain(self) -> None:
        """Wait until everything is sent; bound it from outside."""
        for lane in self._lanes:
            await lane.join()

    def _drop_after_ms(self, channel: Channel[M], message: M) -> int | None:
        stops = isinstance(message, Command) and message.verb == "stop"
        if channel.age_max_s is None or stops:
            return None
        return self._clock.now_ms() + round(channel.age_max_s * 1000)

    def _connection(self, up: bool) -> None:
        if up:
            self._up.set()
        else:
            self._up.clear()

    async def _run_lane(self, lane: asyncio.Queue[_Parcel]) -> None:
        while True:
            parcel = await lane.get()
            try:
                await self._deliver(parcel)
            finally:
                lane.task_done()

    async def _deliver(self, parcel: _Parcel) -> None:
        due_ms = parcel.drop_after_ms
        while due_ms is None or self._clock.now_ms() <= due_ms:
            try:
                await self._site.bus.publish(
                    parcel.topic, parcel.payload, qos=parcel.qos, retain=parcel.retain
                )
            except BusRefusedError as e:
                self._drop(parcel, str(e))
                return
            except BusLostError as e:
                if due_ms is not None:
                    self._drop(parcel, str(e))
                    return
                await self._up.wait()
            else:
                return
        self._drop(parcel, "it became too old")

    def _drop(self, parcel: _Parcel, why: str) -> None:
        self.dropped += 1
        if worth_telling(self.dropped):
            log.warning("not_sent", topic=parcel.topic, why=why, dropped=self.dropped)
