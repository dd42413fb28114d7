"""The drawings of a member's progress: weeks, minutes in zones, one number per session. Pure."""

from collections.abc import Sequence

from services.console.languages import say, say_many
from services.console.past import sayings
from services.console.past.svg import ChartFrame, drawing, label, line, rows_of, ticks
from services.history.progress import Week
from services.rules.zones import ZONES

WIDTH, HEIGHT = 560, 250
LEFT, RIGHT, TOP, BOTTOM = 44, 548, 40, 214
ZONE_HEIGHT = 34


def weeks_chart(weeks: Sequence[Week], most: int) -> str:
    """Sessions of each week, and how many the goal's dose is."""
    highest = max(most, *(week.sessions for week in weeks))
    frame = _frame(0, len(weeks), 0, highest)
    width = (RIGHT - LEFT) / len(weeks)
    parts = rows_of(frame, "", range(highest + 1), say("Sessions a week"))
    for n, week in enumerate(weeks):
        x, y = frame.x(n) + width * 0.16, frame.y(week.sessions)
        if week.sessions:
            parts.append(
                f'<rect class="bar{" extra" if week.sessions > most else ""}" x="{x:.1f}" y="{y:.1f}" '
                f'width="{width * 0.68:.1f}" height="{BOTTOM - y:.1f}" rx="3"/>'
            )
        if (len(weeks) - 1 - n) % 3 == 0:
            parts.append(
                label(frame.x(n) + width / 2, HEIGHT - 14, sayings.short_day(week.monday_ms), "middle")
            )
    parts += [
        line(frame, [(0, most), (len(weeks), most)], "limit"),
        label(RIGHT, TOP - 10, say("goal {count} a week", count=most), "end"),
    ]
    sessions = sum(w.sessions for w in weeks)
    told = say_many(
        "{count} session in {weeks} weeks.", "{count} sessions in {weeks} weeks.", sessions, weeks=len(weeks)
    )
    each = ", ".join(f"{sayings.short_day(week.monday_ms)}: {week.sessions}" for week in weeks)
    return drawing("weeks", WIDTH, HEIGHT, say("Sessions a week"), f"{told} {each}.", parts, "narrow")


def zones_chart(seconds: Sequence[float]) -> str:
    """Minutes in each zone, hardest on top; number and word beside each."""
    height = ZONE_HEIGHT * len(ZONES) + 12
    longest = max(seconds) or 1
    parts, told = [], []
    for n, zone in enumerate(reversed(ZONES)):
        y, minutes = 8 + n * ZONE_HEIGHT, seconds[zone.number] / 60
        word = f"{zone.number} {say(zone.word)}"
        wide = 236 * minutes * 60 / longest
        parts.append(label(0, y + 17, word, kind="head"))
        parts.append(label(142, y + 17, f"≥ {zone.from_pct} %" if zone.from_pct else "< 50 %"))
        parts.append(
            f'<rect class="zone-{zone.name}" x="212" y="{y}" width="{max(wide, 1):.1f}" height="24" rx="4"/>'
        )
        parts.append(label(220 + wide, y + 17, f"{minutes:.0f} min", kind="value"))
        told.append(f"{word}: {minutes:.0f} min")
    return drawing("zones", WIDTH, height, say("Time in zones"), "; ".join(told) + ".", parts, "narrow")


def trend_chart(
    id: str,
    title: str,
    unit: str,
    points: Sequence[tuple[int, float]],
    scale: tuple[float, ...] = (),
) -> str:
    """One number per session over time; `scale`: the values of a scale that people answer on, lowest first."""
    values = [value for _, value in points]
    shown = scale or tuple(ticks(min(values) * 0.9, max(values) * 1.05, 4))
    begin, end = points[0][0], points[-1][0]
    frame = _frame(begin, max(end, begin + 1), shown[0], shown[-1])
    parts = rows_of(frame, unit, shown, title)
    parts.append(line(frame, list(points), "measured"))
    parts += [f'<circle class="dot" cx="{frame.x(x):.1f}" cy="{frame.y(y):.1f}" r="3.5"/>' for x, y in points]
    parts.append(label(LEFT, HEIGHT - 14, sayings.short_day(begin)))
    parts.append(label(RIGHT, HEIGHT - 14, sayings.short_day(end), "end"))
    told = say_many(
        "{count} session, from {first} to {last} {unit}.", "{count} sessions, from {first} to {last} {unit}.",
        len(points), first=f"{values[0]:.1f}", last=f"{values[-1]:.1f}", unit=unit,
    )  # fmt: skip
    return drawing(id, WIDTH, HEIGHT, title, told, parts, "narrow")


def _frame(x_min: float, x_max: float, y_min: float, y_max: float) -> ChartFrame:
    return ChartFrame(
        left=LEFT, right=RIGHT, top=TOP, bottom=BOTTOM, x_min=x_min, x_max=x_max, y_min=y_min, y_max=y_max
    )
