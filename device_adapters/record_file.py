"""A record of a person's work (commissioning, a counted sensor, a measured stop line): one small file, kept whole."""

import os
from pathlib import Path
from typing import TypeVar

import msgspec

from device_adapters.errors import ConfigError, StorageError
from device_adapters.unreadable import UNREADABLE

R = TypeVar("R", bound=msgspec.Struct)


def read(path: Path, kind: type[R], again: str) -> R | None:
    """What is kept there; None without a file. ConfigError, with what to do `again`, if it cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except (OSError, *UNREADABLE) as e:
        raise ConfigError(f"{path}: {e}; {again}") from e


def write(path: Path, record: msgspec.Struct) -> Path:
    """Keep it, durably; what stood there outlives a cut. StorageError if the disk will not have it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as e:
        raise StorageError(f"{path}: {e}") from e
    return path
