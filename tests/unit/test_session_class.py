"""One lane of a class in the engine, on the unit's real envelope: when it may start, what the clock does, how it
leaves."""

from dataclasses import replace

from session_rig import EngineGym, programme, step

from device_adapters.contract.phrase import english
from device_adapters.frozen import replace as frozen_replace
from device_adapters.safety.limits import Goal, Level
from services.programme import together
from services.programme.library import builtins
from services.programme.model import ForTime, StepKind
from services.session.engine import class_clock, cues
from services.session.engine.class_clock import ClassClock
from services.session.engine.events import Ask, ClassGoes, ClassOver, ClassRuns, EventNote
from services.session.engine.state import EngineState

LED = programme(
    step(200, ForTime(20), kind=StepKind.WARMUP),
    step(400, ForTime(40), kind=StepKind.INTERVAL),
    step(200, ForTime(30), kind=StepKind.RECOVERY),
    step(400, ForTime(30), kind=StepKind.INTERVAL),
)


def waiting(**more: object) -> EngineGym:
    gym = EngineGym()
    assert gym.start(LED, class_id="c-1", countdown_ms=5_000, hr_max_bpm=185, **more).ok
    gym.run_until("paused")
    return gym


def walking_in(**more: object) -> EngineGym:
    gym = waiting(**more)
    gym.run(2_000)
    gym.feed(ClassGoes())
    gym.run_until("running")
    gym.run(8_000)
    return gym


def led(gym: EngineGym, index: int = 0, ago_ms: int = 0) -> int:
    """The clock runs from now on; when step `index` began."""
    began_ms = gym.now - ago_ms
    gym.feed(ClassRuns(ClassClock(index, began_ms), gym.now))
    return began_ms


def until_step(gym: EngineGym, index: int) -> int:
    """When that step began."""
    while gym.session.progress.index < index:
        gym.run(100)
    return gym.now


def test_a_lane_waits_still_with_its_lease_until_the_class_goes() -> None:
    gym = waiting()
    assert gym.view.waits_for == "class"
    assert "resume" not in gym.view.can
    gym.run(60_000)
    assert (gym.session.phase, gym.unit.belt.speed_ckmh, gym.commands("start")) == ("paused", 0, [])
    assert gym.unit.state.lease.claim is not None
    gym.feed(ClassGoes())
    assert gym.session.starts_ms == gym.now + 5_000
    gym.run(4_800)
    assert not gym.commands("start")
    gym.run_until("running")
    gym.run(60_000)
    assert gym.unit.belt.speed_ckmh == 100  # and no faster, for as long as no clock runs
    assert gym.session.progress.index == 0


def test_a_countdown_that_is_called_off_needs_somebody_at_the_belt_before_the_class_starts_it() -> None:
    gym = waiting()
    gym.run(2_000)
    gym.feed(ClassGoes())
    gym.run(1_000)
    gym.ask("pause")
    assert gym.view.waits_for == "resume"
    gym.feed(ClassGoes())
    gym.run(10_000)
    assert not gym.commands("start")
    assert gym.ask("resume").ok
    gym.run(10_000)
    assert not gym.commands("start")  # a resume says that they stand ready
    gym.feed(ClassGoes())
    gym.run_until("running")


def test_a_heart_over_its_ceiling_starts_with_no_class() -> None:
    gym = waiting()
    gym.run(2_000)
    gym.bpm = 160
    gym.run(2_000)
    gym.feed(ClassGoes())
    assert gym.session.starts_ms is None
    assert "above its ceiling" in english(gym.view.why)
    assert gym.view.waits_for == "resume"
    gym.bpm = 100
    gym.run(20_000)
    gym.feed(ClassGoes())
    assert gym.session.starts_ms is None
    assert gym.ask("resume").ok
    gym.feed(ClassGoes())
    assert gym.session.starts_ms is not None


def test_steps_change_by_the_clock_whatever_the_lane_has_walked() -> None:
    gym = walking_in()
    began_ms = led(gym, ago_ms=12_000)
    assert until_step(gym, 1) - began_ms - 20_000 in range(201)
    assert until_step(gym, 2) - began_ms - 60_000 in range(201)
    assert until_step(gym, 3) - began_ms - 90_000 in range(201)
    gym.run_until("ended")
    assert gym.session.outcome == "completed"
    assert gym.session.laps[0].ms in range(8_000, 20_001)  # walked, not by the clock


def test_the_rise_from_walking_in_is_said() -> None:
    gym = walking_in()
    led(gym)
    before = gym.session
    gym.run(400)
    said = [cue.key for cue in cues.due(before, gym.session, gym.now)]
    assert "now_faster" in said


def test_a_bout_ends_by_its_own_limit_and_waits_ahead_for_the_clock() -> None:
    gym = walking_in()
    gym.state = replace_limits(gym, bout_max_s=10)
    began_ms = led(gym)
    early_ms = until_step(gym, 2)
    assert early_ms < began_ms + 60_000 - 10_000
    gym.run(2_000)
    assert gym.commands("target")[-1].speed_ckmh == 200
    assert until_step(gym, 3) - began_ms - 90_000 in range(201)


def replace_limits(gym: EngineGym, **changes: int) -> EngineState:
    limits = replace(gym.session.limits, **changes)
    return frozen_replace(gym.state, session=frozen_replace(gym.session, limits=limits))


def test_slower_keeps_a_lane_in_its_class_and_a_pause_or_a_skip_takes_it_out() -> None:
    gym = walking_in()
    began_ms = led(gym)
    gym.run(15_000)
    assert gym.ask("slower").ok
    assert gym.session.lane is not None
    assert until_step(gym, 1) - began_ms - 20_000 in range(201)
    for verb in ("pause", "skip"):
        gym = walking_in()
        led(gym)
        gym.run(5_000)
        gym.feed(Ask(gym.asker(), verb))
        assert gym.session.lane is None
        assert [note.cause for note in gym.notes("class_lane")] == [
            "paused" if verb == "pause" else "skipped"
        ]
        gym.feed(ClassGoes())
        gym.run(30_000)
        assert len(gym.commands("start")) == 1


def test_a_lane_that_left_goes_on_by_its_own_moving_time() -> None:
    gym = walking_in()
    began_ms = led(gym)
    gym.run(10_000)
    gym.ask("pause")
    gym.run_until("paused")
    gym.run(30_000)
    assert gym.ask("resume").ok
    gym.run_until("running")
    assert until_step(gym, 1) > began_ms + 45_000


def test_what_a_late_joiner_missed_is_told_as_skipped() -> None:
    gym = walking_in()
    led(gym, index=0, ago_ms=65_000)
    until_step(gym, 2)
    laps = gym.session.laps
    assert [(lap.index, lap.ending) for lap in laps] == [(0, "done"), (1, "skipped")]
    assert gym.view.sets_done == 0


def test_the_end_of_a_class_stops_who_walks_in_and_leaves_who_follows() -> None:
    gym = walking_in()
    gym.feed(ClassOver("Anna", stop=False))
    gym.run_until("ended")
    assert gym.session.outcome == "stopped"
    gym = walking_in()
    led(gym)
    gym.run(5_000)
    gym.feed(ClassOver("Anna", stop=False))
    assert (gym.session.phase, gym.session.lane) == ("running", None)
    gym.feed(ClassOver("Anna", stop=True))  # all who came with it
    assert gym.session.phase == "stopping"
    assert [n.cause for n in gym.notes("session_phase")][-1] == "class_stopped"


def test_a_session_of_no_class_hears_nothing_of_one() -> None:
    gym = EngineGym()
    gym.moving(LED)
    before = gym.session
    for event in (ClassGoes(), ClassRuns(ClassClock(2, gym.now), gym.now), ClassOver("Anna", stop=False)):
        assert not [e for e in gym.feed(event) if not isinstance(e, EventNote)]
    assert gym.session == before


def test_every_built_in_programme_can_lead_a_class_and_each_lower_level_go_with_it() -> None:
    levels = list(Level)
    refused = []
    for built_in in builtins():
        whole = together.timed(built_in)
        assert together.misfits(whole) == [], built_in.name
        for level in levels[: levels.index(built_in.level) + 1]:
            own = together.at_level(whole, level)
            assert [s.until for s in own.steps] == [s.until for s in whole.steps]
            assert all(a.speed_ckmh <= b.speed_ckmh for a, b in zip(own.steps, whole.steps, strict=True))
            if together.misfits(own):
                refused.append((built_in.goal, built_in.level, level))
    knee, mobility = Goal.KNEE_STRENGTH, Goal.MOBILITY
    assert set(refused) == {  # longer than a novice's session; longer than their bouts
        (knee, Level.INTERMEDIATE, Level.NOVICE),
        (knee, Level.ADVANCED, Level.NOVICE),
        (mobility, Level.ADVANCED, Level.NOVICE),
        (mobility, Level.ADVANCED, Level.INTERMEDIATE),
    }


def test_the_clock_stands_at_a_turn_and_beside_the_belt() -> None:
    beside = replace(LED.steps[2], kind=StepKind.OPEN, facing=None, speed_ckmh=0)
    steps = (*LED.steps[:2], beside, LED.steps[3])
    clock = ClassClock(0, 1_000)
    assert class_clock.read(steps, clock, 500) == class_clock.ClockReading(0, 0, 21_000)
    assert class_clock.read(steps, clock, 21_000) == class_clock.ClockReading(1, 0, 61_000)
    assert class_clock.read(steps, clock, 500_000) == class_clock.ClockReading(2, 0, None)
    assert class_clock.begin_ms(LED.steps, 2) == 60_000
