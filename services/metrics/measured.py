"""Heart rates and pseudonyms in whichever store has the measurements: read out for an export, and forgotten."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Window:
    """The readings of one device from `from_ms` to `to_ms` (wall time, both included)."""

    device: str
    from_ms: int
    to_ms: int


class MeasuredStore(Protocol):
    """A hub's store of measurements. Blocking. Raises StorageError; what failed half-way can be asked for again."""

    def heart_rates(self, strap: Window) -> list[tuple[int, int]]:
        """(at_ms, bpm) of a strap, oldest first."""
        ...

    def forget_heart_rates(self, strap: Window, treadmill: str, *, dry_run: bool) -> int:
        """A session's readings, of its strap and of its machine; how many there are."""
        ...

    def forget_heart_rates_before(self, at_ms: int, *, dry_run: bool) -> int:
        """All readings before that time; how many there are."""
        ...

    def forget_member(self, member: str) -> None:
        """Take a pseudonym out of everything."""
        ...
