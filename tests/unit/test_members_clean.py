"""Which sessions are clean: each rule at its boundary."""

from dataclasses import replace
from typing import Any

import pytest
from members_rig import BODY, session

from device_adapters.contract.phrase import english
from device_adapters.safety.limits import Goal
from services.members.clean import counts, is_clean, unclean_because


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, ""),
        ({"done": False, "cause": "stop_pressed"}, "not completed (stop pressed)"),
        ({"done": False, "outcome": "interrupted"}, "not completed (interrupted)"),
        ({"answers": {"balance_lost": True}}, "balance was lost"),
        ({"answers": {"rpe": None}}, "RPE and pain were not answered"),
        ({"answers": {"pain": None}}, "RPE and pain were not answered"),
        ({"answers": {"rpe": 13, "pain": 3}}, ""),
        ({"answers": {"rpe": 14}}, "RPE 14, above 13"),
        ({"answers": {"pain": 4}}, "pain 4 of 10, above 3"),
        ({"answers": {"pain": 2, "pain_next_day": 3}}, ""),
        ({"answers": {"pain": 2, "pain_next_day": 4}}, "pain rose from 2 to 4 on the next day"),
        ({"asks_next_day": True}, "the pain of the next day was not answered"),
        ({"asks_next_day": True, "answers": {"pain_next_day": 1}}, ""),
        ({"unanswered": 1}, "how hard it was was asked and not answered"),
        ({"hr_over_s": 9}, ""),
        ({"hr_over_s": 10}, "heart rate over its ceiling for 10 s"),
        ({"hr_over_s": None}, "no heart rate against a ceiling"),
    ],
)
def test_each_rule(changes: Any, why: str) -> None:
    record = session(0, **changes)
    assert english(unclean_because(record, BODY)) == why
    assert is_clean(record, BODY) is (why == "")


def test_athletes_may_find_it_harder() -> None:
    assert is_clean(session(0, Goal.ATHLETIC, answers={"rpe": 15}), BODY)
    assert not is_clean(session(0, Goal.ATHLETIC, answers={"rpe": 16}), BODY)


def test_with_a_beta_blocker_rpe_alone_stands_for_the_heart() -> None:
    blocked = replace(BODY, beta_blocker=True)
    assert is_clean(session(0, hr_over_s=None), blocked)
    assert is_clean(session(0, hr_over_s=600), blocked)
    assert not is_clean(session(0, hr_over_s=None, answers={"rpe": 14}), blocked)


def test_less_than_a_minute_takes_no_place_but_an_unknown_length_does() -> None:
    assert [counts(session(0, actual_s=s)) for s in (0, 59, 60, None)] == [False, False, True, True]
