"""How far a session may go beyond what was reached: one thing at a time, so much a week (domain.md §2.3). Pure."""

from dataclasses import dataclass, replace
from typing import Literal

from device_adapters.contract.keys import members as keys
from device_adapters.contract.phrase import Phrase
from device_adapters.safety.limits import FIRST_MOVEMENT_CKMH, Goal, Level, limits_for
from device_adapters.units import DAY_MS
from services.members import doses
from services.members.progression import LevelStanding, Mark

Growing = Literal["", "flared", "back", "minutes", "speed", "grade"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a programme asks for: retro seconds, its fastest step, its steepest step."""

    session_s: int
    speed_ckmh: int
    grade_dpct: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How far this session may go, and what holds it back (nothing: nobody does)."""

    session_s: int
    speed_ckmh: int
    grade_dpct: int
    held: tuple[Phrase, ...] = ()


def caps(at: LevelStanding, level: Level, demand: Demand, now_ms: int) -> Caps:
    """The caps of a session at `level`, never beyond the level's own limits.

    Measured against the best clean sessions of more than a week ago; without any against a novice's limits, which
    is where everybody begins. Of what the demand takes further, minutes grow first, then speed, then grade; the
    others stay where they were. In the first week after 14 days without training nothing grows. After a
    flare of the next day the dose is one step below the one that it followed.
    """
    row = limits_for(at.goal, level)
    row = replace(row, session_max_s=doses.session_max_s(at.goal, row.session_max_s, at.unbroken_ms))
    longest_s = min(demand.session_s, limits_for(at.goal, level).session_max_s)
    demand = Demand(
        session_s=min(demand.session_s, row.session_max_s),
        speed_ckmh=min(demand.speed_ckmh, row.speed_max_ckmh),
        grade_dpct=min(demand.grade_dpct, row.grade_max_dpct),
    )
    was = _reference(at, now_ms)
    back = at.returned_ms is not None and now_ms - at.returned_ms < doses.WEEK_MS
    session_s, speed, grade = was.session_s + doses.SAME_S, was.speed_ckmh, was.grade_dpct
    growing: Growing = ""
    if back:
        growing = "back"
    elif demand.session_s > session_s:
        session_s = was.session_s * (100 + doses.MINUTES_STEP_PCT) // 100
        growing = "minutes"
    elif demand.speed_ckmh > speed:
        speed += doses.speed_step_ckmh(at.goal)
        growing = "speed"
    elif demand.grade_dpct > grade:
        grade += doses.GRADE_STEP_DPCT
        growing = "grade"
    limit = Caps(
        session_s=min(row.session_max_s, session_s),
        speed_ckmh=min(row.speed_max_ckmh, speed),
        grade_dpct=min(row.grade_max_dpct, grade),
    )
    if at.flared is not None:
        growing = "flared"
        limit = _stepped_down(limit, at.flared, at.goal)
    held = _held(at.goal, limit, demand, growing)
    if longest_s > row.session_max_s and limit.session_s == row.session_max_s:
        weeks = doses.KNEE_CLEAN_MS // doses.SEVEN_DAYS_MS
        held = (keys.held_minutes(row.session_max_s / 60, keys.held_clean_weeks(weeks)), *held)
    return replace(limit, held=held)


def _stepped_down(limit: Caps, was: Mark, goal: Goal) -> Caps:
    """One step below what made the pain rise; a belt still has to be walked."""
    return Caps(
        session_s=min(limit.session_s, was.session_s * 100 // (100 + doses.MINUTES_STEP_PCT)),
        speed_ckmh=min(
            limit.speed_ckmh, max(FIRST_MOVEMENT_CKMH, was.speed_ckmh - doses.speed_step_ckmh(goal))
        ),
        grade_dpct=min(limit.grade_dpct, max(0, was.grade_dpct - doses.GRADE_STEP_DPCT)),
    )


def _reference(at: LevelStanding, now_ms: int) -> Caps:
    """What counts as reached."""
    old = [mark for mark in at.marks if now_ms - mark.at_ms >= doses.WEEK_MS]
    entry = limits_for(at.goal, Level.NOVICE)
    if at.goal is Goal.KNEE_STRENGTH and at.marks:
        # The first session finds the comfortable speed, and what follows goes by it at once.
        entry = replace(entry, speed_max_ckmh=min(entry.speed_max_ckmh, at.marks[0].speed_ckmh))
    return Caps(
        session_s=max((m.session_s for m in old), default=entry.session_max_s),
        speed_ckmh=max((m.speed_ckmh for m in old), default=entry.speed_max_ckmh),
        grade_dpct=max((m.grade_dpct for m in old), default=entry.grade_max_dpct),
    )


def _held(goal: Goal, limit: Caps, demand: Demand, growing: Growing) -> tuple[Phrase, ...]:
    """What is held back although the level's own limits would let it be, and why."""

    def why(what: Growing, step: Phrase) -> Phrase:
        match growing:
            case "flared":
                return keys.held_step_down()
            case "back":
                return keys.held_first_week(doses.STEP_DOWN_MS // DAY_MS)
            case "minutes" if what != growing:
                return keys.held_minutes_first()
            case "speed" if what != growing:
                return keys.held_speed_first()
            case "grade" if what != growing:
                return keys.held_grade_first()
            case _:
                return step

    held = []
    if demand.session_s > limit.session_s:
        step = keys.held_minutes_step(doses.MINUTES_STEP_PCT)
        held.append(keys.held_minutes(round(limit.session_s / 60, 1), why("minutes", step)))
    if demand.speed_ckmh > limit.speed_ckmh:
        step = keys.held_speed_step(doses.speed_step_ckmh(goal) / 100)
        held.append(keys.held_speed(limit.speed_ckmh / 100, why("speed", step)))
    if demand.grade_dpct > limit.grade_dpct:
        step = keys.held_grade_step(doses.GRADE_STEP_DPCT / 10)
        held.append(keys.held_grade(limit.grade_dpct / 10, why("grade", step)))
    return tuple(held)
