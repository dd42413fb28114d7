"""The next setpoint, at its boundaries."""

from dataclasses import replace

import pytest
from envelope_rig import MACHINE, limits

from device_adapters.safety import ramp
from device_adapters.safety.envelope_state import Phase, State, on_grid

NOW = 100_000


def state(**changes: object) -> State:
    """Told 2.0 km/h for 1 s, with 0.5 km/h per s up and 1.0 down."""
    values: dict[str, object] = {
        "boot": "b",
        "phase": Phase.MOVING,
        "machine": MACHINE,
        "limits": limits(accel_max_ckmh_s=50, decel_stop_ckmh_s=100),
        "setpoint_ckmh": 200,
        "ramp_from_ckmh": 200,
        "ramp_ms": NOW - 1_000,
        **changes,
    }
    return State(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "spent_ms", "speed"),
    [(900, 0, 200), (900, 199, 200), (900, 200, 210), (900, 1_000, 250), (220, 1_000, 220),
     (80, 0, 200), (80, 1, 200), (80, 10, 190), (80, 1_000, 100), (150, 1_000, 150)],
)  # fmt: skip
def test_speed_goes_to_its_target_by_the_ramp(target: int, spent_ms: int, speed: int) -> None:
    given = state(target_ckmh=target, ramp_ms=NOW - spent_ms)
    assert ramp.next_speed(given, MACHINE, NOW) == speed


def test_at_its_target_a_speed_stays() -> None:
    for began in (150, 200, 250):
        given = state(target_ckmh=200, ramp_from_ckmh=began, ramp_ms=NOW)
        assert ramp.next_speed(given, MACHINE, NOW) == 200


def test_a_wait_never_takes_back_a_setpoint() -> None:
    given = state(target_ckmh=900, setpoint_ckmh=230, ramp_ms=NOW - 200)
    assert ramp.next_speed(given, MACHINE, NOW) == 230


@pytest.mark.parametrize(
    ("spent_ms", "speed"), [(0, 200), (10, 190), (100, 190), (1_000, 100), (1_199, 80), (1_200, None), (1_300, None)]
)  # fmt: skip
def test_a_stop_goes_down_to_the_machines_minimum_and_then_halts(spent_ms: int, speed: int | None) -> None:
    assert ramp.next_lower(state(ramp_ms=NOW - spent_ms), MACHINE, NOW) == speed


def test_a_stop_never_writes_a_rise() -> None:
    assert ramp.next_lower(state(setpoint_ckmh=150), MACHINE, NOW - 900) == 150


@pytest.mark.parametrize(
    ("told", "target", "step"),
    [(20, 20, 20), (20, 29, 29), (20, 30, 30), (20, 31, 30), (20, 11, 11), (20, 10, 10), (20, 9, 10), (0, -30, -10)],
)  # fmt: skip
def test_the_deck_moves_by_a_percent_at_most(told: int, target: int, step: int) -> None:
    assert ramp.next_incline(state(setpoint_dpct=told, target_dpct=target)) == step


@pytest.mark.parametrize(
    ("step", "speed", "settable"), [(10, 89, 80), (10, 90, 90), (1, 91, 91), (0, 91, 91), (7, 93, 87), (7, 94, 94)]
)  # fmt: skip
def test_a_settable_speed_is_at_or_below(step: int, speed: int, settable: int) -> None:
    assert on_grid(speed, replace(MACHINE, speed_step_ckmh=step)) == settable


def test_time_is_counted_to_the_millisecond() -> None:
    long = state(target_ckmh=900, limits=limits(accel_max_ckmh_s=1_000, decel_stop_ckmh_s=1_000))
    fine = replace(MACHINE, speed_step_ckmh=1)
    assert ramp.next_speed(replace(long, ramp_ms=NOW - 600), fine, NOW) == 800
    down = replace(long, target_ckmh=80, setpoint_ckmh=900, ramp_from_ckmh=900, ramp_ms=NOW - 600)
    assert ramp.next_speed(down, fine, NOW) == 300
    lower = ramp.next_lower(down, fine, NOW)
    assert lower == 300
    assert isinstance(lower, int)


def test_a_ramp_begins_here_and_now() -> None:
    given = ramp.from_here(state(setpoint_ckmh=170), NOW)
    assert (given.ramp_from_ckmh, given.ramp_ms) == (170, NOW)
