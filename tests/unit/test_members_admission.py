"""May a member start? Each gate alone, at its boundary, with its stable word and a text that says what to do."""

from dataclasses import replace
from typing import Any

import pytest
from members_rig import BEGIN_MS, BODY, at, demand, dossier, screening, session

from device_adapters.contract.phrase import Refusal
from device_adapters.safety.limits import Goal, Level
from device_adapters.units import HOUR_MS
from services.members import doses
from services.members.admission import Allowance, StartWish, may_start
from services.members.model import EXCLUDING, Contraindication, Dossier, HeartSource, SignOff

KNEE = Goal.KNEE_STRENGTH
OLD = replace(BODY, birth_year=1961)


def wish(goal: Goal = KNEE, level: Level = Level.NOVICE, **changes: Any) -> StartWish:
    """Somebody is beside a novice of mobility unless a test says otherwise."""
    beside = goal is Goal.MOBILITY and level is Level.NOVICE
    return StartWish(
        **{"goal": goal, "level": level, "demand": demand(goal, level), "arms_reach": beside, **changes}
    )


def cause(of: Dossier, what: StartWish | None = None, now_ms: int = BEGIN_MS) -> str:
    answer = may_start(of, what or wish(), now_ms)
    return answer.cause if isinstance(answer, Refusal) else ""


def allowed(of: Dossier, what: StartWish | None = None, now_ms: int = BEGIN_MS) -> Allowance:
    answer = may_start(of, what or wish(), now_ms)
    assert isinstance(answer, Allowance), answer
    return answer


def test_a_screened_member_with_consent_may_start_as_a_novice() -> None:
    assert [cause(dossier(), wish(goal)) for goal in Goal] == ["", "", "", ""]


def test_without_consent_or_screening_nobody_starts() -> None:
    assert cause(dossier(purposes=frozenset())) == "no_consent"
    assert cause(dossier(screening=None)) == "screening_missing"
    held = dossier()
    assert cause(held, now_ms=BEGIN_MS + doses.SCREENING_VALID_MS - 1) == ""
    assert cause(held, now_ms=BEGIN_MS + doses.SCREENING_VALID_MS) == "screening_old"


@pytest.mark.parametrize("said", Contraindication)
def test_each_contraindication_asks_for_a_clinician_or_rules_out(said: Contraindication) -> None:
    seen = screening(contraindications=frozenset({said}))
    seen_ok = replace(seen, clinician_ok_by="Dr. Roe")
    out = said in EXCLUDING
    wore = wish(harness=True)
    assert cause(dossier(screening=seen)) == ("screened_out" if out else "clinician_first")
    assert cause(dossier(screening=seen_ok), wore) == ("screened_out" if out else "")


@pytest.mark.parametrize(
    ("walk_cs", "fall", "ok", "reach", "expected"),
    [
        (None, False, "", False, "backward_walk_missing"),
        (549, False, "", False, ""),
        (549, True, "", True, "clinician_first"),
        (549, True, "Dr. Roe", False, "arms_reach"),
        (549, True, "Dr. Roe", True, ""),
        (550, False, "", True, "clinician_first"),
        (550, False, "Dr. Roe", False, "arms_reach"),
        (550, False, "Dr. Roe", True, ""),
        (814, False, "Dr. Roe", True, ""),
        (815, False, "Dr. Roe", True, "backward_walk_too_slow"),
    ],
)
@pytest.mark.parametrize(("goal", "body"), [(Goal.MOBILITY, BODY), (KNEE, OLD)])
def test_the_gate_for_mobility_and_from_65_years(
    walk_cs: int | None, fall: bool, ok: str, reach: bool, expected: str, goal: Goal, body: Any
) -> None:
    seen = screening(backward_walk_cs=walk_cs, fall_12_months=fall, clinician_ok_by=ok)
    of = dossier(screening=seen, body=body)
    mobile = goal is Goal.MOBILITY
    if mobile and not reach:
        expected = expected or "arms_reach"
    assert cause(of, wish(goal, arms_reach=reach)) == expected
    if not expected:
        assert allowed(of, wish(goal, arms_reach=reach)).arms_reach is (mobile or walk_cs != 549 or fall)


@pytest.mark.parametrize(
    ("goal", "level", "by_default"),
    [(goal, level, (goal, level) == (Goal.MOBILITY, Level.NOVICE)) for goal in Goal for level in Level],
)
def test_novices_of_mobility_have_somebody_within_arms_reach_by_default(
    goal: Goal, level: Level, by_default: bool
) -> None:
    """domain.md §2 table, supervision; a harness will do as well."""
    signed = tuple(SignOff(goal=goal, level=each, at_ms=at(9), by="Anna") for each in Level)
    of = dossier(*(session(day, goal) for day in (0, 4, 8)), sign_offs=signed)
    assert cause(of, wish(goal, level, arms_reach=False), at(18)) == ("arms_reach" if by_default else "")
    assert cause(of, wish(goal, level, arms_reach=True), at(18)) == ""
    assert allowed(of, wish(goal, level, arms_reach=True), at(18)).arms_reach is by_default


def test_the_gate_begins_in_the_year_of_the_65th_birthday() -> None:
    seen = screening(backward_walk_cs=None)
    assert cause(dossier(screening=seen, body=replace(BODY, birth_year=1962))) == ""
    assert cause(dossier(screening=seen, body=OLD)) == "backward_walk_missing"


def test_a_level_that_is_not_signed_off_says_what_is_missing() -> None:
    answer = may_start(dossier(session(-3)), wish(level=Level.INTERMEDIATE), BEGIN_MS)
    assert isinstance(answer, Refusal)
    assert answer.cause == "level_not_signed_off"
    assert answer.text == (
        "Intermediate is not signed off for knee strength; the level is novice. Towards intermediate: 1 of 6 clean "
        "sessions at novice, they span 0 of 14 days."
    )


def test_a_level_lapses_after_42_days_without_training() -> None:
    signed = SignOff(goal=KNEE, level=Level.INTERMEDIATE, at_ms=at(15), by="Anna")
    trained = dossier(*(session(day) for day in (0, 2, 4, 7, 9, 14)), sign_offs=(signed,))
    what = wish(level=Level.INTERMEDIATE)
    assert cause(trained, what, at(17)) == ""
    answer = may_start(trained, what, at(60))
    assert isinstance(answer, Refusal)
    assert (answer.cause, answer.text) == (
        "detrained",
        "After 42 days or more without training intermediate has lapsed: begin again at novice.",
    )
    assert allowed(trained, now_ms=at(60)).level is Level.NOVICE


@pytest.mark.parametrize(
    ("goal", "hours", "reason", "expected"),
    [
        (KNEE, 39.99, "", "minimum_gap"),
        (KNEE, 40, "", ""),
        (KNEE, 39.99, "physio agreed", ""),
        (KNEE, 20, "physio agreed", ""),
        (KNEE, 19.99, "physio agreed", "minimum_gap"),
        (Goal.MOBILITY, 19.99, "physio agreed", "minimum_gap"),
        (Goal.MOBILITY, 20, "", ""),
    ],
)
def test_the_minimum_gap(goal: Goal, hours: float, reason: str, expected: str) -> None:
    last = session(0)
    now = last.ended_ms + round(hours * HOUR_MS)
    assert cause(dossier(last), wish(goal, why=reason, by="Anna"), now) == expected


def test_an_override_needs_a_person_and_is_told() -> None:
    last = session(0)
    now = last.ended_ms + 30 * HOUR_MS
    assert cause(dossier(last), wish(why="physio agreed", by=" "), now) == "minimum_gap"
    assert cause(dossier(last), wish(why=" ", by="Anna"), now) == "minimum_gap"
    assert allowed(dossier(last), wish(why="physio agreed", by="Anna"), now).overridden == "minimum_gap"
    assert allowed(dossier(last), wish(why="unneeded", by="Anna"), at(7)).overridden == ""


def test_a_gap_says_when_the_next_session_is_due() -> None:
    last = session(0)
    answer = may_start(dossier(last), wish(), last.ended_ms + 21 * HOUR_MS)
    assert isinstance(answer, Refusal)
    assert answer.text == (
        "Rest first: 40 h from one session to the next, the next is due in 19 h. Staff may allow it now with a reason."
    )
    answer = may_start(dossier(last), wish(), last.ended_ms + HOUR_MS)
    assert isinstance(answer, Refusal)
    assert answer.text.endswith("due in 39 h. Nobody can allow less than 20 h.")


@pytest.mark.parametrize(
    ("goal", "dose", "ceiling"),
    [(KNEE, 3, 4), (Goal.CONDITIONING, 2, 3), (Goal.ATHLETIC, 2, 3), (Goal.MOBILITY, 3, 5)],
)
def test_the_weekly_cap_and_how_far_staff_may_go(goal: Goal, dose: int, ceiling: int) -> None:
    def after(sessions: int, **changes: Any) -> str:
        history = tuple(session(day, goal) for day in range(sessions))
        return cause(dossier(*history), wish(goal, **changes), at(sessions + 0.9))

    assert (after(dose - 1), after(dose)) == ("", "weekly_cap")
    assert after(ceiling - 1, by="Anna", why="holiday next week") == ""
    assert after(ceiling, by="Anna", why="holiday next week") == "weekly_cap"


def test_the_week_rolls_and_fixed_weekdays_at_another_hour_fit() -> None:
    history = (session(0), session(2), session(4))
    answer = may_start(dossier(*history), wish(), at(6))
    assert isinstance(answer, Refusal)
    assert answer.text == (
        "Sessions in this week: 3, and 3 is the dose; the next is due in 12 h. Staff may allow up to 4 with a reason."
    )
    assert cause(dossier(*history), now_ms=at(6.5)) == ""


def test_sessions_of_another_goal_count_for_the_gap_but_not_for_the_week() -> None:
    history = tuple(session(day, Goal.MOBILITY) for day in (0, 1, 2))
    assert cause(dossier(*history), now_ms=at(3)) == "minimum_gap"
    assert cause(dossier(*history), now_ms=at(4)) == ""


def test_a_session_of_seconds_costs_nothing() -> None:
    assert cause(dossier(session(0, actual_s=40, done=False)), now_ms=at(0, 1)) == ""


def test_the_heart_s_maximum_is_measured_or_by_age_and_none_with_a_beta_blocker() -> None:
    assert allowed(dossier()).hr_max_bpm == 174  # 46 this year: Fox 174, Tanaka 175
    assert allowed(dossier(body=replace(BODY, birth_year=1996))).hr_max_bpm == 187  # 30: Fox 190, Tanaka 187
    body = replace(BODY, hr_max_bpm=191, hr_max_source=HeartSource.MEASURED, hr_rest_bpm=55)
    measured = allowed(dossier(body=body))
    assert (measured.hr_max_bpm, measured.hr_rest_bpm) == (191, 55)
    blocked = allowed(dossier(body=replace(body, beta_blocker=True)))
    assert (blocked.hr_max_bpm, blocked.hr_rest_bpm) == (None, None)


def test_no_refusal_tells_a_measurement() -> None:
    """The texts go over the bus."""
    seen = screening(backward_walk_cs=817, contraindications=frozenset())
    answer = may_start(dossier(screening=seen), wish(Goal.MOBILITY), BEGIN_MS)
    assert isinstance(answer, Refusal)
    assert "8" not in answer.text
