"""How long may a message have waited before this process read it? Pure.

A process that stood still reads, when it goes on, what came meanwhile: as if it had come now. So does everybody behind
a broker that stood still. What is read at the end of a standstill may be as old as the standstill was long. Times are
monotonic ms.
"""

from dataclasses import dataclass

STANDSTILL_MS = 1_000
"""A shorter pause between two signs of life of a process is an ordinary busy moment."""

READING_MS = 1_000
"""What waited is read within this time after a standstill."""


@dataclass(slots=True)
class Punctual:
    """The signs of life of a process, or of a line; `standstill_ms`: the pause between two that is none."""

    standstill_ms: int = STANDSTILL_MS
    _awake_ms: int | None = None
    _stood_ms: int = 0
    _reading_until_ms: int = 0

    def awake(self, now_ms: int) -> None:
        """The process runs now; how long it stood before is what counts."""
        stood_ms = 0 if self._awake_ms is None else now_ms - self._awake_ms
        self._awake_ms = now_ms
        if stood_ms > self.standstill_ms:
            self._stood_ms, self._reading_until_ms = stood_ms, now_ms + READING_MS

    def came_ms(self, now_ms: int) -> int:
        """The earliest time at which a message that is read now may have come."""
        self.awake(now_ms)
        return now_ms - self._stood_ms if now_ms <= self._reading_until_ms else now_ms
