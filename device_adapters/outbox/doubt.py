"""What a broker acknowledged a moment ago: if hub and broker die together, it may never have been stored.

A metrics service gathers for half a second before it stores, and a broker that loses its power is noticed after
seconds only. Whatever was acknowledged in that time is sent again; receivers go by (device, boot, seq).
"""

from collections import deque

from device_adapters.outbox.store import Message

DOUBT_MS = 15_000
"""A silent broker is noticed after 8 s at the latest (keep-alive); the rest is for gathering and storing."""

BYTES_MAX = 4 * 1024 * 1024
"""While a long backlog is sent, this is less than DOUBT_MS: the oldest are trusted first."""


class Doubt:
    """The messages of the last DOUBT_MS, oldest first."""

    def __init__(self) -> None:
        self._taken: deque[tuple[int, Message]] = deque()
        self._bytes = 0

    def add(self, message: Message, now_ms: int) -> None:
        """The broker has acknowledged it just now."""
        self._taken.append((now_ms, message))
        self._bytes += message.size
        self.trust(now_ms)

    def trust(self, now_ms: int) -> None:
        """Let go of what is stored by now."""
        while self._taken and (self._taken[0][0] < now_ms - DOUBT_MS or self._bytes > BYTES_MAX):
            self._bytes -= self._taken.popleft()[1].size

    def __len__(self) -> int:
        """How many messages are in doubt."""
        return len(self._taken)

    def all(self, now_ms: int) -> list[Message]:
        """Those that are to be sent again, and from now on no longer in doubt."""
        found = [message for taken_ms, message in self._taken if taken_ms >= now_ms - DOUBT_MS]
        self._taken.clear()
        self._bytes = 0
        return found
