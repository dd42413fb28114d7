"""Journal writes off the event loop: one worker thread, batches as large as what has gathered."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import structlog

from device_adapters.errors import StorageError
from services.session.journal import Entry, Journal

WAITING_MAX = 20_000
BATCH_MAX = 500

T = TypeVar("T")
OnKept = Callable[[bool], None]

log = structlog.get_logger("session")


class Recorder:
    """`put` returns at once. Whoever must know is told whether the entry is on disk."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: deque[tuple[Entry, OnKept | None]] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.lost = 0

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
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
                await _finished(asyncio.create_task(self._write(batch), name="journal.write"))
            self._idle.set()

    async def drain(self) -> None:
        """Wait until nothing is waiting; bound it from outside."""
        await self._idle.wait()

    async def _write(self, batch: list[tuple[Entry, OnKept | None]]) -> None:
        try:
            await asyncio.to_thread(self._journal.append, [entry for entry, _ in batch])
        except StorageError as e:
            self._lose(batch, str(e))
            return
        for _, on_kept in batch:
            if on_kept is not None:
                on_kept(True)

    def _lose(self, batch: list[tuple[Entry, OnKept | None]], why: str) -> None:
        self.lost += len(batch)
        log.error("journal_not_written", code=StorageError.code, entries=len(batch), lost=self.lost, why=why)
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
