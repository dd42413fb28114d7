"""What a goal and level would run, before it is started: a line of words and the plan as a drawing. Pure."""

from dataclasses import dataclass

from device_adapters.errors import ProgrammeError
from device_adapters.safety.limits import Goal, Level, Limits, limits_for
from services.console import words
from services.programme import plan
from services.programme.library import find

WIDTH, HEIGHT = 100, 30
LIMIT_Y = 4
"""In the drawing the speed limit is a line at this height; 0 km/h is the bottom edge."""


@dataclass(frozen=True, slots=True)
class Preview:
    """`text` for people; `path` is SVG path data, '' where there is no programme to run."""

    text: str
    path: str


def previews() -> dict[str, Preview]:
    """One for each `goal/level`."""
    return {f"{goal}/{level}": preview(goal, level) for goal in Goal for level in Level}


def preview(goal: Goal, level: Level) -> Preview:
    """The default programme of a goal at a level, inside that cell's limits."""
    limits = limits_for(goal, level)
    try:
        programme = find(goal, level)
    except ProgrammeError:
        return Preview(words.no_programme(goal, level), "")
    legs = plan.timeline(programme, limits)
    fastest = max(step.speed_ckmh for step in programme.steps)
    text = words.preview(programme.name, len(programme.steps), plan.total_ms(legs) // 1000, fastest, limits)
    return Preview(text, _path(legs, limits))


def _path(legs: tuple[plan.Leg, ...], limits: Limits) -> str:
    total_ms = max(1, plan.total_ms(legs))

    def point(ms: int, ckmh: int) -> str:
        y = HEIGHT - (HEIGHT - LIMIT_Y) * ckmh / limits.speed_max_ckmh
        return f"{ms * WIDTH / total_ms:.1f} {y:.1f}"

    corners = [point(0, 0)]
    for leg in legs:
        ramp_from_ms = leg.begin_ms + leg.hold_ms
        there_ms = ramp_from_ms + plan.ramp_ms(leg.from_ckmh, leg.step.speed_ckmh, limits)
        at_end = plan.expected_ckmh(
            plan.Ramp(leg.from_ckmh, leg.step.speed_ckmh, ramp_from_ms), limits, leg.end_ms
        )
        corners += [point(leg.begin_ms, leg.from_ckmh), point(ramp_from_ms, leg.from_ckmh)]
        corners += [point(there_ms, leg.step.speed_ckmh)] if there_ms < leg.end_ms else []
        corners += [point(leg.end_ms, at_end)]
    return f"M{'L'.join([*corners, point(total_ms, 0)])}Z"
