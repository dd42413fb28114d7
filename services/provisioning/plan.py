"""What provisioning finds and does: each thing is as it should be, made, or changed. A dry run only says so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from device_adapters.errors import ConfigError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing: `how` it fares, `what` it is, and what `was` there instead."""

    how: Literal["same", "make", "change"]
    what: str
    was: str = ""


class Plan:
    """Does what is needed and keeps account of it. `dry_run`: does nothing. `may_delete`: may lose stored data."""

    def __init__(self, *, dry_run: bool = False, may_delete: bool = False) -> None:
        self._dry_run = dry_run
        self._may_delete = may_delete
        self.changes: list[Change] = []

    @property
    def needed(self) -> int:
        """How many things are not as they should be, or were not."""
        return sum(change.how != "same" for change in self.changes)

    def same(self, what: str) -> None:
        """It is there and right."""
        self.changes.append(Change("same", what))

    def make(self, what: str, do: Callable[[], T]) -> T | None:
        """It is missing; returns what `do` returns, None in a dry run."""
        self.changes.append(Change("make", what))
        return None if self._dry_run else do()

    def change(self, what: str, was: str, do: Callable[[], object], *, deletes: str = "") -> None:
        """It is otherwise. `deletes`: which stored data go by that; raises ConfigError if that is not allowed."""
        if deletes and not (self._may_delete or self._dry_run):
            raise ConfigError(
                f"{what} (now: {was}) deletes {deletes}; keep a copy if you need it, then add --yes"
            )
        self.changes.append(Change("change", what, f"{was}; deletes {deletes}" if deletes else was))
        if not self._dry_run:
            do()
