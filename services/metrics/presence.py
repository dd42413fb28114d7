"""Saying whether this service stores what comes: while nobody does, units keep what they send."""

import asyncio

import structlog

from device_adapters.bus.port import Bus, Will
from device_adapters.clock import Clock
from device_adapters.contract.messages import StoreStatus
from device_adapters.contract.registry import STORE_STATUS
from device_adapters.errors import BusLostError, BusRefusedError

log = structlog.get_logger("metrics")

FAULT_MAX = 500
"""Characters of a fault that are said."""


class Presence:
    """The retained status of the store `name`. Its `will` belongs to the bus; `run` and `leave` come after that."""

    def __init__(self, site: str, name: str, clock: Clock) -> None:
        self._topic = STORE_STATUS.topic(site, name)
        self._name = name
        self._clock = clock
        self._news = asyncio.Event()
        self._fault = ""
        self._warning = ""
        self._left = False
        self.will = Will(self._topic, self._status(online=False), retain=True)

    async def run(self, bus: Bus) -> None:
        """Say how it is on each connection, once its subscriptions are made, and at each change, until cancelled."""
        bus.on_connection(lambda up: self._news.set() if up else None)
        if bus.connected:
            self._news.set()
        while True:
            await self._news.wait()
            self._news.clear()
            await self._say(bus)

    def store_fails(self, why: str) -> None:
        """Say that nothing can be stored, and why with the fix; '' once it can be again."""
        self._fault = why[:FAULT_MAX]
        self._news.set()

    def database_fails(self, why: str) -> None:
        """Say why what is stored here does not reach the database, with the fix; it is kept. '' once all is well."""
        if self._warning != why[:FAULT_MAX]:
            self._warning = why[:FAULT_MAX]
            self._news.set()

    async def leave(self, bus: Bus) -> None:
        """Say that we store nothing from now on."""
        self._left = True
        await self._say(bus)

    async def _say(self, bus: Bus) -> None:
        online = not (self._left or self._fault)
        try:
            await bus.publish(self._topic, self._status(online=online), qos=1, retain=True)
        except BusLostError:
            pass  # the next connection says it, or the last will has
        except BusRefusedError as e:
            log.error("metrics_not_announced", code=e.code, why=str(e), what="units keep all they send")  # noqa: TRY400

    def _status(self, *, online: bool) -> bytes:
        at_ms = self._clock.wall_ms()
        return STORE_STATUS.encode(
            StoreStatus(store=self._name, online=online, at_ms=at_ms, fault=self._fault or self._warning)
        )
