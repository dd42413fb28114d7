"""Whether somebody stores what this unit sends. A broker that was restarted takes messages that nobody is there for."""

from collections.abc import Callable

import structlog

from device_adapters.bus.port import Bus, Incoming
from device_adapters.contract.registry import STORE_STATUS
from device_adapters.errors import MessageError
from device_adapters.seldom import Seldom

log = structlog.get_logger()


class StoreWatch:
    """Calls `tell(True)` while at least one store of the site says it is there, on this connection; else False."""

    def __init__(self, bus: Bus, site: str, tell: Callable[[bool], None]) -> None:
        self._tell = tell
        self._there: set[str] = set()
        self._seldom = Seldom()
        bus.subscribe(STORE_STATUS.topic(site, "+"), self._status)
        bus.on_connection(self._connection)
        tell(False)

    def _status(self, incoming: Incoming) -> None:
        try:
            _, status = STORE_STATUS.read(incoming.topic, incoming.payload)
        except MessageError as e:
            if nth := self._seldom.nth():
                log.warning("store status not understood", code=e.code, why=str(e), times=nth)
            return
        if status.online:
            self._there.add(status.store)
        else:
            self._there.discard(status.store)
        self._tell(bool(self._there))

    def _connection(self, up: bool) -> None:
        """What was said on an earlier connection counts no more: a new broker may know nobody."""
        if not up:
            self._there.clear()
            self._tell(False)
