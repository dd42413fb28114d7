"""Whose turn it is to connect: a controller makes one connection at a time, and treadmills come first.

The bound of an attempt begins with its turn, so that nobody pays for another's wait. Whoever connects gives way to
someone more urgent: a strap that does not answer holds up no belt.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum

from device_adapters.ble.failures import GaveWayError


class Urgency(IntEnum):
    """Who goes first. A device that failed lately goes behind those of its kind that did not."""

    MOVING = 0
    """A treadmill that is ours to stop."""
    TREADMILL = 1
    MOVING_FAILED = 2
    TREADMILL_FAILED = 3
    OTHER = 4
    """A strap or pod."""
    OTHER_FAILED = 5


def urgency(*, treadmill: bool, moving: bool, failures: int) -> Urgency:
    """Of a device after so many failed attempts in a row; a moving belt may fail twice before it goes behind."""
    if moving:
        return Urgency.MOVING if failures <= 2 else Urgency.MOVING_FAILED
    if treadmill:
        return Urgency.TREADMILL if failures == 0 else Urgency.TREADMILL_FAILED
    return Urgency.OTHER if failures == 0 else Urgency.OTHER_FAILED


@dataclass(eq=False, slots=True)
class _Turn:
    urgency: Urgency
    bound_s: float
    granted: asyncio.Future[None]
    limit: asyncio.Timeout | None = None
    gave_way: bool = False


class Turns:
    """The turns of one radio; the most urgent first, and the longest waiting of those."""

    def __init__(self) -> None:
        self._waiting: list[_Turn] = []
        self._holder: _Turn | None = None

    @asynccontextmanager
    async def turn(self, urgency: Urgency, bound_s: float) -> AsyncIterator[None]:
        """Wait for a turn, then have `bound_s` for it. Raises GaveWayError if someone more urgent came, TimeoutError
        at the bound.
        """
        mine = _Turn(urgency, bound_s, asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        try:
            self._grant()
            await mine.granted
            try:
                async with asyncio.timeout(bound_s) as mine.limit:
                    self._give_way()
                    yield
            except TimeoutError:
                if mine.gave_way:
                    raise GaveWayError("gave way to a more urgent device") from None
                raise
        finally:
            if mine in self._waiting:
                self._waiting.remove(mine)
            if self._holder is mine:
                self._holder = None
            self._grant()

    def _grant(self) -> None:
        self._give_way()
        waiting = [turn for turn in self._waiting if not turn.granted.done()]  # some are cancelled
        if self._holder is None and waiting:
            self._holder = min(waiting, key=lambda turn: turn.urgency)
            self._waiting.remove(self._holder)
            self._holder.granted.set_result(None)

    def _give_way(self) -> None:
        """End the present attempt if someone more urgent waits."""
        holder = self._holder
        if holder is None or holder.limit is None or holder.gave_way:
            return
        if any(turn.urgency < holder.urgency for turn in self._waiting):
            holder.gave_way = True
            holder.limit.reschedule(asyncio.get_running_loop().time())
