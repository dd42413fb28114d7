"""Mutation of the unit's safety core: every small change to the code must make a test fail, or be pinned with a reason.

mutmut makes the mutants in a copy of the tree under build/, constants.py those of constants, and mutants.py tries them
on the tests of tests/safety with few Hypothesis examples, so that a mutant is killed by the same tests each time.
`survivors.toml` holds what is left and why it does no harm.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINNED = Path(__file__).with_name("survivors.toml")
DRIVER = Path(__file__).with_name("mutants.py")
FIRST = "device_adapters.safety.limits.x_tighter__mutmut_1"
MADE_BY_MUTMUT = "__mutmut_"
PROGRESS = "mutants tried"
CONFTEST = '''"""Few examples, the same each time: for mutation only."""

from hypothesis import Phase, settings

settings.register_profile(
    "mutation", deadline=None, max_examples=20, derandomize=True, database=None,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("mutation")
'''


@dataclass(frozen=True, slots=True)
class Mutants:
    """What became of the mutants. `unpinned`: survivors that nobody has given a reason for, with their change."""

    killed: int
    timed_out: int
    pinned: int
    unpinned: tuple[str, ...]
    stale: tuple[str, ...]


def copy_tree(to: Path) -> Path:
    """The code, the safety tests and the settings, without anything that was built."""
    ignore = shutil.ignore_patterns("__pycache__", "mutants")
    for name in ("device_adapters", "services"):
        shutil.copytree(ROOT / name, to / name, ignore=ignore, dirs_exist_ok=True)
    shutil.copytree(ROOT / "tests/safety", to / "tests/safety", ignore=ignore, dirs_exist_ok=True)
    shutil.copy(ROOT / "pyproject.toml", to / "pyproject.toml")
    (to / "tests/conftest.py").write_text(CONFTEST)
    return to


def run(tree: Path, pattern: str = "*") -> dict[str, str]:
    """Try the mutants in `tree` whose name matches; what became of each: "killed", "survived", "timeout"."""
    # mutmut makes all mutants, sees that the tests pass, and records which test reaches which function.
    _tool(tree, "-m", "mutmut", "run", "--max-children", "1", FIRST)
    result = tree / "mutants.json"
    _tool(tree / "mutants", str(DRIVER), pattern, str(result))
    fates: dict[str, str] = json.loads(result.read_text())
    return fates


def _tool(cwd: Path, *arguments: str) -> None:
    """Run with its progress shown on a terminal's lines, and the end of its log as the error."""
    with (cwd / "tool.log").open("w") as log:
        done = subprocess.Popen(
            [sys.executable, *arguments], cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": f"{cwd}:{cwd / 'tests/safety'}"},
        )  # fmt: skip
        for line in done.stdout or ():
            log.write(line)
            if PROGRESS in line:
                sys.stdout.write(line)
                sys.stdout.flush()
    if done.wait():
        raise RuntimeError((cwd / "tool.log").read_text()[-2_000:])


def change_of(tree: Path, name: str) -> str:
    """The mutant's change as its removed and added lines, stable when lines move; of a constant what is done to it."""
    if MADE_BY_MUTMUT not in name:
        return name.partition(" ")[2]
    shown = subprocess.run(
        [sys.executable, "-m", "mutmut", "show", name],
        cwd=tree, capture_output=True, text=True, timeout=60, check=False,
    ).stdout  # fmt: skip
    lines = [
        line[0] + line[1:].strip()
        for line in shown.splitlines()
        if line[:1] in "+-" and not line.startswith(("+++", "---"))
    ]
    return "\n".join(line for line in lines if len(line) > 1)


def function_of(name: str) -> str:
    """The function, or the constant, that a mutant's name is of."""
    return name.rpartition(MADE_BY_MUTMUT)[0] or name.partition(" ")[0]


def judge(tree: Path, states: dict[str, str]) -> Mutants:
    """Hold what survived against what is pinned."""
    pins = [
        (pin["function"], pin["change"].strip())
        for pin in tomllib.loads(PINNED.read_text()).get("survivor", ())
    ]
    counts = list(states.values())
    left = {name: fate for name, fate in states.items() if fate not in ("killed", "timeout")}
    seen = {name: (function_of(name), change_of(tree, name)) for name in left}
    unpinned = [f"{name} ({left[name]})\n{seen[name][1]}" for name in left if seen[name] not in pins]
    return Mutants(
        killed=counts.count("killed"),
        timed_out=counts.count("timeout"),
        pinned=len(left) - len(unpinned),
        unpinned=tuple(unpinned),
        stale=tuple(function for function, change in pins if (function, change) not in seen.values()),
    )
