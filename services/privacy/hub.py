"""The stores of one hub, opened together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from device_adapters.config import HubConfig
from services.history.reader import History
from services.members.opening import opened_members
from services.members.store import Members
from services.metrics.history import history_of, measured_of
from services.metrics.measured import MeasuredStore
from services.session.journal import Journal
from services.store_folder import JOURNAL


@dataclass(frozen=True, slots=True)
class HubStores:
    """Who trains, what the belts did, what was measured."""

    members: Members
    journal: Journal
    measured: MeasuredStore
    history: History
    data: Path


@contextmanager
def opened(config: HubConfig, wall_ms: Callable[[], int]) -> Iterator[HubStores]:
    """Open and close them. The services of the hub may run meanwhile."""
    data = Path(config.data)
    with opened_members(config, wall_ms) as members:
        journal = Journal(data / JOURNAL)
        try:
            yield HubStores(members, journal, measured_of(config), history_of(config), data)
        finally:
            journal.close()
