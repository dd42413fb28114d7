"""The state of one belt's envelope: frozen values and the questions asked of them. Pure."""

from dataclasses import dataclass
from enum import IntEnum

from device_adapters.frozen import replace
from device_adapters.safety.lease import NO_LEASE, Lease
from device_adapters.safety.limits import FIRST_MOVEMENT_CKMH, Arrangement, Limits
from device_adapters.safety.settling import NEVER_SETTLED, Settling

FRESH_MS = 3_000
"""What was measured longer ago than this is not known any more (ftms.md §7.2)."""


class Phase(IntEnum):
    """From the most restrictive on. OBSERVING: nobody holds a lease, the control point is untouched."""

    OBSERVING = 0
    READY = 1
    MOVING = 2
    STOPPING = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What this treadmill says it can do. An incline range of 0..0 means that incline is not controllable.

    `commissioned`: a record of the last 6 months shows that it does what it is told and stops when the link drops.
    `pause_before_stop`: it refuses Stop while it moves, and is paused first (KingSmith, ftms.md §1.4).
    `starts_by_speed`: its commissioning showed that it starts on Set Target Speed alone, without Start.
    `takes_miles`: it is known to take a target for miles per hour; no start is admitted on it.
    """

    speed_min_ckmh: int
    speed_max_ckmh: int
    speed_step_ckmh: int
    incline_min_dpct: int = 0
    incline_max_dpct: int = 0
    incline_step_dpct: int = 1
    commissioned: bool = False
    arrangement: Arrangement = Arrangement.MEMBER_TURNED
    pause_before_stop: bool = False
    takes_miles: bool = False
    starts_by_speed: bool = False


UNKNOWN_MACHINE = Machine(speed_min_ckmh=0, speed_max_ckmh=0, speed_step_ckmh=1)
"""A treadmill whose control point can be written to and whose ranges are not known: it can be stopped, no more."""

NOTHING_ALLOWED = Limits(
    speed_max_ckmh=0, accel_max_ckmh_s=0, decel_stop_ckmh_s=100, grade_min_dpct=0, grade_max_dpct=0,
    session_max_s=0, bout_max_s=0, hr_max_dpct=0,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class State:
    """Everything the envelope remembers. The initial value is the most restrictive one.

    `setpoint_*` is the last admitted write, `target_*` where it is going; `ramp_from_ckmh` at `ramp_ms` is where
    the present ramp began. `measured_*` is the belt itself. `expected_ckmh` at
    `expected_ms` is the fastest that the belt may still be, from what was written lately; the `*_since_ms` marks
    (0 = not now) tell since when it is above or below that, its grade outside the limits, or the belt at 0.
    `cap_ckmh` is what a member lowered it to.
    `began_ms` and `moved_ms` are this lease's start and moving time;
    `halted_ckmh` at `halted_ms` is what a stop is measured by, `stop_ms` when it began (on this link; `asked_ms`: at
    all) and `fell_ms` when the belt was last seen slower, `changed_ms` when its number last changed and `stood_ms` when
    the machine said that it was stopped by hand. `halt_ms` is the last Stop or Pause that was written: what was
    measured before tells nothing of the belt after. `disobeyed`: turns of this stop, over all its links, after which
    the belt was no slower. `told_ckmh` is the machine's own word, believed or not, as of
    `told_ms`, when it last changed. `elapsed_s` and `distance_m` are the machine's own counters,
    `counted_ms` when one last went on.
    `last_machine` is what was linked last: it can still be stopped before it says again what it is. `marked`: the
    disk holds the mark by which the next process would know that this belt is ours. `introduced`: it has said on this
    link what it can do; until then it may be stopped, and no more. `speed_due`: the speed in force
    was refused (a machine that counts down takes none) and is written again. `held`: does a hand hold this treadmill's
    button (None: it has none); `let_go`: it was seen open since a movement that it held began.
    """

    boot: str
    phase: Phase = Phase.OBSERVING
    machine: Machine | None = None
    last_machine: Machine = UNKNOWN_MACHINE
    marked: bool = True
    introduced: bool = False
    limits: Limits = NOTHING_ALLOWED
    lease: Lease = NO_LEASE
    latched: str = ""
    stop_cause: str = ""
    target_ckmh: int = 0
    target_dpct: int = 0
    setpoint_ckmh: int = 0
    setpoint_dpct: int = 0
    ramp_from_ckmh: int = 0
    ramp_ms: int = 0
    held_until_ms: int = 0
    written_ms: int = 0
    cap_ckmh: int | None = None
    expected_ckmh: int = 0
    expected_ms: int = 0
    above_since_ms: int = 0
    below_since_ms: int = 0
    grade_since_ms: int = 0
    settling: Settling = NEVER_SETTLED
    zero_since_ms: int = 0
    began_ms: int = 0
    moved_ms: int = 0
    ticked_ms: int = 0
    halted_ckmh: int = 0
    halted_ms: int = 0
    halts: int = 0
    disobeyed: int = 0
    halt_ms: int = 0
    stop_ms: int = 0
    asked_ms: int = 0
    fell_ms: int = 0
    changed_ms: int = 0
    stood_ms: int = 0
    elapsed_s: int | None = None
    distance_m: int | None = None
    counted_ms: int = 0
    told_ckmh: int = 0
    told_ms: int = 0
    measured_ckmh: int | None = None
    measured_dpct: int | None = None
    measured_ms: int = 0
    deck_ms: int = 0
    speed_due: bool = False
    held: bool | None = None
    let_go: bool = False
    moving_seen: bool = False
    seen_ids: tuple[str, ...] = ()


def speed_now(state: State, now_ms: int) -> int | None:
    """The belt's measured speed, or None if it is not known now."""
    if state.machine is None or now_ms - state.measured_ms > FRESH_MS:
        return None
    return state.measured_ckmh


def still(state: State, now_ms: int) -> bool:
    """Is the belt known to stand still?"""
    return speed_now(state, now_ms) == 0


def stands(state: State, now_ms: int) -> bool:
    """Would a speed, however low, start this belt again? It has moved and is measured at 0: many machines resume on
    Set Target Speed, and which do is not known.
    """
    return state.moving_seen and still(state, now_ms)


def grade_of(incline_dpct: int, arrangement: Arrangement) -> int:
    """Effective grade along travel of a machine incline, 0.1 %: + is uphill (domain.md §0.1)."""
    return incline_dpct if arrangement is Arrangement.MEMBER_TURNED else -incline_dpct


def on_grid(speed_ckmh: int, machine: Machine) -> int:
    """The machine's settable speed at or below this one."""
    step_ckmh = max(1, machine.speed_step_ckmh)
    return machine.speed_min_ckmh + (speed_ckmh - machine.speed_min_ckmh) // step_ckmh * step_ckmh


def first_speed(machine: Machine) -> int:
    """The speed of a first movement: 1.0 km/h on the machine's grid, or its minimum if that is more."""
    return on_grid(max(machine.speed_min_ckmh, min(FIRST_MOVEMENT_CKMH, machine.speed_max_ckmh)), machine)


def idle(state: State) -> State:
    """Back to where nothing is allowed."""
    return replace(
        state, phase=Phase.OBSERVING, limits=NOTHING_ALLOWED, target_ckmh=0, setpoint_ckmh=0, stop_cause=""
    )
