"""Where appointments come from: one https address or file a line, in the hub's data folder. An address is a secret: it
holds what only its owner may know, so it is named elsewhere by its place and host alone."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from device_adapters.errors import ConfigError, StorageError
from device_adapters.private_store import give_to_folder
from device_adapters.units import DAY_MS

AHEAD_MS = 60 * DAY_MS
"""So far ahead appointments are read, and told on."""

FILE = "bookings.txt"
SOURCES_MAX = 10
LENGTH_MAX = 2_000
FORMS = "https://booking.example/feed.ics, or /var/lib/backstride/bookings.ics"


@dataclass(frozen=True, slots=True)
class BookingSource:
    """One of them; `name` may be told."""

    name: str
    address: str

    @property
    def path(self) -> Path | None:
        """The file, where it is one."""
        return Path(self.address) if self.address.startswith("/") else None


def source(address: str, place: int) -> BookingSource:
    """The source at this address, the so-manieth. ConfigError: it can be none."""
    if len(address) > LENGTH_MAX or not address.isprintable() or any(c.isspace() for c in address):
        raise ConfigError(f"address {place}: at most {LENGTH_MAX} characters without a blank; write {FORMS}")
    if address.startswith("/"):
        return BookingSource(f"{place} {address}", address)
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError as e:
        raise ConfigError(f"address {place} is none; write {FORMS}") from e
    if parts.scheme in ("webcal", "http"):
        raise ConfigError(f"address {place}: {parts.scheme} can be read on the way; write it with https://")
    if parts.scheme != "https" or not host or parts.username is not None:
        raise ConfigError(f"address {place} is none that can be read; write {FORMS}")
    return BookingSource(f"{place} {host}", address)


def read(data: Path) -> tuple[BookingSource, ...]:
    """The sources of this data folder; none without the file. ConfigError."""
    path = data / FILE
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(
            f"{path}: {getattr(e, 'strerror', None) or e}; give it to the services' user"
        ) from e
    found = [line for line in lines if line and not line.startswith("#")]
    if len(found) > SOURCES_MAX:
        raise ConfigError(f"{path}: {len(found)} addresses; at most {SOURCES_MAX}")
    return tuple(source(address, place) for place, address in enumerate(found, 1))


def write(data: Path, sources: tuple[BookingSource, ...]) -> Path:
    """Keep these, for the services' own user alone. ConfigError: too many; StorageError."""
    path, fresh = data / FILE, data / f"{FILE}.new"
    if len(sources) > SOURCES_MAX:
        raise ConfigError(f"{path}: at most {SOURCES_MAX} addresses; backstride diary remove takes one away")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write("".join(f"{one.address}\n" for one in sources))
            file.flush()
            os.fsync(file.fileno())
        give_to_folder(fresh)
        fresh.replace(path)
    except OSError as e:
        raise StorageError(f"{path}: {e.strerror}; run it as the services' user, or with sudo") from e
    return path
