"""A small JSON file in the console's folder that is written whole: what stood in it before outlives a cut."""

import contextlib
import os
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
import structlog

from device_adapters.errors import StorageError
from device_adapters.unreadable import UNREADABLE

T = TypeVar("T")

log = structlog.get_logger("console")


class KeptFile(Generic[T]):
    """Values of type `kind` by treadmill."""

    def __init__(self, path: Path, kind: type[T]) -> None:
        self._path = path
        self._decoder: msgspec.json.Decoder[dict[str, T]] = msgspec.json.Decoder(
            dict[str, kind]  # type: ignore[valid-type]
        )

    def read(self) -> dict[str, T]:
        """What stands there; nothing, and a line in the log, where it cannot be read: then it is put aside."""
        try:
            return self._decoder.decode(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, *UNREADABLE) as e:
            log.warning("kept_file_unreadable", file=str(self._path), why=str(e)[:200])
            with contextlib.suppress(OSError):
                self._path.replace(self._path.with_name(f"{self._path.name}.damaged"))
            return {}

    def write(self, values: dict[str, T]) -> None:
        """Keep these, durably, for our own user alone. StorageError: what stood there stands there still."""
        fresh = self._path.with_name(f"{self._path.name}.new")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(msgspec.json.encode(values))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as e:
            raise StorageError(f"{self._path}: {e.strerror}; it was not kept") from e
