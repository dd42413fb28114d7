"""How far a session may go beyond what was reached: one thing at a time, so much a week (domain.md §2.3). Pure."""

from dataclasses import dataclass, replace

from device_adapters.safety.limits import Goal, Level, limits_for
from services.members import doses
from services.members.model import DAY_MS
from services.members.progression import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a programme asks for: retro seconds, its fastest step, its steepest step."""

    session_s: int
    speed_ckmh: int
    grade_dpct: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How far this session may go, and in words what holds it back (empty: nothing)."""

    session_s: int
    speed_ckmh: int
    grade_dpct: int
    held: tuple[str, ...] = ()


def caps(at: Standing, level: Level, demand: Demand, now_ms: int) -> Caps:
    """The caps of a session at `level`, never beyond the level's own limits.

    Measured against the best clean sessions of more than a week ago; without any against a novice's limits, which
    is where everybody begins. Of what the demand takes further, minutes grow first, then speed, then grade; the
    others stay where they were. In the first week after 14 days without training nothing grows.
    """
    row = limits_for(at.goal, level)
    demand = Demand(
        session_s=min(demand.session_s, row.session_max_s),
        speed_ckmh=min(demand.speed_ckmh, row.speed_max_ckmh),
        grade_dpct=min(demand.grade_dpct, row.grade_max_dpct),
    )
    was = _reference(at, now_ms)
    back = at.returned_ms is not None and now_ms - at.returned_ms < doses.WEEK_MS
    session_s, speed, grade = was.session_s + doses.SAME_S, was.speed_ckmh, was.grade_dpct
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
    else:
        growing = ""
    limit = Caps(
        session_s=min(row.session_max_s, session_s),
        speed_ckmh=min(row.speed_max_ckmh, speed),
        grade_dpct=min(row.grade_max_dpct, grade),
    )
    return replace(limit, held=_words(at.goal, limit, demand, growing))


def _reference(at: Standing, now_ms: int) -> Caps:
    """What counts as reached."""
    old = [mark for mark in at.marks if now_ms - mark.at_ms >= doses.WEEK_MS]
    entry = limits_for(at.goal, Level.NOVICE)
    return Caps(
        session_s=max((m.session_s for m in old), default=entry.session_max_s),
        speed_ckmh=max((m.speed_ckmh for m in old), default=entry.speed_max_ckmh),
        grade_dpct=max((m.grade_dpct for m in old), default=entry.grade_max_dpct),
    )


def _words(goal: Goal, limit: Caps, demand: Demand, growing: str) -> tuple[str, ...]:
    """What is held back although the level's own limits would let it be, and why."""

    def why(what: str, step: str) -> str:
        if growing == "back":
            return f"the first week after {doses.STEP_DOWN_MS // DAY_MS} days without training"
        return f"at most {step} a week" if growing == what else f"{growing} first, one thing at a time"

    held = []
    if demand.session_s > limit.session_s:
        held.append(f"{limit.session_s / 60:.3g} min: {why('minutes', f'+{doses.MINUTES_STEP_PCT} %')}")
    if demand.speed_ckmh > limit.speed_ckmh:
        step = f"+{doses.speed_step_ckmh(goal) / 100:g} km/h"
        held.append(f"{limit.speed_ckmh / 100:g} km/h: {why('speed', step)}")
    if demand.grade_dpct > limit.grade_dpct:
        held.append(f"{limit.grade_dpct / 10:g} % grade: {why('grade', '+1 %')}")
    return tuple(held)
