"""A prescription tightens what the rules allow and never widens it: each of its numbers, alone."""

from dataclasses import replace
from typing import Any

import pytest
from members_rig import BEGIN_MS, BODY, at, demand, dossier, session

from device_adapters.contract.phrase import Refusal
from device_adapters.safety.limits import Goal, Level, limits_for
from device_adapters.units import DAY_MS
from services.members.admission import Allowance, StartWish, may_start, rested_from_ms
from services.members.errors import MembersError
from services.members.model import Dossier, Prescription
from services.members.prescription import LONGEST_MS, check_prescription
from services.members.progression import standing

GOAL, LEVEL = Goal.CONDITIONING, Level.NOVICE
ROW = limits_for(GOAL, LEVEL)


def given(**changes: Any) -> Prescription:
    values: dict[str, Any] = {
        "goal": GOAL, "speed_ckmh": 150, "minutes": 4, "sessions_week": 1, "pain_stop": 5, "at_ms": BEGIN_MS,
        "until_ms": BEGIN_MS + 28 * DAY_MS, "by": "Anna", "why": "after the operation",
    }  # fmt: skip
    return Prescription(**{**values, **changes})


def asked(of: Dossier, now_ms: int, goal: Goal = GOAL) -> Allowance | Refusal:
    return may_start(
        of, StartWish(goal=goal, level=LEVEL, demand=demand(goal, LEVEL), arms_reach=True), now_ms
    )


def allowed(of: Dossier, now_ms: int, goal: Goal = GOAL) -> Allowance:
    answer = asked(of, now_ms, goal)
    assert isinstance(answer, Allowance), answer
    return answer


def test_a_session_is_held_to_what_was_prescribed_and_says_so() -> None:
    free = allowed(dossier(), at(1))
    held = allowed(dossier(prescription=given()), at(1))
    assert (held.caps.speed_ckmh, held.caps.session_s) == (150, 240)
    assert held.caps.grade_dpct == free.caps.grade_dpct
    assert len(held.caps.held) == len(free.caps.held) + 2


@pytest.mark.parametrize(("weeks", "ckmh"), [(0.9, 150), (1, 200), (2.5, 250)])
def test_the_speed_rises_by_the_goals_step_each_week_and_no_faster(weeks: float, ckmh: int) -> None:
    now_ms = BEGIN_MS + round(weeks * 7 * DAY_MS)
    assert allowed(dossier(prescription=given()), now_ms).caps.speed_ckmh == min(ckmh, ROW.speed_max_ckmh)


def test_it_widens_nothing() -> None:
    wide = given(speed_ckmh=10_000, minutes=600, sessions_week=7, hr_ceiling_bpm=200)
    for now_ms in (at(0.1), at(20)):
        free, held = allowed(dossier(), now_ms), allowed(dossier(prescription=wide), now_ms)
        assert held == free


def test_it_holds_for_its_goal_and_its_time_alone() -> None:
    of = dossier(prescription=given())
    assert allowed(of, at(29)) == allowed(dossier(), at(29))
    other = Goal.ATHLETIC
    assert allowed(of, at(1), other) == allowed(dossier(), at(1), other)


def test_pain_told_last_stops_the_next_session_until_it_is_prescribed_anew() -> None:
    for answers in ({"pain": 5}, {"pain": 1, "pain_next_day": 6}):
        sore = session(0, GOAL, answers=answers)
        refusal = asked(dossier(sore, prescription=given()), at(3))
        assert isinstance(refusal, Refusal)
        assert refusal.cause == "prescribed_pain"
    fine = session(0, GOAL, answers={"pain": 4})
    assert isinstance(asked(dossier(fine, prescription=given(sessions_week=2)), at(3)), Allowance)


def test_the_week_holds_no_more_than_was_prescribed() -> None:
    of = dossier(session(0, GOAL), prescription=given())
    refusal = asked(of, at(3))
    assert isinstance(refusal, Refusal)
    assert refusal.cause == "weekly_cap"
    assert isinstance(asked(dossier(session(0, GOAL)), at(3)), Allowance)
    due = rested_from_ms(of, GOAL, LEVEL, at(3))
    assert at(3) < due < at(7)
    assert isinstance(asked(of, due), Allowance)


def test_the_heart_stays_below_the_prescribed_ceiling() -> None:
    free, held = (allowed(dossier(prescription=p), at(1)) for p in (None, given(hr_ceiling_bpm=110)))
    assert free.hr_max_bpm is not None
    assert held.hr_max_bpm is not None
    assert held.hr_max_bpm * ROW.hr_max_dpct // 1000 <= 110 < free.hr_max_bpm * ROW.hr_max_dpct // 1000


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("speed_ckmh", {"speed_ckmh": ROW.speed_max_ckmh + 1}), ("speed_ckmh", {"speed_ckmh": 0}),
        ("minutes", {"minutes": ROW.session_max_s // 60 + 1}), ("sessions_week", {"sessions_week": 3}),
        ("pain_stop", {"pain_stop": 0}), ("hr_ceiling_bpm", {"hr_ceiling_bpm": 60}),
        ("until_ms", {"until_ms": BEGIN_MS}), ("until_ms", {"until_ms": BEGIN_MS + LONGEST_MS + 1}),
        ("why", {"why": " "}), ("clinician", {"clinician": "x" * 201}),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_members_level_is_not_prescribed(field: str, changes: dict[str, Any]) -> None:
    where = standing(dossier(), GOAL, at(1))
    check_prescription(given(), where, BODY)
    with pytest.raises(MembersError, match=rf"^{field}:"):
        check_prescription(given(**changes), where, BODY)


def test_no_heart_is_prescribed_to_who_takes_a_beta_blocker() -> None:
    with pytest.raises(MembersError, match="hr_ceiling_bpm: with"):
        check_prescription(
            given(hr_ceiling_bpm=120), standing(dossier(), GOAL, at(1)), replace(BODY, beta_blocker=True)
        )
