"""A mark on disk while a unit holds a belt, so that the unit that comes after a crash knows to stop it."""

import asyncio
from pathlib import Path

import structlog

log = structlog.get_logger()


class MovingMark:
    """The mark of one treadmill."""

    def __init__(self, data: Path, treadmill: str) -> None:
        self._treadmill = treadmill
        self._path = data / "moving" / treadmill
        self.is_set = self._path.exists()

    def set(self, moving: bool) -> None:
        """Make the mark say `moving`. Blocks: call it from a worker thread. Raises OSError."""
        if moving:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
        else:
            self._path.unlink(missing_ok=True)
        self.is_set = moving

    async def keep(self, moving: bool) -> None:
        """Let the mark follow the belt. A disk that will not have it is told to the log, once for each change."""
        if moving == self.is_set:
            return
        try:
            await asyncio.to_thread(self.set, moving)
        except OSError as e:
            self.is_set = moving
            log.warning("moving mark not kept", treadmill=self._treadmill, why=str(e))
