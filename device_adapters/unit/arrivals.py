"""Notifications of one device that wait to be read. A Bluetooth callback only stamps and enqueues."""

import asyncio

from device_adapters.clock import Clock


class Arrivals:
    """At most `waiting_max` of them; one more drops the oldest."""

    def __init__(self, clock: Clock, waiting_max: int) -> None:
        self._clock = clock
        self._waiting: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue(waiting_max)

    def push(self, data: bytes) -> None:
        """Stamp and enqueue."""
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait((self._clock.wall_ms(), data))

    def clear(self) -> None:
        """Forget what nobody has read: its link is gone, and what it told is past."""
        while not self._waiting.empty():
            self._waiting.get_nowait()

    async def next(self) -> tuple[int, bytes]:
        """The oldest: when it came (wall ms), and its bytes."""
        return await self._waiting.get()
