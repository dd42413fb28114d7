"""Each built-in programme, run by the real engine against a unit's envelope and a belt, for a member of its level."""

from itertools import pairwise

import pytest
from programme_walk import Walk

from device_adapters.contract.phrase import english
from device_adapters.safety.limits import FIRST_MOVEMENT_CKMH, TRANSITION_CKMH, limits_for
from services.programme import plan
from services.programme.check import running_bout_max_s
from services.programme.library import builtins
from services.programme.model import ForDistance

HOLD_MS = 2_000
"""A distance ends at the next look at the belt, and a heart-rate step at the next beat: planned times are about."""


@pytest.fixture(scope="module", params=builtins(), ids=lambda p: p.name)
def walk(request: pytest.FixtureRequest) -> Walk:
    """The whole session, run once for all the questions asked of it."""
    walk = Walk(request.param)
    walk.to_the_end()
    return walk


def test_it_ends_complete_with_every_step_in_order(walk: Walk) -> None:
    session, steps = walk.gym.session, walk.built.steps
    assert (session.outcome, english(session.why)) == ("completed", "")
    assert session.progress.index == len(steps)
    assert [n.after["step"] for n in walk.gym.notes("session_step")] == list(range(2, len(steps) + 1))
    assert walk.turns == sum(a.facing is not b.facing and not b.off_belt for a, b in pairwise(steps))


def test_the_belt_stayed_inside_the_limits(walk: Walk) -> None:
    limits, gym = limits_for(walk.built.goal, walk.built.level), walk.gym
    assert max(speed for _, speed in gym.speeds) <= limits.speed_max_ckmh
    moving = [
        speed for _, speed in gym.speeds if speed >= FIRST_MOVEMENT_CKMH
    ]  # the first one is the machine's own
    rises = [b - a for a, b in zip(moving, moving[5:], strict=False)]
    assert max(rises) <= limits.accel_max_ckmh_s + gym.unit.spec.speed_step_ckmh
    assert walk.noted("clamped") == []
    assert {c.speed_ckmh for c in gym.commands("target")} == {
        s.speed_ckmh for s in walk.built.steps if not s.off_belt
    }
    assert gym.session.off_plan_ckmh <= gym.unit.spec.speed_step_ckmh
    assert gym.session.retro_ms <= limits.session_max_s * 1000
    running_max_s = running_bout_max_s(walk.built.goal, walk.built.level) or limits.bout_max_s
    assert longest_above(gym.speeds, TRANSITION_CKMH) <= running_max_s * 1000
    assert gym.unit.state.lease.claim is None
    assert not gym.unit.state.latched


def test_the_minutes_are_the_planned_ones(walk: Walk) -> None:
    limits = limits_for(walk.built.goal, walk.built.level)
    legs = plan.timeline(walk.built, limits)
    planned_ms, waited_ms = plan.total_ms(legs), walk.gym.session.elapsed_ms
    assert waited_ms <= planned_ms + HOLD_MS * len(legs)
    if not any(isinstance(leg.step.until, ForDistance) for leg in legs):
        assert abs(waited_ms - planned_ms) <= HOLD_MS


def test_the_sets_and_their_metres_were_walked(walk: Walk) -> None:
    metres = metres_by_step(walk)
    for number, step in enumerate(walk.built.steps, 1):
        if isinstance(step.until, ForDistance):
            # Counted from 95 % of the target; the ramp before it is walked as well.
            assert step.until.distance_m <= metres[number] <= step.until.distance_m * 1.35
    sets = {s.set_number for s in walk.built.steps if s.sets}
    assert len(sets) == walk.built.sets


def longest_above(speeds: list[tuple[int, int]], ckmh: int) -> int:
    longest = began = 0
    for at_ms, speed in speeds:
        began = began or at_ms if speed > ckmh else 0
        longest = max(longest, at_ms - began if began else 0)
    return longest


def metres_by_step(walk: Walk) -> dict[int, float]:
    """Belt metres between the changes of step."""
    changes = {at_ms: int(note.after["step"] or 0) for at_ms, note in walk.noted("session_step")}
    metres: dict[int, float] = {}
    number = 1
    for at_ms, speed in walk.gym.speeds:
        metres[number] = metres.get(number, 0) + speed * 200 / plan.CKMH_MS_PER_M
        number = changes.get(at_ms, number)
    return metres
