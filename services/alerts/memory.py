"""What outlives a restart: incidents, so that none is told twice and each end is told, and what no server took yet."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import structlog

from device_adapters import record_file
from device_adapters.errors import ConfigError, StorageError
from services.alerts.incidents import Book, Notice, OpenIncident, has_lasted
from services.store_folder import OF_ALERTS

log = structlog.get_logger("alerts")


class KeptAlerts(msgspec.Struct, frozen=True):
    """One file, so that what is `waiting` for a target, by its name, and what counts as told are of one moment."""

    incidents: tuple[OpenIncident, ...] = ()
    waiting: Mapping[str, tuple[Notice, ...]] = {}


class Memory:
    """A file; what cannot be kept or read is told in the log, and alerts go on."""

    def __init__(self, data: Path) -> None:
        self._path = data / OF_ALERTS / "incidents.json"
        self._kept: object = None
        self._refused = False

    def read(self) -> KeptAlerts:
        """What was kept; nothing where there is none."""
        try:
            return (
                record_file.read(self._path, KeptAlerts, "nothing is known of what was told") or KeptAlerts()
            )
        except ConfigError as e:
            log.warning("incidents_not_read", why=str(e)[:200])
            return KeptAlerts()

    def keep(self, book: Book, waiting: Mapping[str, tuple[Notice, ...]]) -> None:
        """Write what was told, or would have been but for the hour, and what waits, if it is other than before."""
        lasting = tuple(one for one in book.values() if has_lasted(one))
        now = [(one.cause.place, one.told and one.cause) for one in lasting], waiting
        if now == self._kept:
            return
        try:
            record_file.write(self._path, KeptAlerts(lasting, waiting))
        except StorageError as e:
            if not self._refused:
                log.warning("incidents_not_kept", why=str(e))
            self._refused = True
        else:
            self._kept, self._refused = now, False
