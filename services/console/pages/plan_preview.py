"""What a goal and level would run, before it is started: a line of words and the plan as a drawing. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from device_adapters.safety.limits import UNCOMMISSIONED_CKMH, Goal, Level, Limits, limits_for
from device_adapters.units import kmh_from_ckmh
from services.console import tile_words
from services.console.languages import say, say_many
from services.members import doses
from services.programme import plan
from services.programme.curve import Curve, CurvePoint, curve
from services.programme.library import find
from services.programme.model import Programme
from services.texts.figures import fixed, plain
from services.texts.programmes import in_words

WIDTH, HEIGHT = 100, 30
LIMIT_Y = 4
"""In the drawing the speed limit is a line at this height; 0 km/h is the bottom edge."""


@dataclass(frozen=True, slots=True)
class Preview:
    """`text` for people; `path` is SVG path data; `reach`: a spotter or a harness may have to be declared, for its
    speed or whoever trains it; `kmh`: its fastest step."""

    text: str
    path: str
    reach: bool
    kmh: float


def previews() -> dict[str, Preview]:
    """One for each `goal/level`."""
    return {f"{goal}/{level}": preview(goal, level) for goal in Goal for level in Level}


def own_previews(own: Iterable[Programme]) -> dict[str, dict[str, Preview]]:
    """A gym's own programmes by `goal/level` and name."""
    found: dict[str, dict[str, Preview]] = {}
    for one in own:
        found.setdefault(f"{one.goal}/{one.level}", {})[one.name] = _preview(one)
    return found


def preview(goal: Goal, level: Level) -> Preview:
    """The default programme of a goal at a level, inside that cell's limits."""
    return _preview(find(goal, level))


def _preview(programme: Programme) -> Preview:
    limits = limits_for(programme.goal, programme.level)
    legs = plan.timeline(programme, limits)
    fastest = max(step.speed_ckmh for step in programme.steps)
    text = _line(programme.name, len(programme.steps), plan.total_ms(legs) // 1000, fastest, limits)
    return Preview(
        text,
        _path(curve(programme, limits), limits),
        reach=fastest > UNCOMMISSIONED_CKMH or doses.at_arms_reach(programme.goal, programme.level),
        kmh=kmh_from_ckmh(fastest),
    )


def _line(programme: str, steps: int, seconds: int, fastest_ckmh: int, limits: Limits) -> str:
    """What a programme asks for and what bounds it."""
    uphill = limits.grade_max_dpct
    return say(
        "{programme}: {steps}, {time} min, up to {kmh} km/h. "
        "Limits: {limit} km/h, {grade}, {most} min, heart rate {share} % of maximum.",
        programme=in_words(programme),
        steps=say_many("{count} step", "{count} steps", steps),
        time=tile_words.clock(seconds),
        kmh=fixed(kmh_from_ckmh(fastest_ckmh)),
        limit=fixed(kmh_from_ckmh(limits.speed_max_ckmh)),
        grade=say("{pct} % uphill", pct=plain(uphill / 10)) if uphill else say("flat"),
        most=limits.session_max_s // 60,
        share=plain(limits.hr_max_dpct / 10),
    )


def _path(line: Curve, limits: Limits) -> str:
    def place(point: CurvePoint) -> str:
        y = HEIGHT - (HEIGHT - LIMIT_Y) * point.ckmh / limits.speed_max_ckmh
        return f"{point.at_ms * WIDTH / line.end_ms:.1f} {y:.1f}"

    return f"M{'L'.join(place(point) for point in line.points)}Z"
