"""Where points end up: one small port."""

from collections.abc import Sequence
from typing import Protocol

from services.metrics.points import Point


class Sink(Protocol):
    """A store. Blocking: called in a thread, one call at a time."""

    def write(self, points: Sequence[Point]) -> int:
        """Return when the points would survive a power cut; writing one again changes nothing.

        Returns how many were there already, where that is known. Raises StorageError; then the same points come
        again later.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
