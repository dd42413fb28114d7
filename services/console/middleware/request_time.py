"""When was that asked which is served now? By what the page had seen, and by whether this process stood still.

A press may wait in a socket: of a telephone out of reach of the network, or of this process while it hung. Each frame
of a page tells the console's monotonic time, and what the page asks names the newest that it had seen: no clock but
this process's own is asked. A page that names a time which has not come yet is one from before the machine's restart.
"""

from contextvars import ContextVar

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from device_adapters.clock import Clock
from device_adapters.contract.punctual import Punctual
from device_adapters.units import HOUR_MS
from services.rules.whole import whole

SEEN = "x-backstride-seen"
LONG_AGO_MS = HOUR_MS

_SINCE: ContextVar[int | None] = ContextVar("asked", default=None)


def since_ms() -> int | None:
    """The earliest time (monotonic ms) at which the request being served was asked; None outside of one."""
    return _SINCE.get()


class RequestTime:
    """Wraps the whole application, so that the time counts from the first moment of a request."""

    def __init__(self, app: ASGIApp, clock: Clock, punctual: Punctual) -> None:
        self._app = app
        self._clock = clock
        self._punctual = punctual

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        if scope["type"] == "http":
            now_ms = self._clock.now_ms()
            came_ms = self._punctual.came_ms(now_ms)
            _SINCE.set(min(came_ms, _seen(Headers(scope=scope).get(SEEN, ""), now_ms)))
        await self._app(scope, receive, send)


def _seen(said: str, now_ms: int) -> int:
    if not said:
        return now_ms
    seen = whole(said)
    return now_ms - LONG_AGO_MS if seen is None or seen > now_ms else seen
