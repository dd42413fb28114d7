"""A small JSON file in the console's folder that is written whole: what stood in it before outlives a cut."""

import contextlib
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
import structlog

from device_adapters.errors import StorageError
from device_adapters.unreadable import UNREADABLE

T = TypeVar("T")

log = structlog.get_logger("console")


class KeptFile(Generic[T]):
    """Values of type `kind` by treadmill, as they stand there. `found`: there was a file, and it could be read."""

    def __init__(self, path: Path, kind: type[T]) -> None:
        self._path = path
        self._decoder: msgspec.json.Decoder[dict[str, T]] = msgspec.json.Decoder(
            dict[str, kind]  # type: ignore[valid-type]
        )
        self._changing = threading.Lock()
        self.found = True
        self.values: Mapping[str, T] = self._read()

    def change(self, change: Callable[[Mapping[str, T]], Mapping[str, T]]) -> None:
        """Keep what `change` makes of the values, durably; one change is made on what the one before it has left.

        StorageError: nothing has changed.
        """
        with self._changing:
            fresh = change(self.values)
            self._write(fresh)
            self.values = fresh

    def _read(self) -> dict[str, T]:
        """Nothing, and a line in the log, where it cannot be read: then it is put aside."""
        try:
            return self._decoder.decode(self._path.read_bytes())
        except FileNotFoundError:
            self.found = False
            return {}
        except (OSError, *UNREADABLE) as e:
            log.warning("kept_file_unreadable", file=str(self._path), why=str(e)[:200])
            with contextlib.suppress(OSError):
                self._path.replace(self._path.with_name(f"{self._path.name}.damaged"))
            self.found = False
            return {}

    def _write(self, values: Mapping[str, T]) -> None:
        """For our own user alone."""
        fresh = self._path.with_name(f"{self._path.name}.new")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(msgspec.json.encode(values))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as e:
            raise StorageError(f"{self._path}: {e.strerror}; it was not kept") from e
