"""The table of limits, written down a second time from domain.md §2, and how limits combine."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.safety.limits import (
    SITE_CEILING,
    TRANSITION_CKMH,
    Goal,
    Level,
    Limits,
    bounded,
    ceiling_for,
    limits_for,
    raised,
    reserve_dpct,
    supervised_max_ckmh,
    tighter,
)

K, C, A, M = Goal.KNEE_STRENGTH, Goal.CONDITIONING, Goal.ATHLETIC, Goal.MOBILITY
NOV, INT, ADV = Level.NOVICE, Level.INTERMEDIATE, Level.ADVANCED

# km/h, km/h per s, grade %, session min, continuous bout s, % of HRmax. An athletic bout is the 5 min of walking in
# domain.md's cell of novices; its shorter times of running (30 to 60 s) are not in these limits.
TABLE = {
    (K, NOV): (2.5, 0.2, (0, 0), 10, 300, 70),
    (K, INT): (3.5, 0.3, (0, 3), 20, 600, 76),
    (K, ADV): (4.5, 0.3, (0, 5), 20, 900, 76),
    (C, NOV): (4.5, 0.3, (0, 0), 20, 60, 76),
    (C, INT): (6.5, 0.4, (0, 2), 25, 60, 80),
    (C, ADV): (8.0, 0.5, (0, 4), 30, 90, 85),
    (A, NOV): (6.0, 0.4, (0, 2), 20, 300, 80),
    (A, INT): (8.0, 0.6, (0, 5), 25, 300, 85),
    (A, ADV): (9.5, 0.8, (0, 8), 30, 300, 90),
    (M, NOV): (1.5, 0.1, (0, 0), 5, 120, 65),
    (M, INT): (2.0, 0.15, (0, 0), 8, 180, 70),
    (M, ADV): (2.5, 0.2, (0, 2), 15, 300, 76),
}
CEILING = {
    K: (5.5, 0.5, (0, 10), 30, 1200, 80),
    C: (9.0, 0.8, (0, 8), 40, 180, 90),
    A: (10.0, 1.0, (0, 10), 40, 300, 95),
    M: (3.0, 0.3, (0, 3), 15, 600, 76),
}
RESERVE_PCT = {
    (K, NOV): 60, (K, INT): 60, (K, ADV): 60, (C, NOV): 60, (C, INT): 70, (C, ADV): 75,
    (A, NOV): 70, (A, INT): 75, (A, ADV): 85, (M, NOV): 50, (M, INT): 55, (M, ADV): 60,
}  # fmt: skip
STOP_RAMP_KMH_S = {K: 1.0, C: 1.5, A: 2.0, M: 1.0}


@pytest.mark.parametrize(("goal", "level"), RESERVE_PCT)
def test_the_share_of_the_heart_rate_reserve(goal: Goal, level: Level) -> None:
    assert reserve_dpct(goal, level) == RESERVE_PCT[goal, level] * 10


Row = tuple[float, float, tuple[int, int], int, int, int]


def written_down(row: Row, goal: Goal) -> Limits:
    speed, accel, grade, minutes, bout_s, hr = row
    return Limits(
        speed_max_ckmh=round(speed * 100),
        accel_max_ckmh_s=round(accel * 100),
        decel_stop_ckmh_s=round(STOP_RAMP_KMH_S[goal] * 100),
        grade_min_dpct=grade[0] * 10,
        grade_max_dpct=grade[1] * 10,
        session_max_s=minutes * 60,
        bout_max_s=bout_s,
        hr_max_dpct=hr * 10,
    )


@pytest.mark.parametrize("goal", Goal)
@pytest.mark.parametrize("level", Level)
def test_each_cell_is_as_written_down(goal: Goal, level: Level) -> None:
    assert limits_for(goal, level) == written_down(TABLE[goal, level], goal)


@pytest.mark.parametrize("goal", Goal)
def test_each_ceiling_is_as_written_down(goal: Goal) -> None:
    assert ceiling_for(goal) == written_down(CEILING[goal], goal)


def test_walking_backward_turns_into_running_at_5_9_km_h() -> None:
    assert TRANSITION_CKMH == 590


def test_the_site_ceiling_is_as_written_down() -> None:
    assert written_down((10.0, 1.0, (0, 10), 40, 1200, 95), A) == SITE_CEILING


@pytest.mark.parametrize("goal", Goal)
@pytest.mark.parametrize("level", Level)
def test_no_cell_is_beyond_its_ceiling_and_no_ceiling_beyond_the_site(goal: Goal, level: Level) -> None:
    assert tighter(limits_for(goal, level), ceiling_for(goal)) == limits_for(goal, level)
    assert tighter(ceiling_for(goal), SITE_CEILING) == ceiling_for(goal)


@pytest.mark.parametrize(
    ("commissioned", "spotter", "harness", "kmh"),
    [
        (False, False, False, 3.0),
        (False, False, True, 3.0),
        (False, True, False, 6.0),
        (False, True, True, 6.0),
        (True, False, False, 6.0),
        (True, False, True, 6.0),
        (True, True, False, 7.9),
        (True, True, True, 10.0),
    ],
)
def test_supervision_caps_speed(commissioned: bool, spotter: bool, harness: bool, kmh: float) -> None:
    cap = supervised_max_ckmh(commissioned=commissioned, spotter=spotter, harness=harness)
    assert cap == round(kmh * 100)


NAMES = [f.name for f in fields(Limits)]
any_limits = st.builds(Limits, **{name: st.integers(-50, 3000) for name in NAMES})


@given(a=any_limits, b=any_limits)
def test_tighter_is_within_both_and_one_of_them_in_each_cell(a: Limits, b: Limits) -> None:
    both = tighter(a, b)
    for name in NAMES:
        narrowest = max if name == "grade_min_dpct" else min
        assert getattr(both, name) == narrowest(getattr(a, name), getattr(b, name))


@pytest.mark.parametrize("goal", Goal)
@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("decel_stop_ckmh_s", "grade_min_dpct")])
def test_a_raise_takes_each_cell_to_its_ceiling_and_not_beyond(goal: Goal, name: str) -> None:
    base, top = limits_for(goal, NOV), written_down(CEILING[goal], goal)
    for want in (getattr(base, name) - 1, getattr(base, name), getattr(base, name) + 1):
        expected = min(max(want, getattr(base, name)), getattr(top, name))
        assert raised(base, replace(base, **{name: want}), goal) == replace(base, **{name: expected})
    for beyond in (0, 1, 10_000):
        higher = replace(base, **{name: getattr(top, name) + beyond})
        assert raised(base, higher, goal) == replace(base, **{name: getattr(top, name)})


@pytest.mark.parametrize("goal", Goal)
def test_a_raise_reaches_neither_the_stop_ramp_nor_downhill(goal: Goal) -> None:
    base = limits_for(goal, ADV)
    assert raised(base, replace(base, decel_stop_ckmh_s=900, grade_min_dpct=-50), goal) == base
    assert raised(base, replace(base, grade_min_dpct=10), goal) == base


NOTHING = Limits(**dict.fromkeys(NAMES, 0))


def test_a_limit_of_nothing_is_nothing_but_a_stop_falls_all_the_same() -> None:
    assert bounded(NOTHING) == replace(NOTHING, decel_stop_ckmh_s=50)
    assert bounded(Limits(**dict.fromkeys(NAMES, -1))) == bounded(NOTHING)
    beyond = Limits(**dict.fromkeys(NAMES, 9_999))
    assert bounded(beyond) == replace(SITE_CEILING, grade_min_dpct=100)


@pytest.mark.parametrize(
    ("asked", "falls"), [(-1, 50), (0, 50), (49, 50), (50, 50), (51, 51), (200, 200), (201, 200)]
)
def test_a_stop_falls_by_half_a_km_h_a_second_at_least_and_by_2_at_most(asked: int, falls: int) -> None:
    assert bounded(replace(SITE_CEILING, decel_stop_ckmh_s=asked)).decel_stop_ckmh_s == falls


@pytest.mark.parametrize("name", [n for n in NAMES if n != "decel_stop_ckmh_s"])
def test_a_number_within_its_bounds_is_left_alone(name: str) -> None:
    for value in (0, 1, 2, getattr(SITE_CEILING, name.replace("grade_min", "grade_max"))):
        limits = replace(SITE_CEILING, **{name: value})
        assert bounded(limits) == limits
