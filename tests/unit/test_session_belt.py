"""What a belt really does, against what its session asked of it: slowed at its console, faster, standing, at a run."""

from dataclasses import replace
from typing import Any

import pytest
from session_rig import SPEC, EngineGym, EngineUnit, answer_in, programme, step

from device_adapters.contract.phrase import english
from device_adapters.safety import bouts
from device_adapters.safety.limits import TRANSITION_CKMH, Goal, Level
from services.programme.library import find
from services.programme.model import ForTime, StepKind, UntilHeartRateBelow
from services.session.engine.events import Adjust, Start, StartKept
from services.session.engine.state import Wanted

SLOWED = 150


def at_speed(speed_ckmh: int = 580, unit: EngineUnit | None = None) -> EngineGym:
    gym = EngineGym(unit or EngineUnit())
    gym.moving(programme(step(speed_ckmh, ForTime(300)), step(400, ForTime(60))))
    gym.run(20_000)
    assert gym.unit.belt.speed_ckmh == speed_ckmh
    return gym


def slowed_at_its_console(gym: EngineGym, ms: int = 1_000) -> int:
    """The belt runs at 1.5 km/h, the unit's setpoint is what it was; how many targets were asked before."""
    asked = len(gym.commands("target"))
    gym.measure_by_hand(SLOWED, ms)
    return asked


def targets(gym: EngineGym, since: int) -> list[int]:
    return [c.speed_ckmh or 0 for c in gym.commands("target")[since:]]


def test_slower_on_a_belt_that_was_slowed_at_its_console_makes_it_slower() -> None:
    gym = at_speed()
    asked = slowed_at_its_console(gym)
    assert gym.ask("slower").ok
    assert max(targets(gym, asked)) < SLOWED


def test_a_step_that_would_be_slower_speeds_up_no_belt_that_was_slowed() -> None:
    gym = at_speed()
    asked = slowed_at_its_console(gym)
    assert gym.ask("skip").ok
    gym.measure_by_hand(SLOWED, 1_000)
    assert targets(gym, asked)
    assert max(targets(gym, asked)) <= SLOWED


def test_a_lower_limit_speeds_up_no_belt_that_was_slowed() -> None:
    gym = at_speed()
    asked = slowed_at_its_console(gym)
    answer_in(gym.feed(Adjust(asker=gym.asker(), speed_max_ckmh=500)))
    gym.measure_by_hand(SLOWED, 1_000)
    assert max(targets(gym, asked), default=0) <= SLOWED


def test_the_hearts_cap_speeds_up_no_belt_that_was_slowed() -> None:
    gym = at_speed(400)
    gym.bpm = None
    asked = slowed_at_its_console(gym, 400)
    for _ in range(60):
        gym.heart_rate(165)  # over 80 % of 190, under the maximum
        gym.measure_by_hand(SLOWED, 1_000)
    assert targets(gym, asked)
    assert max(targets(gym, asked)) <= SLOWED


def test_a_belt_that_follows_is_asked_what_the_plan_says() -> None:
    gym = at_speed()
    gym.ask("skip")
    gym.run(10_000)
    assert gym.commands("target")[-1].speed_ckmh == gym.unit.belt.speed_ckmh == 400


@pytest.mark.parametrize(("speed_ckmh", "noticed"), [(450, True), (245, True), (235, False), (200, False)])
def test_a_belt_clearly_faster_than_asked_is_stopped_and_recorded(speed_ckmh: int, noticed: bool) -> None:
    gym = at_speed(200)
    gym.measure_by_hand(speed_ckmh, 4_000)
    assert (gym.session.phase == "stopping") is noticed
    assert ("off_ramp" in [n.cause for n in gym.notes("hazard")]) is noticed
    if noticed:
        assert gym.session.outcome == "interrupted"
        assert gym.commands()[-1].verb == "stop"


def test_a_belt_that_takes_its_time_to_fall_is_not_faster_than_asked() -> None:
    gym = at_speed(unit=EngineUnit(spec=replace(SPEC, decel_ckmh_s=60)))
    gym.ask("skip")
    gym.run(10_000)
    assert gym.unit.belt.speed_ckmh == 400
    assert gym.session.phase == "running"


def test_a_belt_at_0_by_its_console_is_a_pause_that_a_person_ends() -> None:
    gym = at_speed(200)
    asked = len(gym.commands("target"))
    gym.measure_by_hand(0, 2_400)
    assert gym.session.phase in ("pausing", "paused")
    assert targets(gym, asked) == []
    gym.measure_by_hand(0, 10_000)
    assert gym.session.phase == "paused"
    assert gym.commands("start")[1:] == []
    assert "stopped at the treadmill" in english(gym.session.why)


def test_a_belt_at_0_is_asked_for_no_speed_by_slower() -> None:
    gym = at_speed(200)
    asked = len(gym.commands("target"))
    gym.measure_by_hand(0, 400)
    gym.ask("slower")
    assert targets(gym, asked) == []


RUNS = programme(
    step(300, ForTime(30), kind=StepKind.WARMUP),
    *[
        one
        for _ in range(6)
        for one in (
            step(760, ForTime(40), kind=StepKind.INTERVAL),
            step(250, ForTime(40), kind=StepKind.RECOVERY),
        )
    ],
    goal=Goal.ATHLETIC,
    level=Level.INTERMEDIATE,
)


def runs_ms(gym: EngineGym) -> list[int]:
    """How long each run above the transition was; less than a recovery between two joins them."""
    found: list[int] = []
    easy = bouts.easy_ckmh(Goal.ATHLETIC, Level.INTERMEDIATE)
    rest, then = bouts.RECOVERY_MS, gym.speeds[0][0]
    for at, speed in gym.speeds:
        passed, then = at - then, at
        if speed > TRANSITION_CKMH:
            if rest >= bouts.RECOVERY_MS:
                found.append(0)
            found[-1] += passed
            rest = 0
        elif speed <= easy:
            rest += passed
    return found


@pytest.mark.parametrize("press", ["", "repeat", "skip"])
def test_no_press_makes_a_running_bout_longer(press: Any) -> None:
    gym = EngineGym()
    gym.start(RUNS, spotter=True, harness=True)
    gym.run_until("running")
    for _ in range(20):
        gym.run(15_000)
        if gym.session.phase != "running":
            break
        if press and (press == "repeat") is (gym.session.step.kind is StepKind.INTERVAL):
            gym.ask(press)
    runs = runs_ms(gym)
    assert len(runs) >= 2
    assert max(runs) <= 45_000 + 1_500
    assert press or min(runs[:-1]) > 25_000, "the plan itself is run"


def test_a_heart_that_is_down_already_ends_no_recovery_from_running() -> None:
    work = step(620, ForTime(30), kind=StepKind.INTERVAL)
    easy = step(250, UntilHeartRateBelow(900, 60), kind=StepKind.RECOVERY)
    gym = EngineGym()
    gym.start(programme(work, easy, work, easy), spotter=True)
    gym.run_until("running")
    gym.run(100_000)
    laps = gym.session.laps
    assert laps[1].ms >= bouts.RECOVERY_MS


def test_what_is_between_a_walk_and_a_run_refills_nothing() -> None:
    spent = bouts.Bout(run_ms=45_000, spent=True)
    same = bouts.passed(spent, 60_000, TRANSITION_CKMH, fall_ms=0, max_s=45, easy_max_ckmh=400)
    assert same == spent
    rested = bouts.passed(spent, bouts.RECOVERY_MS - 1, 400, fall_ms=0, max_s=45, easy_max_ckmh=400)
    assert bouts.cap_ckmh(rested) == TRANSITION_CKMH
    assert bouts.passed(rested, 1, 0, fall_ms=0, max_s=45, easy_max_ckmh=400) == bouts.FRESH
    again = bouts.passed(rested, 200, 600, fall_ms=0, max_s=45, easy_max_ckmh=400)
    assert (again.rest_ms, again.spent) == (0, True)


def test_a_bout_is_spent_early_enough_for_the_fall_to_a_walk() -> None:
    bout = bouts.passed(bouts.FRESH, 43_000, 800, fall_ms=1_999, max_s=45, easy_max_ckmh=400)
    assert not bout.spent
    assert bouts.passed(bout, 1, 800, fall_ms=1_999, max_s=45, easy_max_ckmh=400).spent


@pytest.mark.parametrize(
    ("goal", "level", "max_s"),
    [(Goal.ATHLETIC, Level.NOVICE, 30), (Goal.ATHLETIC, Level.INTERMEDIATE, 45), (Goal.ATHLETIC, Level.ADVANCED, 60),
     (Goal.CONDITIONING, Level.INTERMEDIATE, 60), (Goal.CONDITIONING, Level.ADVANCED, 90)],
)  # fmt: skip
def test_how_long_a_running_bout_may_be(goal: Goal, level: Level, max_s: int) -> None:
    assert bouts.running_max_s(goal, level) == max_s


def test_a_strap_without_a_known_maximum_has_a_novices_caps_and_the_question() -> None:
    gym = EngineGym()
    gym.start(find(Goal.CONDITIONING, Level.INTERMEDIATE), hr_max_bpm=None)
    gym.run_until("running")
    assert gym.session.limits.speed_max_ckmh == 450
    assert gym.session.rpe is not None
    gym.run(125_000)
    assert gym.view.asks == ("rpe",)


def test_a_start_is_refused_at_a_heart_over_its_ceiling() -> None:
    gym = EngineGym()
    wanted = Wanted(
        session="s-9", programme=find(Goal.KNEE_STRENGTH, Level.NOVICE), strap="hr-01", hr_max_bpm=190
    )
    answer = answer_in(gym.feed(Start(gym.asker(), wanted, hr_bpm=134)))
    assert (answer.ok, answer.cause) == (False, "hr_over_ceiling")
    assert "134" in english(answer.said)
    assert "133" in english(answer.said)
    assert answer_in(gym.feed(Start(gym.asker(), wanted, hr_bpm=133))).ok


def test_a_heart_that_is_over_its_ceiling_when_the_lease_comes_starts_no_belt() -> None:
    gym = EngineGym(keeps=None, bpm=150)
    gym.start()
    gym.run(2_000)
    gym.keeps = True
    gym.feed(StartKept(gym.session.wanted.session, True))
    gym.run(1_000)
    assert gym.commands("start") == []
    assert (gym.session.phase, gym.session.outcome) == ("ended", "refused")


def test_a_resume_is_refused_over_the_ceiling_and_taken_under_it() -> None:
    gym = EngineGym()
    gym.moving()
    gym.bpm = 150
    gym.run(2_000)
    gym.ask("pause")
    gym.run_until("paused")
    answer = gym.ask("resume")
    assert (answer.ok, answer.cause) == (False, "hr_over_ceiling")
    assert "resume" not in gym.view.can
    gym.bpm = 110
    gym.run(2_000)
    assert gym.ask("resume").ok


def test_a_countdown_ends_in_a_pause_if_the_heart_is_over_its_ceiling_by_then() -> None:
    gym = EngineGym()
    gym.start(countdown_ms=5_000)
    gym.run(2_000)
    gym.bpm = 150
    gym.run(5_000)
    assert gym.session.phase == "paused"
    assert gym.commands("start") == []


def test_a_pause_and_a_resume_do_not_reset_the_ladder() -> None:
    gym = EngineGym()
    gym.moving()
    gym.bpm = 150
    gym.run(30_000)
    heart = gym.session.heart
    assert heart is not None
    climbed = heart.over_ms
    assert climbed > 20_000
    gym.ask("pause")
    gym.bpm = 120
    gym.run_until("paused")
    gym.run(3_000)
    gym.ask("resume")
    gym.run_until("running")
    heart = gym.session.heart
    assert heart is not None
    assert heart.over_ms > climbed - 12_000
