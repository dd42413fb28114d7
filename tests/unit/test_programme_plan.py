"""The plan: what it expects of the belt at each moment, and how a run advances through it."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.safety.limits import Goal, Level, limits_for
from services.programme import plan
from services.programme.library import builtins
from services.programme.model import (
    Facing,
    ForDistance,
    ForTime,
    Programme,
    Step,
    StepKind,
    Until,
    UntilHeartRateBelow,
    UntilStaff,
)

LIMITS = limits_for(Goal.CONDITIONING, Level.NOVICE)  # 0.3 km/h/s up, 1.5 km/h/s down


DRILL = Step(place="2", kind=StepKind.OPEN, facing=None, until=UntilStaff(120), speed_ckmh=0, cue="Cones")


def step(
    speed_ckmh: int, until: Until, kind: StepKind = StepKind.ACTIVE, facing: Facing = Facing.RETRO
) -> Step:
    return Step(place="1", kind=kind, facing=facing, until=until, speed_ckmh=speed_ckmh)


def programme(*steps: Step) -> Programme:
    return Programme(name="t", goal=Goal.CONDITIONING, level=Level.NOVICE, steps=steps)


def test_the_first_movement_is_held_then_the_ramp_rises_by_the_limit() -> None:
    legs = plan.timeline(programme(step(400, ForTime(30)), step(100, ForTime(30))), LIMITS)

    def expected(ms: int) -> int:
        where = plan.at(legs, LIMITS, ms)
        assert where is not None
        return where.expected_ckmh

    assert [expected(ms) for ms in (0, 4_999, 6_000, 14_999, 15_000, 29_999)] == [
        100,
        100,
        130,
        399,
        400,
        400,
    ]
    assert [expected(ms) for ms in (30_000, 31_000, 32_000, 59_999)] == [400, 250, 100, 100]
    assert plan.at(legs, LIMITS, 60_000) is None


def test_where_the_plan_is() -> None:
    legs = plan.timeline(programme(step(200, ForTime(30)), step(100, ForTime(20))), LIMITS)
    where = plan.at(legs, LIMITS, 35_000)
    assert where is not None
    assert (where.index, where.left_ms, where.target_ckmh) == (1, 15_000, 100)
    assert plan.total_ms(legs) == 50_000


def test_metres_count_from_95_percent_of_the_target() -> None:
    legs = plan.timeline(programme(step(400, ForDistance(50))), LIMITS)
    # 5 s hold, 1.0 → 3.8 km/h at 0.3 km/h/s, then 50 m at 4.0 km/h
    assert plan.total_ms(legs) == 5_000 + 9_334 + 45_000


def test_going_down_metres_count_at_once() -> None:
    legs = plan.timeline(programme(step(400, ForTime(60)), step(200, ForDistance(50))), LIMITS)
    assert legs[1].end_ms - legs[1].begin_ms == 90_000


def test_retro_time_counts_its_stops_and_leaves_out_walking_forward() -> None:
    forward = step(300, ForTime(60), StepKind.WARMUP, Facing.FORWARD)
    retro = step(300, ForTime(100))
    legs = plan.timeline(programme(forward, retro, forward, retro), LIMITS)
    assert plan.retro_ms(legs, LIMITS) == 2 * (100_000 + 2_000)
    assert plan.moving_ms(legs, LIMITS) == 2 * (60_000 + 2_000 + 100_000 + 2_000)
    assert [leg.hold_ms for leg in legs] == [5_000] * 4


def test_off_the_belt_no_moving_time_passes_and_the_next_step_starts_from_a_still_belt() -> None:
    legs = plan.timeline(programme(step(300, ForTime(60)), DRILL, step(300, ForTime(60))), LIMITS)
    assert [(leg.begin_ms, leg.end_ms, leg.hold_ms) for leg in legs] == [
        (0, 60_000, 5_000),
        (60_000, 60_000, 5_000),
        (60_000, 120_000, 5_000),
    ]
    assert legs[2].from_ckmh == 100
    assert plan.retro_ms(legs, LIMITS) == 2 * (60_000 + 2_000)
    where = plan.at(legs, LIMITS, 60_000)
    assert where is not None
    assert where.index == 2


def test_no_time_ends_a_step_off_the_belt() -> None:
    progress = plan.RunProgress(step_ms=1_000_000, counted_ms=1_000_000)
    assert plan.advance((DRILL,), progress, replace(PASSAGE, measured_ckmh=0), 60).index == 0
    assert plan.left_ms(DRILL, plan.RunProgress(step_ms=20_000), 0) == 100_000


def test_on_the_belt_a_step_that_staff_end_ends_at_its_longest() -> None:
    assert run(UntilStaff(90), PASSAGE) == 450


def test_an_empty_timeline_takes_no_time() -> None:
    assert (plan.total_ms(()), plan.retro_ms((), LIMITS), plan.at((), LIMITS, 0)) == (0, 0, None)


PASSAGE = plan.Passage(ms=200, measured_ckmh=400, target_ckmh=400, settled=False)


def run(until: Until, passage: plan.Passage, kind: StepKind = StepKind.REST, bout_max_s: int = 60) -> int:
    """How many passages the step takes."""
    steps = (step(400, until, kind),)
    progress = plan.RunProgress()
    for passages in range(1, 100_000):
        progress = plan.advance(steps, progress, passage, bout_max_s)
        if progress.index:
            return passages
    raise AssertionError("the step never ends")


def test_a_timed_step_ends_on_time_and_credits_what_is_over() -> None:
    assert run(ForTime(10), PASSAGE) == 50
    steps = (step(400, ForTime(1)), step(400, ForTime(1)))
    progress = plan.advance(steps, plan.RunProgress(step_ms=900), PASSAGE, 60)
    assert (progress.index, progress.step_ms) == (1, 100)


def test_a_distance_step_ends_by_measured_metres() -> None:
    # 50 m at 4.0 km/h are 45 s
    assert run(ForDistance(50), PASSAGE) == 225


def test_metres_below_95_percent_do_not_count_until_the_belt_has_settled() -> None:
    slow = replace(PASSAGE, measured_ckmh=379)
    assert not plan.advance((step(400, ForDistance(50)),), plan.RunProgress(), slow, 60).counted_ckmh_ms
    assert plan.advance(
        (step(400, ForDistance(50)),), plan.RunProgress(), replace(slow, measured_ckmh=380), 60
    ).at_speed
    assert run(ForDistance(50), replace(slow, settled=True)) == 238


def test_work_ends_at_the_bout_limit_even_if_its_metres_are_not_done() -> None:
    crawling = replace(PASSAGE, measured_ckmh=100, settled=True)
    assert run(ForDistance(50), crawling, StepKind.INTERVAL, bout_max_s=60) == 300
    assert run(ForDistance(50), crawling, StepKind.RECOVERY, bout_max_s=60) == 900


@pytest.mark.parametrize(("hr_dpct", "passages"), [(649, 1), (650, 450), (None, 450)])
def test_a_heart_rate_step_ends_below_its_value_or_at_its_longest(hr_dpct: int | None, passages: int) -> None:
    assert run(UntilHeartRateBelow(650, 90), replace(PASSAGE, hr_dpct=hr_dpct)) == passages


def test_a_finished_plan_stays_finished() -> None:
    done = plan.RunProgress(index=1)
    assert plan.advance((step(400, ForTime(1)),), done, PASSAGE, 60) == done


def test_what_is_left() -> None:
    progress = plan.RunProgress(step_ms=4_000, counted_ckmh_ms=10 * plan.CKMH_MS_PER_M)
    assert plan.left_ms(step(400, ForTime(10)), progress, 400) == 6_000
    assert plan.left_ms(step(400, ForDistance(50)), progress, 400) == 36_000
    assert plan.left_ms(step(400, UntilHeartRateBelow(650, 3)), progress, 400) == 0


@given(
    speeds=st.lists(st.integers(30, 450), min_size=1, max_size=8),
    seconds=st.integers(1, 120),
    at_ms=st.integers(0, 1_000_000),
)
def test_the_expected_speed_never_rises_faster_than_the_limit_nor_above_a_target(
    speeds: list[int], seconds: int, at_ms: int
) -> None:
    legs = plan.timeline(programme(*(step(s, ForTime(seconds)) for s in speeds)), LIMITS)
    at_ms %= plan.total_ms(legs)
    here, later = plan.at(legs, LIMITS, at_ms), plan.at(legs, LIMITS, at_ms + 1_000)
    assert here is not None
    assert 0 < here.expected_ckmh <= max(speeds)
    if later is not None:
        assert -151 <= later.expected_ckmh - here.expected_ckmh <= LIMITS.accel_max_ckmh_s + 1


def test_the_timeline_of_every_builtin_is_gapless() -> None:
    for built in builtins():
        legs = plan.timeline(built, limits_for(built.goal, built.level))
        assert legs[0].begin_ms == 0
        assert all(a.end_ms == b.begin_ms for a, b in pairwise(legs))
