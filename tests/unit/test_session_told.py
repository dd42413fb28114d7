"""What a session tells of its decisions: each note with its cause, its numbers before and after, and who asked."""

from typing import Any

import pytest
from session_rig import EngineGym, answer_in, programme, step

from device_adapters.contract.phrase import english
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Goal, Level
from services.programme.model import ForTime
from services.session.engine.events import Adjust, EventNote
from services.session.engine.state import Pending

LONG = programme(step(400, ForTime(500)), goal=Goal.KNEE_STRENGTH, level=Level.ADVANCED)


def running(**changes: Any) -> EngineGym:
    gym = EngineGym(bpm=120)
    assert gym.start(LONG, hr_max_bpm=185, **changes).ok
    gym.run_until("running")
    gym.run(25_000)
    assert gym.unit.belt.speed_ckmh == 400
    return gym


def only(gym: EngineGym, kind: str) -> EventNote:
    (note,) = gym.notes(kind)
    return note


def adjust(gym: EngineGym, speed_ckmh: int, why: str = "", minutes: int = 0) -> None:
    event = Adjust(asker=gym.asker("Kim"), speed_max_ckmh=speed_ckmh, why=why, for_ms=minutes * 60_000)
    assert answer_in(gym.feed(event)).ok


def test_a_high_heart_is_told_with_the_speed_before_and_the_cap_after() -> None:
    gym = running()
    gym.bpm = 170
    gym.run(12_000)
    note = gym.notes("hazard")[0]
    assert (note.cause, note.severity, note.session) == (Cause.HR_HIGH, "warning", gym.session.wanted.session)
    assert note.before == {"speed_ckmh": 400}
    assert note.after == {"speed_ckmh": 340, "action": "slow"}
    assert note.said
    assert gym.session.why == note.said


def test_a_stale_heart_is_no_warning_yet_and_its_end_is_told() -> None:
    gym = running()
    gym.bpm = None
    gym.run(7_000)
    note = gym.notes("hazard")[0]
    assert (note.cause, note.severity, note.after["action"]) == (Cause.HR_STALE, "info", "hold")
    gym.bpm = 120
    gym.run(5_000)
    over = only(gym, "hazard_over")
    assert (over.cause, over.severity, over.after["action"]) == (Cause.HR_STALE, "info", "none")
    assert english(gym.session.why) == ""


def test_a_lowered_limit_is_told_with_who_and_both_numbers() -> None:
    gym = running()
    adjust(gym, 250, why="tired")
    note = only(gym, "limits_lowered")
    assert (note.cause, note.text, note.severity) == ("staff", "tired", "info")
    assert (note.before, note.after) == ({"speed_ckmh": 450}, {"speed_ckmh": 250, "by": "Kim"})
    assert note.session == gym.session.wanted.session
    assert (gym.session.raised_by, gym.session.raised_why, gym.session.raised_until_ms) == ("", "", None)


def test_a_raise_is_told_goes_with_the_lease_and_ends() -> None:
    gym = running()
    adjust(gym, 500, why="used to it", minutes=1)
    note = only(gym, "limits_raised")
    assert (note.cause, note.severity, note.after) == ("staff", "warning", {"speed_ckmh": 500, "by": "Kim"})
    gym.run(2_000)
    lease = gym.leases()[-1]
    assert (lease.raised_by, lease.raised_why) == ("Kim", "used to it")
    assert lease.raised is not None
    assert lease.raised.speed_max_ckmh == 500
    gym.run(60_000)
    over = only(gym, "limits_lowered")
    assert (over.cause, over.before, over.after) == (
        "raise_expired", {"speed_ckmh": 500}, {"speed_ckmh": 450},
    )  # fmt: skip
    lease = gym.leases()[-1]
    assert (lease.raised, lease.raised_by, lease.raised_why) == (None, "", "")


@pytest.mark.parametrize(("minutes", "cause"), [(0, "no_expiry"), (61, "no_expiry"), (60, ""), (1, "")])
def test_a_raise_ends_within_an_hour(minutes: int, cause: str) -> None:
    gym = running()
    event = Adjust(asker=gym.asker("Kim"), speed_max_ckmh=500, why="used to it", for_ms=minutes * 60_000)
    assert answer_in(gym.feed(event)).cause == cause


def test_a_step_outside_the_limits_is_told_once() -> None:
    gym = EngineGym(bpm=120)
    fast = programme(
        step(600, ForTime(60)), step(400, ForTime(60)), goal=Goal.KNEE_STRENGTH, level=Level.NOVICE
    )
    assert gym.start(fast, hr_max_bpm=185).ok
    gym.run_until("running")
    gym.run(20_000)
    note = gym.notes("clamped")[0]
    assert (note.cause, note.session) == ("over_limit", gym.session.wanted.session)
    assert note.before == {"speed_ckmh": 600, "grade_dpct": 0}
    assert note.after["speed_ckmh"] == gym.unit.belt.speed_ckmh
    assert len([each for each in gym.notes("clamped") if each.before == note.before]) == 1


def asked(gym: EngineGym) -> Pending:
    """Until a command is out that a deaf unit does not answer."""
    for _ in range(20):
        if gym.session.pending is not None:
            break
        gym.run(100)
    assert gym.session.pending is not None
    return gym.session.pending


def test_a_unit_that_allows_less_is_told_and_followed() -> None:
    gym = running()
    gym.unit.deaf = True
    adjust(gym, 300)
    pending = asked(gym)
    gym.feed_result(pending.id, "clamped", 220, "over_limit")
    note = next(each for each in gym.notes("clamped") if each.after == {"speed_ckmh": 220})
    assert (note.cause, note.before) == ("over_limit", {"speed_ckmh": pending.speed_ckmh})
    assert gym.session.ramp.to_ckmh == 220


def test_a_refused_target_ends_the_session_and_says_why() -> None:
    gym = running()
    gym.unit.deaf = True
    adjust(gym, 300)
    asked(gym)
    gym.refuse_next("out_of_range")
    assert gym.session.phase == "stopping"
    assert gym.session.outcome == "stopped"
    assert "target" in english(gym.session.why)


def test_a_journal_that_cannot_be_written_refuses_the_start() -> None:
    gym = EngineGym(keeps=False)
    gym.start()
    gym.run(1_000)
    assert (gym.session.phase, gym.session.outcome) == ("ended", "refused")
    assert "journal" in english(gym.session.why)
    assert gym.unit.belt.speed_ckmh == 0
    assert not gym.commands("start")
