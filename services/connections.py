"""HTTP connections with bounds: what waits for its client has a time limit, and gives way when there are too many.

Who opens a thousand connections and says nothing takes nobody's place: the one that has waited longest for its client
is closed for each new one, so that a request that comes whole, such as a stop, is always served.
"""

import asyncio
import resource
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

REQUEST_MAX_S = 10.0
"""From the connection, or the last answer, to a whole request head; also for what follows an answer."""

CONNECTIONS_MAX = 1_000
BACKLOG = 128
"""Asyncio logs that many lines at once when no file can be opened any more."""


def connections_max() -> int:
    """Half of the files that this process may have open, so that there are always some left for stores and broker."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(CONNECTIONS_MAX, files // 2) if files > 0 else CONNECTIONS_MAX


class BoundedProtocol(H11Protocol):
    """Uvicorn's own, watched."""

    _most = connections_max()
    _deadline: asyncio.TimerHandle | None = None
    waiting_since = 0.0

    def connection_made(self, transport: Any) -> None:
        """Somebody connected: whoever has waited longest may have to go."""
        super().connection_made(transport)
        self._await_request()
        if len(self.connections) > self._most:
            waiting = [one for one in self.connections if isinstance(one, BoundedProtocol) and one.waits]
            if waiting:
                min(waiting, key=lambda one: one.waiting_since).give_way()

    @property
    def waits(self) -> bool:
        """For its client: no request is here whole and unanswered."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete or (cycle.more_body and not cycle.response_started)

    def give_way(self) -> None:
        """Close at once, without a word."""
        self._dismiss()
        self.connections.discard(self)  # not counted again before the loop has closed it
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Something came; the time limit ends with a whole request."""
        super().data_received(data)
        if not self.waits:
            self._dismiss()

    def on_response_complete(self) -> None:
        """Answered: the next request has its time."""
        self._await_request()
        super().on_response_complete()

    def handle_websocket_upgrade(self, event: Any) -> None:
        """A WebSocket has bounds of its own."""
        self._dismiss()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection ended: it counts no more."""
        self._dismiss()
        super().connection_lost(exc)

    def _await_request(self) -> None:
        self._dismiss()
        self.waiting_since = self.loop.time()
        self._deadline = self.loop.call_later(REQUEST_MAX_S, self._late)

    def _late(self) -> None:
        if self.waits:
            self.give_way()

    def _dismiss(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
