"""The machine book: an entry for each treadmill, counted from the bus and kept on the disk.

What moves while no console runs is not in it; `since_ms` says from when on it counts.
"""

import asyncio
from collections import deque
from pathlib import Path

import msgspec
import structlog

from device_adapters.clock import Clock
from device_adapters.contract.bounds import TREADMILLS_KEPT_MAX
from device_adapters.contract.messages import Event, TreadmillState, TreadmillTelemetry
from device_adapters.errors import StorageError
from services.console.kept_file import KeptFile
from services.console.operator import book
from services.console.operator.book import BookEntry
from services.store_folder import MACHINE_BOOK

KEEP_S = 60.0
"""So much is lost at most to a cut of the power, and a card is written to no more often."""

EVENTS_KNOWN = 500


class MachineBook:
    """Those of one site, by treadmill. Heard from the loop; kept on the disk by `run`."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._file = KeptFile(folder / MACHINE_BOOK, BookEntry)
        self._known = dict(self._file.values)
        self._clock = clock
        self._frames: dict[str, TreadmillTelemetry] = {}
        self._events: deque[str] = deque(maxlen=EVENTS_KNOWN)
        self._changed = asyncio.Event()

    def of(self, treadmill: str) -> BookEntry:
        """An empty one for a treadmill that did nothing yet."""
        return self._known.get(treadmill) or BookEntry(since_ms=self._clock.wall_ms())

    def measured(self, treadmill: str, frame: TreadmillTelemetry) -> None:
        """A measurement, of now or from a unit's outbox; any may come twice."""
        before = self._frames.get(treadmill)
        self._put(treadmill, book.moved(self.of(treadmill), before, frame))
        newer = before is None or before.boot != frame.boot or frame.seq > before.seq
        if newer and (before is not None or len(self._frames) < TREADMILLS_KEPT_MAX):
            self._frames[treadmill] = frame

    def told(self, treadmill: str, state: TreadmillState) -> None:
        """What a treadmill is."""
        self._put(treadmill, book.told_firmware(self.of(treadmill), state.firmware, self._clock.wall_ms()))

    def heard(self, said: Event) -> None:
        """A decision or incident; it may come twice."""
        if said.kind != "hazard" or not said.treadmill or said.id in self._events:
            return
        self._events.append(said.id)
        self._put(said.treadmill, book.failed(self.of(said.treadmill), said.cause))

    def serviced(self, treadmill: str, by: str) -> None:
        """A person says that it was serviced. `by`: a signature."""
        self._put(treadmill, book.serviced(self.of(treadmill), self._clock.wall_ms(), by))

    def service_every(self, treadmill: str, hours: int) -> None:
        """After so many hours of movement it is due; 0: never."""
        self._put(treadmill, msgspec.structs.replace(self.of(treadmill), service_every_h=hours))

    def keep(self) -> None:
        """Write it. StorageError: what stood there stands there still."""
        self._file.change(lambda _kept: dict(self._known))

    async def run(self) -> None:
        """Keep what changes on the disk, at most each KEEP_S, until cancelled; then once more."""
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                await self._keep()
                await self._clock.sleep(KEEP_S)
        finally:
            if self._changed.is_set():
                await asyncio.shield(self._keep())

    async def _keep(self) -> None:
        try:
            await asyncio.to_thread(self.keep)
        except StorageError as e:
            structlog.get_logger("console").warning("machine_book_not_kept", why=str(e))

    def _put(self, treadmill: str, entry: BookEntry) -> None:
        known = self._known.get(treadmill)
        if entry is known or (known is None and len(self._known) >= TREADMILLS_KEPT_MAX):
            return
        self._known[treadmill] = entry
        if known is None or entry != known:
            self._changed.set()
