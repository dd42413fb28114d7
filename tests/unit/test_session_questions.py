"""Questions that people must answer, what silence does, and what people have recorded."""

from typing import Any

import pytest
from session_rig import EngineGym, answer_in, programme, step

from device_adapters.contract.phrase import english
from device_adapters.safety.limits import Goal, Level
from services.programme.model import ForTime, StepKind
from services.session.engine.events import RequestAnswer, Tell

EASY = [step(220, ForTime(300), kind=StepKind.REST), step(300, ForTime(300), kind=StepKind.REST)]


def tell(gym: EngineGym, verb: Any, **more: Any) -> RequestAnswer:
    return answer_in(gym.feed(Tell(asker=gym.asker(), verb=verb, **more)))


def waived(**changes: Any) -> EngineGym:
    """A session without a strap, asked for the first time."""
    gym = EngineGym()
    assert gym.start(programme(*EASY), strap="", waiver="no strap fits", **changes).ok
    gym.run_until("running")
    gym.run(119_000)
    assert not gym.view.asks
    gym.run(2_000)
    assert gym.view.asks == ("rpe",)
    return gym


def test_no_strap_needs_a_reason() -> None:
    gym = EngineGym()
    answer = gym.start(programme(*EASY), strap="")
    assert (answer.ok, answer.cause) == (False, "no_strap")
    waived()


def test_the_waiver_is_recorded_with_who_and_why() -> None:
    (note,) = waived().notes("hr_waived")
    assert (note.text, note.after, note.severity) == ("no strap fits", {"by": "Anna"}, "warning")


def test_with_a_strap_nobody_is_asked() -> None:
    gym = EngineGym()
    gym.start(programme(*EASY))
    gym.run_until("running")
    gym.run(200_000)
    assert gym.view.asks == ()


def test_without_an_answer_it_holds_then_slows_then_pauses() -> None:
    gym = waived()
    gym.run(30_000)
    assert gym.notes("question")[-1].after == {"stage": "hold", "speed_ckmh": 220}
    gym.run(30_000)
    assert gym.commands("target")[-1].speed_ckmh == 200
    gym.run_until("paused", within_ms=70_000)
    assert english(gym.session.why).startswith("Nobody said for 2 minutes how hard it is")
    gym.run(60_000)
    assert gym.session.phase == "paused"
    gym.ask("resume")
    gym.run_until("running")
    gym.run(60_000)
    assert gym.view.asks == (), "who resumes has looked"


def test_held_at_a_step_s_end_it_does_not_rise() -> None:
    gym = waived()
    tell(gym, "rpe", rpe=11)
    gym.run(121_000)
    assert gym.view.asks == ("rpe",)
    gym.run(56_000)
    assert gym.session.progress.index == 0
    gym.run(30_000)
    assert gym.session.progress.index == 1
    assert max(c.speed_ckmh or 0 for c in gym.commands("target")) == 220


def test_a_belt_on_its_way_up_is_held_where_it_is() -> None:
    gym = EngineGym()
    slow_rise = programme(
        step(100, ForTime(148), kind=StepKind.REST),
        step(250, ForTime(60)),
        goal=Goal.MOBILITY,
        level=Level.ADVANCED,
    )
    assert gym.start(slow_rise, strap="", waiver="none").ok
    gym.run_until("running")
    gym.run(148_200)
    going = gym.unit.belt.speed_ckmh
    gym.run(20_000)
    assert gym.session.progress.index == 1
    assert gym.unit.belt.speed_ckmh <= going + 40


def test_an_answer_ends_the_ladder_and_raises_nothing_before_the_next_step() -> None:
    gym = waived()
    gym.run(62_000)
    assert gym.commands("target")[-1].speed_ckmh == 200
    assert tell(gym, "rpe", rpe=12).ok
    gym.run(60_000)
    assert (gym.view.asks, gym.commands("target")[-1].speed_ckmh) == ((), 200)
    gym.run(62_000)
    assert gym.view.asks == ("rpe",), "again 2 minutes after the answer"
    assert gym.commands("target")[-1].speed_ckmh == 300, "the next step has begun"


@pytest.mark.parametrize(("rpe", "speed"), [(13, 220), (14, 198)])
def test_harder_than_the_goal_allows_is_one_press_of_slower(rpe: int, speed: int) -> None:
    gym = waived()
    tell(gym, "rpe", rpe=rpe)
    assert gym.commands("target")[-1].speed_ckmh == speed
    note = gym.notes("rpe")[-1]
    assert (note.after["rpe"], note.after["by"]) == (rpe, "Anna")


def test_staff_are_asked_whether_they_are_with_the_member() -> None:
    gym = EngineGym()
    gym.start(programme(*EASY), presence_ms=180_000)
    gym.run_until("running")
    gym.run(181_000)
    assert "present" in gym.view.asks
    assert tell(gym, "present").ok
    assert not gym.view.asks
    gym.run(179_000)
    assert gym.view.asks == ()
    gym.run_until("paused", within_ms=140_000)
    assert english(gym.session.why).startswith("Nobody said for 2 minutes that staff")


def test_notes_near_misses_and_feedback_are_recorded_by_pseudonym_also_after_the_end() -> None:
    gym = EngineGym()
    assert tell(gym, "note", text="x").cause == "no_session"
    gym.start(programme(*EASY), member="m-7", alias="Guest 1")
    gym.run_until("running")
    assert tell(gym, "note", text="left shoe loose").ok
    gym.ask("stop")
    gym.run_until("ended")
    assert tell(gym, "near_miss", text="stumbled at the start").ok
    assert tell(gym, "feedback", session=gym.session.wanted.session, rpe=11, pain=2).ok
    assert tell(gym, "feedback", session="s-other", rpe=11).cause == "no_session"
    assert tell(gym, "rpe", rpe=11).cause == "no_session"
    (note,), (near,), (feedback,) = gym.notes("note"), gym.notes("near_miss"), gym.notes("feedback")
    assert (note.text, near.severity) == ("left shoe loose", "warning")
    assert feedback.after == {"by": "Anna", "member": "m-7", "rpe": 11, "pain": 2}
    assert note.session == gym.session.wanted.session
    assert "Guest" not in str(gym.notes())
