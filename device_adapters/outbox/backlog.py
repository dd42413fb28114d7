"""One kind of message on the outbox's disk, sent in order and a window at a time.

Events have a backlog of their own, so that after an outage none waits until hours of telemetry are through.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from device_adapters.outbox.disk import OutboxDisk
from device_adapters.outbox.store import Kind, Row

WINDOW = 100
"""Rows of one kind on their way to the broker at once."""


@dataclass(frozen=True, slots=True)
class WayOut:
    """How rows leave: is there a broker now, which rows are someone else's business, and sending one (never raises)."""

    is_open: Callable[[], bool]
    spoken_for: Callable[[], set[int]]
    send: Callable[[Row], Coroutine[Any, Any, None]]


class Backlog:
    """A cursor through the rows of `kind`; `begin_at` moves it back to what has to be sent again."""

    def __init__(self, kind: Kind, disk: OutboxDisk, way: WayOut) -> None:
        self._kind: Kind = kind
        self._disk = disk
        self._way = way
        self._cursor = 0
        self._wake = asyncio.Event()

    def begin_at(self, row: int) -> None:
        """Send from this row on, or from an earlier one where that is still to be sent."""
        self._cursor = min(self._cursor, row - 1)
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._way.is_open():
                start = self._cursor
                rows = await self._disk.after(self._kind, start, WINDOW)
                if not rows:
                    break
                if self._cursor != start:
                    continue  # something before these has to go first
                self._cursor = rows[-1].id
                await self._send(rows)

    async def _send(self, rows: list[Row]) -> None:
        elsewhere = self._way.spoken_for()
        async with asyncio.TaskGroup() as window:
            for row in rows:
                if row.id not in elsewhere:
                    window.create_task(self._way.send(row))
