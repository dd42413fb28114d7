"""Today's list: each member is on each list for its own reason, and on none without one."""

from dataclasses import replace
from typing import Any

from members_rig import BEGIN_MS, WREN, at, screening, session

from device_adapters.safety.limits import Goal
from device_adapters.units import DAY_MS
from services.console.past.today import TodayPage, today
from services.members.model import Consent, Prescription, Purpose, SessionRecord
from services.members.portrait import Portrait

GOAL = Goal.CONDITIONING


def portrait(alias: str, *history: SessionRecord, **changes: Any) -> Portrait:
    agreed = Consent(purpose=Purpose.SESSION_RECORDS, text_version="1", given_ms=BEGIN_MS, given_by="Anna")
    values: dict[str, Any] = {
        "id": f"m-{alias.lower()}", "person": replace(WREN, alias=alias), "created_ms": BEGIN_MS,
        "visited_ms": BEGIN_MS, "screenings": (screening(),), "sign_offs": (), "consents": (agreed,),
        "history": history, **changes,
    }  # fmt: skip
    return Portrait(**values)


def given(day: float = 0, **changes: Any) -> Prescription:
    values: dict[str, Any] = {
        "goal": GOAL, "speed_ckmh": 150, "minutes": 4, "sessions_week": 2, "pain_stop": 5, "at_ms": at(day),
        "until_ms": at(day) + 28 * DAY_MS, "by": "Anna", "why": "steps",
    }  # fmt: skip
    return Prescription(**{**values, **changes})


def lists(page: TodayPage) -> dict[str, list[str]]:
    names = ("due", "missed", "hurts", "ready", "fading")
    return {name: [line.alias for line in getattr(page, name)] for name in names}


def test_nobody_is_on_a_list_without_a_reason() -> None:
    fine = portrait("Fine", session(18, GOAL))
    page = today([fine, portrait("New")], at(20))
    assert lists(page) == {"due": [], "missed": [], "hurts": [], "ready": [], "fading": []}


def test_who_is_due_has_a_prescription_and_has_rested() -> None:
    rested = portrait("Rested", session(16, GOAL), session(18, GOAL), prescriptions=(given(),))
    resting = portrait("Resting", session(13, GOAL), session(19.5, GOAL), prescriptions=(given(),))
    ended = portrait("Ended", session(18, GOAL), prescriptions=(given(until_ms=at(19)),))
    found = today([rested, resting, ended], at(20))
    assert lists(found)["due"] == []
    found = today([rested, resting, ended], at(22.9))
    assert lists(found)["due"] == ["Rested", "Resting"]
    assert found.due[0].why == "Conditioning: 1 of 2 in the week so far"


def test_who_missed_had_a_whole_week_of_it() -> None:
    lazy = portrait("Lazy", session(15, GOAL), prescriptions=(given(10),))
    busy = portrait("Busy", session(15, GOAL), session(18, GOAL), prescriptions=(given(10),))
    fresh = portrait("Fresh", prescriptions=(given(19),))
    found = today([lazy, busy, fresh], at(20))
    assert lists(found)["missed"] == ["Lazy"]
    assert found.missed[0].why == "1 of 2 prescribed in 7 days"


def test_pain_is_told_until_a_session_without_it_and_for_two_weeks() -> None:
    sore = session(18, GOAL, answers={"pain": 4})
    flare = session(18, GOAL, answers={"pain": 1, "pain_next_day": 3})
    over = (session(15, GOAL, answers={"pain": 8}), session(18, GOAL))
    known = [portrait("Sore", sore), portrait("Flare", flare), portrait("Over", *over)]
    assert lists(today(known, at(20)))["hurts"] == ["Flare", "Sore"]
    assert lists(today(known, at(33)))["hurts"] == []


def test_ready_and_fading() -> None:
    ready = portrait("Ready", *(session(day, Goal.KNEE_STRENGTH) for day in (0, 3, 6, 9, 12, 15)))
    found = today([ready], at(20))
    assert lists(found)["ready"] == ["Ready"]
    assert found.ready[0].why == "Knee strength: Intermediate"
    assert lists(today([ready], at(24.9)))["fading"] == []
    assert lists(today([ready], at(26)))["fading"] == ["Ready"]
    assert lists(today([ready], at(30)))["fading"] == []
