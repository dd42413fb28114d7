"""What the gate wants written to one control point, in its order. Only the gate puts anything here."""

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from device_adapters.ble.link import Link, WriteRefusedError
from device_adapters.codecs import uuids
from device_adapters.codecs.ftms.control_point import OpCode
from device_adapters.errors import LinkError

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
        self._wake = asyncio.Event()

    def put(self, data: bytes) -> None:
        """Write this next; a halt before all that waits."""
        if data[0] == OpCode.STOP_OR_PAUSE:
            self._waiting.clear()
        self._waiting.append(data)
        self._wake.set()

    def clear(self) -> None:
        """Forget what was not written: its link is gone, or a stop began."""
        self._waiting.clear()

    async def write_out(self, link: Link) -> None:
        """Write what is put here to this link until cancelled: one after the other, but a halt at once."""
        async with asyncio.TaskGroup() as tasks:
            flying: set[asyncio.Task[None]] = set()
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    flying = {task for task in flying if not task.done()}
                    halts = self._waiting[0][0] == OpCode.STOP_OR_PAUSE
                    if flying and not (halts and len(flying) < IN_FLIGHT_MAX):
                        woken = tasks.create_task(self._wake.wait())
                        await asyncio.wait({*flying, woken}, return_when=asyncio.FIRST_COMPLETED)
                        woken.cancel()
                        self._wake.clear()
                        continue
                    data = self._waiting.popleft()
                    flying.add(tasks.create_task(self._write(link, data), name=f"write[{data.hex()}]"))

    async def _write(self, link: Link, data: bytes) -> None:
        try:
            await link.write(uuids.FITNESS_MACHINE_CONTROL_POINT, data)
        except WriteRefusedError as e:
            self._failed(data, e.att_error)
        except LinkError as e:
            log.warning("control point", treadmill=self._treadmill, code=e.code, why=str(e))
            self._failed(data, None)
