"""What screens are told of a session."""

from dataclasses import replace

import msgspec
import pytest
from session_rig import EngineGym

from device_adapters.contract import registry
from device_adapters.contract.phrase import english
from device_adapters.safety.limits import Goal, Level
from services.programme.library import find
from services.session.engine.heart_limits import hr_limit_bpm
from services.session.engine.view import nearest_limit, view_of

KNEE = find(Goal.KNEE_STRENGTH, Level.NOVICE)


def running() -> EngineGym:
    gym = EngineGym()
    gym.start(KNEE, strap="hr-01", alias="Guest 1", hr_max_bpm=185)
    gym.run_until("running")
    gym.run(20_000)
    gym.heart_rate(90)
    return gym


def test_a_running_session() -> None:
    view = running().view
    assert (view.phase, view.step, view.steps, view.step_kind) == ("running", 1, 6, "warmup")
    assert (view.programme, view.goal, view.level) == ("Retro walk, 10 min", "knee_strength", "novice")
    assert (view.target_kmh, view.target_pct, view.measured_kmh) == (1.2, 0.0, 1.2)
    assert (view.elapsed_s, view.step_left_s, view.total_s) == (20.0, 10.0, 595.0)
    assert (view.alias, view.strap, view.hr_bpm, view.hr_limit_bpm) == ("Guest 1", "hr-01", 90, 129)
    assert view.cue == "Hands on the rails, small steps, look ahead"
    assert view.limits is not None
    assert view.limits.speed_max_kmh == 2.5
    assert (english(view.why), view.outcome) == ("", None)
    assert registry.SESSION_VIEW.decode(registry.SESSION_VIEW.encode(view)) == view


def test_an_old_speed_is_not_shown_as_measured() -> None:
    gym = running()
    assert view_of(gym.state, gym.session, gym.now + 3_001, 0).measured_kmh is None


def test_an_ended_session_shows_how_it_ended_and_no_heart_rate() -> None:
    gym = running()
    gym.ask("stop")
    gym.run_until("ended")
    gym.heart_rate(90)
    view = gym.view
    assert (view.phase, view.outcome, english(view.why)) == ("ended", "stopped", "Stopped by Anna.")
    assert (view.hr_bpm, view.step_left_s, view.cue, view.nearest_limit) == (None, None, None, None)
    assert view.target_kmh == 0


def test_without_a_maximum_heart_rate_there_is_no_limit_to_show() -> None:
    gym = EngineGym()
    gym.start(KNEE, hr_max_bpm=None)
    assert hr_limit_bpm(gym.session) is None
    assert gym.view.hr_limit_bpm is None


@pytest.mark.parametrize(
    ("changes", "hr_bpm", "words"),
    [
        ({"asked_ckmh": 220}, 90, "speed 2.2 of 2.5 km/h"),
        ({"asked_ckmh": 120, "retro_ms": 540_000}, 90, "time 9 of 10 min"),
        ({"asked_ckmh": 120}, 125, "heart rate 125 of 129 bpm"),
        ({"asked_ckmh": 120}, None, "speed 1.2 of 2.5 km/h"),
    ],
)
def test_the_nearest_limit_is_the_one_relatively_closest(
    changes: dict[str, int], hr_bpm: int | None, words: str
) -> None:
    session = replace(running().session, **changes)  # type: ignore[arg-type]
    assert english(nearest_limit(session, hr_bpm)) == words


def test_grade_counts_where_grade_is_allowed() -> None:
    session = running().session
    session = replace(
        session, asked_ckmh=120, asked_dpct=18, limits=replace(session.limits, grade_max_dpct=20)
    )
    assert english(nearest_limit(session, None)) == "grade 1.8 of 2 %"


def test_views_tolerate_added_fields() -> None:
    view = running().view
    raw = msgspec.json.decode(registry.SESSION_VIEW.encode(view))
    assert registry.SESSION_VIEW.decode(msgspec.json.encode({**raw, "tomorrow": 1})) == view


def test_the_nearest_limit_of_the_belt_is_told_apart_from_the_heart_s() -> None:
    gym = EngineGym(bpm=120)
    gym.moving()
    gym.bpm = None
    gym.heart_rate(132)
    view = gym.view
    assert english(view.nearest_limit) == "heart rate 132 of 133 bpm"
    assert english(view.nearest_belt_limit).startswith("speed ")
    assert "bpm" not in english(view.nearest_belt_limit)
    gym.ask("stop")
    gym.run_until("ended")
    assert (gym.view.nearest_limit, gym.view.nearest_belt_limit) == (None, None)
