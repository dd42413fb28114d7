"""Skip, repeat, slower, steps that staff end, and steps off the belt: what people change of a running plan."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from session_rig import SPEC, STEP_MS, EngineGym, EngineUnit, answer_in, programme, step

from device_adapters.contract import messages as m
from device_adapters.contract.phrase import english
from device_adapters.safety.limits import Goal, Level, limits_for
from services.programme.model import Facing, ForDistance, ForTime, Programme, Step, StepKind, UntilStaff
from services.session.engine import engine
from services.session.engine.events import Adjust, Ask, Event, Tell
from services.session.engine.state import LapSoFar

ALWAYS = ("adjust", "rpe", "present", "note", "near_miss", "feedback")
"""What is taken of each session that has not ended."""

LIMITS = limits_for(Goal.CONDITIONING, Level.INTERMEDIATE)
EASY_HARD = programme(
    step(200, ForTime(60), kind=StepKind.RECOVERY),
    step(600, ForTime(40), kind=StepKind.INTERVAL),
    step(300, ForTime(60), kind=StepKind.RECOVERY),
)


def off_belt(seconds: int = 120) -> Step:
    return Step(
        place="2", kind=StepKind.OPEN, facing=None, until=UntilStaff(seconds), speed_ckmh=0, cue="Cone drill"
    )


WITH_DRILL = programme(step(300, ForTime(30)), off_belt(), step(300, ForTime(30)))


def fastest_rise(gym: EngineGym, since: int) -> float:
    """The steepest rise of the belt's speed over one second since then, 0.01 km/h per s."""
    speeds = [(at, speed) for at, speed in gym.speeds if at >= since]
    return max((b[1] - a[1]) / (b[0] - a[0]) * 1000 for a, b in zip(speeds, speeds[5:], strict=False))


def asked(gym: EngineGym, verb: m.SessionVerb) -> Event:
    """A request of this verb that lacks nothing."""
    match verb:
        case "adjust":
            return Adjust(asker=gym.asker(), speed_max_ckmh=gym.session.own.speed_max_ckmh)
        case "rpe" | "present" | "note" | "near_miss" | "feedback":
            return Tell(asker=gym.asker(), verb=verb, text="a word", rpe=11)
        case "start":
            raise AssertionError("a session is not asked to start")
        case _:
            return Ask(gym.asker(), verb)


@pytest.mark.parametrize("phase", ["running", "pausing", "paused", "stopping", "ended"])
def test_what_can_be_asked_is_told_and_nothing_else_is_taken(phase: m.SessionPhase) -> None:
    gym = EngineGym()
    gym.moving(EASY_HARD)
    if phase != "running":
        gym.ask("pause" if phase in ("pausing", "paused") else "stop")
        gym.run_until(phase)
    verbs: tuple[m.SessionVerb, ...] = get_args(m.SessionVerb)
    taken = [
        verb
        for verb in verbs
        if verb not in ("start", "clear")
        and answer_in(engine.step(gym.state, asked(gym, verb), gym.now)[1]).ok
    ]
    assert list(gym.view.can) == taken
    assert set(taken) >= {"note", "near_miss", "feedback"}


def test_a_skip_goes_to_the_next_step_by_the_ramp_and_starts_nothing() -> None:
    gym = EngineGym(EngineUnit(spec=replace(SPEC, accel_ckmh_s=500)))
    gym.moving(EASY_HARD)
    starts, skipped = len(gym.commands("start")), gym.now
    assert gym.ask("skip").ok
    assert gym.session.progress.index == 1
    gym.run(400)
    assert gym.commands("target")[-1].speed_ckmh == 600
    gym.run(15_000)
    assert gym.unit.belt.speed_ckmh == 600
    assert fastest_rise(gym, skipped) <= LIMITS.accel_max_ckmh_s + 10
    assert len(gym.commands("start")) == starts
    assert [lap.ending for lap in gym.session.laps] == ["skipped"]
    assert gym.notes("session_step")[-1].after == {"step": 2, "by": "Anna"}


def test_a_skip_of_a_still_session_leaves_the_belt_still() -> None:
    gym = EngineGym()
    gym.moving(EASY_HARD)
    gym.ask("pause")
    gym.run_until("paused")
    assert gym.ask("skip").ok
    gym.run(20_000)
    assert (gym.session.phase, gym.unit.belt.speed_ckmh) == ("paused", 0)
    assert gym.ask("resume").ok
    gym.run_until("running")
    assert gym.session.step is EASY_HARD.steps[1]


def test_the_last_step_is_not_skipped() -> None:
    gym = EngineGym()
    gym.moving(programme(step(200, ForTime(60))))
    answer = gym.ask("skip")
    assert (answer.ok, answer.cause) == (False, "last_step")
    assert gym.session.phase == "running"


def test_a_repeat_begins_the_present_step_anew() -> None:
    gym = EngineGym()
    gym.moving(EASY_HARD)
    gym.run(20_000)
    done_ms = gym.session.progress.step_ms
    assert gym.ask("repeat").ok
    assert (gym.session.progress.index, gym.session.progress.step_ms) == (0, 0)
    assert gym.session.laps[0].ms == done_ms
    assert gym.session.laps[0].ending == "repeated"
    gym.run(59_000)
    assert gym.session.progress.index == 0
    gym.run(1_400)
    assert gym.session.progress.index == 1


def test_a_bout_is_ended_by_a_recovery_that_was_not_skipped_only() -> None:
    """Whoever skips every recovery does not get a longer bout: the work ends at the bout limit."""
    gym = EngineGym()
    work = step(400, ForTime(40), kind=StepKind.INTERVAL)
    easy = step(200, ForTime(30), kind=StepKind.RECOVERY)
    gym.moving(programme(work, easy, work, work, easy, level=Level.NOVICE))
    gym.run(25_000)
    gym.ask("skip")
    gym.ask("skip")
    assert gym.session.progress.index == 2
    gym.run(60_000 - gym.session.bout_ms + 3_000)
    assert gym.session.progress.index == 4, "the second step of work is cut"
    assert [lap.ending for lap in gym.session.laps] == ["skipped", "skipped", "done", "cut"]
    assert sum(lap.counted_ms for lap in gym.session.laps) <= 60_400
    assert gym.session.outcome is None


def test_repeats_of_work_end_at_the_bout_limit_too() -> None:
    gym = EngineGym()
    work, easy = (
        step(400, ForTime(50), kind=StepKind.INTERVAL),
        step(200, ForTime(30), kind=StepKind.RECOVERY),
    )
    gym.moving(programme(work, easy, work, level=Level.NOVICE))
    gym.run(30_000)
    gym.ask("repeat")
    gym.run(40_000)
    assert gym.session.progress.index == 1


def test_a_skip_over_a_turn_stops_the_belt_and_waits() -> None:
    gym = EngineGym()
    gym.moving(programme(step(200, ForTime(90)), step(200, ForTime(20), Facing.FORWARD)))
    gym.ask("skip")
    gym.run_until("paused")
    assert (gym.unit.belt.speed_ckmh, gym.view.waits_for) == (0, "turn")
    assert english(gym.view.why) == "Turn to walk forward; when the member stands ready, resume."
    assert gym.view.can == ("resume", "stop", "repeat", *ALWAYS)


def test_two_skips_over_a_turn_and_back_need_no_turn() -> None:
    gym = EngineGym()
    forward = step(200, ForTime(60), Facing.FORWARD)
    gym.moving(programme(step(200, ForTime(90)), forward, step(250, ForTime(60))))
    gym.ask("skip")
    gym.ask("skip")
    gym.run(5_000)
    assert (gym.session.phase, gym.commands("target")[-1].speed_ckmh) == ("running", 250)


# Slower.


@pytest.mark.parametrize("after", [off_belt(), replace(step(300, ForTime(30)), facing=Facing.FORWARD)])
def test_slower_just_before_a_step_that_needs_a_still_belt_begins_the_stop(after: Step) -> None:
    gym = EngineGym()
    gym.moving(programme(step(300, ForTime(60)), after, step(300, ForTime(30))))
    gym.run(10_000)
    assert gym.ask("skip").ok
    targets = len(gym.commands("target"))
    assert gym.ask("slower").ok
    assert len(gym.commands("target")) == targets, (
        "no speed for a step that is not walked, or not this way round"
    )
    assert gym.session.phase == "pausing"
    gym.run_until("paused")


def test_slower_lowers_at_once_and_for_the_steps_to_come() -> None:
    gym = EngineGym()
    gym.moving(EASY_HARD)
    gym.run(5_000)
    assert gym.commands("target")[-1].speed_ckmh == 200
    assert "slower" in gym.view.can
    assert gym.ask("slower").ok
    assert gym.commands("target")[-1].speed_ckmh == 180
    gym.ask("slower")
    assert gym.commands("target")[-1].speed_ckmh == 160
    assert gym.view.pace_pct == 80
    gym.run(60_000)
    assert gym.session.progress.index == 1
    assert gym.commands("target")[-1].speed_ckmh == 480
    assert gym.notes("slower")[-1].after == {"speed_ckmh": 160, "pace_pct": 80, "by": "Anna"}


def test_slower_on_the_way_up_lowers_the_belt_and_not_the_goal() -> None:
    gym = EngineGym()
    gym.moving(programme(step(600, ForTime(120))))
    going = gym.unit.belt.speed_ckmh
    assert 100 < going < 400
    gym.ask("slower")
    gym.run(3_000)
    assert gym.unit.belt.speed_ckmh <= going
    gym.run(30_000)
    assert max(speed for at, speed in gym.speeds if at > gym.now - 30_000) <= going


def test_slower_does_not_wait_for_an_answer_or_for_the_first_movement() -> None:
    gym = EngineGym()
    gym.start(programme(step(600, ForTime(60))))
    gym.run_until("running")
    assert gym.ask("slower").ok
    assert gym.commands("target")[-1].speed_ckmh == 80
    gym.run(8_000)
    assert gym.unit.belt.speed_ckmh == 80

    gym = EngineGym()
    gym.moving(programme(step(600, ForTime(60))))
    gym.run(12_000)
    gym.unit.deaf = True
    assert [gym.ask("slower").ok, gym.ask("slower").ok] == [True, True]
    assert [c.speed_ckmh for c in gym.commands("target")] == [600, 540, 480]


@pytest.mark.parametrize("presses", [1, 5, 40])
def test_slower_ends_at_the_machine_s_slowest(presses: int) -> None:
    gym = EngineGym(EngineUnit(spec=replace(SPEC, speed_min_ckmh=100)))
    gym.moving(programme(step(200, ForTime(60))))
    gym.run(5_000)
    answers = [gym.ask("slower") for _ in range(presses)]
    assert all(c.speed_ckmh is not None and c.speed_ckmh >= 100 for c in gym.commands("target"))
    assert answers[0].ok
    assert presses < 40 or (answers[-1].cause, "slower" in gym.view.can) == ("slowest", False)


@pytest.mark.parametrize("verb", ["skip", "repeat", "slower", "done"])
def test_steering_needs_a_session(verb: Any) -> None:
    assert EngineGym().ask(verb).cause == "no_session"


# Steps that staff end.


def test_a_step_on_the_belt_lasts_until_staff_say_done_or_its_longest_time() -> None:
    plan = programme(step(200, UntilStaff(90), kind=StepKind.REST), step(300, ForTime(60)))
    gym = EngineGym()
    gym.moving(plan)
    gym.run(20_000)
    assert "done" in gym.view.can
    assert gym.ask("done").ok
    assert gym.session.progress.index == 1
    assert gym.session.laps[0].ending == "done"
    assert gym.ask("done").cause == "not_staff_ended"

    gym = EngineGym()
    gym.moving(plan)
    gym.run(75_000)
    assert gym.session.progress.index == 0
    gym.run(10_000)
    assert gym.session.progress.index == 1


def test_a_step_off_the_belt_stands_still_until_staff_say_done_and_a_person_resumes() -> None:
    gym = EngineGym()
    gym.moving(WITH_DRILL)
    gym.run_until("paused")
    assert gym.unit.belt.speed_ckmh == 0
    assert (gym.view.waits_for, gym.view.can) == ("done", ("stop", "skip", "repeat", "done", *ALWAYS))
    assert english(gym.view.why) == "Off the belt: Cone drill. Press done when it is over."
    assert gym.ask("resume").cause == "off_belt"
    gym.run(300_000)
    assert (gym.session.phase, gym.unit.belt.speed_ckmh) == ("paused", 0)
    assert gym.unit.state.lease.claim is not None, "the belt is nobody else's meanwhile"
    starts = len(gym.commands("start"))
    assert gym.ask("done").ok
    gym.run(30_000)
    assert (gym.session.phase, len(gym.commands("start"))) == ("paused", starts)
    assert (gym.view.waits_for, english(gym.view.why)) == (
        "resume", "When the member stands ready to walk retro, resume."
    )  # fmt: skip
    assert gym.ask("resume").ok
    gym.run_until("running")
    gym.run_until("ended")
    assert gym.session.outcome == "completed"
    assert [lap.index for lap in gym.session.laps] == [0, 1, 2]


def test_a_drill_that_nobody_ends_ends_the_session() -> None:
    gym = EngineGym()
    gym.moving(WITH_DRILL)
    gym.run_until("paused")
    gym.run(710_000)
    assert gym.session.phase == "paused"
    gym.run_until("ended", within_ms=30_000)
    assert (gym.session.outcome, english(gym.session.why)) == ("stopped", "It was paused for 12 minutes.")


def test_a_belt_that_moves_during_a_drill_ends_the_session() -> None:
    gym = EngineGym()
    gym.moving(WITH_DRILL)
    gym.run_until("paused")
    gym.unit.belt.start()
    gym.unit.belt.set_speed(300)
    gym.run(5_000)
    assert gym.session.outcome == "interrupted"


def test_a_programme_that_begins_off_the_belt_does_not_start_it() -> None:
    gym = EngineGym()
    assert gym.start(programme(off_belt(), step(200, ForTime(30)))).ok
    gym.run(10_000)
    assert (gym.session.phase, gym.commands("start")) == ("paused", [])
    gym.ask("done")
    gym.ask("resume")
    gym.run_until("running")


# Counting.


def sets_of(metres: int) -> Programme:
    interval = Step(
        place="1.1",
        kind=StepKind.INTERVAL,
        facing=Facing.RETRO,
        until=ForDistance(metres),
        speed_ckmh=450,
        sets=3,
    )
    recovery = step(200, ForTime(20), kind=StepKind.RECOVERY)
    steps = [(replace(interval, set_number=n), recovery) for n in (1, 2, 3)]
    return programme(*(s for pair in steps for s in pair))


def test_sets_and_metres_count_from_95_percent_and_the_ramp_is_told_apart() -> None:
    gym = EngineGym()
    gym.moving(sets_of(30))
    while gym.session.progress.index == 0:
        gym.run(STEP_MS)
    lap = gym.session.laps[0]
    assert abs(lap.counted_ckmh_ms / 360_000 - 30) < 0.5
    rise_s = (450 * 0.95 - 100) / LIMITS.accel_max_ckmh_s
    ramp_m = (lap.travel_ckmh_ms - lap.counted_ckmh_ms) / 360_000
    assert abs(ramp_m - (rise_s * 2.63 + 5) / 3.6) < 2
    told = gym.notes("session_step")[0].before
    assert told == {
        "step": 1,
        "ending": "done",
        "s": lap.ms / 1000,
        "m": told["m"],
        "ramp_m": round(ramp_m, 1),
    }
    assert abs(float(told["m"] or 0) - 30) <= 0.5
    assert (gym.view.sets_done, gym.view.sets) == (1, 3)
    gym.ask("skip")
    gym.run(6_000)
    gym.ask("skip")
    assert gym.view.sets_done == 1, "a skipped set is not done"


def test_a_skip_to_a_faster_step_counts_no_metres_below_95_percent() -> None:
    gym = EngineGym()
    gym.moving(
        programme(
            step(200, ForTime(60)), step(600, ForDistance(40), kind=StepKind.INTERVAL), EASY_HARD.steps[0]
        )
    )
    gym.run(5_000)
    gym.ask("skip")
    gym.run(1_000)
    assert (gym.session.progress.index, gym.view.step_m) == (1, 0)
    while gym.view.step_m == 0:
        gym.run(STEP_MS)
    assert gym.unit.belt.speed_ckmh >= 560


def test_an_early_end_keeps_what_was_done() -> None:
    gym = EngineGym()
    gym.moving(sets_of(30))
    gym.run(10_000)
    gym.ask("stop")
    gym.run_until("ended")
    (lap,) = gym.ends()[0].laps
    assert isinstance(lap, LapSoFar)
    assert lap.ending == "stopped"
    assert lap.travel_ckmh_ms > 0
    assert 0 < gym.view.progress < 1
