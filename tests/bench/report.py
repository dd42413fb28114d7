"""The report of all benchmarks: `bench/report.md` with its plots, and the table of all figures in docs/performance.md.

python tests/bench/report.py [--page]
"""

import argparse
import os
import platform
from pathlib import Path

import figures
import pygal
from figures import FIGURES, FOLDER, BenchResult, Figure, Growth, write_between


def table(rows: list[Figure]) -> str:
    """As Markdown."""
    head = "| what | ours | beside | ratio (spread) | aim | | for a gym |\n|---|---|---|---|---|---|---|"
    return "\n".join((head, *map(_row, rows)))


def _row(figure: Figure) -> str:
    r, sign = figure.ratio, "≥" if figure.aim_is == "at least" else "≤"
    return (
        f"| {figure.what} | {figure.ours} | {figure.beside}: {figure.theirs} "
        f"| {r.middle:.2f} ({r.low:.2f} to {r.high:.2f}) | {sign} {figure.aim:g} "
        f"| {'✓' if figure.holds else '✗'} | {figure.meaning} |"
    )


def plot(growth: Growth) -> str:
    """Draws it; returns the file's name."""
    chart = pygal.XY(
        title=growth.title, x_title=growth.x, y_title=growth.y, js=[], include_x_axis=True,
        width=720, height=400, style=pygal.style.CleanStyle, show_x_guides=True, legend_at_bottom=True,
    )  # fmt: skip
    for name, points in growth.series.items():
        chart.add(name, points)
    file = f"{''.join(c if c.isalnum() else '-' for c in growth.title.lower())}.svg"
    (FOLDER / file).write_bytes(chart.render())
    return file


def machine() -> str:
    """What it ran on, without naming the machine."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} cores of {model}, Python {platform.python_version()}, {platform.system()}"


def report(results: list[BenchResult]) -> str:
    """The whole page."""
    parts = [f"# Benchmarks\n\nEach ratio is of two things measured in turn in the same run. {machine()}."]
    for result in results:
        parts.append(f"## {result.name}\n\n{table(result.figures)}")
        parts += [f"![{growth.title}]({plot(growth)})" for growth in result.growth]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Write the report; with --page its table into docs/performance.md as well."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    results = figures.load()
    (FOLDER / "report.md").write_text(report(results), encoding="utf-8")
    rows = [figure for result in results for figure in result.figures]
    missed = [figure.what for figure in rows if not figure.holds]
    print(f"{FOLDER / 'report.md'}: {len(rows)} figures, {len(missed)} below their aim")
    if options.page:
        reached = f"{len(rows) - len(missed)} of {len(rows)} reach their aim."
        write_between(FIGURES, f"{reached}\n\n{table(rows)}\n\n{machine()}.")


if __name__ == "__main__":
    main()
