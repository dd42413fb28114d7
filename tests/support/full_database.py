"""A database whose disk is full: SQLite is told that no page more may be had, on the connection that a store opened."""

import sqlite3
from collections.abc import Callable
from typing import Any

ENDLESS = 1_000_000


class OpenedDatabases:
    """The connections that were opened by `sqlite3.connect` since the test began, the newest last."""

    def __init__(self) -> None:
        self.connections: list[sqlite3.Connection] = []

    def opens(self, connect: Callable[..., sqlite3.Connection]) -> Callable[..., sqlite3.Connection]:
        """`connect`, written down."""

        def connected(*place: Any, **how: Any) -> sqlite3.Connection:
            connection = connect(*place, **how)
            self.connections.append(connection)
            return connection

        return connected

    def fill(self, pages: int = 0) -> None:
        """From now on the newest has room for so many pages; 0: for none more than it has."""
        newest = self.connections[-1]
        (there,) = newest.execute("PRAGMA page_count").fetchone()
        newest.execute(f"PRAGMA max_page_count = {pages or there}")

    def make_room(self) -> None:
        """It has room again."""
        self.connections[-1].execute(f"PRAGMA max_page_count = {ENDLESS}")

    def forbid_writing(self) -> None:
        """It can be read only, as a disk that was mounted anew after a fault."""
        self.connections[-1].execute("PRAGMA query_only = ON")
