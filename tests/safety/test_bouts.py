"""Running bouts: a budget that running uses up and only a recovery refills (domain.md §2, bout column)."""

import pytest

from device_adapters.safety import bouts
from device_adapters.safety.bouts import FRESH, Bout, cap_ckmh, easy_ckmh, passed, running_max_s
from device_adapters.safety.limits import Goal, Level, ceiling_for, limits_for


def after(bout: Bout, ms: int, speed: int, *, fall_ms: int = 2_000) -> Bout:
    return passed(bout, ms, speed, fall_ms=fall_ms, max_s=45, easy_max_ckmh=530)


@pytest.mark.parametrize(
    ("level", "longest_s"), [(Level.NOVICE, 30), (Level.INTERMEDIATE, 45), (Level.ADVANCED, 60)]
)
def test_an_athlete_runs_as_long_as_the_table_says(level: Level, longest_s: int) -> None:
    assert running_max_s(Goal.ATHLETIC, level) == longest_s


def test_the_other_goals_run_as_long_as_their_bout_lasts() -> None:
    for goal in (Goal.KNEE_STRENGTH, Goal.CONDITIONING, Goal.MOBILITY):
        for level in Level:
            assert running_max_s(goal, level) == limits_for(goal, level).bout_max_s
            assert running_max_s(goal, level) <= ceiling_for(goal).bout_max_s


def test_a_recovery_is_two_thirds_of_the_limit_and_never_a_run() -> None:
    assert easy_ckmh(Goal.ATHLETIC, Level.INTERMEDIATE) == 536
    assert easy_ckmh(Goal.ATHLETIC, Level.ADVANCED) == 590
    assert easy_ckmh(Goal.MOBILITY, Level.NOVICE) == 100


def test_running_uses_the_budget_up_with_the_fall_to_a_walk_in_it() -> None:
    assert after(FRESH, 42_999, 591) == Bout(run_ms=42_999)
    assert after(FRESH, 43_000, 591) == Bout(run_ms=43_000, spent=True)
    assert after(Bout(run_ms=42_900), 100, 600).spent
    assert after(Bout(run_ms=1, spent=True), 1, 591).spent
    assert after(FRESH, 9_000, 590) == FRESH


def test_only_a_whole_recovery_refills_it() -> None:
    spent = Bout(run_ms=50_000, spent=True)
    walks = after(spent, 60_000, 531)
    assert walks == spent
    rests = after(spent, 29_999, 530)
    assert rests == Bout(run_ms=50_000, rest_ms=29_999, spent=True)
    assert after(rests, 1, 0) is FRESH
    assert after(rests, 1, 591) == Bout(run_ms=50_001, spent=True)
    assert bouts.RECOVERY_MS == 30_000


def test_a_spent_budget_caps_at_a_walk() -> None:
    assert cap_ckmh(FRESH) is None
    assert cap_ckmh(Bout(spent=True)) == 590
