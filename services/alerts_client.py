"""Asking the alert service for a test: the console and the command line do it by this."""

import asyncio
import uuid
from collections.abc import Callable

from device_adapters.bus.site import SiteBus
from device_adapters.contract import registry
from device_adapters.contract.messages import AlertsStatus, AlertsTest, AlertsTested

ANSWER_S = 25.0
"""A provider's server may take 8 s to say nothing, and a target may be in the midst of that."""


class AlertsClient:
    """Hears how the alert service is. `status` is None until it was heard, and after it was taken back."""

    def __init__(self, bus: SiteBus) -> None:
        self.status: AlertsStatus | None = None
        self._bus = bus
        self._news = asyncio.Event()
        bus.subscribe(
            registry.ALERTS_STATUS, lambda _id, said: self._heard(said), gone=lambda _: self._heard(None)
        )

    async def test(self) -> AlertsTested:
        """Every phone is sent a test; what came of it, once all have answered. Raises BusError, TimeoutError."""
        asked = AlertsTest(id=uuid.uuid4().hex)
        async with asyncio.timeout(ANSWER_S):
            await self._bus.publish(registry.ALERTS_TEST, asked)
            said = await self._until(lambda said: any(one.id == asked.id for one in said.tests))
            return next(one for one in said.tests if one.id == asked.id)

    async def heard(self, within_s: float) -> AlertsStatus | None:
        """Its status; None if nobody has told one within that time."""
        try:
            async with asyncio.timeout(within_s):
                return await self._until(lambda _: True)
        except TimeoutError:
            return None

    async def _until(self, enough: Callable[[AlertsStatus], bool]) -> AlertsStatus:
        while self.status is None or not enough(self.status):
            news = self._news
            await news.wait()
        return self.status

    def _heard(self, said: AlertsStatus | None) -> None:
        self.status, news, self._news = said, self._news, asyncio.Event()
        news.set()
