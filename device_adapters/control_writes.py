"""What the gate wants written to one control point, in its order. Only the gate puts anything here."""

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from device_adapters.ble.link import Link, WriteRefusedError
from device_adapters.codecs import uuids
from device_adapters.errors import LinkError

WAITING_MAX = 32

log = structlog.get_logger()


class ControlWrites:
    """The writes of one treadmill. `failed` hears of one that did not arrive, with the ATT error that refused it."""

    def __init__(self, treadmill: str, failed: Callable[[bytes, int | None], None]) -> None:
        self._treadmill = treadmill
        self._failed = failed
        self._waiting: deque[bytes] = deque(maxlen=WAITING_MAX)
        self._wake = asyncio.Event()

    def put(self, data: bytes) -> None:
        """Write this next."""
        self._waiting.append(data)
        self._wake.set()

    def clear(self) -> None:
        """Forget what was not written: its link is gone."""
        self._waiting.clear()

    async def write_out(self, link: Link) -> None:
        """Until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                data = self._waiting.popleft()
                try:
                    await link.write(uuids.FITNESS_MACHINE_CONTROL_POINT, data)
                except WriteRefusedError as e:
                    self._failed(data, e.att_error)
                except LinkError as e:
                    log.warning("control point", treadmill=self._treadmill, code=e.code, why=str(e))
                    self._failed(data, None)
