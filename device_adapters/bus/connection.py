"""Whether the bus is connected, and who wants to know."""

from collections.abc import Callable

import structlog

from device_adapters.errors import BusError

log = structlog.get_logger("bus")


class Connection:
    """The state behind `Bus.connected` and `Bus.on_connection`."""

    def __init__(self) -> None:
        self.up = False
        self._watchers: list[Callable[[bool], None]] = []

    def watch(self, handler: Callable[[bool], None]) -> None:
        """Call `handler` at every change from now on."""
        self._watchers.append(handler)

    def set(self, up: bool) -> None:
        """Take over the new state and tell everyone, if it is new."""
        if up == self.up:
            return
        self.up = up
        for watcher in self._watchers:
            try:
                watcher(up)
            except Exception:
                log.exception("connection_watcher_failed", code=BusError.code)
