"""One session on one time line: planned and measured speed, heart and ceiling, grade, and what happened. Pure."""

from collections.abc import Sequence

from services.console.languages import say
from services.console.past.svg import ChartFrame, changes, drawing, label, line, rows_of, thin, ticks
from services.history.model import HistoryRow
from services.history.model import TreadmillFrame as Deck

WIDTH = 1000
LEFT, RIGHT = 52, 988
MARKS, SPEED, HEART, GRADE = (14, 30), (72, 262), (312, 452), (502, 572)
HEIGHT = 606
POINTS_MAX = 700
LABEL_GAP = 70
Points = list[tuple[float, float | None]]


def timeline(rows: Sequence[HistoryRow], deck: Sequence[Deck], marks: Sequence[int], described: str) -> str:
    """The drawing. `marks`: when what the page lists happened, ms; they are numbered from 1."""
    begin, end = rows[0].at_ms, max(rows[-1].at_ms, rows[0].at_ms + 1000)
    parts = [
        *_speed(rows, begin, end),
        *_heart(rows, begin, end),
        *_grade(rows, deck, begin, end),
        *_minutes(begin, end),
        *_marks(marks, begin, end),
        f'<path class="cursor" data-cursor="" d="M{LEFT} {SPEED[0]}V{GRADE[1]}" visibility="hidden"/>',
        f'<rect data-hover="" x="{LEFT}" y="0" width="{RIGHT - LEFT}" height="{GRADE[1]}" fill="transparent"/>',
    ]
    return drawing("timeline", WIDTH, HEIGHT, say("The session on one time line"), described, parts)


def _frame(place: tuple[int, int], begin: int, end: int, low: float, high: float) -> ChartFrame:
    return ChartFrame(
        left=LEFT, right=RIGHT, top=place[0], bottom=place[1], x_min=begin, x_max=end, y_min=low, y_max=high
    )


def _speed(rows: Sequence[HistoryRow], begin: int, end: int) -> list[str]:
    planned: Points = [(r.at_ms, r.target_kmh) for r in rows]
    measured: Points = [(r.at_ms, r.measured_kmh) for r in rows]
    limit: Points = [(r.at_ms, r.speed_limit_kmh) for r in rows]
    shown = ticks(0, max(value or 0 for _, value in [*planned, *measured, *limit]) or 1, 5)
    frame = _frame(SPEED, begin, end, 0, shown[-1])
    return [
        *rows_of(frame, "km/h", shown, say("Speed")),
        _area(frame, planned),
        line(frame, changes(planned), "planned", stepped=True),
        line(frame, changes(limit), "limit", stepped=True),
        line(frame, thin(measured, POINTS_MAX), "measured"),
    ]


def _area(frame: ChartFrame, planned: Points) -> str:
    """What was planned, as ground for the line that was measured."""
    steps = changes(planned)
    path = "".join(f"H{frame.x(x):.1f}V{frame.y(value or 0):.1f}" for x, value in steps)
    return f'<path class="plan" d="M{frame.left:.1f} {frame.bottom}{path}V{frame.bottom}Z"/>'


def _heart(rows: Sequence[HistoryRow], begin: int, end: int) -> list[str]:
    heart: Points = [(r.at_ms, r.hr_bpm) for r in rows]
    ceiling: Points = [(r.at_ms, r.hr_limit_bpm) for r in rows]
    known = [value for _, value in [*heart, *ceiling] if value]
    if not any(value for _, value in heart):
        frame = _frame(HEART, begin, end, 0, 1)
        return [
            *rows_of(frame, "bpm", [0], say("Heart rate")),
            label(
                (LEFT + RIGHT) / 2,
                sum(HEART) / 2,
                say("No heart rate is kept of this session"),
                "middle",
                "head",
            ),
        ]
    shown = ticks(min(known) - 5, max(known) + 5, 5)
    frame = _frame(HEART, begin, end, shown[0], shown[-1])
    return [
        *rows_of(frame, "bpm", shown, say("Heart rate")),
        line(frame, changes(ceiling), "limit", stepped=True),
        line(frame, thin(heart, POINTS_MAX), "heart"),
    ]


def _grade(rows: Sequence[HistoryRow], deck: Sequence[Deck], begin: int, end: int) -> list[str]:
    planned: Points = [(r.at_ms, r.target_pct) for r in rows]
    limit: Points = [(r.at_ms, r.grade_limit_pct) for r in rows]
    measured: Points = [(f.at_ms, f.incline_pct) for f in deck if begin <= f.at_ms <= end]
    values = [value or 0 for _, value in [*planned, *limit, *measured]]
    shown = ticks(min(0, *values), max(1, *values), 2)
    frame = _frame(GRADE, begin, end, shown[0], shown[-1])
    return [
        *rows_of(frame, "%", shown, say("Grade planned, deck measured")),
        line(frame, changes(limit), "limit", stepped=True),
        line(frame, changes(planned), "planned", stepped=True),
        line(frame, thin(changes(measured), POINTS_MAX), "measured"),
    ]


def _minutes(begin: int, end: int) -> list[str]:
    minutes = (end - begin) / 60_000
    every = next(
        n for n in (0.25, 0.5, 1, 2, 5, 10, 20, 60) if (RIGHT - LEFT) * n / minutes >= LABEL_GAP or n == 60
    )
    drawn = [f'<path class="axis" d="M{LEFT} {GRADE[1]}H{RIGHT}"/>']
    for n in range(int(minutes / every) + 1):
        x = LEFT + (RIGHT - LEFT) * n * every / minutes
        drawn.append(f'<path class="grid" d="M{x:.1f} {SPEED[0]}V{GRADE[1]}"/>')
        anchor = "start" if not n else "end" if x > RIGHT - 20 else "middle"
        drawn.append(label(x, HEIGHT - 12, f"{n * every:g}{'' if n else ' min'}", anchor))
    return drawn


def _marks(marks: Sequence[int], begin: int, end: int) -> list[str]:
    """Numbered flags; those that would cover the one before share its place and tell the range."""
    drawn: list[str] = []
    groups: list[tuple[float, list[int]]] = []
    for number, at_ms in enumerate(marks, 1):
        x = LEFT + (RIGHT - LEFT) * min(1, max(0, (at_ms - begin) / (end - begin)))
        if groups and x - groups[-1][0] < 34:
            groups[-1][1].append(number)
        else:
            groups.append((x, [number]))
    for x, numbers in groups:
        text = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
        wide = 10 + 8 * len(text)
        left = min(max(x - wide / 2, 0), WIDTH - wide)
        drawn.append(f'<path class="event" d="M{x:.1f} {MARKS[1]}V{GRADE[1]}"/>')
        drawn.append(
            f'<rect class="flag" x="{left:.1f}" y="{MARKS[0] - 4}" width="{wide}" height="22" rx="6"/>'
        )
        drawn.append(label(left + wide / 2, MARKS[0] + 12, text, "middle", "number"))
    return drawn
