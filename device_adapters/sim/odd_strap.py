"""A virtual strap with oddities of Bluetooth, as `oddities.py` says."""

import asyncio
from collections.abc import Iterable
from typing import Any

from bumble import gatt
from bumble.device import Connection

from device_adapters.clock import Clock
from device_adapters.sim.air import SimLink
from device_adapters.sim.odd_gatt import OddServer, Ways, bent, step_of
from device_adapters.sim.oddities import Oddity, Step, Way
from device_adapters.sim.runner import Runner
from device_adapters.sim.strap import VirtualStrap

LATE_S = 0.9
TOLD_FIRST = 10


class OddStrap(VirtualStrap):
    """One strap with these oddities (at most one for each step)."""

    def __init__(
        self,
        link: SimLink,
        address: str,
        runner: Runner,
        clock: Clock,
        oddities: Iterable[Oddity],
        **how: Any,
    ) -> None:
        self.ways: Ways = {oddity.step: oddity.way for oddity in oddities}
        self.odd_clock = clock
        self._sent = 0
        self._held: bytes | None = None
        self._jobs: set[asyncio.Task[None]] = set()
        super().__init__(link, address, runner, **how)
        self._server.learn()

    def serve(self, *services: gatt.Service, service_data: bytes = b"") -> None:
        """As bent by its oddities."""
        super().serve(*bent(services, self.ways), service_data=service_data)
        self._server = OddServer(self.device, self.ways, self.odd_clock)

    def notify(self, client: Connection, of: gatt.Characteristic, value: bytes) -> None:
        """A measurement, in its own way; all else as it is."""
        send = super().notify
        if step_of(of) is not Step.HEART:
            send(client, of, value)
            return
        if self.ways.get(Step.HEART) is Way.FALSE:
            return
        self._sent += 1
        match self.ways.get(Step.BEATS):
            case Way.ABSENT:
                return
            case Way.SILENT if self._sent > TOLD_FIRST:
                return
            case Way.DOUBLE:
                send(client, of, value)
                send(client, of, value)
            case Way.SHORT:
                send(client, of, value[:1])
            case Way.LATE:
                self._run(self._send_later(client, of, value))
            case Way.OUT_OF_ORDER if self._held is None:
                self._held = value
            case Way.OUT_OF_ORDER:
                held, self._held = self._held, None
                send(client, of, value)
                send(client, of, held or value)
            case Way.FALSE:
                self._held = self._held or value
                send(client, of, self._held)
            case _:
                send(client, of, value)

    async def _send_later(self, client: Connection, of: gatt.Characteristic, value: bytes) -> None:
        await self.odd_clock.sleep(LATE_S)
        if client in self.connections:
            super().notify(client, of, value)

    def _run(self, job: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    def stop(self) -> None:
        """The battery is taken out."""
        for job in self._jobs:
            job.cancel()
        self._server.stop()
        super().stop()
