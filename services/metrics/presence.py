"""Saying that this service stores what comes: until somebody does, units keep what they sent."""

import asyncio

import structlog

from device_adapters.bus.port import Bus, Will
from device_adapters.clock import Clock
from device_adapters.contract.messages import StoreStatus
from device_adapters.contract.registry import STORE_STATUS
from device_adapters.errors import BusLostError, BusRefusedError

log = structlog.get_logger("metrics")


class Presence:
    """The retained status of the store `name`. Its `will` belongs to the bus; `run` and `leave` come after that."""

    def __init__(self, site: str, name: str, clock: Clock) -> None:
        self._topic = STORE_STATUS.topic(site, name)
        self._name = name
        self._clock = clock
        self._connected = asyncio.Event()
        self.will = Will(self._topic, self._status(online=False), retain=True)

    async def run(self, bus: Bus) -> None:
        """Say on each connection, once its subscriptions are made, that we are there, until cancelled."""
        bus.on_connection(lambda up: self._connected.set() if up else None)
        if bus.connected:
            self._connected.set()
        while True:
            await self._connected.wait()
            self._connected.clear()
            await self._say(bus, online=True)

    async def leave(self, bus: Bus) -> None:
        """Say that we store nothing from now on."""
        await self._say(bus, online=False)

    async def _say(self, bus: Bus, *, online: bool) -> None:
        try:
            await bus.publish(self._topic, self._status(online=online), qos=1, retain=True)
        except BusLostError:
            pass  # the next connection says it, or the last will has
        except BusRefusedError as e:
            log.error("metrics_not_announced", code=e.code, why=str(e), what="units keep all they send")  # noqa: TRY400

    def _status(self, *, online: bool) -> bytes:
        return STORE_STATUS.encode(StoreStatus(store=self._name, online=online, at_ms=self._clock.wall_ms()))
