"""A programme's plan in a terminal: speed in block characters, grade below, its steps as a table."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from device_adapters.safety.limits import Limits
from device_adapters.units import kmh_from_ckmh, pct_from_dpct
from services.programme import plan
from services.programme.chart import described
from services.programme.curve import Curve, curve
from services.programme.model import (
    Facing,
    ForDistance,
    ForTime,
    Programme,
    Step,
    UntilHeartRateBelow,
    UntilStaff,
)

ROWS = 8
BLOCKS = " ▁▂▃▄▅▆▇█"
LABEL = 5
WIDTH_MAX = 110


def show(programme: Programme, limits: Limits, console: Console) -> None:
    """Print the whole plan, as wide as the terminal up to WIDTH_MAX columns."""
    console.print(f"[bold]{escape(programme.name)}[/]  {programme.goal}, {programme.level}", soft_wrap=True)
    console.print(
        described(programme, limits) + (f" {often(programme)} a week." if programme.per_week else "")
    )
    console.print()
    for line in drawing(programme, limits, max(20, min(console.width, WIDTH_MAX) - LABEL - 1)):
        console.print(line, no_wrap=True, overflow="crop")
    console.print()
    console.print(_steps(programme))


def drawing(programme: Programme, limits: Limits, width: int) -> list[Text]:
    """The speed as ROWS lines of blocks with the line of the limit, the grade, and the minutes."""
    line = curve(programme, limits)
    moments = [line.end_ms * (2 * column + 1) // (2 * width) for column in range(width)]
    top_ckmh = max(limits.speed_max_ckmh, *(point.ckmh for point in line.points))
    limit = f"{kmh_from_ckmh(limits.speed_max_ckmh):g}".rjust(LABEL)
    limit_row = limits.speed_max_ckmh * ROWS // top_ckmh
    lines = []
    for row in range(ROWS, 0, -1):
        if row == limit_row:
            lines.append(Text(f"{limit} {'╌' * (width - 11)} limit km/h", style="bold"))
        label = "0".rjust(LABEL) if row == 1 else " " * LABEL
        lines.append(Text(f"{label} ") + _row(line, moments, row, top_ckmh))
    grades = _grades(line, moments)
    if grades.strip():
        lines.append(Text(f"{'%'.rjust(LABEL)} {grades}"))
    return [*lines, Text(_minutes(line, width)), _legend(line)]


def _row(line: Curve, moments: list[int], row: int, top_ckmh: int) -> Text:
    drawn = Text()
    for at_ms in moments:
        span = line.span_at(at_ms)
        eighths = line.ckmh_at(at_ms) * ROWS * 8 // top_ckmh - (row - 1) * 8
        block = BLOCKS[max(0, min(8, eighths))]
        if row == 1 and block == " ":
            block = "○" if span is not None and span.step.off_belt else "·"
        forward = span is not None and span.step.facing is Facing.FORWARD
        drawn.append("░" if forward and block == "█" else block, style="dim" if forward else "")
    return drawn


def _grades(line: Curve, moments: list[int]) -> str:
    def grade(at_ms: int) -> str:
        span = line.span_at(at_ms)
        dpct = span.step.incline_dpct if span else 0
        return str(min(9, round(dpct / 10)) or "<") if dpct else " "

    return "".join(map(grade, moments))


def _minutes(line: Curve, width: int) -> str:
    minutes = line.end_ms / 60_000
    every = next(n for n in (1, 2, 5, 10, 20, 60) if width * n / minutes >= 8 or n == 60)
    marks = [" "] * (LABEL + 1 + width)
    for minute in range(0, int(minutes) + 1, every):
        word = f"{minute} min" if minute == 0 else str(minute)
        place = LABEL + 1 + int(width * minute / minutes)
        if place + len(word) <= len(marks):
            marks[place : place + len(word)] = word
    return "".join(marks)


def _legend(line: Curve) -> Text:
    steps = [span.step for span in line.spans]
    said = ["█ retro"]
    said += ["░ forward"] if any(step.facing is Facing.FORWARD for step in steps) else []
    said += ["○ off the belt"] if any(step.off_belt for step in steps) else []
    said += ["· the belt stands"] if any(step.facing is not Facing.RETRO for step in steps) else []
    said += ["% grade uphill"] if any(step.incline_dpct for step in steps) else []
    return Text(" " * (LABEL + 1) + "   ".join(said), style="dim")


def _steps(programme: Programme) -> Table:
    table = Table(
        "step",
        "set",
        "kind",
        "facing",
        "until",
        "km/h",
        "%",
        "steps/min",
        "cue",
        box=None,
        header_style="bold",
    )
    for step in programme.steps:
        table.add_row(
            step.place,
            f"{step.set_number}/{step.sets}" if step.sets else "",
            step.kind,
            step.facing or "off belt",
            until(step),
            "" if step.off_belt else f"{kmh_from_ckmh(step.speed_ckmh):g}",
            f"{pct_from_dpct(step.incline_dpct):g}" if step.incline_dpct else "",
            str(step.cadence_spm or ""),
            escape(step.cue),
        )
    return table


def until(step: Step) -> str:
    """When the step ends, in words."""
    match step.until:
        case ForTime(time_s):
            return clock(time_s)
        case ForDistance(distance_m):
            return f"{distance_m} m"
        case UntilHeartRateBelow(hr_dpct, time_max_s):
            return f"HR < {hr_dpct / 10:g} %, {clock(time_max_s)} at most"
        case UntilStaff(time_max_s):
            return f"staff, {clock(time_max_s)} at most"


def clock(seconds: int) -> str:
    """Minutes and seconds."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def often(programme: Programme) -> str:
    """How often a week it is meant to be done, in words; '' if its author does not say."""
    if programme.per_week is None:
        return ""
    least, most = programme.per_week
    return f"{most}×" if least == most else f"{least} to {most}×"


def summary(programme: Programme, limits: Limits) -> dict[str, object]:
    """The plan for machines: units in the names."""
    legs = plan.timeline(programme, limits)
    return {
        "name": programme.name,
        "goal": programme.goal,
        "level": programme.level,
        "per_week": programme.per_week,
        "sets": programme.sets,
        "moving_s": plan.moving_ms(legs, limits) // 1000,
        "retro_s": plan.retro_ms(legs, limits) // 1000,
        "limits": {
            "speed_max_kmh": kmh_from_ckmh(limits.speed_max_ckmh),
            "grade_min_pct": pct_from_dpct(limits.grade_min_dpct),
            "grade_max_pct": pct_from_dpct(limits.grade_max_dpct),
            "session_max_s": limits.session_max_s,
            "bout_max_s": limits.bout_max_s,
            "hr_max_pct": limits.hr_max_dpct / 10,
        },
        "steps": [_leg(leg) for leg in legs],
    }


def _leg(leg: plan.Leg) -> dict[str, object]:
    step = leg.step
    return {
        "step": step.place,
        "kind": step.kind,
        "facing": step.facing,
        "set": step.set_number,
        "begin_s": leg.begin_ms / 1000,
        "end_s": leg.end_ms / 1000,
        "until": until(step),
        "speed_kmh": kmh_from_ckmh(step.speed_ckmh),
        "incline_pct": pct_from_dpct(step.incline_dpct),
        "cadence_spm": step.cadence_spm,
        "cue": step.cue,
    }
