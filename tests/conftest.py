"""Fixtures of all tests: Hypothesis profiles and the whole demo as processes."""

import sqlite3
from collections.abc import Iterator

import pytest
import structlog
from demo_process import RunningDemo, end_demo, start_demo
from full_database import OpenedDatabases
from hypothesis import settings

settings.register_profile("default", deadline=None)
settings.register_profile("proof", deadline=None, max_examples=2000)
settings.load_profile("default")


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """What a command sets up for its own process is not for the tests after it."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def opened_databases(monkeypatch: pytest.MonkeyPatch) -> OpenedDatabases:
    """SQLite's connections, written down from here on."""
    opened = OpenedDatabases()
    monkeypatch.setattr(sqlite3, "connect", opened.opens(sqlite3.connect))
    return opened


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """One demo with two treadmills and two straps for all tests that watch it."""
    running = start_demo(tmp_path_factory.mktemp("demo"), "--treadmills", "2")
    yield running
    end_demo(running)
