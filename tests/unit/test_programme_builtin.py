"""The programmes that come with Backstride do what their goals ask, inside their limits."""

import pytest

from device_adapters.errors import ProgrammeError
from device_adapters.safety.limits import Goal, Level, limits_for
from services.programme import plan
from services.programme.check import faults
from services.programme.library import builtins, find, programmes_for
from services.programme.model import Facing, ForDistance, ForTime, Programme, StepKind

ALL = pytest.mark.parametrize("programme", builtins(), ids=lambda p: p.name)


@ALL
def test_it_passes_its_own_check(programme: Programme) -> None:
    assert faults(programme, limits_for(programme.goal, programme.level)) == []


@ALL
def test_a_novice_walks_retro_throughout_and_flat(programme: Programme) -> None:
    """A change of facing needs a stop and a person; grade comes after speed (domain.md §2.3)."""
    if programme.level is Level.NOVICE:
        assert {s.facing for s in programme.steps if not s.off_belt} == {Facing.RETRO}
        assert {s.incline_dpct for s in programme.steps} == {0}


@ALL
def test_it_says_how_often_a_week_as_its_source_does(programme: Programme) -> None:
    sources = {
        Goal.KNEE_STRENGTH: (2, 3),
        Goal.CONDITIONING: (2, 2),
        Goal.ATHLETIC: (2, 2) if programme.level is Level.NOVICE else (2, 3),
        Goal.MOBILITY: (3, 3),
    }
    assert programme.per_week == sources[programme.goal]


@pytest.mark.parametrize("goal", Goal)
def test_within_a_minute_of_the_demo_the_speed_changes_as_planned(goal: Goal) -> None:
    programme = find(goal, Level.NOVICE)
    limits = limits_for(programme.goal, programme.level)
    legs = plan.timeline(programme, limits)
    speeds = {w.target_ckmh for w in (plan.at(legs, limits, ms) for ms in range(0, 60_000, 1_000)) if w}
    assert len(speeds) >= 2


@ALL
def test_every_step_tells_the_member_what_to_do(programme: Programme) -> None:
    assert all(s.cue for s in programme.steps)


CELLS = pytest.mark.parametrize(("goal", "level"), [(goal, level) for goal in Goal for level in Level])


@CELLS
def test_each_cell_has_one_and_its_default_is_found_by_name(goal: Goal, level: Level) -> None:
    names = [programme.name for programme in programmes_for(goal, level).values()]
    assert names
    assert find(goal, level).name == names[0]
    assert all(
        (find(goal, level, name).goal, find(goal, level, name).level) == (goal, level)
        for name in (*names, *programmes_for(goal, level))
    )


def test_an_unknown_one_is_refused_with_what_there_is() -> None:
    with pytest.raises(ProgrammeError, match="there is: 'Retro walk, 5 min'"):
        find(Goal.MOBILITY, Level.NOVICE, "Sprint")


def minutes(programme: Programme) -> float:
    limits = limits_for(programme.goal, programme.level)
    return plan.retro_ms(plan.timeline(programme, limits), limits) / 60_000


def of(goal: Goal) -> list[Programme]:
    return [p for p in builtins() if p.goal is goal]


def test_knee_strength_walks_ten_to_fifteen_minutes() -> None:
    assert all(9.8 < minutes(p) <= 15 for p in of(Goal.KNEE_STRENGTH))


def test_mobility_walks_five_minutes() -> None:
    assert all(4.8 < minutes(p) <= 5 for p in of(Goal.MOBILITY))


@pytest.mark.parametrize("programme", of(Goal.CONDITIONING), ids=lambda p: p.name)
def test_conditioning_does_four_to_six_sets_of_fifty_metres_with_recoveries(programme: Programme) -> None:
    steps = programme.steps
    sets = [i for i, s in enumerate(steps) if s.kind is StepKind.INTERVAL]
    assert 4 <= len(sets) == programme.sets <= 6
    assert all(steps[i].until == ForDistance(50) for i in sets)
    assert all(steps[i + 1].kind is StepKind.RECOVERY for i in sets)


@pytest.mark.parametrize("programme", of(Goal.ATHLETIC), ids=lambda p: p.name)
def test_athletic_has_intervals_with_walking_recoveries(programme: Programme) -> None:
    steps = programme.steps
    sets = [i for i, s in enumerate(steps) if s.kind is StepKind.INTERVAL]
    assert len(sets) >= 3
    assert all(isinstance(s.until, ForTime) and s.until.time_s <= 40 for s in (steps[i] for i in sets))
    assert all(steps[i + 1].kind is StepKind.RECOVERY for i in sets)


@pytest.mark.parametrize("level", Level)
def test_athletic_has_agility_beside_the_belt_at_every_level(level: Level) -> None:
    assert any(s.off_belt for p in of(Goal.ATHLETIC) if p.level is level for s in p.steps)
