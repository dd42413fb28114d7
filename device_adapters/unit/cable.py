"""The cable of one treadmill: its line, made anew each time it ends, and what is feared on it."""

from collections.abc import Awaitable, Callable

from device_adapters.clock import Clock
from device_adapters.config import Treadmill
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Arrangement
from device_adapters.serial.keep import keep_plugged
from device_adapters.serial.link import SerialLink
from device_adapters.serial.makes import make_of
from device_adapters.serial.port import OpenLine


class Cable:
    """Of one treadmill. `stop` hears what its belt must be stopped for; `observing`: is no belt of ours there?"""

    def __init__(
        self,
        config: Treadmill,
        clock: Clock,
        open_line: OpenLine,
        stop: Callable[[Cause, str], None],
        observing: Callable[[], bool],
    ) -> None:
        self._path = config.port
        self._make = make_of(config.protocol, Arrangement(config.arrangement))
        self._clock = clock
        self._open_line = open_line
        self._stop = stop
        self._observing = observing
        self._line: SerialLink | None = None
        self._silence_told = False

    async def keep(self, serve: Callable[[SerialLink], Awaitable[None]], moving: Callable[[], bool]) -> None:
        """Serve each line that can be opened, until cancelled."""

        async def served(line: SerialLink) -> None:
            self._line = line
            try:
                await serve(line)
            finally:
                self._line = None

        await keep_plugged(self._open, served, self._clock, moving)

    def judged(self) -> None:
        """The belt was judged just now: only this keeps its machine's timer from stopping it."""
        if self._line is not None:
            self._line.judged()

    def heard(self) -> None:
        """The machine told its speed."""
        self._silence_told = False

    async def _open(self) -> SerialLink:
        line = SerialLink(self._make, self._clock, self._feared)
        await line.open(self._path, self._open_line)
        return line

    def _feared(self, cause: Cause, why: str) -> None:
        """A machine that is switched off is silent line after line: of a belt that is not ours that is said once."""
        if cause is Cause.LINE_SILENT:
            if self._silence_told and self._observing():
                return
            self._silence_told = True
        self._stop(cause, why)
