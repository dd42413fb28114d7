"""Journal writes off the event loop: one worker thread, batches as large as what has gathered.

A disk that takes nothing is tried again each RETRY_S, and what is to be written waits in memory up to WAITING_MAX.
Whoever asked whether an entry is on disk is told at once that it is not.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import structlog

from device_adapters.errors import StorageError
from device_adapters.seldom import Seldom
from services.session.journal import Entry, Journal

WAITING_MAX = 20_000
BATCH_MAX = 500
RETRY_S = 1.0

T = TypeVar("T")
OnKept = Callable[[bool], None]

log = structlog.get_logger("session")


class Recorder:
    """`put` returns at once. Whoever must know is told whether the entry is on disk."""

    def __init__(self, journal: Journal, retry_s: float = RETRY_S) -> None:
        self._journal = journal
        self._retry_s = retry_s
        self._failing = False
        self._waiting: deque[tuple[Entry, OnKept | None]] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.lost = 0
        self._seldom = Seldom()

    def put(self, entry: Entry, on_kept: OnKept | None = None) -> None:
        """Queue an entry. With WAITING_MAX waiting it is refused: counted, and told to `on_kept`."""
        if len(self._waiting) >= WAITING_MAX:
            self._lose([(entry, on_kept)], "the disk does not keep up")
            return
        self._waiting.append((entry, on_kept))
        self._idle.clear()
        self._wake.set()

    async def unfinished(self) -> list[Entry]:
        """As `Journal.unfinished`, off the loop."""
        return await asyncio.to_thread(self._journal.unfinished)

    async def of_kind(self, kind: str, since_ms: int) -> list[Entry]:
        """As `Journal.of_kind`, off the loop."""
        return await asyncio.to_thread(self._journal.of_kind, kind, since_ms)

    async def run(self) -> None:
        """Write until cancelled; a batch that was begun is finished."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    await self._write_some()
                self._idle.set()
        finally:
            if self._waiting:
                self.lost += len(self._waiting)
                log.error("journal_left_unwritten", code=StorageError.code, entries=len(self._waiting))

    async def _write_some(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
        if not await _finished(asyncio.create_task(self._write(batch), name="journal.write")):
            await asyncio.sleep(self._retry_s)

    async def drain(self) -> None:
        """Wait until nothing is waiting; bound it from outside."""
        await self._idle.wait()

    async def _write(self, batch: list[tuple[Entry, OnKept | None]]) -> bool:
        try:
            await asyncio.to_thread(self._journal.append, [entry for entry, _ in batch])
        except StorageError as e:
            self._keep(batch, str(e))
            return False
        if self._failing:
            log.info("journal_writes_again", entries=len(batch))
        self._failing = False
        for _, on_kept in batch:
            if on_kept is not None:
                on_kept(True)
        return True

    def _keep(self, batch: list[tuple[Entry, OnKept | None]], why: str) -> None:
        """Put the batch back in front, told to whoever waits for it: what happened is written when it can be."""
        if not self._failing:
            log.error("journal_not_written", code=StorageError.code, entries=len(batch), why=why)
        self._failing = True
        self._waiting.extendleft((entry, None) for entry, _ in reversed(batch))
        for _, on_kept in batch:
            if on_kept is not None:
                on_kept(False)

    def _lose(self, batch: list[tuple[Entry, OnKept | None]], why: str) -> None:
        self.lost += len(batch)
        if self._seldom.nth():
            log.error("journal_not_written", code=StorageError.code, lost=self.lost, why=why)
        for _, on_kept in batch:
            if on_kept is not None:
                on_kept(False)


async def _finished(task: asyncio.Task[T]) -> T:
    """Await a task that a cancellation of ours must not tear; the cancellation goes on after it."""
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
