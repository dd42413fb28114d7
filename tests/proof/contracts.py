"""What the integer functions of the safety core promise, for CrossHair: it looks for a counterexample by solving.

Each function here calls the real one; `post:` is the promise. Run by `make proof` (tests/proof/symbolic.py).
"""

from device_adapters.safety.admit import Admitted, Verb, Wish, admit
from device_adapters.safety.envelope_state import Machine, Phase, State, first_speed, grade_of, on_grid
from device_adapters.safety.lease import Claim, Lease
from device_adapters.safety.limits import (
    Arrangement,
    Goal,
    Level,
    Limits,
    ceiling_for,  # noqa: F401  (named in a promise)
    raised,
    supervised_max_ckmh,
    tighter,
)


def _limits(speed: int, accel: int, grade_min: int, grade_max: int) -> Limits:
    return Limits(
        speed_max_ckmh=speed, accel_max_ckmh_s=accel, decel_stop_ckmh_s=100, grade_min_dpct=grade_min,
        grade_max_dpct=grade_max, session_max_s=600, bout_max_s=300, hr_max_dpct=700,
    )  # fmt: skip


def tighter_is_never_wider(speed_a: int, speed_b: int, low_a: int, low_b: int) -> tuple[int, int]:
    """The combined speed is within both, and so is the lowest grade.

    post: __return__[0] <= speed_a and __return__[0] <= speed_b
    post: __return__[0] in (speed_a, speed_b)
    post: __return__[1] >= low_a and __return__[1] >= low_b
    """
    both = tighter(_limits(speed_a, 20, low_a, 0), _limits(speed_b, 20, low_b, 0))
    return both.speed_max_ckmh, both.grade_min_dpct


def raised_stays_below_the_ceiling(base: int, wanted: int, goal: Goal) -> int:
    """Whatever a person wants, speed stays below the goal's ceiling and the site's.

    post: __return__ <= ceiling_for(goal).speed_max_ckmh
    post: __return__ <= 1000
    """
    return raised(_limits(base, 20, 0, 0), _limits(wanted, 20, 0, 0), goal).speed_max_ckmh


def raised_never_allows_downhill(low: int, wanted: int, goal: Goal) -> int:
    """No raise reaches a negative grade.

    post: __return__ >= 0
    """
    return raised(_limits(100, 20, low, 0), _limits(100, 20, wanted, 0), goal).grade_min_dpct


def supervision_only_ever_adds(commissioned: bool, spotter: bool, harness: bool) -> int:
    """A fact that is missing never allows more, and without a record nothing exceeds 6.0 km/h.

    post: __return__ <= supervised_max_ckmh(commissioned=True, spotter=True, harness=True) == 1000
    post: commissioned or __return__ <= 600
    post: commissioned or spotter or __return__ == 300
    post: spotter or __return__ <= 600
    post: harness or __return__ <= 800
    """
    return supervised_max_ckmh(commissioned=commissioned, spotter=spotter, harness=harness)


def the_grid_never_rounds_up(speed: int, low: int) -> int:
    """A settable speed is at or below the one that was wanted, by less than a step of 0.1 km/h.

    post: __return__ <= speed
    post: speed - __return__ < 10
    """
    return on_grid(speed, Machine(speed_min_ckmh=low, speed_max_ckmh=2000, speed_step_ckmh=10))


def the_first_speed_is_the_minimum_or_slow(low: int, high: int) -> int:
    """A first movement is at most 1.0 km/h, or the machine's minimum.

    pre: 0 < low <= high
    post: low <= __return__ <= max(100, low)
    """
    return first_speed(Machine(speed_min_ckmh=low, speed_max_ckmh=high, speed_step_ckmh=10))


def grade_of_grade_is_the_incline(incline: int, arrangement: Arrangement) -> int:
    """The sign turns and turns back.

    post: __return__ == incline
    """
    return grade_of(grade_of(incline, arrangement), arrangement)


def _admits_speed(value: int, state: State, now_ms: int) -> bool:
    return isinstance(admit(Wish(Verb.SPEED, value), state, now_ms), Admitted)


MACHINE = Machine(speed_min_ckmh=80, speed_max_ckmh=2000, speed_step_ckmh=10)
CLAIM = Claim(
    epoch=1, beat=1, holder="hub", boot="b", session="s", goal=Goal.ATHLETIC, level=Level.ADVANCED, ttl_ms=3_000
)  # fmt: skip


def no_rise_without_a_lease(value: int, told: int, now_ms: int) -> bool:
    """Without a lease no written speed is above the last one.

    post: not __return__ or value <= told
    """
    state = State(boot="b", phase=Phase.MOVING, machine=MACHINE, setpoint_ckmh=told)
    return _admits_speed(value, state, now_ms)


def no_speed_outside_the_machine(value: int, low: int, high: int, told: int) -> bool:
    """Whatever the state, a written speed is one the machine has.

    post: not __return__ or low <= value <= high
    """
    machine = Machine(speed_min_ckmh=low, speed_max_ckmh=high, speed_step_ckmh=10)
    return _admits_speed(value, State(boot="b", machine=machine, setpoint_ckmh=told), 0)


def no_rise_while_latched(value: int, told: int) -> bool:
    """While latched no written speed is above the last one.

    post: not __return__ or value <= told
    """
    state = State(boot="b", phase=Phase.MOVING, machine=MACHINE, setpoint_ckmh=told, latched="stop_pressed")
    return _admits_speed(value, state, 0)


def no_rise_beyond_its_target(value: int, told: int, target: int, ramp_from: int) -> bool:
    """Wherever the ramp is, no written speed rises above what was asked for.

    post: not __return__ or value <= max(told, target)
    """
    lease = Lease(epoch=1, claim=CLAIM, renewed_ms=10_000)
    state = State(
        boot="b", phase=Phase.MOVING, machine=MACHINE, limits=_limits(1000, 100, 0, 0), lease=lease,
        setpoint_ckmh=told, target_ckmh=target, ramp_from_ckmh=ramp_from, ramp_ms=9_000, moving_seen=True,
        measured_ckmh=told, measured_ms=10_000,
    )  # fmt: skip
    return _admits_speed(value, state, 10_000)
