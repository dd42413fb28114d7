"""A bus in memory whose broker can be told to take messages and keep its answers."""

import asyncio

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.errors import BusLostError


class HeldBus(MemoryBus):
    """While `answers` is not set, `publish` waits for it or for the loss of the connection.

    It waits without turning the loop: a loop that never rests gives the interpreter's lock back so often that the
    outbox's disk thread, on an idle machine with slow wake-ups, never gets it.
    """

    def __init__(self, broker: MemoryBroker, *, client_id: str) -> None:
        super().__init__(broker, client_id=client_id)
        self.answers = asyncio.Event()
        self.answers.set()
        self._line_lost = asyncio.Event()
        self.on_connection(self._line_changed)

    async def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        urgent: bool = False,
        expires_s: int | None = None,
    ) -> None:
        """As `MemoryBus.publish`, once the broker answers."""
        lost = self._line_lost
        await super().publish(topic, payload, qos=qos, retain=retain, urgent=urgent, expires_s=expires_s)
        either = [asyncio.ensure_future(event.wait()) for event in (self.answers, lost)]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in either:
                waiting.cancel()
        if lost.is_set():
            raise BusLostError(topic)

    def _line_changed(self, up: bool) -> None:
        if up:
            self._line_lost = asyncio.Event()
        else:
            self._line_lost.set()
