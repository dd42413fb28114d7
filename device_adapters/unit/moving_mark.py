"""A mark on disk while a unit holds a belt, so that the unit that comes after a crash knows to stop it.

Nobody waits for the disk: what the mark should say is asked for, and what it says is told once it is there.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path

import structlog

AGAIN_S = 1.0

log = structlog.get_logger()


class MovingMark:
    """The mark of one treadmill. A disk that cannot be asked may hold it."""

    def __init__(self, data: Path, treadmill: str) -> None:
        self._treadmill = treadmill
        self._path = data / "moving" / treadmill
        self._holds: bool | None = _exists(self._path)
        self._wanted = self.is_set
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()

    @property
    def is_set(self) -> bool:
        """Is the disk known to hold it? Not while it is being made or removed, nor after that failed half-way."""
        return self._holds is True

    def set(self, moving: bool) -> None:
        """Make the mark say `moving`, on the disk itself. Blocks. Raises OSError."""
        folder = self._path.parent
        self._holds = None
        if moving:
            folder.mkdir(parents=True, exist_ok=True)
            self._path.touch()
        else:
            self._path.unlink(missing_ok=True)
        if folder.exists():
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        self._holds = moving

    def want(self, moving: bool) -> None:
        """Let the mark say `moving` as soon as the disk takes it."""
        if moving != self._wanted:
            self._wanted = moving
            self._settled.clear()
            self._wake.set()

    async def settled(self) -> None:
        """Wait until the disk holds what was wanted last."""
        await self._settled.wait()

    async def run(self, told: Callable[[bool], None]) -> None:
        """Write what is wanted, one after the other, and tell what the disk holds. Never returns."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._wanted is not self._holds:
                if not self._wanted:
                    # From here on nobody may rely on it, until it is made anew.
                    told(False)
                try:
                    await _apart(self.set, self._wanted)
                except OSError as e:
                    log.warning("moving mark not kept", treadmill=self._treadmill, why=str(e))
                    await asyncio.sleep(AGAIN_S)
                    continue
                told(self.is_set)
            self._settled.set()


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as e:
        log.warning("moving mark not readable", path=path.name, why=str(e))
        return True


async def _apart(job: Callable[[bool], None], value: bool) -> None:
    """Run a job on a thread of its own, which no other job waits for and which ends with the process."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    failed: list[OSError] = []

    def work() -> None:
        try:
            job(value)
        except OSError as e:
            failed.append(e)
        try:
            loop.call_soon_threadsafe(done.set)
        except RuntimeError:  # the loop ended meanwhile
            return

    threading.Thread(target=work, name="moving mark", daemon=True).start()
    await done.wait()
    if failed:
        raise failed[0]
