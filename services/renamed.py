"""Treadmills that were given another id: a small file in the hub's data folder, beside what is stored by old ids."""

from pathlib import Path

import msgspec

from device_adapters.errors import StorageError
from device_adapters.unreadable import UNREADABLE
from services.history.names import Renamed, TreadmillNames


def path_of(data: Path) -> Path:
    """Where the file is."""
    return data / "renamed.json"


def renames(data: Path) -> tuple[Renamed, ...]:
    """All of them; none where there is no file. Raises StorageError."""
    path = path_of(data)
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Renamed, ...])
    except FileNotFoundError:
        return ()
    except (OSError, *UNREADABLE) as e:
        raise StorageError(f"{path}: {e}; restore it from a backup (backstride restore), or remove it") from e


def names(data: Path) -> TreadmillNames:
    """Old and new ids of treadmills, as `renames` lists them."""
    return TreadmillNames(renames(data))


def encoded(all_: tuple[Renamed, ...]) -> bytes:
    """The content of the file."""
    return msgspec.json.format(msgspec.json.encode(all_), indent=1) + b"\n"
