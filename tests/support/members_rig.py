"""A member for tests: healthy, screened, consenting; and sessions that were clean."""

from dataclasses import replace
from typing import Any

from device_adapters.safety.limits import Goal, Level, limits_for
from device_adapters.units import DAY_MS, HOUR_MS
from services.members.growth import Demand
from services.members.model import Answers, Body, Dossier, Purpose, Screening, SessionRecord
from services.members.people import MemberDetails

BEGIN_MS = 1_767_600_000_000
"""Monday, 5 January 2026, 08:00 UTC."""

BODY = Body(birth_year=1980)
WREN = MemberDetails(name="Wanda Rennick", alias="Wren", contact="wren@example.org", body=BODY)


def screening(**changes: Any) -> Screening:
    values: dict[str, Any] = {
        "at_ms": BEGIN_MS, "by": "Anna", "backward_walk_cs": 340, "fall_12_months": False, **changes,
    }  # fmt: skip
    return Screening(**values)


def dossier(*history: SessionRecord, **changes: Any) -> Dossier:
    values: dict[str, Any] = {
        "body": BODY, "screening": screening(), "history": history,
        "purposes": frozenset({Purpose.SESSION_RECORDS}), **changes,
    }  # fmt: skip
    return Dossier(**values)


def session(
    day: float, goal: Goal = Goal.KNEE_STRENGTH, level: Level = Level.NOVICE, **changes: Any
) -> SessionRecord:
    """A clean session that began `day` days after BEGIN_MS and did all that a level's limits hold."""
    row = limits_for(goal, level)
    began = BEGIN_MS + round(day * DAY_MS)
    answers = Answers(**{"rpe": 11, "pain": 1, **changes.pop("answers", {})})
    record = SessionRecord(
        session=f"s-{goal}-{day:g}", goal=goal, level=level, programme="p", treadmill="tm-01", began_ms=began,
        ended_ms=began + row.session_max_s * 1000, outcome="completed", done=True, planned_s=row.session_max_s,
        actual_s=row.session_max_s, speed_max_ckmh=row.speed_max_ckmh, grade_max_dpct=row.grade_max_dpct,
        hr_over_s=0, answers=answers,
    )  # fmt: skip
    return replace(record, **changes)


def at(day: float, hours: float = 0) -> int:
    return BEGIN_MS + round(day * DAY_MS + hours * HOUR_MS)


def demand(goal: Goal, level: Level) -> Demand:
    row = limits_for(goal, level)
    return Demand(session_s=row.session_max_s, speed_ckmh=row.speed_max_ckmh, grade_dpct=row.grade_max_dpct)
