"""What the heart and the staff do to a running session, on the unit's real envelope in virtual time."""

from dataclasses import replace

import pytest
from session_rig import SPEC, EngineGym, EngineUnit, answer_in, programme, step

from device_adapters.contract.phrase import english
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Goal, Level
from services.programme.model import ForTime
from services.session.engine.events import Adjust

LONG = programme(step(400, ForTime(500)), goal=Goal.KNEE_STRENGTH, level=Level.ADVANCED)


def running() -> EngineGym:
    gym = EngineGym(bpm=120)
    assert gym.start(LONG, hr_max_bpm=185).ok
    gym.run_until("running")
    gym.run(25_000)
    assert gym.unit.belt.speed_ckmh == 400
    return gym


def hazards(gym: EngineGym) -> list[str]:
    return [note.cause for note in gym.notes("hazard")]


def adjust(gym: EngineGym, speed_ckmh: int, *, by: str = "Kim", why: str = "", minutes: int = 0) -> str:
    event = Adjust(asker=gym.asker(by), speed_max_ckmh=speed_ckmh, why=why, for_ms=minutes * 60_000)
    answer = answer_in(gym.feed(event))
    return "" if answer.ok else answer.cause


def test_a_lost_heart_rate_holds_slows_and_pauses_and_only_a_person_resumes() -> None:
    gym = running()
    gym.bpm = None
    gym.run(31_000)
    assert hazards(gym) == [Cause.HR_STALE, Cause.HR_MISSING, Cause.HR_LOST]
    gym.run(10_000)
    assert gym.unit.belt.speed_ckmh == 200
    gym.run(20_000)
    gym.run_until("paused")
    assert english(gym.session.why) == "Paused: heart rate lost. Resume when it is back."
    gym.bpm = 110
    gym.run(60_000)
    assert gym.session.phase == "paused"
    assert gym.unit.belt.speed_ckmh == 0
    assert gym.ask("resume").ok
    gym.run_until("running")


def test_a_strap_without_contact_is_a_lost_one() -> None:
    gym = running()
    gym.heart_rate(120)
    for _ in range(7):
        gym.run(1_000)
        gym.heart_rate(None)
    assert hazards(gym) == [Cause.HR_STALE]


def test_a_high_heart_rate_slows_then_recovers_then_ends_the_session() -> None:
    gym = running()
    gym.bpm = 170
    gym.run(12_000)
    assert hazards(gym) == [Cause.HR_HIGH]
    gym.run(10_000)
    assert gym.unit.belt.speed_ckmh == 340
    assert english(gym.view.cue) == "Your heart rate is high: slowing down."
    gym.run(30_000)
    assert gym.unit.belt.speed_ckmh == 170
    gym.run_until("ended", 90_000)
    assert gym.session.outcome == "stopped"
    assert gym.unit.belt.speed_ckmh == 0
    assert hazards(gym) == [Cause.HR_HIGH, Cause.HR_STILL_HIGH, Cause.HR_TOO_HIGH]


def test_a_heart_that_calms_down_lets_the_belt_rise_slowly() -> None:
    gym = running()
    gym.bpm = 170
    gym.run(14_000)
    gym.bpm = 120
    gym.run(20_000)
    assert gym.unit.belt.speed_ckmh == 340
    gym.run(30_000)
    assert 340 < gym.unit.belt.speed_ckmh < 400
    gym.run(60_000)
    assert gym.unit.belt.speed_ckmh == 400
    assert gym.notes("hazard_over")


def test_without_a_strap_a_novice_s_limits_hold() -> None:
    gym = EngineGym()
    fast = programme(step(600, ForTime(100)), goal=Goal.CONDITIONING, level=Level.ADVANCED)
    assert gym.start(fast, strap="", waiver="strap forgotten", hr_max_bpm=185).ok
    gym.run_until("running")
    gym.run(40_000)
    assert gym.unit.belt.speed_ckmh == 450
    assert hazards(gym) == []


def test_staff_lower_a_limit_live_and_the_unit_enforces_it_too() -> None:
    gym = running()
    assert adjust(gym, 250) == ""
    gym.run(8_000)
    assert gym.unit.belt.speed_ckmh == 250
    limits = gym.unit.state.limits
    assert limits.speed_max_ckmh == 250


def test_a_raise_needs_a_name_a_reason_and_an_end_and_stops_at_the_ceiling() -> None:
    gym = running()
    assert adjust(gym, 500, why="used to it", minutes=5, by=" ") == "no_reason"
    assert adjust(gym, 500, minutes=5) == "no_reason"
    assert adjust(gym, 500, why="used to it") == "no_expiry"
    assert adjust(gym, 600, why="used to it", minutes=5) == "over_ceiling"
    assert adjust(gym, 500, why="used to it", minutes=5) == ""
    gym.run(3_000)
    assert gym.unit.state.limits.speed_max_ckmh == 500
    gym.run(300_000)
    assert gym.unit.state.limits.speed_max_ckmh == 450
    assert [n.cause for n in gym.notes("limits_lowered")] == ["raise_expired"]


@pytest.mark.parametrize("minutes", [1, 60])
def test_nobody_adjusts_a_session_that_is_not_there(minutes: int) -> None:
    assert adjust(EngineGym(), 200, why="x", minutes=minutes) == "no_session"


def rising() -> EngineGym:
    """A belt on its way from 1.0 to 4.5 km/h."""
    gym = EngineGym(bpm=120)
    fast = programme(step(450, ForTime(500)), goal=Goal.KNEE_STRENGTH, level=Level.ADVANCED)
    assert gym.start(fast, hr_max_bpm=185).ok
    gym.run_until("running")
    gym.run(6_000)
    assert 100 < gym.unit.belt.speed_ckmh < 200
    return gym


def test_a_stale_heart_rate_ends_a_rise_under_way() -> None:
    gym = rising()
    gym.bpm = None
    gym.run(7_000)
    assert hazards(gym) == [Cause.HR_STALE]
    held = gym.unit.belt.speed_ckmh
    gym.run(7_000)
    assert gym.unit.belt.speed_ckmh <= held < 450


def test_a_high_heart_rate_cuts_the_present_speed_not_the_wanted_one() -> None:
    gym = EngineGym(bpm=120)
    steps = (step(100, ForTime(60)), step(450, ForTime(300)))
    assert gym.start(programme(*steps, goal=Goal.KNEE_STRENGTH, level=Level.ADVANCED), hr_max_bpm=185).ok
    gym.run_until("running")
    gym.run(51_000)
    gym.bpm = 150
    gym.run(9_000)
    assert not hazards(gym)
    gym.run(12_000)
    assert hazards(gym) == [Cause.HR_HIGH]
    assert gym.session.progress.index == 1
    assert gym.unit.belt.speed_ckmh <= 150


def test_a_lost_heart_rate_is_1_5_kmh_for_mobility_whether_the_maximum_is_known_or_not() -> None:
    for hr_max_bpm in (None, 185):
        gym = EngineGym(bpm=100)
        plan = programme(step(200, ForTime(300)), goal=Goal.MOBILITY, level=Level.INTERMEDIATE)
        assert gym.start(plan, hr_max_bpm=hr_max_bpm).ok
        gym.run_until("running")
        gym.run(20_000)
        assert gym.unit.belt.speed_ckmh == (200 if hr_max_bpm else 150)  # unknown: a novice's caps
        gym.bpm = None
        gym.run(40_000)
        assert gym.unit.belt.speed_ckmh == 150


@pytest.mark.parametrize(("minimum_ckmh", "lowest_ckmh"), [(50, 100), (80, 100), (120, 120)])
@pytest.mark.parametrize("phase", ["running", "paused"])
def test_a_limit_under_the_first_speed_of_the_belt_is_refused_and_one_at_it_can_be_walked(
    minimum_ckmh: int, lowest_ckmh: int, phase: str
) -> None:
    """With a lower one the belt could not be started again, and often not run."""
    gym = EngineGym(unit=EngineUnit(spec=replace(SPEC, speed_min_ckmh=minimum_ckmh)), bpm=100)
    assert gym.start(LONG, hr_max_bpm=185).ok
    gym.run_until("running")
    gym.run(10_000)
    if phase == "paused":
        assert gym.ask("pause").ok
        gym.run_until("paused")
        gym.run(3_000)
    warned = len([note for note in gym.notes() if note.severity != "info"])
    for lower in (0, 10, minimum_ckmh - 1, lowest_ckmh - 1):
        assert adjust(gym, lower) == "limit_too_low"
    assert adjust(gym, lowest_ckmh) == ""
    gym.run(10_000)
    if phase == "running":
        assert gym.unit.belt.speed_ckmh == lowest_ckmh
        assert gym.ask("pause").ok
        gym.run_until("paused")
        gym.run(3_000)
    assert gym.ask("resume").ok
    gym.run_until("running")
    gym.run(10_000)
    assert gym.unit.belt.speed_ckmh == lowest_ckmh
    assert len([note for note in gym.notes() if note.severity != "info"]) == warned
