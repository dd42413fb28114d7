"""Proof that the checkers of grade, rises, minutes and the heart can fail, and do not where nothing is broken."""

import dataclasses
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from sim_bounds import ROWS
from sim_people import StaffDesk
from world import SimulatedWorld

from device_adapters.frozen import replace
from device_adapters.gate import Gate
from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.events import Measured
from device_adapters.safety.limits import Goal, Level, ceiling_for, limits_for
from services.programme import plan
from services.programme.model import Step
from services.session.engine import heart_limits, plan_follower


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


def test_the_other_columns_written_down_twice_agree() -> None:
    for goal in Goal:
        for level in Level:
            row, limits = ROWS[goal][level], limits_for(goal, level)
            assert (row.accel, row.grade) == (limits.accel_max_ckmh_s, limits.grade_max_dpct)
            assert (row.session_s, row.bout_s) == (limits.session_max_s, limits.bout_max_s)
            assert row.heart == limits.hr_max_dpct
        ceiling = ROWS[goal]["ceiling"]
        assert (ceiling.accel, ceiling.grade) == (
            ceiling_for(goal).accel_max_ckmh_s,
            ceiling_for(goal).grade_max_dpct,
        )


class Jumps(Gate):
    """Writes the target at once."""

    def _write(self, admitted: Admitted, until_ms: int | None = None) -> None:
        target = max(admitted.value, self.envelope.target_ckmh)
        faster = Admitted(admitted.verb, target) if admitted.verb is Verb.SPEED else admitted
        super()._write(faster, until_ms)


class LiftsTheDeck(Gate):
    """Goes uphill by itself."""

    lifted = False

    def tick(self) -> None:
        super().tick()
        if self.envelope.moving_seen and not self.lifted:
            self.lifted = True
            self._write(Admitted(Verb.INCLINE, 100))


class BelievesInAFlatDeck(Gate):
    """Does not see the grade."""

    def measured(self, measured: Measured) -> None:
        super().measured(dataclasses.replace(measured, incline_dpct=0))


class ForgetsTheTime(Gate):
    """Its session has always just begun."""

    def tick(self) -> None:
        self.envelope = replace(self.envelope, moved_ms=0)
        super().tick()


def nothing(desk: StaffDesk) -> None:
    pass


def lifts_the_deck(desk: StaffDesk) -> None:
    desk.press_incline(120)


def loses_the_strap(desk: StaffDesk) -> None:
    desk.hr_mode = "lost"


def races(desk: StaffDesk) -> None:
    desk.racing = True


Deed = Callable[[StaffDesk], None]


def scene(
    gate: type[Gate],
    deed: Deed,
    lasts_ms: int = 120_000,
    goal: Goal = Goal.KNEE_STRENGTH,
    hr_max_bpm: int = 150,
) -> SimulatedWorld:
    """One treadmill, one session, one deed in the middle of its first rise."""
    world = SimulatedWorld(1, treadmills=1, kinds=(), gate=gate)
    desk, timeline = world.desks[0], world.timeline
    timeline.run_until(timeline.now_ms + 8_000)
    desk.machine.wake()
    timeline.run_until(timeline.now_ms + 3_000)
    desk.ask_start(goal, hr_max_bpm=hr_max_bpm)
    timeline.run_until(timeline.now_ms + 20_000)
    assert desk.sessions == 1
    assert world.checks.moving_ms > 0
    deed(desk)
    timeline.run_until(timeline.now_ms + lasts_ms)
    return world


def fired(world: SimulatedWorld) -> set[str]:
    return {text.split(":")[0] for text in world.checks.violations}


@pytest.mark.parametrize(
    ("gate", "deed", "checker"),
    [
        (Jumps, nothing, "pace"),
        (LiftsTheDeck, nothing, "grade"),
        (BelievesInAFlatDeck, lifts_the_deck, "bound"),
    ],
)
def test_a_checker_fires_on_a_broken_gate(gate: type[Gate], deed: Deed, checker: str) -> None:
    assert checker in fired(scene(gate, deed))
    assert not fired(scene(Gate, deed))


def test_the_minutes_of_a_session_are_kept_by_the_unit_even_if_the_service_forgets_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*_: Any) -> bool:
        return False

    def same(steps: Any, progress: plan.RunProgress, passage: Any, bout_max_s: int) -> plan.RunProgress:
        return progress

    monkeypatch.setattr(plan_follower, "time_is_up", never)
    monkeypatch.setattr(plan, "advance", same)
    kept, broken = (
        [t for t in scene(gate, nothing, 1_000_000, Goal.MOBILITY).checks.violations if "beyond" in t]
        for gate in (Gate, ForgetsTheTime)
    )
    assert not kept
    assert broken


def test_a_bout_that_never_ends_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    over_ms = plan.step_over_ms

    def endless(step: Step, progress: plan.RunProgress, passage: plan.Passage, bout_max_s: int) -> int | None:
        return None if step.kind in plan.WORK else over_ms(step, progress, passage, bout_max_s)

    monkeypatch.setattr(plan, "step_over_ms", endless)
    violations = scene(Gate, nothing, 400_000, Goal.MOBILITY).checks.violations
    assert any("minutes" in text and "bout" in text for text in violations)


@pytest.mark.parametrize(
    ("deed", "hr_max_bpm", "rungs"),
    [
        (loses_the_strap, 150, {"hr_stale", "hr_lost", "hr_gone"}),
        (races, 150, {"hr_over_max"}),
        (races, 200, {"hr_high", "hr_still_high", "hr_too_high"}),
    ],
    ids=["loses_the_strap", "races_over_its_maximum", "races_over_its_ceiling"],
)
def test_the_heart_checker_fires_on_a_deaf_governor(
    monkeypatch: pytest.MonkeyPatch, deed: Deed, hr_max_bpm: int, rungs: set[str]
) -> None:
    well = scene(Gate, deed, hr_max_bpm=hr_max_bpm)
    assert not well.checks.violations
    assert rungs <= set(well.checks.hearts.reached)

    def deaf(session: Any, going_ckmh: int, now_ms: int) -> Any:
        return session, (), None

    monkeypatch.setattr(heart_limits, "looked", deaf)
    broken = scene(Gate, deed, hr_max_bpm=hr_max_bpm)
    assert "heart" in fired(broken)
    assert rungs & set(re.findall(r"hr_\w+", str(broken.checks.violations)))


def test_the_heart_checker_sees_each_rung_that_does_not_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    def steady(session: Any, speed: int, grade: int, *, slowest_ckmh: int) -> tuple[int, int]:
        return speed, grade

    monkeypatch.setattr(heart_limits, "within_heart", steady)
    assert "hr_stale" in str(scene(Gate, loses_the_strap, 30_000).checks.violations)
