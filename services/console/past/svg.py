"""What the drawings of the past are made of: a frame with axes, lines, bars, and words for who does not see. Pure.

Colours are classes of `past.css`, so a drawing follows a light or dark page; what differs in meaning differs in
pattern or word too. Presentation attributes only: the page's policy allows no style of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

LINE = 'fill="none" vector-effect="non-scaling-stroke"'


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartFrame:
    """A plot's place in the drawing, and the values at its edges."""

    left: float
    right: float
    top: float
    bottom: float
    x_min: float
    x_max: float
    y_min: float
    y_max: float

    def x(self, value: float) -> float:
        """From left to right."""
        return self.left + (self.right - self.left) * (value - self.x_min) / ((self.x_max - self.x_min) or 1)

    def y(self, value: float) -> float:
        """Where a value is drawn: larger ones higher up."""
        return self.bottom - (self.bottom - self.top) * (value - self.y_min) / (
            (self.y_max - self.y_min) or 1
        )


def drawing(
    id: str, width: int, height: int, title: str, described: str, parts: Iterable[str], kind: str = ""
) -> str:
    """One `<svg>` element to put into a page; `kind`: a class of its own."""
    return "\n".join(
        (
            f'<svg class="{f"chart {kind}".strip()}" id="{id}" viewBox="0 0 {width} {height}" role="img" '
            f'aria-labelledby="{id}-title {id}-desc">',
            f'<title id="{id}-title">{escape(title)}</title><desc id="{id}-desc">{escape(described)}</desc>',
            *parts,
            "</svg>",
        )
    )


def label(x: float, y: float, text: str, anchor: str = "start", kind: str = "tick") -> str:
    """A text in the drawing, at its anchor."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def rows_of(frame: ChartFrame, unit: str, ticks: Sequence[float], top: str) -> list[str]:
    """The value axis: a faint line and a number for each tick, what it is above them."""
    drawn = [label(frame.left, frame.top - 10, f"{top}, {unit}" if unit else top, kind="head")]
    for tick in ticks:
        y = frame.y(tick)
        drawn.append(f'<path class="grid" d="M{frame.left:.1f} {y:.1f}H{frame.right:.1f}"/>')
        drawn.append(label(frame.left - 8, y + 4, f"{tick:g}", "end"))
    return drawn


def ticks(low: float, high: float, count: int) -> list[float]:
    """Round numbers that cover `low` to `high`, about `count` of them."""
    rough = max(high - low, 1e-9) / max(1, count)
    size = 10 ** floor(log10(rough))
    step = next(size * n for n in (1, 2, 2.5, 5, 10) if size * n >= rough * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(n * step, 6) for n in range(first, last + 1)]


def line(
    frame: ChartFrame, points: Sequence[tuple[float, float | None]], kind: str, *, stepped: bool = False
) -> str:
    """A line that breaks where a value is not known; `stepped`: a value holds until the next."""
    path: list[str] = []
    pen = False
    for x, value in points:
        if value is None:
            pen = False
            continue
        place = f"{frame.x(x):.1f} {frame.y(value):.1f}"
        if not pen:
            path.append(f"M{place}")
        elif stepped:
            path.append(f"H{frame.x(x):.1f}V{frame.y(value):.1f}")
        else:
            path.append(f"L{place}")
        pen = True
    return f'<path class="{kind}" {LINE} d="{"".join(path)}"/>' if path else ""


def thin(points: Sequence[tuple[float, float | None]], most: int) -> list[tuple[float, float | None]]:
    """At most about `most` points with the same lows and highs; gaps stay gaps."""
    size = -(-len(points) // max(1, most // 4))
    if size <= 4:
        return list(points)
    kept: list[tuple[float, float | None]] = []
    for begin in range(0, len(points), size):
        part = points[begin : begin + size]
        known = [p for p in part if p[1] is not None]
        gap = [p for p in part if p[1] is None][:1]
        if known:
            lowest, highest = min(known, key=_value), max(known, key=_value)
            kept += sorted({known[0], lowest, highest, known[-1], *gap}, key=lambda p: p[0])
        else:
            kept += gap
    return kept


def changes(points: Sequence[tuple[float, float | None]]) -> list[tuple[float, float | None]]:
    """Of a stepped line only where it changes, and its end."""
    kept = [p for n, p in enumerate(points) if not n or p[1] != points[n - 1][1]]
    return [*kept, points[-1]] if points else []


def _value(point: tuple[float, float | None]) -> float:
    return point[1] or 0
