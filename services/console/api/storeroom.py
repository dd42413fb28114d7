"""The members store for the web server's threads, opened when it is first asked for and tried again if it failed."""

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from device_adapters.clock import Clock
from device_adapters.config import HubConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.console.accounts.accounts import Accounts
    from services.console.accounts.model import TimeOuts
    from services.console.accounts.sign_ins import SignIns
    from services.console.roles import Token
    from services.members.store import Members


class Storeroom:
    """SQLAlchemy takes 0.6 s to import: in the thread of the first request, not before the first page."""

    def __init__(self, config: HubConfig, clock: Clock) -> None:
        self._open: Callable[[], Members] = lambda: _open(config, clock)
        self._store: Members | None = None
        self._opening = Lock()

    def members(self) -> "Members":
        """The store. StorageError or ConfigError: it cannot be opened."""
        with self._opening:
            if self._store is None:
                self._store = self._open()
            return self._store

    def token(self, secret: str) -> "Token | None":
        """The token of this secret, if it may be used now."""
        from services.console.tokens import Tokens

        return Tokens(self.members()).of(secret)

    def accounts(self) -> "Accounts":
        """Who may sign in."""
        from services.console.accounts.accounts import Accounts

        return Accounts(self.members())

    def sign_ins(self, time_outs: "TimeOuts") -> "SignIns":
        """Who has."""
        from services.console.accounts.sign_ins import SignIns

        return SignIns(self.members(), time_outs)

    def close(self) -> None:
        """Let go of the database."""
        with self._opening:
            if self._store is not None:
                self._store.close()
                self._store = None


def _open(config: HubConfig, clock: Clock) -> "Members":
    from services.members.database import url_for
    from services.members.store import Members

    return Members(url_for(config.members, Path(config.data)), clock.wall_ms)
