"""A programme against limits: every fault names its step, the limit and the value. Nothing is clamped here. Pure."""

from collections.abc import Callable
from itertools import groupby

from device_adapters.safety.bouts import EASY_PCT, running_max_s
from device_adapters.safety.limits import TRANSITION_CKMH, Goal, Level, Limits
from device_adapters.units import kmh_from_ckmh, pct_from_dpct
from services.programme.model import ForDistance, ForTime, Programme, Step, UntilHeartRateBelow, UntilStaff
from services.programme.plan import WORK, retro_ms, timeline
from services.rules.doses import per_week


def faults(programme: Programme, limits: Limits) -> list[str]:
    """What keeps the programme from being run within `limits`; empty if nothing does."""
    whose = f"{programme.goal} {programme.level}"
    found = _place_faults(programme.steps) + step_faults(programme, limits)
    found += _bout_faults(
        programme.steps, lambda s: _works(s, limits), limits.bout_max_s, f"the bout limit of {whose}"
    )
    running_max_s = running_bout_max_s(programme.goal, programme.level)
    if running_max_s is not None:
        found += _bout_faults(
            programme.steps,
            lambda s: s.speed_ckmh > TRANSITION_CKMH,
            running_max_s,
            f"the limit for running (above {kmh_from_ckmh(TRANSITION_CKMH):g} km/h) of {whose}",
        )
    moving_s = -(-retro_ms(timeline(programme, limits), limits) // 1000)
    if moving_s > limits.session_max_s:
        found.append(
            f"programme: {moving_s} s of retro movement, ramps included, are above {limits.session_max_s} s, "
            f"the session limit of {whose}; shorten a step"
        )
    often = per_week(programme.goal, programme.level)
    if programme.per_week is not None and programme.per_week[1] > often:
        found.append(
            f"programme: per_week = {list(programme.per_week)} is above {often}, the limit of {whose}"
        )
    return list(dict.fromkeys(found))  # a repeat says it once


def step_faults(programme: Programme, limits: Limits) -> list[str]:
    """The faults of its steps alone, whatever stands before and after them."""
    whose = f"{programme.goal} {programme.level}"
    found = [fault for step in programme.steps for fault in _step_faults(step, limits, whose)]
    return list(dict.fromkeys(found))


def running_bout_max_s(goal: Goal, level: Level) -> int | None:
    """The longest running bout where it is shorter than a walking one (domain.md §2, athletic rows), seconds."""
    return running_max_s(goal, level) if goal is Goal.ATHLETIC else None


def _works(step: Step, limits: Limits) -> bool:
    return step.kind in WORK or step.speed_ckmh * 100 > limits.speed_max_ckmh * EASY_PCT


def _place_faults(steps: tuple[Step, ...]) -> list[str]:
    ends = (steps[0], steps[-1]) if steps else ()
    return [
        f"step {step.place} (open): a step off the belt stands between steps on the belt; begin and end on the belt"
        for step in ends
        if step.off_belt
    ]


def _step_faults(step: Step, limits: Limits, whose: str) -> list[str]:
    where = f"step {step.place} ({step.kind})"
    found = []
    if step.speed_ckmh > limits.speed_max_ckmh:
        found.append(
            f"{where}: speed_kmh = {kmh_from_ckmh(step.speed_ckmh):g} is above "
            f"{kmh_from_ckmh(limits.speed_max_ckmh):g} km/h, the speed limit of {whose}"
        )
    if not limits.grade_min_dpct <= step.incline_dpct <= limits.grade_max_dpct:
        found.append(
            f"{where}: incline_pct = {pct_from_dpct(step.incline_dpct):g} is outside "
            f"{pct_from_dpct(limits.grade_min_dpct):g}..{pct_from_dpct(limits.grade_max_dpct):g} %, "
            f"the grade limits of {whose}"
        )
    if isinstance(step.until, UntilHeartRateBelow) and step.until.hr_dpct > limits.hr_max_dpct:
        found.append(
            f"{where}: hr_pct_max = {step.until.hr_dpct / 10:g} is above {limits.hr_max_dpct / 10:g} % of HRmax, "
            f"the heart-rate limit of {whose}"
        )
    return found


def _bout_faults(
    steps: tuple[Step, ...], in_bout: Callable[[Step], bool], max_s: int, limit: str
) -> list[str]:
    found = []
    for working, group in groupby(steps, in_bout):
        bout = tuple(group)
        bout_s = sum(_nominal_s(step) for step in bout)
        if working and bout_s > max_s:
            last = f" to {bout[-1].place}" if len(bout) > 1 else ""
            found.append(
                f"step {bout[0].place}{last} ({bout[0].kind}): {bout_s} s without a recovery are above {max_s} s, "
                f"{limit}"
            )
    return found


def _nominal_s(step: Step) -> int:
    match step.until:
        case ForTime(time_s):
            return time_s
        case UntilHeartRateBelow(_, time_max_s) | UntilStaff(time_max_s):
            return time_max_s
        case ForDistance(distance_m):
            return -(-distance_m * 360 // step.speed_ckmh)
