"""What of the incidents outlives a restart: nothing is told twice, and the end of what began before is told."""

from pathlib import Path

import msgspec
import structlog

from device_adapters.unreadable import UNREADABLE
from services.alerts.incidents import Book, OpenIncident
from services.store_folder import OF_ALERTS

log = structlog.get_logger("alerts")


class Memory:
    """A file; what cannot be kept or read is told in the log, and alerts go on."""

    def __init__(self, data: Path) -> None:
        self._path = data / OF_ALERTS / "incidents.json"
        self._kept: tuple[OpenIncident, ...] | None = None

    def read(self) -> tuple[OpenIncident, ...]:
        """What was kept; nothing where there is none."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=tuple[OpenIncident, ...])
        except FileNotFoundError:
            return ()
        except (OSError, *UNREADABLE) as e:
            log.warning("incidents_not_read", why=str(e)[:200])
            return ()

    def keep(self, book: Book) -> None:
        """Write the incidents that were told, if others than before were."""
        told = tuple(one for one in book.values() if one.told)
        known = self._kept or ()
        if self._kept is not None and [one.cause for one in told] == [one.cause for one in known]:
            return
        self._kept = told
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(msgspec.json.encode(told))
            fresh.replace(self._path)
        except OSError as e:
            log.warning("incidents_not_kept", why=str(e))
