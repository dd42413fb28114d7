"""Gates that rest on evidence: who needs a walk test, a harness, somebody beside; and what makes a dose smaller."""

from dataclasses import replace
from typing import Any

import pytest
from members_rig import BEGIN_MS, BODY, at, demand, dossier, screening, session

from device_adapters.contract.phrase import Refusal
from device_adapters.safety.limits import Goal, Level, limits_for
from services.members.admission import Allowance, StartWish, may_start
from services.members.growth import Caps, Demand, caps
from services.members.model import SCREENING_FORM, Contraindication, Dossier, SignOff
from services.members.progression import standing

KNEE, FAST = Goal.KNEE_STRENGTH, Goal.ATHLETIC


def asked(of: Dossier, goal: Goal = KNEE, speed_ckmh: int = 250, **changes: Any) -> Allowance | Refusal:
    what = replace(demand(goal, Level.NOVICE), speed_ckmh=speed_ckmh)
    return may_start(of, StartWish(goal=goal, level=Level.NOVICE, demand=what, **changes), BEGIN_MS)


def cause(answer: Allowance | Refusal) -> str:
    return answer.cause if isinstance(answer, Refusal) else ""


@pytest.mark.parametrize(
    ("born", "speed_ckmh", "walk_cs", "expected"),
    [
        (1976, 451, None, "backward_walk_missing"),  # 50 this year
        (1976, 450, None, ""),
        (1977, 451, None, ""),
        (1976, 451, 549, ""),
        (1976, 451, 550, "clinician_first"),
    ],
)
def test_from_50_years_on_the_walk_is_timed_for_more_than_4_5_km_h(
    born: int, speed_ckmh: int, walk_cs: int | None, expected: str
) -> None:
    of = dossier(body=replace(BODY, birth_year=born), screening=screening(backward_walk_cs=walk_cs))
    assert cause(asked(of, FAST, speed_ckmh)) == expected


@pytest.mark.parametrize(("walk_cs", "present"), [(349, False), (350, True), (549, True)])
def test_a_walk_between_3_5_and_5_5_s_asks_whether_staff_are_with_the_member(
    walk_cs: int, present: bool
) -> None:
    seen = screening(backward_walk_cs=walk_cs)
    answer = asked(dossier(screening=seen), Goal.MOBILITY, 150, arms_reach=True)
    assert isinstance(answer, Allowance)
    assert answer.presence is present
    ungated = asked(dossier(screening=seen))
    assert isinstance(ungated, Allowance)
    assert not ungated.presence


@pytest.mark.parametrize(
    ("born", "walk_cs", "ceiling"),
    [(1976, None, 450), (1976, 550, 450), (1976, 549, None), (1977, None, None)],
)
def test_no_raise_passes_4_5_km_h_where_no_walk_was_timed(
    born: int, walk_cs: int | None, ceiling: int | None
) -> None:
    of = dossier(body=replace(BODY, birth_year=born), screening=screening(backward_walk_cs=walk_cs))
    answer = asked(of)
    assert isinstance(answer, Allowance)
    assert answer.ceiling_ckmh == ceiling


@pytest.mark.parametrize("said", [Contraindication.STROKE, Contraindication.PARKINSON])
def test_stroke_and_parkinson_train_in_a_harness_within_the_limits_of_mobility(
    said: Contraindication,
) -> None:
    seen = screening(contraindications=frozenset({said}), clinician_ok_by="Dr. Roe")
    assert cause(asked(dossier(screening=seen), arms_reach=True)) == "harness"
    answer = asked(dossier(screening=seen), arms_reach=True, harness=True)
    assert isinstance(answer, Allowance)
    assert (answer.mobility_only, answer.ceiling_ckmh) == (True, 300)
    unnamed = replace(seen, clinician_ok_by="")
    assert cause(asked(dossier(screening=unnamed), arms_reach=True, harness=True)) == "clinician_first"
    untimed = replace(seen, backward_walk_cs=None)
    assert cause(asked(dossier(screening=untimed), harness=True)) == "backward_walk_missing"


def test_a_screening_that_asked_less_is_asked_again() -> None:
    assert cause(asked(dossier(screening=screening(form=SCREENING_FORM - 1)))) == "screening_old"


def test_a_flare_of_the_next_day_steps_the_next_dose_down_and_no_further() -> None:
    def next_caps(*history: Any) -> Caps:
        of = dossier(*history)
        now = standing(of, KNEE, at(9))
        return caps(now, Level.NOVICE, Demand(session_s=600, speed_ckmh=250, grade_dpct=0), at(9))

    assert next_caps(session(0), session(7)).held == ()
    flare = session(7, answers={"pain": 1, "pain_next_day": 3})
    down = next_caps(session(0), flare)
    assert (down.session_s, down.speed_ckmh, down.grade_dpct) == (500, 220, 0)
    assert tuple(map(str, down.held)) == (
        "8.3 min: one step down after the last session",
        "2.2 km/h: one step down after the last session",
    )
    assert next_caps(session(0), flare, session(8)).held == ()


def test_a_step_down_leaves_a_speed_that_can_be_walked() -> None:
    slow = session(7, Goal.MOBILITY, speed_max_ckmh=110, answers={"pain": 0, "pain_next_day": 2})
    now = standing(dossier(slow), Goal.MOBILITY, at(9))
    wanted = Demand(session_s=300, speed_ckmh=150, grade_dpct=0)
    assert caps(now, Level.NOVICE, wanted, at(9)).speed_ckmh == 100


@pytest.mark.parametrize(
    ("last_day", "unclean_day", "minutes"), [(27, None, 15), (28, None, 18), (49, 14, 18), (48, 14, 15)]
)
def test_knee_sessions_stay_at_15_minutes_until_4_weeks_were_clean(
    last_day: int, unclean_day: int | None, minutes: int
) -> None:
    """18: a fifth more than what was reached. An unclean session begins the weeks anew."""
    level = Level.INTERMEDIATE
    days = sorted({*range(0, last_day, 7), last_day})
    history = tuple(
        session(day, KNEE, level, planned_s=900, answers={"rpe": 17 if day == unclean_day else 11})
        for day in days
    )
    signed = SignOff(goal=KNEE, level=level, at_ms=BEGIN_MS - 1, by="Anna")
    now = at(last_day + 7.1)
    of = standing(dossier(*history, sign_offs=(signed,)), KNEE, now)
    wanted = Demand(session_s=1200, speed_ckmh=350, grade_dpct=0)
    found = caps(of, level, wanted, now)
    assert limits_for(KNEE, level).session_max_s == 1200
    assert found.session_s == minutes * 60
    if minutes == 15:
        assert "15 min: more after 4 clean weeks" in map(str, found.held)


def test_knee_sessions_go_by_the_speed_that_was_comfortable_in_the_first() -> None:
    def next_caps(goal: Goal, **changes: Any) -> Caps:
        where = standing(dossier(session(0, goal, **changes)), goal, at(3))
        return caps(where, Level.NOVICE, Demand(session_s=300, speed_ckmh=600, grade_dpct=0), at(3))

    assert next_caps(KNEE, speed_max_ckmh=250, comfortable_ckmh=180).speed_ckmh == 210
    assert next_caps(KNEE, speed_max_ckmh=250, comfortable_ckmh=None).speed_ckmh == 250
    assert next_caps(KNEE, speed_max_ckmh=180, comfortable_ckmh=250).speed_ckmh == 210
    assert next_caps(Goal.ATHLETIC, speed_max_ckmh=500, comfortable_ckmh=180).speed_ckmh == 600
