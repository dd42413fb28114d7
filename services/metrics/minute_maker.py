"""Minutes by time of arrival: a minute of which something was delivered, however late, is made anew from the database.

Which minutes those are is written down with the delivery itself (see `spool`), so that a crash forgets none. A mean
that is made twice is the same mean: several writers of one site may each make it.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import structlog

from device_adapters.clock import Clock
from device_adapters.errors import StorageError
from services.metrics import minutes

if TYPE_CHECKING:
    from services.metrics.influxql import InfluxQL

log = structlog.get_logger("metrics")

LOOK_S = 10.0
QUIET_MS = 60_000
"""A minute for which nothing has come for so long is made: it is over, or what was late has arrived."""

AT_ONCE = 1_000
RUN_MINUTES = 720
LINES_AT_ONCE = 5_000
RETRY_S = 60.0


class TouchedMinutes(Protocol):
    """Minutes that have to be made, each with a number that grows when it is touched again."""

    def untouched_for(self, quiet_ms: int, now_ms: int, limit: int) -> list[tuple[int, int]]:
        """(minute, number) of the oldest that nothing has touched for `quiet_ms`."""
        ...

    def made(self, done: Sequence[tuple[int, int]]) -> None:
        """They are made, but for those that were touched again meanwhile."""
        ...


class Minutes:
    """Reads means and writes them. Blocking. Raises StorageError."""

    def __init__(self, database: "InfluxQL") -> None:
        self._database = database
        self._bucket = ""

    def make(self, begin: int, end: int) -> int:
        """The minutes of 1970 from `begin` to `end` (excluded), for every series; how many means were written."""
        if not self._bucket:
            self._bucket = minutes.minutes_bucket(self._database.bucket, self._database.major())
        found = [
            line
            for measurement in minutes.MEASUREMENTS
            for line in minutes.lines(
                measurement, self._database.tables(minutes.select(measurement, begin, end))
            )
        ]
        for at in range(0, len(found), LINES_AT_ONCE):
            self._database.write(found[at : at + LINES_AT_ONCE], self._bucket)
        return len(found)

    def make_all(self, begin: int, end: int, told: Callable[[int, int], None] = lambda *_: None) -> int:
        """As `make`, in pieces; `told` hears of each how far it is and how many there are until then."""
        count = 0
        for at in range(begin, end, RUN_MINUTES):
            upto = min(end, at + RUN_MINUTES)
            count += self.make(at, upto)
            told(upto, count)
        return count


class MinuteMaker:
    """Runs until cancelled. `failing` says why no minutes are made now ('' while all is well)."""

    def __init__(self, touched: TouchedMinutes, made: Minutes, clock: Clock) -> None:
        self._touched = touched
        self._minutes = made
        self._clock = clock
        self.failing = ""
        self.made = 0

    async def run(self) -> None:
        """Make what is due."""
        while True:
            wait_s = LOOK_S
            try:
                await self.make_due()
                self.failing = ""
            except StorageError as e:
                if str(e) != self.failing:
                    log.error("metrics_minutes_fail", code=e.code, why=str(e))  # noqa: TRY400
                self.failing, wait_s = str(e), RETRY_S
            await self._clock.sleep(wait_s)

    async def none_wanted(self) -> None:
        """Forget what would have to be made, until cancelled: the database cannot be asked for means."""
        while True:
            due = await asyncio.to_thread(self._touched.untouched_for, 0, self._clock.wall_ms(), AT_ONCE)
            await asyncio.to_thread(self._touched.made, due)
            if len(due) < AT_ONCE:
                await self._clock.sleep(RETRY_S)

    async def make_due(self, quiet_ms: int = QUIET_MS) -> int:
        """Make all minutes that have been quiet; how many means were written. Raises StorageError."""
        count = 0
        while True:
            due = await asyncio.to_thread(
                self._touched.untouched_for, quiet_ms, self._clock.wall_ms(), AT_ONCE
            )
            if not due:
                self.made += count
                return count
            for begin, end in minutes.runs([minute for minute, _ in due], RUN_MINUTES):
                count += await asyncio.to_thread(self._minutes.make, begin, end)
                done = [each for each in due if begin <= each[0] < end]
                await asyncio.to_thread(self._touched.made, done)
