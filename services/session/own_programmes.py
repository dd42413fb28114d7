"""The gym's own programmes as this service knows them: read again now and then, away from its loop."""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from device_adapters.clock import Clock
from device_adapters.errors import ProgrammeError
from services.programme import own
from services.programme.model import Programme

EVERY_S = 2.0

log = structlog.get_logger("session")


class OwnProgrammes:
    """`read` blocks; a file that was added counts within EVERY_S."""

    def __init__(self, read: Callable[[], own.OwnFolder], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._found = own.NONE
        self._known: Mapping[str, Programme] = {}

    @property
    def known(self) -> Mapping[str, Programme]:
        """Those that pass their limits, by id."""
        return self._known

    async def run(self) -> None:
        """Until cancelled; what is wrong with a file is logged once."""
        while True:
            found = await asyncio.to_thread(self._read)
            for fault in (one for one in found.faults if one not in self._found.faults):
                log.warning("programme_left_out", code=ProgrammeError.code, why=str(fault))
            self._found, self._known = found, found.by_id()
            await self._clock.sleep(EVERY_S)
