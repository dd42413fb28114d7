"""Levels, detraining and weekly growth, at their boundaries."""

from dataclasses import replace

import pytest
from members_rig import BODY, at, demand, dossier, session

from device_adapters.safety.limits import Goal, Level, limits_for
from services.members import doses
from services.members.growth import Demand, caps
from services.members.model import SessionRecord, SignOff
from services.members.progression import sign_off_refusal, standing, to_next

KNEE, NOVICE, INTER, ADV = Goal.KNEE_STRENGTH, Level.NOVICE, Level.INTERMEDIATE, Level.ADVANCED
SIX = (0, 2, 4, 7, 9, 14)
EIGHT = (16, 18, 21, 25, 30, 35, 40, 44)


def signed(day: float, level: Level = INTER, goal: Goal = KNEE) -> SignOff:
    return SignOff(goal=goal, level=level, at_ms=at(day), by="Anna")


def knee(*days: float, level: Level = NOVICE) -> tuple[SessionRecord, ...]:
    return tuple(session(day, level=level) for day in days)


def test_six_clean_sessions_over_14_days_make_ready_for_intermediate() -> None:
    now = standing(dossier(*knee(*SIX)), KNEE, at(15))
    assert (now.level, now.clean, to_next(now)) == (NOVICE, 6, ())
    assert sign_off_refusal(now, INTER) is None


@pytest.mark.parametrize(
    ("days", "missing"),
    [
        ((), "0 of 6 clean sessions at novice, they span 0 of 14 days"),
        ((0, 2, 4, 7, 14), "5 of 6 clean sessions at novice"),
        ((0, 2, 4, 7, 9, 13.99), "they span 13 of 14 days"),
    ],
)
def test_less_than_that_is_not_ready_and_says_what_is_missing(days: tuple[float, ...], missing: str) -> None:
    now = standing(dossier(*knee(*days)), KNEE, at(15))
    refusal = sign_off_refusal(now, INTER)
    assert refusal is not None
    assert (refusal.cause, refusal.text) == ("not_ready", f"Not ready for intermediate: {missing}.")


def test_sessions_that_were_not_clean_do_not_count() -> None:
    history = (*knee(*SIX[:5]), session(14, answers={"rpe": 14}))
    assert standing(dossier(*history), KNEE, at(15)).clean == 5


def test_eight_more_over_28_days_make_ready_for_advanced() -> None:
    history = (*knee(*SIX), *knee(*EIGHT, level=INTER))
    now = standing(dossier(*history, sign_offs=(signed(15),)), KNEE, at(45))
    assert (now.level, now.clean, sign_off_refusal(now, ADV)) == (INTER, 8, None)
    now = standing(dossier(*history[:-1], sign_offs=(signed(15),)), KNEE, at(45))
    assert list(map(str, to_next(now))) == [
        "7 of 8 clean sessions at intermediate",
        "they span 24 of 28 days",
    ]


def test_sessions_below_the_level_do_not_count_towards_the_next() -> None:
    history = (*knee(*SIX), *knee(*EIGHT))
    now = standing(dossier(*history, sign_offs=(signed(15),)), KNEE, at(45))
    assert (now.level, now.clean) == (INTER, 0)


def test_levels_are_climbed_one_by_one_and_staff_may_go_down_at_any_time() -> None:
    now = standing(dossier(*knee(*SIX)), KNEE, at(15))
    refusal = sign_off_refusal(now, ADV)
    assert refusal is not None
    assert refusal.cause == "one_level_at_a_time"
    higher = standing(dossier(*knee(*SIX), sign_offs=(signed(15),)), KNEE, at(16))
    assert sign_off_refusal(higher, NOVICE) is None
    lowered = standing(dossier(*knee(*SIX), sign_offs=(signed(15), signed(15.5, NOVICE))), KNEE, at(16))
    assert (lowered.level, lowered.clean) == (NOVICE, 0)


def test_a_goal_is_judged_by_its_own_sessions() -> None:
    history = tuple(session(day, Goal.MOBILITY) for day in SIX)
    assert standing(dossier(*history), KNEE, at(15)).clean == 0


def test_42_days_without_training_begin_again_at_novice() -> None:
    trained = dossier(*knee(*SIX), sign_offs=(signed(15),))
    end = trained.history[-1].ended_ms
    assert standing(trained, KNEE, end + doses.BEGIN_AGAIN_MS - 1).level is INTER
    now = standing(trained, KNEE, end + doses.BEGIN_AGAIN_MS)
    assert (now.level, now.lost, now.clean, now.marks) == (NOVICE, INTER, 0, ())
    back = dossier(*trained.history, *knee(60, 62), sign_offs=trained.sign_offs)
    assert standing(back, KNEE, at(63)).level is NOVICE
    assert standing(back, KNEE, at(63)).clean == 2


def test_a_session_that_was_not_done_is_no_training() -> None:
    history = (*knee(*SIX), session(40, done=False, outcome="stopped"))
    assert standing(dossier(*history, sign_offs=(signed(15),)), KNEE, at(56.1)).level is NOVICE


def test_without_history_a_novice_s_limits_are_where_one_begins() -> None:
    row = limits_for(KNEE, NOVICE)
    first = caps(standing(dossier(), KNEE, at(0)), NOVICE, demand(KNEE, NOVICE), at(0))
    assert (first.session_s, first.speed_ckmh, first.grade_dpct, first.held) == (
        row.session_max_s, row.speed_max_ckmh, row.grade_max_dpct, (),
    )  # fmt: skip


WEEKS = [
    (720, 250, 0),
    (864, 250, 0),
    (1036, 250, 0),
    (1200, 250, 0),
    (1200, 280, 0),
    (1200, 310, 0),
    (1200, 340, 0),
    (1200, 350, 0),
    (1200, 350, 10),
    (1200, 350, 20),
    (1200, 350, 30),
]


def test_one_thing_grows_at_a_time_minutes_then_speed_then_grade() -> None:
    """Eleven weeks after the sign-off, each session doing all that it is let do of what intermediate would hold."""
    asked, history, held = demand(KNEE, INTER), knee(*SIX), []
    for week, limits in enumerate(WEEKS):
        for weekday in (0, 2, 4):
            day = 21 + 7 * week + weekday
            where = standing(dossier(*history, sign_offs=(signed(15),)), KNEE, at(day))
            now = caps(where, INTER, asked, at(day))
            assert (now.session_s, now.speed_ckmh, now.grade_dpct) == limits, f"day {day}"
            done = session(
                day, level=INTER, planned_s=now.session_s, speed_max_ckmh=now.speed_ckmh,
                grade_max_dpct=now.grade_dpct,
            )  # fmt: skip
            history = (*history, done)
        held.append(tuple(map(str, now.held)))
    assert held[0] == (
        "12 min: at most +20 % a week",
        "2.5 km/h: minutes first, one thing at a time",
        "0 % grade: minutes first, one thing at a time",
    )
    assert held[4] == ("2.8 km/h: at most +0.3 km/h a week", "0 % grade: speed first, one thing at a time")
    assert held[8] == ("1 % grade: at most +1 % a week",)
    assert held[10] == ()


def test_sessions_that_were_not_clean_do_not_let_it_grow() -> None:
    history = (*knee(*SIX), session(21, level=INTER, planned_s=720, answers={"rpe": 17}))
    at_28 = standing(dossier(*history, sign_offs=(signed(15),)), KNEE, at(28))
    assert caps(at_28, INTER, demand(KNEE, INTER), at(28)).session_s == 720


def test_who_was_held_slower_last_week_grows_from_there() -> None:
    slow = session(0, speed_max_ckmh=120)
    wanted = Demand(session_s=600, speed_ckmh=220, grade_dpct=0)
    now = caps(standing(dossier(slow), KNEE, at(7)), NOVICE, wanted, at(7))
    assert (now.speed_ckmh, tuple(map(str, now.held))) == (150, ("1.5 km/h: at most +0.3 km/h a week",))


def test_half_a_minute_more_is_no_growth() -> None:
    where = standing(dossier(session(0, planned_s=500, speed_max_ckmh=220)), KNEE, at(7))
    same = caps(where, NOVICE, Demand(session_s=530, speed_ckmh=230, grade_dpct=0), at(7))
    assert (same.session_s, same.speed_ckmh) == (530, 250)
    more = caps(where, NOVICE, Demand(session_s=531, speed_ckmh=230, grade_dpct=0), at(7))
    assert (more.session_s, more.speed_ckmh) == (600, 220)


def test_14_days_without_training_take_the_speed_of_the_level_below() -> None:
    fast = session(44, level=ADV, speed_max_ckmh=450, planned_s=900, grade_max_dpct=50)
    history = (*knee(*SIX), *knee(*EIGHT[:-1], level=INTER), fast)
    trained = dossier(*history, sign_offs=(signed(15), signed(43, ADV)))
    asked = replace(demand(KNEE, ADV), session_s=900)
    just = caps(standing(trained, KNEE, fast.ended_ms + doses.STEP_DOWN_MS - 1), ADV, asked, at(58))
    assert (just.speed_ckmh, just.held) == (450, ())
    late = fast.ended_ms + doses.STEP_DOWN_MS
    now = caps(standing(trained, KNEE, late), ADV, asked, late)
    assert (now.speed_ckmh, now.session_s, now.grade_dpct) == (350, 1200, 50)
    assert tuple(map(str, now.held)) == ("3.5 km/h: the first week after 14 days without training",)
    back = session(59, level=ADV, speed_max_ckmh=350, planned_s=900, grade_max_dpct=50)
    again = dossier(*history, back, sign_offs=trained.sign_offs)
    speeds = [caps(standing(again, KNEE, at(day)), ADV, asked, at(day)).speed_ckmh for day in (61, 66)]
    assert speeds == [350, 380]


@pytest.mark.parametrize("goal", Goal)
def test_speed_rises_by_the_goal_s_step(goal: Goal) -> None:
    slow = session(0, goal, speed_max_ckmh=100)
    where = standing(dossier(slow), goal, at(7))
    wanted = Demand(session_s=60, speed_ckmh=1000, grade_dpct=0)
    step = {"mobility": 20, "knee_strength": 30, "conditioning": 50, "athletic": 50}[goal]
    assert caps(where, NOVICE, wanted, at(7)).speed_ckmh == 100 + step


def test_a_session_of_this_week_is_not_yet_what_growth_starts_from() -> None:
    history = (session(0, speed_max_ckmh=120), session(5, speed_max_ckmh=150))
    wanted = Demand(session_s=600, speed_ckmh=220, grade_dpct=0)
    assert caps(standing(dossier(*history), KNEE, at(7)), NOVICE, wanted, at(7)).speed_ckmh == 150
    assert caps(standing(dossier(*history), KNEE, at(12)), NOVICE, wanted, at(12)).speed_ckmh == 180


def test_a_beta_blocker_s_sessions_count_by_rpe() -> None:
    body = replace(BODY, beta_blocker=True)
    history = tuple(session(day, hr_over_s=None) for day in SIX)
    assert to_next(standing(dossier(*history, body=body), KNEE, at(15))) == ()
