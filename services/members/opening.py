"""The one way into the members store: by the hub's settings, at once or when it is first asked for.

SQLAlchemy takes 0.6 s to import: nobody pays for it before the store is opened.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from device_adapters.config import HubConfig
    from services.members.store import Members

ANSWER_MAX_S = 3.0
"""Who waits for the store in a service's loop waits no longer."""

OpenStore = Callable[[], "Members"]
WallMs = Callable[[], int]


def open_members(config: "HubConfig", wall_ms: WallMs) -> "Members":
    """The store of these settings. StorageError or ConfigError: it cannot be opened."""
    from services.members.database import url_for
    from services.members.store import Members

    return Members(url_for(config.members, Path(config.data)), wall_ms)


@contextmanager
def opened_members(config: "HubConfig", wall_ms: WallMs) -> "Iterator[Members]":
    """The store of these settings, closed at the end."""
    store = open_members(config, wall_ms)
    try:
        yield store
    finally:
        store.close()


class MembersDb:
    """The store for a service's threads: opened when it is first asked for, and tried again if that failed."""

    def __init__(self, open_store: OpenStore) -> None:
        self._open = open_store
        self._store: Members | None = None
        self._opening = Lock()

    def members(self) -> "Members":
        """The store. Blocks. StorageError or ConfigError: it cannot be opened."""
        with self._opening:
            if self._store is None:
                self._store = self._open()
            return self._store

    def close(self) -> None:
        """Let go of the database. Waits for nobody: one that is just being opened ends with the process."""
        if self._opening.acquire(blocking=False):
            try:
                if self._store is not None:
                    self._store.close()
                    self._store = None
            finally:
                self._opening.release()
