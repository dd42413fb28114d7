"""A stop, straight to the units: no session service, database or sign-in is on its way."""

import asyncio

from device_adapters.bus.port import Bus
from device_adapters.contract import registry
from device_adapters.contract.messages import Stop
from device_adapters.errors import BusError

STOP_MAX_S = 2.0
"""A stop the broker has not taken by then counts as not delivered: a person must know while it matters."""


class StopSender:
    """Stops belts of one site. `by` and `why`: who wants it, and by which door it came."""

    def __init__(self, bus: Bus, site: str) -> None:
        self._bus = bus
        self._site = site

    async def all(self, by: str, why: str) -> bool:
        """Stop every belt of the site; False when the broker did not take it."""
        return await self._send(registry.STOP_ALL.topic(self._site), by, why)

    async def one(self, treadmill: str, by: str, why: str) -> bool:
        """Stop one belt; False when the broker did not take it."""
        return await self._send(registry.STOP_ONE.topic(self._site, treadmill), by, why)

    async def _send(self, topic: str, by: str, why: str) -> bool:
        try:
            async with asyncio.timeout(STOP_MAX_S):
                await self._bus.publish(topic, registry.STOP_ALL.encode(Stop(by=by, why=why)))
        except (BusError, TimeoutError):
            return False
        return True
