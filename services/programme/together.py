"""A programme for many at once: every step ends by time, so that one clock can lead it; each level has its own speeds.

Pure. What a programme leaves to metres, hearts or staff lasts as long as its model says, or its longest.
"""

from dataclasses import replace

from device_adapters.contract.phrase import Phrase
from device_adapters.safety.limits import SITE_CEILING, Level, Limits, limits_for, tighter
from services.programme.check import faults
from services.programme.model import ForDistance, ForTime, Programme, Step
from services.programme.parse import SPEED_MIN_KMH, limits_of
from services.programme.plan import timeline

STEP_CKMH = 10
"""Speeds are scaled to 0.1 km/h, downwards."""


def timed(programme: Programme) -> Programme:
    """The programme with every step on the belt ended by time; those beside it stay staff's."""
    legs = timeline(programme, limits_of(programme))
    steps = tuple(_timed(leg.step, leg.end_ms - leg.begin_ms) for leg in legs)
    return replace(programme, steps=steps, per_week=None)


def _timed(step: Step, lasts_ms: int) -> Step:
    if step.off_belt or isinstance(step.until, ForTime):
        return step
    round_up = isinstance(step.until, ForDistance)
    return replace(step, until=ForTime(-(-lasts_ms // 1000) if round_up else lasts_ms // 1000))


def at_level(timed_: Programme, level: Level) -> Programme:
    """The same for somebody of `level`: each speed the same share of that level's highest as of the class's own, never
    above the class's; and no steeper than the level allows."""
    own = tighter(limits_for(timed_.goal, level), SITE_CEILING)
    top = limits_of(timed_).speed_max_ckmh
    steps = tuple(_eased(step, own, top) for step in timed_.steps)
    return replace(timed_, level=level, steps=steps)


def _eased(step: Step, own: Limits, top_ckmh: int) -> Step:
    if step.off_belt:
        return step
    scaled = step.speed_ckmh * own.speed_max_ckmh // top_ckmh // STEP_CKMH * STEP_CKMH
    speed = min(step.speed_ckmh, max(scaled, round(SPEED_MIN_KMH * 100)))
    grade = max(own.grade_min_dpct, min(step.incline_dpct, own.grade_max_dpct))
    return replace(step, speed_ckmh=speed, incline_dpct=grade)


def misfits(own: Programme) -> list[Phrase]:
    """Why somebody of its level cannot go with the class, by the limits of that level; empty if they can."""
    return faults(own, limits_of(own))
