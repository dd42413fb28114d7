"""Whoever updates this machine keeps its belts free meanwhile: a lock on a file, which the kernel ends with its holder.

The updater takes the lock, waits for what was leased a moment before to be marked on the disk (`moving_mark`), and
goes on only if no belt is. While it holds the lock no belt is leased anew; a belt that is leased is left alone, and a
stop is never asked about.
"""

import fcntl
import os
from pathlib import Path

import structlog

NAME = "update.lock"
log = structlog.get_logger()


class UpdateHold:
    """The unit's side. A file that cannot be had holds nothing: then an updater finds none either, and goes away."""

    def __init__(self, data: Path) -> None:
        self._handle: int | None = None
        try:
            self._handle = os.open(data / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
        except OSError as e:
            log.warning("no update lock", why=str(e))

    @property
    def held(self) -> bool:
        """Does somebody update this machine now?"""
        if self._handle is None:
            return False
        try:
            fcntl.flock(self._handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        fcntl.flock(self._handle, fcntl.LOCK_UN)
        return False

    def close(self) -> None:
        """Let the file go."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
