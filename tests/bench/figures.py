"""What benchmarks say: each figure a ratio to a peer or a limit that ran in the same run, with its spread and its aim.

Each benchmark saves its figures as `bench/<name>.json`; `report.py` makes the report of all of them.
"""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import msgspec

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "bench"
PAGE = ROOT / "docs" / "performance.md"
FIGURES = "<!-- make bench: figures begin -->", "<!-- make bench: figures end -->"
UNIT = "<!-- make bench: begin -->", "<!-- make bench: end -->"
"""Between these lines of the page the report and `unit_load.py` write their tables."""


@dataclass(frozen=True)
class Ratio:
    """The middle of several rounds, and the lowest and highest of them without one outlier on each side."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, ours: Sequence[float], theirs: Sequence[float]) -> "Ratio":
        """`theirs` ÷ `ours`, round by round: rounds lie side by side, so that a busy machine hits both."""
        ratios = sorted(b / a for a, b in zip(ours, theirs, strict=True))
        trim = 1 if len(ratios) >= 5 else 0
        return cls(statistics.median(ratios), ratios[trim], ratios[-1 - trim])

    def inverse(self) -> "Ratio":
        """Ours ÷ theirs."""
        return Ratio(1 / self.middle, 1 / self.high, 1 / self.low)


@dataclass(frozen=True)
class Figure:
    """One row. `ours` and `theirs` carry their unit; `meaning` is what it means for a gym.

    `ratio` is in the sense in which the aim is stated, which `aim_is` says.
    """

    what: str
    ours: str
    beside: str
    theirs: str
    ratio: Ratio
    aim: float
    aim_is: Literal["at least", "at most"]
    meaning: str

    @property
    def holds(self) -> bool:
        """Is the aim reached by the middle of the rounds?"""
        reached = self.ratio.middle >= self.aim
        return reached if self.aim_is == "at least" else not reached or self.ratio.middle == self.aim


@dataclass(frozen=True)
class Growth:
    """How something grows with the number of treadmills (or writers): points (number, value) per name."""

    title: str
    x: str
    y: str
    series: dict[str, list[tuple[float, float]]]


@dataclass(frozen=True)
class BenchResult:
    """All that one benchmark found."""

    name: str
    figures: list[Figure]
    growth: list[Growth]


def save(name: str, figures: Sequence[Figure], growth: Sequence[Growth] = ()) -> Path:
    """Write what a benchmark found where the report looks for it, and print it."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    encoded = msgspec.json.encode(asdict(BenchResult(name, list(figures), list(growth))))
    path.write_bytes(msgspec.json.format(encoded) + b"\n")
    for figure in figures:
        print(line(figure), flush=True)
    return path


def load() -> list[BenchResult]:
    """Everything saved, by name."""
    return [
        msgspec.json.decode(path.read_bytes(), type=BenchResult) for path in sorted(FOLDER.glob("*.json"))
    ]


def line(figure: Figure) -> str:
    """For the terminal."""
    r = figure.ratio
    sign, verdict = (
        ("≥" if figure.aim_is == "at least" else "≤"),
        ("holds" if figure.holds else "NOT REACHED"),
    )
    return (
        f"  {figure.what}: {figure.ours} beside {figure.theirs} ({figure.beside}): "
        f"{r.middle:.2f} × ({r.low:.2f} to {r.high:.2f}), aim {sign} {figure.aim:g}: {verdict}"
    )


def write_between(marks: tuple[str, str], text: str, path: Path = PAGE) -> None:
    """Replace what is between two lines of a page. Raises ValueError if they are not there."""
    begin, end = marks
    before, found, rest = path.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{path} has no {begin} and {end}")
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
