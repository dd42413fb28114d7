"""The only door to time. Monotonic milliseconds for intervals, wall milliseconds for records."""

import asyncio
import heapq
import time
from typing import Protocol


class Clock(Protocol):
    """Time as a value that tests and simulations move by hand."""

    def now_ms(self) -> int:
        """Monotonic milliseconds; the zero is arbitrary."""
        ...

    def wall_ms(self) -> int:
        """Milliseconds since the Unix epoch, for records only: it may jump."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait on this clock."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_ms(self) -> int:
        """Monotonic milliseconds."""
        return time.monotonic_ns() // 1_000_000

    def wall_ms(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock that stands until `advance` moves it and wakes, in order, whoever sleeps on it."""

    def __init__(self, now_ms: int = 0, wall_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = now_ms
        self._wall_offset_ms = wall_ms - now_ms
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._serial = 0

    def now_ms(self) -> int:
        """Monotonic milliseconds."""
        return self._now_ms

    def wall_ms(self) -> int:
        """Milliseconds since the epoch."""
        return self._now_ms + self._wall_offset_ms

    def set_wall(self, by_ms: int) -> None:
        """Somebody sets the wall clock; intervals go on."""
        self._wall_offset_ms += by_ms

    async def sleep(self, seconds: float) -> None:
        """Wait until `advance` passes the due time."""
        future = asyncio.get_running_loop().create_future()
        self._serial += 1
        heapq.heappush(self._sleepers, (self._now_ms + round(seconds * 1000), self._serial, future))
        await future

    async def advance(self, ms: int) -> None:
        """Move time on, stopping at each sleeper's due time so that it sees its own hour."""
        end = self._now_ms + ms
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, future = heapq.heappop(self._sleepers)
            self._now_ms = max(self._now_ms, due)
            if not future.done():
                future.set_result(None)
            await self._settle()
        self._now_ms = end
        await self._settle()

    @staticmethod
    async def _settle() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
