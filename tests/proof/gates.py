"""The gates of `make proof`. Each looks at a tree (the project, or a copy with a planted fault) and gives a verdict."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

RUN_S_MAX = 2_400
"""Ten times what the longest gate takes on two idle cores."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a gate is green, its counts in a line, and what went wrong."""

    green: bool
    counts: str
    detail: str = ""


def _run(tree: Path, *arguments: str, within_s: int = RUN_S_MAX) -> subprocess.CompletedProcess[str]:
    """A Python module of this environment, on the code in `tree`."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=tree, env={**os.environ, "PYTHONPATH": f"{tree}:{tree / 'tests/safety'}"},
        capture_output=True, text=True, timeout=within_s, check=False,
    )  # fmt: skip


def _tail(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stdout + done.stderr)[-2_500:]


def passes(tree: Path, *selection: str, within_s: int = RUN_S_MAX) -> Verdict:
    """These tests pass."""
    done = _run(tree, "pytest", "-q", "-p", "no:cacheprovider", *selection, within_s=within_s)
    passed = re.search(r"(\d+) passed", done.stdout)
    return Verdict(done.returncode == 0, f"{passed[1] if passed else 0} tests passed", _tail(done))


def coverage(tree: Path, profile: str) -> Verdict:
    """All safety tests pass and reach every branch."""
    config = f"--rcfile={Path(__file__).with_name('coverage.ini')}"
    data = f"--data-file={tree / '.coverage.proof'}"
    done = _run(tree, "coverage", "run", config, data, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                "tests/safety", f"--hypothesis-profile={profile}", "--timeout=600")  # fmt: skip
    if done.returncode:
        return Verdict(False, "tests failed", _tail(done))
    report = _run(tree, "coverage", "report", config, data, "-m")
    total = re.search(r"TOTAL\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+)", report.stdout)
    passed = re.search(r"(\d+) passed", done.stdout)
    if total is None or passed is None:
        return Verdict(False, "no report", _tail(report))
    counts = f"{passed[1]} tests, {total[1]} statements, {total[3]} branches, {total[5]} covered"
    return Verdict(report.returncode == 0, counts, report.stdout[-2_500:])


def layers(tree: Path) -> Verdict:
    """The arrows between packages point down, and pure packages are pure."""
    script = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True, text=True, timeout=RUN_S_MAX, check=False,
    )  # fmt: skip
    kept = re.search(r"(\d+) kept, (\d+) broken", done.stdout)
    return Verdict(done.returncode == 0, kept[0] if kept else "no report", _tail(done))


def contracts(file: Path) -> Verdict:
    """CrossHair confirms each promise over all paths; one that is only not refuted is not counted as confirmed."""
    wanted = len(re.findall(r"^\s+post:", file.read_text(), re.MULTILINE))
    done = _run(
        file.parents[2], "crosshair", "check", str(file), "--analysis_kind=PEP316",
        "--per_condition_timeout=20", "--report_all",
    )  # fmt: skip
    confirmed = done.stdout.count("Confirmed over all paths")
    green = done.returncode == 0 and wanted > 0 and confirmed == wanted
    return Verdict(green, f"{confirmed} of {wanted} promises confirmed over all paths", _tail(done))
