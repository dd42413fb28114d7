"""Places for messages that the broker has not answered: it says how many it takes at a time (Receive Maximum)."""

import asyncio
from collections.abc import Callable

PLACES_MAX = 10_000
KEPT_FREE = 8
"""Places that only urgent messages may take; at most half of them."""


class SendWindow:
    """A place is held from before a message is sent until its answer is there, also if nobody waits for that."""

    def __init__(self, broker_takes: int = PLACES_MAX) -> None:
        places = min(broker_takes, PLACES_MAX)
        self._all = asyncio.Semaphore(places)
        self._unhurried = asyncio.Semaphore(places - min(KEPT_FREE, places // 2))

    async def take(self, *, urgent: bool) -> Callable[[], None]:
        """Wait for a place; returns what gives it back."""
        if urgent:
            await self._all.acquire()
            return self._all.release
        await self._unhurried.acquire()
        try:
            await self._all.acquire()
        except BaseException:
            self._unhurried.release()
            raise
        return self._give_back_unhurried

    def _give_back_unhurried(self) -> None:
        self._all.release()
        self._unhurried.release()
