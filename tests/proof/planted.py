"""Faults planted one after the other in copies of the tree: each must turn its named tests red.

`planted.toml` is the table: what somebody could plausibly change, or a fix taken back, and the tests that must see it.
A place that is gone is an error too: the fault has to be planted anew where the code is now.
"""

import os
import queue
import random
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("planted.toml")
WORKERS = 2
RUN_S_MAX = 300
"""A fault that makes its tests go round in circles is seen, too."""

ALL_S_MAX = 6 * RUN_S_MAX
"""All of the tests once without a fault, on a machine that has other things to do first."""

TESTS_FAILED, TESTS_PASSED = 1, 0
LEFT_OUT = shutil.ignore_patterns("__pycache__", "browser", "bench", "foreign", "deploy")


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `old` by `new`, once, in `file`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """All `edits`, since a promise may be held in more places than one; one of `tests` (node ids) must then fail."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


def faults(table: Path = TABLE) -> tuple[PlantedFault, ...]:
    """The table: a fault is one edit, and those of its `also`."""
    rows = tomllib.loads(table.read_text())["fault"]
    return tuple(
        PlantedFault(
            row["name"],
            tuple(Edit(each["file"], each["old"], each["new"]) for each in (row, *row.get("also", ()))),
            tuple(row["tests"]),
        )
        for row in rows
    )


def sample(size: int, changed: Sequence[str]) -> tuple[PlantedFault, ...]:
    """So many of them: those in `changed` modules first, the others by lot."""

    def recent(fault: PlantedFault) -> bool:
        return any(edit.file.removesuffix(".py").replace("/", ".") in changed for edit in fault.edits)

    wanted = list(faults())
    random.shuffle(wanted)
    return tuple(sorted(wanted, key=recent, reverse=True)[:size])


def unseen(wanted: Sequence[PlantedFault], work: Path) -> list[str]:
    """Try each; what is wrong with those that no test saw, or whose place or tests are gone."""
    trees = [_copy(work / str(number)) for number in range(WORKERS)]
    every = sorted({test for fault in wanted for test in fault.tests})
    clean = _run(trees[0], *every, within_s=ALL_S_MAX)
    if clean.returncode != TESTS_PASSED:
        return [f"its tests fail without any fault:\n{clean.stdout[-2_000:]}"]
    waiting: queue.SimpleQueue[PlantedFault] = queue.SimpleQueue()
    for fault in wanted:
        waiting.put(fault)
    wrong: list[str] = []
    crew = [threading.Thread(target=_work, args=(tree, waiting, wrong)) for tree in trees]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    return sorted(wrong)


def _work(tree: Path, waiting: "queue.SimpleQueue[PlantedFault]", wrong: list[str]) -> None:
    while True:
        try:
            fault = waiting.get_nowait()
        except queue.Empty:
            return
        if why := _tried(tree, fault):
            wrong.append(f"{fault.name}: {why}")


def _tried(tree: Path, fault: PlantedFault) -> str:
    """'' if a test saw it."""
    before = {
        edit.file: (tree / edit.file).read_text() for edit in fault.edits if (tree / edit.file).exists()
    }
    try:
        for edit in fault.edits:
            text = (tree / edit.file).read_text() if edit.file in before else ""
            if text.count(edit.old) != 1:
                return f"its place is gone from {edit.file}, or there are several; plant it where the code is now"
            (tree / edit.file).write_text(text.replace(edit.old, edit.new))
        done = _run(tree, "-x", *fault.tests)
    except subprocess.TimeoutExpired:
        return ""
    finally:
        for file, text in before.items():
            (tree / file).write_text(text)
    if done.returncode == TESTS_FAILED and " failed" in done.stdout:
        return ""
    if done.returncode == TESTS_PASSED:
        return f"no test saw it: {' '.join(fault.tests)}"
    return f"the tests did not run:\n{(done.stdout + done.stderr)[-1_000:]}"


def _copy(to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    for name in ("device_adapters", "services", "tests"):
        shutil.copytree(ROOT / name, to / name, ignore=LEFT_OUT)
    for name in ("pyproject.toml", "SAFETY.md"):
        shutil.copy(ROOT / name, to / name)
    return to


def _run(tree: Path, *arguments: str, within_s: int = RUN_S_MAX) -> subprocess.CompletedProcess[str]:
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--tb=line", "--hypothesis-seed=1")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *arguments],
        cwd=tree, capture_output=True, text=True, timeout=within_s, check=False,
        env={**os.environ, "PYTHONPATH": f"{tree}:{tree / 'tests/safety'}", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


def main(*names: str) -> int:
    """`python tests/proof/planted.py [WORD ...]`: those whose name holds one of the words, or all."""
    wanted = [each for each in faults() if not names or any(word in each.name for word in names)]
    wrong = unseen(wanted, ROOT / "build/proof/planted")
    sys.stdout.write(
        "\n".join([*wrong, f"{len(wanted) - len(wrong)} of {len(wanted)} planted faults seen", ""])
    )
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
