"""How old is a request? By the beat that it names, not by any clock of another machine. Pure.

The service numbers the seconds in which it is there and says each number on the bus. Who asks for something names the
newest that they had heard: so the request is no older than that number, wherever it waited since, in a broker or a
socket that hung among the rest. Times are monotonic ms.
"""

from collections import deque

from services.rules.whole import whole

BEAT_S = 1.0
REMEMBERED_MAX = 60
"""Beyond all that a request may wait: one that names an earlier beat is as old as the oldest of these, at least."""


class Beats:
    """The beats of one service; `holder` is its name for itself, which no other start of it has."""

    def __init__(self, holder: str) -> None:
        self._holder = holder
        self._count = 0
        self._said_ms: deque[int] = deque(maxlen=REMEMBERED_MAX)

    def next(self, now_ms: int) -> str:
        """The next beat; to be said now."""
        self._count += 1
        self._said_ms.append(now_ms)
        return f"{self._holder}:{self._count}"

    def since_ms(self, beat: str) -> int | None:
        """When it was said: what names it was asked no earlier. None: no beat of this service."""
        holder, _, text = beat.rpartition(":")
        number = whole(text)
        if holder != self._holder or not number or number > self._count:
            return None
        ago = self._count - number
        return self._said_ms[-1 - min(ago, len(self._said_ms) - 1)]
