"""What a unit says: telemetry and decisions through the outbox, states as the newest retained value."""

import asyncio
import uuid
from typing import TypeVar

import msgspec

from device_adapters.bus.port import Bus
from device_adapters.clock import Clock
from device_adapters.contract import registry
from device_adapters.contract.boundary import human, said_in
from device_adapters.contract.messages import Event
from device_adapters.contract.registry import Channel
from device_adapters.errors import BusError
from device_adapters.outbox import Outbox
from device_adapters.safety.events import Note
from device_adapters.unit.afterwards import Afterwards

M = TypeVar("M", bound=msgspec.Struct)

STATES_MAX = 256
"""Distinct retained topics of one unit; far above the devices that one radio carries."""


class Reporter:
    """Publishing for one unit. All methods but `run` return at once and never raise for want of a broker."""

    def __init__(self, site: str, unit: str, bus: Bus, outbox: Outbox, clock: Clock) -> None:
        self.site = site
        self.unit = unit
        self._bus = bus
        self._outbox = outbox
        self._clock = clock
        self._states: dict[str, bytes] = {}
        self._dirty: dict[str, None] = {}
        self._sending = False
        self._wake = asyncio.Event()
        self.afterwards = Afterwards()
        bus.on_connection(self._connection)

    def telemetry(self, channel: Channel[M], message: M, id: str) -> None:
        """A measurement: kept until the broker has it, dropped oldest first when the outbox is full."""
        self._outbox.put(channel.topic(self.site, id), channel.encode(message), "telemetry")

    def decision(self, channel: Channel[M], message: M, id: str = "") -> None:
        """A result or event: kept until the broker has it, never dropped for telemetry."""
        self._outbox.put(channel.topic(self.site, id), channel.encode(message), "event")

    def event(
        self, note: Note, treadmill: str = "", strap: str = "", session: str = "", at_ms: int | None = None
    ) -> None:
        """A safety decision as an event, of now or of `at_ms` (wall clock)."""
        event = Event(
            id=uuid.uuid4().hex,
            at_ms=self._clock.wall_ms() if at_ms is None else at_ms,
            source=self.unit,
            kind=note.kind,
            cause=str(note.cause),
            text=note.text,
            said=said_in(note),
            severity=note.severity,
            treadmill=treadmill,
            strap=strap,
            session=session,
            before=human(note.before),
            after=human(note.after),
        )
        self.decision(registry.EVENT, event)

    def state(self, channel: Channel[M], message: M, id: str) -> None:
        """The newest value of a retained topic; older unsent ones are forgotten."""
        topic = channel.topic(self.site, id)
        if topic not in self._states and len(self._states) >= STATES_MAX:
            return
        self._states[topic] = channel.encode(message)
        self._dirty[topic] = None
        self._wake.set()

    def forget(self, channel: Channel[M], id: str) -> None:
        """Take a retained topic back: its device is nobody's any more."""
        topic = channel.topic(self.site, id)
        if topic in self._states:
            self._states[topic] = b""
            self._dirty[topic] = None
            self._wake.set()

    def _connection(self, up: bool) -> None:
        if up:
            self._dirty = dict.fromkeys(self._states)
            self._wake.set()

    async def flush(self, timeout_s: float) -> None:
        """Wait, bounded, until all that is to be told is on its way and every state that changed is with the broker."""
        self.afterwards.do_all()
        deadline_ms = self._clock.now_ms() + round(timeout_s * 1000)
        while (self._dirty or self._sending) and self._clock.now_ms() < deadline_ms:
            await self._clock.sleep(0.02)

    async def run(self) -> None:
        """Publish states as they change, and all of them again on each new connection, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._dirty and self._bus.connected:
                topic = next(iter(self._dirty))
                del self._dirty[topic]
                told = self._states[topic]
                self._sending = True
                try:
                    await self._bus.publish(topic, told, qos=1, retain=True)
                    if not told and topic not in self._dirty:
                        del self._states[topic]
                except BusError:
                    self._dirty[topic] = None
                    break
                finally:
                    self._sending = False
