"""What a treadmill of the past is called today. Pure.

What was stored under a name stays under it: the name of its time is what finds it, and another machine may have that
name by now. Only what people read and search by is told in today's names.
"""

from collections.abc import Iterable

from msgspec import Struct


class Renamed(Struct, frozen=True):
    """A treadmill got another id at a wall time (ms)."""

    old: str
    new: str
    at_ms: int


class TreadmillNames:
    """All renames of a site, in the order of their time."""

    def __init__(self, renames: Iterable[Renamed] = ()) -> None:
        self._renames = sorted(renames, key=lambda one: one.at_ms)

    def now(self, treadmill: str, at_ms: int) -> str:
        """Today's id of what was called `treadmill` at that time."""
        for one in self._renames:
            if one.at_ms > at_ms and one.old == treadmill:
                treadmill = one.new
        return treadmill

    def shown(self, treadmill: str, at_ms: int) -> str:
        """Both where they differ, today's first."""
        now = self.now(treadmill, at_ms)
        return treadmill if now == treadmill else f"{now} ({treadmill})"
