"""Virtual time: one queue of what happens when, and the clocks that processes read. No asyncio, no waiting."""

import heapq
import random
from collections.abc import Callable
from hashlib import blake2b

WALL_MS = 1_700_000_000_000


class Timeline:
    """The one clock and chance of a world. What is due at the same moment happens in the order it was planned."""

    def __init__(self, seed: int) -> None:
        self.now_ms = 1_000_000
        self.chance = random.Random(seed)
        self.events = 0
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._serial = 0
        self._trace = blake2b(digest_size=16)

    def after(self, ms: int, do: Callable[[], None]) -> None:
        """Plan it for later."""
        self._serial += 1
        heapq.heappush(self._due, (self.now_ms + max(0, ms), self._serial, do))

    def run_until(self, end_ms: int) -> None:
        """Let everything happen that is due until then."""
        due = self._due
        while due and due[0][0] <= end_ms:
            self.now_ms, _, do = heapq.heappop(due)
            self.events += 1
            do()
        self.now_ms = end_ms

    def trace(self, *said: object) -> None:
        """Add to the trace that a replay must match."""
        self._trace.update(f"{self.now_ms}{said}".encode())

    @property
    def digest(self) -> str:
        """The hash of the trace so far."""
        return self._trace.hexdigest()


class ProcessClock:
    """What one process reads: its own monotonic zero, its own wrong wall time."""

    def __init__(self, timeline: Timeline, skew_ms: int = 0) -> None:
        self._timeline = timeline
        self.skew_ms = skew_ms

    def now_ms(self) -> int:
        """Monotonic milliseconds."""
        return self._timeline.now_ms

    def wall_ms(self) -> int:
        """Milliseconds since the epoch, as this process believes."""
        return WALL_MS + self._timeline.now_ms + self.skew_ms

    async def sleep(self, seconds: float) -> None:
        """Nobody waits in virtual time."""
        raise NotImplementedError
