"""The programmes that come with Backstride do what their goals ask, inside their limits."""

import pytest

from device_adapters.errors import ProgrammeError
from device_adapters.safety.limits import Goal, Level, limits_for
from services.programme import plan
from services.programme.check import faults
from services.programme.library import builtins, find, programmes_for
from services.programme.model import Facing, ForDistance, ForTime, Kind, Programme

ALL = pytest.mark.parametrize("programme", builtins(), ids=lambda p: p.name)


@ALL
def test_it_passes_its_own_check(programme: Programme) -> None:
    assert faults(programme, limits_for(programme.goal, programme.level)) == []


@ALL
def test_it_is_retro_throughout_and_flat(programme: Programme) -> None:
    """A change of facing needs a stop and a person; the first programmes do without."""
    assert {s.facing for s in programme.steps} == {Facing.RETRO}
    assert {s.incline_dpct for s in programme.steps} == {0}


@ALL
def test_within_a_minute_the_speed_changes_as_planned(programme: Programme) -> None:
    limits = limits_for(programme.goal, programme.level)
    legs = plan.timeline(programme, limits)
    speeds = {w.target_ckmh for w in (plan.at(legs, limits, ms) for ms in range(0, 60_000, 1_000)) if w}
    assert len(speeds) >= 2


@ALL
def test_every_step_tells_the_member_what_to_do(programme: Programme) -> None:
    assert all(s.cue for s in programme.steps)


@pytest.mark.parametrize("goal", Goal)
def test_each_goal_has_one_at_novice_level(goal: Goal) -> None:
    (name,) = programmes_for(goal, Level.NOVICE)
    assert find(goal, Level.NOVICE).name == name
    assert find(goal, Level.NOVICE, name).goal is goal


def test_an_unknown_one_is_refused_with_what_there_is() -> None:
    with pytest.raises(ProgrammeError, match="there is: 'Retro walk, 5 min'"):
        find(Goal.MOBILITY, Level.NOVICE, "Sprint")
    with pytest.raises(ProgrammeError, match="there is: none yet"):
        find(Goal.MOBILITY, Level.ADVANCED)


def minutes(goal: Goal) -> float:
    limits = limits_for(goal, Level.NOVICE)
    return plan.retro_ms(plan.timeline(find(goal, Level.NOVICE), limits), limits) / 60_000


def test_knee_strength_walks_ten_minutes() -> None:
    assert 9.8 < minutes(Goal.KNEE_STRENGTH) <= 10


def test_mobility_walks_five_minutes() -> None:
    assert 4.8 < minutes(Goal.MOBILITY) <= 5


def test_conditioning_walks_four_to_six_sets_of_fifty_metres_with_recoveries() -> None:
    steps = find(Goal.CONDITIONING, Level.NOVICE).steps
    sets = [i for i, s in enumerate(steps) if s.kind is Kind.INTERVAL]
    assert 4 <= len(sets) <= 6
    assert all(steps[i].until == ForDistance(50) for i in sets)
    assert all(steps[i + 1].kind is Kind.RECOVERY for i in sets)


def test_athletic_has_intervals_with_walking_recoveries() -> None:
    steps = find(Goal.ATHLETIC, Level.NOVICE).steps
    sets = [i for i, s in enumerate(steps) if s.kind is Kind.INTERVAL]
    assert len(sets) >= 4
    assert all(isinstance(s.until, ForTime) and s.until.time_s <= 30 for s in (steps[i] for i in sets))
    assert all(steps[i + 1].kind is Kind.RECOVERY for i in sets)
