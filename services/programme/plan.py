"""Where a plan is: the modelled timeline of a programme, and the progress of one that is being run. Pure.

Speeds are 0.01 km/h, times ms. Travel is counted in 0.01 km/h × ms, so that nothing rounds: 1 m is 360 000 of it.
A rise takes the limits' acceleration and a fall their stop ramp, as the unit steps its setpoint.
"""

from dataclasses import dataclass
from itertools import pairwise

from device_adapters.frozen import replace
from device_adapters.safety.limits import FIRST_MOVEMENT_CKMH, FIRST_MOVEMENT_MS, Limits, limits_for
from services.programme.model import (
    Facing,
    ForDistance,
    ForTime,
    Programme,
    Step,
    StepKind,
    UntilHeartRateBelow,
    UntilStaff,
)
from services.rules.doses import AT_SPEED_PCT

CKMH_MS_PER_M = 360_000
WORK = (StepKind.ACTIVE, StepKind.INTERVAL)


@dataclass(frozen=True)
class Ramp:
    """A change of speed that began at `began_ms`."""

    from_ckmh: int
    to_ckmh: int
    began_ms: int


def ramp_ms(from_ckmh: int, to_ckmh: int, limits: Limits) -> int:
    """How long the change takes, rounded up."""
    rate_ckmh_s = limits.accel_max_ckmh_s if to_ckmh > from_ckmh else limits.decel_stop_ckmh_s
    return -(-abs(to_ckmh - from_ckmh) * 1000 // max(1, rate_ckmh_s))


def expected_ckmh(ramp: Ramp, limits: Limits, now_ms: int) -> int:
    """The speed that the belt should have now."""
    spent_ms = max(0, now_ms - ramp.began_ms)
    if ramp.to_ckmh > ramp.from_ckmh:
        return min(ramp.to_ckmh, ramp.from_ckmh + limits.accel_max_ckmh_s * spent_ms // 1000)
    return max(ramp.to_ckmh, ramp.from_ckmh - limits.decel_stop_ckmh_s * spent_ms // 1000)


def ramped(ramp: Ramp, limits: Limits, now_ms: int) -> bool:
    """Should the belt have its new speed by now?"""
    return now_ms - ramp.began_ms >= ramp_ms(ramp.from_ckmh, ramp.to_ckmh, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A step's place on the modelled timeline. The ramp begins `hold_ms` after the leg (first movement)."""

    index: int
    step: Step
    begin_ms: int
    end_ms: int
    from_ckmh: int
    hold_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A moment of the timeline: step `index` (from 0), what is left of it, where the speed should be and go."""

    index: int
    step: Step
    left_ms: int
    target_ckmh: int
    expected_ckmh: int


def timeline(programme: Programme, limits: Limits) -> tuple[Leg, ...]:
    """The programme in moving time, ramps modelled. Steps of open end count with their longest time.

    A step off the belt takes no moving time; the next one starts from a still belt.
    """
    legs: list[Leg] = []
    at_ms, speed = 0, 0
    facing: Facing | None = None
    for index, step in enumerate(programme.steps):
        hold_ms = 0
        if step.facing is not facing:  # a start from a still belt: the first movement is held
            speed, hold_ms = min(FIRST_MOVEMENT_CKMH, step.speed_ckmh), FIRST_MOVEMENT_MS
        facing = step.facing
        end_ms = at_ms + _step_ms(step, speed, hold_ms, limits)
        legs.append(
            Leg(index=index, step=step, begin_ms=at_ms, end_ms=end_ms, from_ckmh=speed, hold_ms=hold_ms)
        )
        ramp = Ramp(speed, step.speed_ckmh, at_ms + hold_ms)
        at_ms, speed = end_ms, expected_ckmh(ramp, limits, end_ms)
    return tuple(legs)


def _step_ms(step: Step, from_ckmh: int, hold_ms: int, limits: Limits) -> int:
    match step.until:
        case ForTime(time_s):
            return time_s * 1000
        case UntilHeartRateBelow(_, time_max_s) | UntilStaff(time_max_s):
            return 0 if step.off_belt else time_max_s * 1000
        case ForDistance(distance_m):
            counted_from = step.speed_ckmh * AT_SPEED_PCT // 100
            uncounted_ms = (
                hold_ms + ramp_ms(from_ckmh, counted_from, limits) if from_ckmh < counted_from else 0
            )
            return uncounted_ms + -(-distance_m * CKMH_MS_PER_M // step.speed_ckmh)


def at(legs: tuple[Leg, ...], limits: Limits, elapsed_ms: int) -> Where | None:
    """Where the plan is after `elapsed_ms` of moving time; None once it is over."""
    leg = next((leg for leg in legs if elapsed_ms < leg.end_ms), None)
    if leg is None:
        return None
    ramp = Ramp(leg.from_ckmh, leg.step.speed_ckmh, leg.begin_ms + leg.hold_ms)
    return Where(
        index=leg.index,
        step=leg.step,
        left_ms=leg.end_ms - elapsed_ms,
        target_ckmh=leg.step.speed_ckmh,
        expected_ckmh=expected_ckmh(ramp, limits, elapsed_ms),
    )


def moving_ms(legs: tuple[Leg, ...], limits: Limits) -> int:
    """Moving time of the whole plan, ramps down to a stop included."""
    return sum(_facing_ms(legs, limits, facing) for facing in Facing)


def total_ms(legs: tuple[Leg, ...]) -> int:
    """Moving time of the whole plan, without the ramps down to a stop."""
    return legs[-1].end_ms if legs else 0


def retro_ms(legs: tuple[Leg, ...], limits: Limits) -> int:
    """Moving retro time, ramps down to a stop included: what a session's minutes count."""
    return _facing_ms(legs, limits, Facing.RETRO)


def _facing_ms(legs: tuple[Leg, ...], limits: Limits, facing: Facing) -> int:
    walked = sum(leg.end_ms - leg.begin_ms for leg in legs if leg.step.facing is facing)
    stops = [a.step for a, b in pairwise(legs) if a.step.facing is not b.step.facing] + [
        leg.step for leg in legs[-1:]
    ]
    return walked + sum(ramp_ms(s.speed_ckmh, 0, limits) for s in stops if s.facing is facing)


def retro_demand(programme: Programme) -> dict[str, int]:
    """How far it would go backward: `session_s`, `speed_ckmh` of its fastest step, `grade_dpct` of its steepest."""
    row = limits_for(programme.goal, programme.level)
    retro = [step for step in programme.steps if step.facing is Facing.RETRO]
    return {
        "session_s": retro_ms(timeline(programme, row), row) // 1000,
        "speed_ckmh": max((step.speed_ckmh for step in retro), default=0),
        "grade_dpct": max((step.incline_dpct for step in retro), default=0),
    }


@dataclass(frozen=True, kw_only=True)
class RunProgress:
    """How far a run has come: `step_ms` in step `index`; once `at_speed`, its time and travel count."""

    index: int = 0
    step_ms: int = 0
    at_speed: bool = False
    counted_ms: int = 0
    counted_ckmh_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What happened in the last `ms` of movement. `hr_dpct` is 0.1 % of HRmax, None if not known."""

    ms: int
    measured_ckmh: int
    target_ckmh: int
    settled: bool
    hr_dpct: int | None = None


def advance(steps: tuple[Step, ...], progress: RunProgress, passage: Passage, bout_max_s: int) -> RunProgress:
    """The progress after `passage`; `index == len(steps)` is the end.

    Metres count from 95 % of the target, or from when a belt that never gets there has settled. A step of work
    ends at the bout limit even if its metres are not done.
    """
    if progress.index >= len(steps):
        return progress
    progress = credited(progress, passage)
    over_ms = step_over_ms(steps[progress.index], progress, passage, bout_max_s)
    return progress if over_ms is None else RunProgress(index=progress.index + 1, step_ms=over_ms)


def credited(progress: RunProgress, passage: Passage) -> RunProgress:
    """The same step with `passage` added to what was done of it."""
    at_speed = (
        progress.at_speed
        or passage.settled
        or passage.measured_ckmh * 100 >= passage.target_ckmh * AT_SPEED_PCT
    )
    counted_ms = passage.ms if at_speed else 0
    return replace(
        progress,
        step_ms=progress.step_ms + passage.ms,
        at_speed=at_speed,
        counted_ms=progress.counted_ms + counted_ms,
        counted_ckmh_ms=progress.counted_ckmh_ms + counted_ms * passage.measured_ckmh,
    )


def step_over_ms(step: Step, progress: RunProgress, passage: Passage, bout_max_s: int) -> int | None:
    """How long ago the step was over, to be credited to the next; None while it lasts, which off the belt is always."""
    if step.off_belt:
        return None
    if step.kind in WORK and progress.counted_ms >= bout_max_s * 1000:
        return 0
    match step.until:
        case ForTime(time_s):
            over_ms = progress.step_ms - time_s * 1000
            return over_ms if over_ms >= 0 else None
        case ForDistance(distance_m):
            return 0 if progress.counted_ckmh_ms >= distance_m * CKMH_MS_PER_M else None
        case UntilHeartRateBelow(hr_dpct, time_max_s):
            recovered = passage.hr_dpct is not None and passage.hr_dpct < hr_dpct
            return 0 if recovered or progress.step_ms >= time_max_s * 1000 else None
        case UntilStaff(time_max_s):
            return 0 if progress.step_ms >= time_max_s * 1000 else None


def left_ms(step: Step, progress: RunProgress, target_ckmh: int) -> int:
    """What is left of the step in time; metres at the target speed, an open end at its longest."""
    match step.until:
        case ForTime(time_s):
            return max(0, time_s * 1000 - progress.step_ms)
        case ForDistance(distance_m):
            left = max(0, distance_m * CKMH_MS_PER_M - progress.counted_ckmh_ms)
            return left // max(1, target_ckmh)
        case UntilHeartRateBelow(_, time_max_s) | UntilStaff(time_max_s):
            return max(0, time_max_s * 1000 - progress.step_ms)
