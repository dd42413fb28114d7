"""Mutation of the unit's safety core: every small change to the code must make a test fail, or be pinned with a reason.

mutmut runs in a copy of the tree under build/, on the tests of tests/safety with few Hypothesis examples, so that a
mutant is killed by the same tests each time. `survivors.toml` holds what is left and why it does no harm.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINNED = Path(__file__).with_name("survivors.toml")
RUN_S_MAX = 1_500
CONFTEST = '''"""Few examples, the same each time: for mutation only."""

from hypothesis import Phase, settings

settings.register_profile(
    "mutation", deadline=None, max_examples=20, derandomize=True, database=None,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("mutation")
'''
HEADER = re.compile(r"^@@.*$", re.MULTILINE)


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


def run(tree: Path, *names: str) -> dict[str, str]:
    """Run mutmut in `tree` on all mutants or those named; the state of each by name ('killed', 'survived', ...)."""
    mutmut = [sys.executable, "-m", "mutmut"]
    with (tree / "mutmut.log").open("w") as log:
        done = subprocess.run(
            [*mutmut, "run", "--max-children", "2", *names],
            cwd=tree, stdout=log, stderr=subprocess.STDOUT, timeout=RUN_S_MAX, check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError((tree / "mutmut.log").read_text()[-2_000:])
    listed = subprocess.run(
        [*mutmut, "results", "--all", "true"],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = re.findall(r"^\s+(\S+): (.+)$", listed.stdout, re.MULTILINE)
    return dict(found)


def change_of(tree: Path, name: str) -> str:
    """The mutant's change as its removed and added lines: stable when lines move."""
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
    """The function that a mutant's name is of."""
    return name.rpartition("__mutmut_")[0]


def judge(tree: Path, states: dict[str, str]) -> Mutants:
    """Hold what survived against what is pinned."""
    pins = [(pin["function"], pin["change"].strip()) for pin in tomllib.loads(PINNED.read_text())["survivor"]]
    counts = list(states.values())
    left = {n: s for n, s in states.items() if s not in ("killed", "timeout", "caught by type check")}
    seen = {name: (function_of(name), change_of(tree, name)) for name in left}
    unpinned = [f"{name} ({left[name]})\n{seen[name][1]}" for name in left if seen[name] not in pins]
    return Mutants(
        killed=counts.count("killed"),
        timed_out=counts.count("timeout"),
        pinned=len(left) - len(unpinned),
        unpinned=tuple(unpinned),
        stale=tuple(function for function, change in pins if (function, change) not in seen.values()),
    )
