"""Asking the enrolment desk to let a release go to the units: the console does it by this."""

import asyncio
import uuid
from typing import Literal

from device_adapters.bus.site import SiteBus
from device_adapters.contract import registry
from device_adapters.contract.messages import ReleasesOrder, ReleasesStatus

ANSWER_S = 10.0


class ReleasesClient:
    """Hears which releases are held. `status` is None until it was heard, and after it was taken back."""

    def __init__(self, bus: SiteBus) -> None:
        self.status: ReleasesStatus | None = None
        self._bus = bus
        self._news = asyncio.Event()
        bus.subscribe(
            registry.RELEASES_STATUS, lambda _id, said: self._heard(said), gone=lambda _: self._heard(None)
        )

    async def roll_out(self, version: str, canary: str, window: tuple[str, str], by: str) -> str:
        """Let it go, `canary` first; the key of why not, '' if it goes. Raises BusError, TimeoutError."""
        return await self._order(
            "roll_out", by, version=version, canary=canary, begin=window[0], end=window[1]
        )

    async def stop(self, by: str) -> str:
        """Send no further unit off; the key of why not. Raises BusError, TimeoutError."""
        return await self._order("stop", by)

    async def _order(self, verb: Literal["roll_out", "stop"], by: str, **words: str) -> str:
        asked = ReleasesOrder(id=uuid.uuid4().hex, verb=verb, by=by, **words)
        async with asyncio.timeout(ANSWER_S):
            await self._bus.publish(registry.RELEASES_ORDER, asked)
            return await self._answer(asked.id)

    async def _answer(self, order: str) -> str:
        while True:
            for one in self.status.answers if self.status is not None else ():
                if one.id == order:
                    return one.refused
            await self._news.wait()

    def _heard(self, said: ReleasesStatus | None) -> None:
        self.status, news, self._news = said, self._news, asyncio.Event()
        news.set()
