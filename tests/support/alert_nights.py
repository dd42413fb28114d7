"""Nights of the alert service: what needs somebody on a small site, and what is told as seconds pass."""

from collections.abc import Iterable
from typing import Any

from device_adapters.contract import messages as m
from device_adapters.units import DAY_MS
from services.alerts.incidents import AlertCause, Book, Notice, step
from services.alerts.site_state import SiteState

WALL_MS = 1_774_915_200_000


class Night:
    """Seconds that pass, and what was told in them."""

    def __init__(self) -> None:
        self.book: Book = {}
        self.told: list[tuple[int, Notice]] = []
        self.second = 0

    def pass_(self, seconds: int, causes: Iterable[AlertCause] = (), *, quiet: bool = False) -> list[Notice]:
        before = len(self.told)
        there = list(causes)
        for _ in range(seconds):
            self.second += 1
            now_ms = self.second * 1_000
            self.book, notices = step(self.book, there, now_ms, WALL_MS + now_ms, quiet=quiet)
            self.told += [(self.second, notice) for notice in notices]
        return [notice for _, notice in self.told[before:]]


UNIT: dict[str, Any] = {
    "unit": "unit-01", "online": True, "boot": "b", "at_ms": 0, "treadmills": ("tm-01",), "straps": ("hr-01",),
}  # fmt: skip
TREADMILL: dict[str, Any] = {
    "treadmill": "tm-01",
    "unit": "unit-01",
    "boot": "b",
    "at_ms": 0,
    "link": "connected",
}
STRAP: dict[str, Any] = {"strap": "hr-01", "unit": "unit-01", "boot": "b", "at_ms": 0, "link": "connected"}


def site(
    unit: dict[str, Any] | None = None,
    treadmill: dict[str, Any] | None = None,
    strap: dict[str, Any] | None = None,
    *,
    store: bool = True,
    backup: dict[str, Any] | None = None,
) -> SiteState:
    made = SiteState()
    made.line(True, 0)
    made.unit("unit-01", m.UnitStatus(**UNIT | (unit or {})), 0)
    made.treadmill("tm-01", m.TreadmillState(**TREADMILL | (treadmill or {})))
    made.strap("hr-01", m.StrapState(**STRAP | (strap or {})))
    made.store("metrics", m.StoreStatus(store="metrics", online=store, at_ms=0))
    if backup is not None:
        made.backup(
            m.BackupStatus(**{"at_ms": WALL_MS, "to": "folder", "since_ms": WALL_MS - DAY_MS, **backup})
        )
    return made
