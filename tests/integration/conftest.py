"""Fixtures: the members store on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from postgres_rig import fresh_database, postgres_server


@pytest.fixture(scope="session")
def postgres_home() -> Iterator[str]:
    """One PostgreSQL server for all tests that need it."""
    with postgres_server() as home:
        yield home


@pytest.fixture(params=["sqlite", "postgresql"])
def members_url(request: Any, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'members.db'}"
    return fresh_database(request.getfixturevalue("postgres_home"))
