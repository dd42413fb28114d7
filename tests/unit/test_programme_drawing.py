"""The plan as a drawing: its line, the SVG for pages and files, the blocks for terminals."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from device_adapters.safety.limits import Goal, Level, limits_for
from services.cli.programme.plan_view import drawing
from services.programme import chart, plan
from services.programme.curve import OFF_BELT_MS, TURN_MS, curve
from services.programme.library import builtins, find
from services.programme.model import Facing, ForTime, Programme, Step, StepKind, UntilStaff

ALL = pytest.mark.parametrize("programme", builtins(), ids=lambda p: p.name)
LIMITS = limits_for(Goal.CONDITIONING, Level.NOVICE)
SVG = "{http://www.w3.org/2000/svg}"


def belt(facing: Facing, speed_ckmh: int = 300) -> Step:
    return Step(place="1", kind=StepKind.ACTIVE, facing=facing, until=ForTime(60), speed_ckmh=speed_ckmh)


DRILL = Step(
    place="2", kind=StepKind.OPEN, facing=None, until=UntilStaff(120), speed_ckmh=0, cue="Cones & <ladders>"
)


def programme(*steps: Step) -> Programme:
    return Programme(name='A < "B"', goal=Goal.CONDITIONING, level=Level.NOVICE, steps=steps)


def test_a_turn_stands_still_and_starts_again_from_the_first_movement() -> None:
    line = curve(programme(belt(Facing.FORWARD), belt(Facing.RETRO)), LIMITS)
    # 60 s, 2 s down from 3.0 km/h at 1.5 km/h/s, the turn, 60 s, 2 s down
    assert line.end_ms == 2 * 62_000 + TURN_MS
    assert line.span_at(63_000) is None
    assert [line.ckmh_at(ms) for ms in (59_000, 61_000, 63_000, 62_000 + TURN_MS + 1)] == [300, 150, 0, 100]


def test_off_the_belt_stands_still_without_a_turn() -> None:
    line = curve(programme(belt(Facing.RETRO), DRILL, belt(Facing.RETRO)), LIMITS)
    assert line.end_ms == 2 * 62_000 + OFF_BELT_MS
    span = line.span_at(62_000 + OFF_BELT_MS // 2)
    assert span is not None
    assert span.step is DRILL
    assert line.ckmh_at(62_000 + OFF_BELT_MS // 2) == 0


@ALL
def test_the_line_is_the_timeline_where_the_belt_moves(programme: Programme) -> None:
    limits = limits_for(programme.goal, programme.level)
    legs, line = plan.timeline(programme, limits), curve(programme, limits)
    for leg, span in zip(legs, line.spans, strict=True):
        shift = span.begin_ms - leg.begin_ms
        for ms in range(leg.begin_ms, leg.end_ms, 700):
            where = plan.at(legs, limits, ms)
            assert where is not None
            assert abs(line.ckmh_at(ms + shift) - where.expected_ckmh) <= 1
    assert all(a.end_ms <= b.begin_ms for a, b in pairwise(line.spans))


@ALL
def test_the_svg_is_well_formed_and_tells_its_plan_in_words(programme: Programme) -> None:
    limits = limits_for(programme.goal, programme.level)
    root = ET.fromstring(chart.svg(programme, limits))  # noqa: S314 our own text
    title, desc = root.findall(f"{SVG}title")[0], root.findall(f"{SVG}desc")[0]
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == programme.name
    assert f"limit {limits.speed_max_ckmh / 100:g} km/h" in (desc.text or "")
    assert f"{len(programme.steps)} steps" in (desc.text or "")
    belts = [s for s in programme.steps if not s.off_belt]
    drawn = [p for p in root.iter(f"{SVG}path") if p.find(f"{SVG}title") is not None]
    assert len(drawn) == len(belts)
    assert len([r for r in root.iter(f"{SVG}rect") if "stroke-dasharray" in r.attrib]) == len(
        programme.steps
    ) - len(belts)


@ALL
def test_nothing_is_drawn_outside_the_svg(programme: Programme) -> None:
    root = ET.fromstring(chart.svg(programme, limits_for(programme.goal, programme.level)))  # noqa: S314
    for path in root.findall(f"{SVG}path"):
        for x, y in re.findall(r"([-\d.]+) ([-\d.]+)", path.get("d", "")):
            assert chart.LEFT <= float(x) <= chart.WIDTH - chart.RIGHT + 0.1
            assert chart.TOP <= float(y) <= chart.HEIGHT - chart.BOTTOM


def test_words_of_a_file_are_escaped_in_the_svg() -> None:
    text = chart.document(programme(belt(Facing.RETRO), DRILL, belt(Facing.FORWARD)), LIMITS)
    root = ET.fromstring(text)  # noqa: S314
    assert root.findall(f"{SVG}title")[0].text == 'A < "B"'
    assert any("Cones & <ladders>" in (t.text or "") for t in root.iter(f"{SVG}title"))
    assert "prefers" not in text
    assert "color-scheme:light dark" in text
    assert "<style" not in chart.svg(programme(belt(Facing.RETRO)), LIMITS)


def test_a_speed_above_the_limit_is_drawn_above_its_line() -> None:
    limits = limits_for(Goal.KNEE_STRENGTH, Level.NOVICE)
    lines = [t.plain for t in drawing(find(Goal.KNEE_STRENGTH, Level.ADVANCED), limits, 60)]
    at = next(i for i, text in enumerate(lines) if "limit km/h" in text)
    assert at > 0
    assert "█" in lines[at - 1]


@ALL
def test_the_terminal_drawing_has_one_width_and_the_limit_on_top(programme: Programme) -> None:
    lines = [t.plain for t in drawing(programme, limits_for(programme.goal, programme.level), 70)]
    assert "limit km/h" in lines[0]
    assert len({len(text) for text in lines[:-1]}) == 1
    assert ("○" in "".join(lines)) == any(s.off_belt for s in programme.steps)
    assert ("░" in "".join(lines)) == any(s.facing is Facing.FORWARD for s in programme.steps)
