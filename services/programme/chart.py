"""A programme as an SVG drawing: speed over time, grade below it, limits as lines. Pure: returns the text.

It is drawn in `currentColor` (and `--chart-forward`, `--chart-limit` where a page sets them), so it follows a light or
dark page; what differs in meaning differs in pattern or words, not in colour alone.
"""

from xml.sax.saxutils import escape

from device_adapters.safety.limits import Limits
from device_adapters.units import kmh_from_ckmh, pct_from_dpct
from services.programme import plan
from services.programme.curve import Curve, CurvePoint, Span, curve
from services.programme.model import Facing, Programme

WIDTH, HEIGHT = 800, 300
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 26, 34
GRADE_HEIGHT = 44
"""The strip below the speeds; it is left out where the limits allow no grade."""

LABEL_GAP = 74
"""Minutes on the axis are at least this far apart."""

# Presentation attributes, not a style sheet: that would leak into the page, or be refused by its policy.
_RETRO = 'fill="currentColor" fill-opacity=".25"'
_SPEED = 'fill="none" stroke="currentColor" stroke-width="1.5"'
_GRADE = 'fill="currentColor" fill-opacity=".5"'
_AXIS = 'stroke="currentColor" stroke-opacity=".4"'
_LIMIT = 'stroke="var(--chart-limit,currentColor)" stroke-dasharray="6 4"'
_STILL = 'fill="none" stroke="currentColor" stroke-dasharray="2 3"'
_ALONE = "<style>svg:root{color-scheme:light dark;color:CanvasText;background:Canvas}</style>"


def document(programme: Programme, limits: Limits) -> str:
    """The drawing as a file of its own, light or dark as its viewer is."""
    return svg(programme, limits).replace("<title", f"{_ALONE}\n<title", 1) + "\n"


def svg(programme: Programme, limits: Limits) -> str:
    """The drawing of `programme` inside `limits`, as one `<svg>` element to put into a page."""
    line = curve(programme, limits)
    scale = _Scale(line, limits, with_grade=limits.grade_max_dpct > 0)
    id_ = f"plan-{programme.goal}-{programme.level}-{sum(map(ord, programme.name))}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="{id_}-title {id_}-desc" font-family="system-ui,sans-serif" font-size="12" '
        'fill="currentColor">',
        f'<title id="{id_}-title">{escape(programme.name)}</title>',
        f'<desc id="{id_}-desc">{escape(described(programme, limits))}</desc>',
        f'<defs><pattern id="{id_}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path d="M0 0V6" stroke="var(--chart-forward,currentColor)" '
        'stroke-opacity=".5" stroke-width="2"/></pattern></defs>',
        *_areas(line, scale, f"{id_}-hatch"),
        f'<path {_SPEED} d="{_path(line.points, scale)}"/>',
        *_grades(line, scale),
        *_off_belt(line, scale),
        *_axes(line, scale, limits),
        "</svg>",
    ]
    return "\n".join(parts)


def described(programme: Programme, limits: Limits) -> str:
    """The drawing in words, for who does not see it."""
    legs = plan.timeline(programme, limits)
    fastest = max(step.speed_ckmh for step in programme.steps)
    steepest = max(step.incline_dpct for step in programme.steps)
    drills = sum(step.off_belt for step in programme.steps)
    said = [
        f"{len(programme.steps)} steps, {_clock(plan.moving_ms(legs, limits))} min of movement",
        f"{_clock(plan.retro_ms(legs, limits))} min of it retro, at most {limits.session_max_s // 60} min",
        f"up to {kmh_from_ckmh(fastest):g} km/h, limit {kmh_from_ckmh(limits.speed_max_ckmh):g} km/h",
        f"grade up to {pct_from_dpct(steepest):g} %, limit {pct_from_dpct(limits.grade_max_dpct):g} %",
    ]
    said += [f"{drills} steps off the belt"] if drills else []
    return "; ".join(said) + "."


class _Scale:
    """From time and speed to places in the drawing."""

    def __init__(self, line: Curve, limits: Limits, *, with_grade: bool) -> None:
        self._end_ms = line.end_ms
        self._top_ckmh = max(limits.speed_max_ckmh, *(point.ckmh for point in line.points))
        self._top_dpct = max(1, limits.grade_max_dpct, *(span.step.incline_dpct for span in line.spans))
        self.floor = HEIGHT - BOTTOM - (GRADE_HEIGHT if with_grade else 0)
        self.with_grade = with_grade

    def x(self, at_ms: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * at_ms / self._end_ms

    def y(self, ckmh: int) -> float:
        return self.floor - (self.floor - TOP) * ckmh / self._top_ckmh

    def grade_y(self, dpct: int) -> float:
        return HEIGHT - BOTTOM - (GRADE_HEIGHT - 14) * dpct / self._top_dpct

    def point(self, point: CurvePoint) -> str:
        return f"{self.x(point.at_ms):.1f} {self.y(point.ckmh):.1f}"


def _path(points: tuple[CurvePoint, ...], scale: _Scale) -> str:
    return "M" + "L".join(scale.point(point) for point in points)


def _areas(line: Curve, scale: _Scale, hatch: str) -> list[str]:
    drawn = []
    for span in line.spans:
        if span.step.off_belt:
            continue
        inner = [p for p in line.points if span.begin_ms < p.at_ms < span.end_ms]
        edges = [CurvePoint(ms, line.ckmh_at(ms)) for ms in (span.begin_ms, span.end_ms - 1)]
        shape = (
            CurvePoint(span.begin_ms, 0), edges[0], *inner,
            CurvePoint(span.end_ms, edges[1].ckmh), CurvePoint(span.end_ms, 0),
        )  # fmt: skip
        look = _RETRO if span.step.facing is Facing.RETRO else f'fill="url(#{hatch})"'
        drawn.append(f'<path {look} d="{_path(shape, scale)}Z">{_hover(span)}</path>')
    return drawn


def _hover(span: Span) -> str:
    step = span.step
    facing = f", {step.facing}" if step.facing else ""
    text = f"{step.place} {step.kind}{facing}: {kmh_from_ckmh(step.speed_ckmh):g} km/h. {step.said}"
    return f"<title>{escape(text)}</title>"


def _grades(line: Curve, scale: _Scale) -> list[str]:
    if not scale.with_grade:
        return []
    foot = scale.grade_y(0)
    return [
        f'<rect {_GRADE} x="{scale.x(s.begin_ms):.1f}" y="{scale.grade_y(s.step.incline_dpct):.1f}" '
        f'width="{scale.x(s.end_ms) - scale.x(s.begin_ms):.1f}" '
        f'height="{foot - scale.grade_y(s.step.incline_dpct):.1f}">'
        f"<title>{pct_from_dpct(s.step.incline_dpct):g} %</title></rect>"
        for s in line.spans
        if s.step.incline_dpct
    ]


def _off_belt(line: Curve, scale: _Scale) -> list[str]:
    drawn = []
    for span in line.spans:
        if span.step.off_belt:
            left, right = scale.x(span.begin_ms), scale.x(span.end_ms)
            drawn.append(
                f'<rect {_STILL} x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" '
                f'height="{scale.floor - TOP:.1f}">{_hover(span)}</rect>'
                f'<text x="{(left + right) / 2 + 4:.1f}" y="{scale.floor - 6:.1f}" '
                f'transform="rotate(-90 {(left + right) / 2 + 4:.1f} {scale.floor - 6:.1f})">off the belt</text>'
            )
    return drawn


def _axes(line: Curve, scale: _Scale, limits: Limits) -> list[str]:
    limit_y = scale.y(limits.speed_max_ckmh)
    drawn = [
        f'<path {_AXIS} d="M{LEFT} {scale.floor}H{WIDTH - RIGHT}"/>',
        f'<path {_LIMIT} d="M{LEFT} {limit_y:.1f}H{WIDTH - RIGHT}"/>',
        f'<text x="{LEFT}" y="{limit_y - 6:.1f}">limit {kmh_from_ckmh(limits.speed_max_ckmh):g} km/h</text>',
        *(_speed_label(scale, ckmh) for ckmh in _round_speeds(limits.speed_max_ckmh)),
    ]
    if scale.with_grade:
        top, steepest = scale.grade_y(limits.grade_max_dpct), pct_from_dpct(limits.grade_max_dpct)
        drawn += [
            f'<path {_AXIS} d="M{LEFT} {scale.grade_y(0):.1f}H{WIDTH - RIGHT}"/>',
            f'<path {_LIMIT} d="M{LEFT} {top:.1f}H{WIDTH - RIGHT}"/>',
            f'<text x="{LEFT - 6}" y="{top + 4:.1f}" text-anchor="end">{steepest:g} %</text>',
        ]
    minutes = line.end_ms / 60_000
    every = next(n for n in (1, 2, 5, 10, 20) if (WIDTH - LEFT - RIGHT) * n / minutes >= LABEL_GAP or n == 20)
    for minute in range(0, int(minutes) + 1, every):
        unit = " min" if minute == 0 else ""
        drawn.append(
            f'<text x="{scale.x(minute * 60_000):.1f}" y="{HEIGHT - BOTTOM + 18}">{minute}{unit}</text>'
        )
    return drawn


def _round_speeds(limit_ckmh: int) -> range:
    every = 50 if limit_ckmh <= 300 else 100 if limit_ckmh <= 500 else 200
    return range(0, limit_ckmh + 1, every)


def _speed_label(scale: _Scale, ckmh: int) -> str:
    return (
        f'<text x="{LEFT - 6}" y="{scale.y(ckmh) + 4:.1f}" text-anchor="end">{kmh_from_ckmh(ckmh):g}</text>'
    )


def _clock(ms: int) -> str:
    return f"{ms // 60_000}:{ms // 1000 % 60:02d}"
