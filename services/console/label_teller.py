"""Tells the bus what people say of treadmills, so that who runs sessions starts none on one that is out of use."""

import asyncio

import structlog

from device_adapters.bus.site import SiteBus
from device_adapters.clock import Clock
from device_adapters.contract import registry
from device_adapters.contract.messages import TreadmillLabel
from device_adapters.errors import BusError, StorageError
from services.console.labels import Labels
from services.console.out_of_use import OutOfUse

EVERY_S = 0.5
AGAIN_S = 5.0

log = structlog.get_logger("console")


class LabelTeller:
    """Holds what stands on the bus against what is kept here, and makes it so: it is retained, and of an earlier
    console perhaps."""

    def __init__(self, site: SiteBus, labels: Labels, out_of_use: OutOfUse, clock: Clock) -> None:
        self._site = site
        self._labels = labels
        self._out_of_use = out_of_use
        self._clock = clock
        self._told: dict[str, tuple[str, str, str]] = {}
        site.subscribe(registry.TREADMILL_LABEL, self._heard, gone=self._gone)

    def connection(self, up: bool) -> None:
        """A broker that was away may have forgotten."""
        if up:
            self._told.clear()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._clock.sleep(EVERY_S)
            try:
                await self._tell()
            except BusError as e:
                log.debug("label_not_told", why=str(e))
                await self._clock.sleep(AGAIN_S)

    async def _tell(self) -> None:
        for id_ in sorted({*self._told, *self._labels.ids(), *self._out_of_use.ids()}):
            if not await self._remembered(id_):
                continue
            label = self._labels.of(id_)
            wanted = label.name, label.place, self._out_of_use.why(id_)
            if self._told.get(id_) == wanted:
                continue
            name, place, why = wanted
            said = TreadmillLabel(
                treadmill=id_, at_ms=self._clock.wall_ms(), name=name, place=place, out_of_use=why
            )
            await self._site.publish(registry.TREADMILL_LABEL, said, id_)
            self._told[id_] = wanted

    async def _remembered(self, id_: str) -> bool:
        """Is the mark that the bus tells of it known here, as far as it is to be?"""
        _, _, why = self._told.get(id_, ("", "", ""))
        if why and not self._out_of_use.why(id_):
            try:
                await asyncio.to_thread(self._out_of_use.remember, id_, why, self._clock.wall_ms())
            except StorageError as e:
                log.warning("out_of_use_not_kept", treadmill=id_, why=str(e))
                return False
        return True

    def _gone(self, id_: str) -> None:
        self._told.pop(id_, None)

    def _heard(self, id_: str, said: TreadmillLabel) -> None:
        self._told[id_] = said.name, said.place, said.out_of_use
