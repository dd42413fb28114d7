"""The outbox's disk seen from the event loop: one writer thread, failures survived, old telemetry let go."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import structlog

from device_adapters.clock import Clock
from device_adapters.errors import StorageError
from device_adapters.outbox.store import Committed, Kind, Message, OutboxStore, Row

R = TypeVar("R")
log = structlog.get_logger("outbox")

RETRY_S = 5.0
_AGE_MARKS = 64


class OutboxDisk:
    """`OutboxStore` in a thread of its own. A disk that fails is tried again every RETRY_S; nothing here raises.

    Up to `_left_id` the rows were left by earlier processes, whose monotonic clock says nothing here.
    """

    def __init__(self, path: Path, bytes_max: int, age_max_s: float, clock: Clock) -> None:
        self._store = OutboxStore(path, bytes_max)
        self._age_max_ms = round(age_max_s * 1000)
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        self._open = False
        self._closed = False
        self._retry_ms: int | None = None
        self._last_id = 0
        self._left_id: int | None = None
        self._age_marks: deque[tuple[int, int]] = deque()
        self.rows = 0

    @property
    def is_open(self) -> bool:
        """Is the disk in use now?"""
        return self._open

    async def open(self) -> bool:
        """Open it unless it is; False while the disk fails, and after `close`."""
        now_ms = self._clock.now_ms()
        if self._closed or (self._retry_ms is not None and now_ms < self._retry_ms):
            return False
        if not self._open:
            try:
                contents = await self._in_thread(self._store.open)
            except StorageError as e:
                self._failed(e, now_ms)
                return False
            self._open = True
            self.rows, self._last_id = contents
            self._left_id = self._last_id if self._left_id is None else min(self._left_id, self._last_id)
            if self._retry_ms is not None:
                log.info("outbox_disk_works_again")
                self._retry_ms = None
        return True

    async def commit(self, new: Sequence[Message], delivered: Sequence[int]) -> Committed | None:
        """Write `new`, delete `delivered` and what is too old. None: not possible now, nothing has changed."""
        now_ms = self._clock.now_ms()
        expired_to = self._expired_to(now_ms)
        if not (new or delivered or expired_to):
            return Committed((), self.rows, 0, 0)
        try:
            done = await self._in_thread(lambda: self._store.commit(new, delivered, expired_to))
        except StorageError as e:
            self._failed(e, now_ms)
            return None
        self.rows = done.rows
        self._last_id = max((self._last_id, *done.ids))
        while self._age_marks and self._age_marks[0][0] <= expired_to:
            self._age_marks.popleft()
        return done

    async def after(self, kind: Kind, id_: int, limit: int) -> list[Row]:
        """The next rows of this kind with a higher id, in order; none while the disk fails."""
        if not self._open:
            return []
        try:
            rows = await self._in_thread(lambda: self._store.after(kind, id_, limit))
        except StorageError as e:
            self._failed(e, self._clock.now_ms())
            return []
        left_id = self._left_id or 0
        return [r if r.id > left_id else replace(r, message=replace(r.message, put_ms=None)) for r in rows]

    def try_now(self) -> None:
        """Do not wait for the next attempt at a disk that failed."""
        self._retry_ms = None

    async def close(self) -> None:
        """Close the store for good, with the thread that it is used in."""
        self._open, self._closed = False, True
        await self._in_thread(self._store.close)
        self._thread.shutdown()

    async def _in_thread(self, job: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._thread, job)

    def _failed(self, error: StorageError, now_ms: int) -> None:
        if self._retry_ms is None:
            log.error("outbox_disk_failed", code=error.code, why=str(error), retry_s=RETRY_S)
        self._open = False
        self._retry_ms = now_ms + round(RETRY_S * 1000)

    def _expired_to(self, now_ms: int) -> int:
        """The highest id that is too old. A mark (id, time) says: all up to id were there at that time."""
        marks = self._age_marks
        newest_id, newest_ms = marks[-1] if marks else (0, now_ms - self._age_max_ms)
        if self._last_id > newest_id and now_ms - newest_ms >= self._age_max_ms // _AGE_MARKS:
            marks.append((self._last_id, now_ms))
        return max((id_ for id_, marked_ms in marks if now_ms - marked_ms >= self._age_max_ms), default=0)
