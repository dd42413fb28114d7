"""Treadmills that did what no treadmill in order does: told until somebody says that it was checked, or until it was
commissioned on a later day. The list outlives clears and restarts.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import structlog

from device_adapters.contract.bounds import TREADMILLS_KEPT_MAX
from device_adapters.contract.messages import Event
from device_adapters.errors import StorageError
from services.console.kept_file import KeptFile
from services.console.operator.misdeeds import WORST_FIRST, Defect
from services.history.model import Happened
from services.store_folder import DEFECTS

TRY_AGAIN_S = 60.0

log = structlog.get_logger("console")


class Deeds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When each cause was last seen on a treadmill, and up to when all of it was checked, by whom (a signature)."""

    seen_ms: dict[str, int] = {}
    checked_ms: int = 0
    checked_by: str = ""


class Defects:
    """Those of one site, by treadmill. Heard from the loop; kept on the disk by `run`."""

    def __init__(self, folder: Path) -> None:
        self._file = KeptFile(folder / DEFECTS, Deeds)
        self._known = dict(self._file.values)
        self._changed = asyncio.Event()

    def of(self, treadmill: str, commissioned: str) -> Defect | None:
        """What it did; `commissioned`: the day of its commissioning, which ends what was before that day."""
        deeds = self._known.get(treadmill, Deeds())
        for cause in WORST_FIRST:
            at_ms = deeds.seen_ms.get(cause, 0)
            if at_ms > deeds.checked_ms and _day(at_ms) >= commissioned[:10]:
                return Defect(cause, at_ms)
        return None

    def heard(self, said: Event | Happened) -> None:
        """A decision or incident of the bus, or of the history; any may come twice."""
        if said.kind != "hazard" or said.cause not in WORST_FIRST or not said.treadmill:
            return
        deeds = self._known.get(said.treadmill, Deeds())
        full = said.treadmill not in self._known and len(self._known) >= TREADMILLS_KEPT_MAX
        if full or said.at_ms <= deeds.seen_ms.get(said.cause, 0):
            return
        seen = {**deeds.seen_ms, said.cause: said.at_ms}
        self._known[said.treadmill] = msgspec.structs.replace(deeds, seen_ms=seen)
        self._changed.set()

    def remembered(self, earlier: Sequence[Happened]) -> None:
        """What happened while no console was there."""
        for one in earlier:
            self.heard(one)

    def checked(self, treadmill: str, by: str, at_ms: int) -> None:
        """A person says that it was looked at and is in order. `by`: as `SignedInUser.signature`."""
        if (deeds := self._known.get(treadmill)) is None:
            return
        up_to_ms = max(at_ms, *deeds.seen_ms.values())
        self._known[treadmill] = msgspec.structs.replace(deeds, checked_ms=up_to_ms, checked_by=by)
        self._changed.set()

    async def run(self) -> None:
        """Keep what changes on the disk, until cancelled; a disk that takes nothing is tried again."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await asyncio.to_thread(self._file.change, lambda _kept: dict(self._known))
            except StorageError as e:
                log.warning("defects_not_kept", why=str(e))
                await asyncio.sleep(TRY_AGAIN_S)
                self._changed.set()


def _day(at_ms: int) -> str:
    """UTC, as commissioning records have it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()
