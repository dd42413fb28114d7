"""A programme against limits: every fault names its step, the limit and the value. Nothing is clamped here. Pure."""

from collections.abc import Callable
from itertools import groupby

from device_adapters.contract.keys import programme_files as keys
from device_adapters.contract.phrase import Phrase
from device_adapters.safety.bouts import EASY_PCT, running_max_s
from device_adapters.safety.limits import TRANSITION_CKMH, Goal, Level, Limits
from device_adapters.units import kmh_from_ckmh, pct_from_dpct
from services.programme.model import ForDistance, ForTime, Programme, Step, UntilHeartRateBelow, UntilStaff
from services.programme.plan import WORK, retro_ms, timeline
from services.rules.doses import per_week


def faults(programme: Programme, limits: Limits) -> list[Phrase]:
    """What keeps the programme from being run within `limits`; empty if nothing does."""
    goal, level = programme.goal, programme.level
    found = _place_faults(programme.steps) + step_faults(programme, limits)
    found += _bout_faults(
        programme.steps,
        lambda s: _works(s, limits),
        limits.bout_max_s,
        lambda s: keys.bout_too_long(s, limits.bout_max_s, goal, level),
    )
    running_max_s = running_bout_max_s(goal, level)
    if running_max_s is not None:
        found += _bout_faults(
            programme.steps,
            lambda s: s.speed_ckmh > TRANSITION_CKMH,
            running_max_s,
            lambda s: keys.running_too_long(s, running_max_s, kmh_from_ckmh(TRANSITION_CKMH), goal, level),
        )
    moving_s = -(-retro_ms(timeline(programme, limits), limits) // 1000)
    if moving_s > limits.session_max_s:
        found.append(keys.in_programme(keys.session_too_long(moving_s, limits.session_max_s, goal, level)))
    often = per_week(goal, level)
    if programme.per_week is not None and programme.per_week[1] > often:
        found.append(keys.in_programme(keys.too_often(repr(list(programme.per_week)), often, goal, level)))
    return _each_once(found)


def step_faults(programme: Programme, limits: Limits) -> list[Phrase]:
    """The faults of its steps alone, whatever stands before and after them."""
    goal, level = programme.goal, programme.level
    return _each_once(
        [fault for step in programme.steps for fault in _step_faults(step, limits, goal, level)]
    )


def _each_once(found: list[Phrase]) -> list[Phrase]:
    """A repeat says it once."""
    return [fault for n, fault in enumerate(found) if fault not in found[:n]]


def running_bout_max_s(goal: Goal, level: Level) -> int | None:
    """The longest running bout where it is shorter than a walking one (domain.md §2, athletic rows), seconds."""
    return running_max_s(goal, level) if goal is Goal.ATHLETIC else None


def _works(step: Step, limits: Limits) -> bool:
    return step.kind in WORK or step.speed_ckmh * 100 > limits.speed_max_ckmh * EASY_PCT


def _place_faults(steps: tuple[Step, ...]) -> list[Phrase]:
    ends = (steps[0], steps[-1]) if steps else ()
    return [keys.in_step_of_kind(s.place, s.kind, keys.off_belt_at_end()) for s in ends if s.off_belt]


def _step_faults(step: Step, limits: Limits, goal: Goal, level: Level) -> list[Phrase]:
    found = []
    if step.speed_ckmh > limits.speed_max_ckmh:
        kmh, limit_kmh = kmh_from_ckmh(step.speed_ckmh), kmh_from_ckmh(limits.speed_max_ckmh)
        found.append(keys.above_speed(kmh, limit_kmh, goal, level))
    if not limits.grade_min_dpct <= step.incline_dpct <= limits.grade_max_dpct:
        least, most = pct_from_dpct(limits.grade_min_dpct), pct_from_dpct(limits.grade_max_dpct)
        found.append(keys.outside_grade(pct_from_dpct(step.incline_dpct), least, most, goal, level))
    if isinstance(step.until, UntilHeartRateBelow) and step.until.hr_dpct > limits.hr_max_dpct:
        found.append(keys.above_heart(step.until.hr_dpct / 10, limits.hr_max_dpct / 10, goal, level))
    return [keys.in_step_of_kind(step.place, step.kind, fault) for fault in found]


def _bout_faults(
    steps: tuple[Step, ...], in_bout: Callable[[Step], bool], max_s: int, wrong: Callable[[int], Phrase]
) -> list[Phrase]:
    found = []
    for working, group in groupby(steps, in_bout):
        bout = tuple(group)
        bout_s = sum(_nominal_s(step) for step in bout)
        if working and bout_s > max_s:
            first, last = bout[0], bout[-1]
            found.append(
                keys.in_steps(first.place, last.place, first.kind, wrong(bout_s))
                if len(bout) > 1
                else keys.in_step_of_kind(first.place, first.kind, wrong(bout_s))
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
