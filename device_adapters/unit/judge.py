"""The loop that judges all belts of a unit. It waits for nothing but time: no disk, broker, device or other belt.

Whatever goes wrong at one belt is that belt's: its gate is started anew, which stops it, and the others are judged on.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

BUSY_S = 0.1
IDLE_S = 1.0

log = structlog.get_logger()


class JudgedBelt(Protocol):
    """A belt under a gate."""

    id: str

    def tick(self) -> bool:
        """Judge it now; is there anything that must be looked at again soon?"""

    def begin_anew(self, why: BaseException) -> None:
        """Its gate failed: make another, which stops the belt."""


class Judge:
    """Ticks each belt in turn. `alive` is called after each round: who feeds a watchdog feeds it with this.
    It is called each `idle_s` at least.
    """

    def __init__(
        self, belts: Sequence[JudgedBelt], alive: Callable[[], None] | None = None, idle_s: float = IDLE_S
    ) -> None:
        self._belts = tuple(belts)
        self._alive = alive
        self._idle_s = idle_s
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something happened that is to be judged soon."""
        self._wake.set()

    def round(self) -> bool:
        """Judge each belt once; is one of them to be judged again soon?"""
        busy = [self._tick(belt) for belt in self._belts]
        if self._alive is not None:
            self._alive()
        return any(busy)

    async def run(self) -> None:
        """Judge until cancelled."""
        while True:
            if self.round():
                await asyncio.sleep(BUSY_S)
                continue
            try:
                async with asyncio.timeout(self._idle_s):
                    await self._wake.wait()
            except TimeoutError:
                continue
            self._wake.clear()

    def _tick(self, belt: JudgedBelt) -> bool:
        try:
            return belt.tick()
        except Exception as e:
            log.exception("gate failed", treadmill=belt.id)
            belt.begin_anew(e)
            return True
