"""What the checkers know of one treadmill, from outside."""

from collections import deque
from dataclasses import dataclass, field

from sim_machine import SimulatedMachine

from device_adapters.contract import messages as m


@dataclass(slots=True)
class Debt:
    """What is owed since `since_ms`: an action by `act_by_ms`, and then rest by `rest_by_ms`."""

    since_ms: int
    act_by_ms: int
    rest_by_ms: int | None = None


@dataclass(slots=True)
class Mover:
    """Whose start moved the belt: the first lease of that holder and epoch, and the last one that counts."""

    holder: str
    epoch: int
    first: m.Lease
    last: m.Lease
    renewed_ms: int
    at_ms: int
    limits: deque[tuple[int, int]] = field(default_factory=deque)


@dataclass(slots=True)
class Watched:
    """What is known of one treadmill from outside."""

    machine: SimulatedMachine
    linked: bool = False
    linked_ms: int = 0
    speed: int = 0
    seen_ms: int = 0
    rest_ms: int = 0
    moving_ms: int = 0
    permit_ms: int = -1
    console_ms: int = -1_000_000
    deck_ms: int = -1_000_000
    disturbed_ms: int = -1_000_000
    void_ms: int = 0
    data_ms: int = 0
    lowered_ms: int = -1
    over_since_ms: int | None = None
    off_since_ms: int | None = None
    grade_since_ms: int | None = None
    told: deque[tuple[int, int]] = field(default_factory=deque)
    debts: dict[str, Debt] = field(default_factory=dict)
    mover: Mover | None = None
    leases: dict[tuple[int, str, str, str], tuple[m.Lease, m.Lease, int]] = field(default_factory=dict)
    command: m.Command | None = None
    awaiting: str | None = None
    state: m.TreadmillState | None = None
