"""The stores of one hub, opened together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from device_adapters.config import HubConfig
from services.history.reader import History
from services.members.database import url_for
from services.members.store import Members
from services.metrics.history import history_of, measured_of
from services.metrics.measured import Measured
from services.session.journal import Journal


@dataclass(frozen=True, slots=True)
class Hub:
    """Who trains, what the belts did, what was measured."""

    members: Members
    journal: Journal
    measured: Measured
    history: History
    data: Path


@contextmanager
def opened(config: HubConfig, wall_ms: Callable[[], int]) -> Iterator[Hub]:
    """Open and close them. The services of the hub may run meanwhile."""
    data = Path(config.data)
    members = Members(url_for(config.members, data), wall_ms)
    try:
        journal = Journal(data / "sessions.db")
        try:
            yield Hub(members, journal, measured_of(config), history_of(config), data)
        finally:
            journal.close()
    finally:
        members.close()
