"""What the gate wants written to one control point, in its order. Only the gate puts anything here."""

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from device_adapters.ble.link import WriteRefusedError
from device_adapters.codecs import uuids
from device_adapters.codecs.ftms.control_point import OpCode
from device_adapters.errors import LinkError
from device_adapters.machine_link import MachineLink

WAITING_MAX = 32
IN_FLIGHT_MAX = 4
"""A halt does not wait for a write whose response does not come; so many may be under way at once."""

log = structlog.get_logger()


class ControlWrites:
    """The writes of one treadmill. `failed` hears of one that did not arrive, with the ATT error that refused it."""

    def __init__(self, treadmill: str, failed: Callable[[bytes, int | None], None]) -> None:
        self._treadmill = treadmill
        self._failed = failed
        self._waiting: deque[bytes] = deque(maxlen=WAITING_MAX)
        self._flying: set[asyncio.Task[None]] = set()
        self._link: MachineLink | None = None
        self._broken: asyncio.Future[None] | None = None

    def put(self, data: bytes) -> None:
        """Write this next; a halt before all that waits. It goes out in the next turn of the loop, if it may."""
        if data[0] == OpCode.STOP_OR_PAUSE:
            self._waiting.clear()
        self._waiting.append(data)
        self._go_on()

    def clear(self) -> None:
        """Forget what was not written: its link is gone, or a stop began."""
        self._waiting.clear()

    async def write_out(self, link: MachineLink) -> None:
        """Write what is put here to this link until cancelled: one after the other, but a halt at once."""
        self._broken = asyncio.get_running_loop().create_future()
        self._link = link
        try:
            self._go_on()
            await self._broken
        finally:
            self._link = None
            for write in self._flying:
                write.cancel()
            await asyncio.gather(*self._flying, return_exceptions=True)

    def _go_on(self) -> None:
        while self._waiting and self._link is not None:
            halts = self._waiting[0][0] == OpCode.STOP_OR_PAUSE
            if self._flying and not (halts and len(self._flying) < IN_FLIGHT_MAX):
                return
            data = self._waiting.popleft()
            write = asyncio.create_task(self._write(self._link, data), name=f"write[{data.hex()}]")
            self._flying.add(write)
            write.add_done_callback(self._landed)

    def _landed(self, write: "asyncio.Task[None]") -> None:
        self._flying.discard(write)
        error = None if write.cancelled() else write.exception()
        if error is not None and self._broken is not None and not self._broken.done():
            self._broken.set_exception(error)
        self._go_on()

    async def _write(self, link: MachineLink, data: bytes) -> None:
        try:
            await link.write(uuids.FITNESS_MACHINE_CONTROL_POINT, data)
        except WriteRefusedError as e:
            self._failed(data, e.att_error)
        except LinkError as e:
            log.warning("control point", treadmill=self._treadmill, code=e.code, why=str(e))
            self._failed(data, None)
