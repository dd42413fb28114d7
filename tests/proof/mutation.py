"""Mutation: every small change to the code must make a test fail.

mutmut makes the mutants in a copy of the tree under build/, constants.py those of constants, and mutants.py tries them
on a scope's tests with few Hypothesis examples, so that a mutant is killed by the same tests each time. Of the safety
core none may be left but those that `survivors.toml` pins with a reason, and none of what speaks to treadmills on
cables but words. Of the adapters and the session, whose code
also speaks to logs and names its tasks, so many must be killed as `LEAST_KILLED_PCT` says; what is left is listed.
"""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

from changes import MADE_BY_MUTMUT, change_of

ROOT = Path(__file__).parents[2]
LEAST_KILLED_PCT = 60
AROUND_TESTS_S = 3.0
"""For the adapters and the session, each mutant: a change that so short a choice of tests does not see is left."""

PINNED = Path(__file__).with_name("survivors.toml")
DRIVER = Path(__file__).with_name("mutants.py")
PAPER = "SAFETY.md"
PROGRESS = "mutants tried"
FEW_EXAMPLES = """

from hypothesis import Phase

settings.register_profile(
    "mutation", deadline=None, max_examples=20, derandomize=True, database=None,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("mutation")
"""
"""Few examples, the same each time."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is changed (globs of files), by which tests it is judged, and whose constants are changed too.

    `one`: any mutant of it, which mutmut is told to begin with.
    """

    only_mutate: tuple[str, ...]
    tests: tuple[str, ...]
    one: str
    constants: tuple[str, ...] = ()


CORE = Scope(
    ("device_adapters/gate.py", "device_adapters/link/*", "device_adapters/safety/*"),
    ("tests/safety",),
    "device_adapters.safety.limits.x_tighter__mutmut_1",
    ("device_adapters.gate", "device_adapters.link.", "device_adapters.safety."),
)
AROUND = Scope(
    (
        "device_adapters/ble/link.py",
        "device_adapters/unit/commissioned.py",
        "device_adapters/contract/boundary.py",
        "device_adapters/contract/freshness.py",
        "device_adapters/unit/control_writes.py",
        "device_adapters/unit/judge.py",
        "device_adapters/unit/kept.py",
        "device_adapters/unit/moving_mark.py",
        "device_adapters/unit/roaming.py",
        "device_adapters/unit/strap.py",
        "device_adapters/unit/treadmill.py",
        "device_adapters/unit/treadmill_frames.py",
        "device_adapters/unit/treadmill_link.py",
        "device_adapters/unit/treadmill_voice.py",
        "device_adapters/unit/service.py",
        "device_adapters/unit/orders.py",
        "services/session/engine/heart_limits.py",
        "services/session/engine/inputs.py",
        "services/session/membership.py",
        "services/session/engine/plan_follower.py",
    ),
    (
        "tests/unit/test_adapter_*.py",
        "tests/unit/test_boundary.py",
        "tests/unit/test_commissioned_record.py",
        "tests/unit/test_freshness.py",
        "tests/unit/test_judge.py",
        "tests/unit/test_kept.py",
        "tests/unit/test_lost_broker.py",
        "tests/unit/test_order_fields.py",
        "tests/unit/test_session_*.py",
        "tests/unit/test_stops_first.py",
        "tests/unit/test_belt_of_a_unit.py",
    ),
    "services.session.engine.plan_follower.x_metres__mutmut_1",
)


CABLES = Scope(
    (
        "device_adapters/codecs/serial_frames.py",
        "device_adapters/codecs/trackmaster.py",
        "device_adapters/codecs/woodway.py",
        "device_adapters/serial/answers.py",
        "device_adapters/serial/conversation.py",
        "device_adapters/serial/keep.py",
        "device_adapters/serial/link.py",
        "device_adapters/serial/makes.py",
        "device_adapters/serial/requests.py",
        "device_adapters/serial/starts.py",
        "device_adapters/serial/words.py",
    ),
    (
        "tests/unit/test_adapter_woodway_talk.py",
        "tests/unit/test_serial_*.py",
        "tests/property/test_trackmaster_codec.py",
        "tests/property/test_woodway_codec.py",
    ),
    "device_adapters.codecs.serial_frames.x_tenths_below__mutmut_1",
)


@dataclass(frozen=True, slots=True)
class MutationPlan:
    """What mutants.py is to try, and how long: with `seconds` a sample, of the modules `first` before the others.

    `tests_s`: so many seconds of tests judge a mutant (0: all that reach it); what they do not kill is left.
    """

    tests: tuple[str, ...]
    constants: tuple[str, ...]
    pattern: str = "*"
    seconds: int = 0
    first: tuple[str, ...] = ()
    seed: int = 0
    tests_s: float = 0


@dataclass(frozen=True, slots=True)
class MutationRun:
    """What became of the mutants. `unpinned`: survivors that nobody has given a reason for, with their change."""

    killed: int
    timed_out: int
    pinned: int
    unpinned: tuple[str, ...]
    stale: tuple[str, ...]


def copy_tree(to: Path, scope: Scope = CORE) -> Path:
    """The code, the scope's tests, the paper that they are held against, and the settings; nothing that was built."""
    ignore = shutil.ignore_patterns("__pycache__", "mutants")
    for name in ("device_adapters", "services"):
        shutil.copytree(ROOT / name, to / name, ignore=ignore, dirs_exist_ok=True)
    shutil.copytree(ROOT / "tests/safety", to / "tests/safety", ignore=ignore, dirs_exist_ok=True)
    shutil.copytree(ROOT / "tests/support", to / "tests/support", ignore=ignore, dirs_exist_ok=True)
    for test in _files(scope, ROOT):
        if not (to / test).exists():
            (to / test).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / test, to / test)
    shutil.copy(ROOT / PAPER, to)
    settings = (ROOT / "pyproject.toml").read_text()
    mutmut = {
        "also_copy": [PAPER],
        "source_paths": [glob.partition("/")[0] for glob in scope.only_mutate],
        "only_mutate": scope.only_mutate,
        "pytest_add_cli_args_test_selection": _files(scope, ROOT),
        "pytest_add_cli_args": ["-p", "no:randomly", "--ignore=tests/safety/test_explore.py"],
    }
    lines = [f"{key} = {json.dumps(sorted(set(value), key=value.index))}" for key, value in mutmut.items()]
    (to / "pyproject.toml").write_text("\n".join([settings, "[tool.mutmut]", *lines, ""]))
    (to / "tests/conftest.py").write_text((ROOT / "tests/conftest.py").read_text() + FEW_EXAMPLES)
    return to


def _files(scope: Scope, root: Path) -> list[str]:
    found = [path for glob in scope.tests for path in root.glob(glob)]
    return sorted(str(path.relative_to(root)) for path in found)


def run(tree: Path, plan: MutationPlan | str = "*", scope: Scope = CORE) -> dict[str, str]:
    """Try the mutants in `tree` (all whose name matches, or as planned): "killed", "survived" or "timeout" of each."""
    if isinstance(plan, str):
        plan = MutationPlan(tuple(_files(scope, tree)), scope.constants, plan)
    # mutmut makes all mutants, sees that the tests pass, and records which test reaches which function.
    _tool(tree, "-m", "mutmut", "run", "--max-children", "1", scope.one)
    result, wanted = tree / "mutants.json", tree / "plan.json"
    wanted.write_text(json.dumps(asdict(plan)))
    _tool(tree / "mutants", str(DRIVER), str(wanted), str(result))
    fates: dict[str, str] = json.loads(result.read_text())
    return fates


def sample(tree: Path, seconds: int, first: tuple[str, ...]) -> dict[str, str]:
    """The core, in so many seconds."""
    plan = MutationPlan(tuple(_files(CORE, ROOT)), CORE.constants, seconds=seconds, first=first)
    return run(copy_tree(tree), plan)


def around(tree: Path, seconds: int, first: tuple[str, ...]) -> dict[str, str]:
    """The adapters and the session: all of it, or in so many seconds a sample."""
    plan = MutationPlan(tuple(_files(AROUND, ROOT)), (), seconds=seconds, first=first, tests_s=AROUND_TESTS_S)
    return run(copy_tree(tree, AROUND), plan, AROUND)


def cables(tree: Path) -> dict[str, str]:
    """What speaks to treadmills on cables: all of it."""
    return run(copy_tree(tree, CABLES), scope=CABLES)


def _tool(cwd: Path, *arguments: str) -> None:
    """Run with its progress shown on a terminal's lines, and the end of its log as the error."""
    with (cwd / "tool.log").open("w") as log:
        done = subprocess.Popen(
            [sys.executable, *arguments], cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": f"{cwd}:{cwd / 'tests'}:{cwd / 'tests/safety'}"},
        )  # fmt: skip
        for line in done.stdout or ():
            log.write(line)
            if PROGRESS in line:
                sys.stdout.write(line)
                sys.stdout.flush()
    if done.wait():
        raise RuntimeError((cwd / "tool.log").read_text()[-2_000:])


@dataclass(frozen=True, slots=True)
class Weighed:
    """How a scope without pins came out. `harmless`: survivors that change words for a log or a task's name only."""

    judged: int
    pct: int
    harmless: int
    left: tuple[str, ...]


WORDS_ONLY = re.compile(
    r"log\.(debug|info|warning|error)|name=|\b(why|text) ?=|^[-+]\s*(code|radio|treadmill|strap|unit)="
)
APART = ("*.x_run_unit__mutmut_*", "*_monitored__mutmut_*", "*_heed_button__mutmut_*")
"""What opens a broker's, a monitor's or a button's door: tests/integration and tests/fault hold it, with real ones."""


def weigh(tree: Path, states: dict[str, str]) -> Weighed:
    """The share of mutants killed, words apart."""
    survivors = [name for name, fate in sorted(states.items()) if fate not in ("killed", "timeout")]
    apart = {name for name in states for pattern in APART if fnmatch.fnmatchcase(name, pattern)}
    survivors = [name for name in survivors if name not in apart]
    changes = {name: change_of(tree, name) for name in survivors}
    left = [name for name in survivors if not WORDS_ONLY.search(changes[name])]
    judged = len(states) - len(apart) - len(survivors) + len(left)
    pct = 100 * (judged - len(left)) // judged if judged else 0
    told = tuple(f"{name}\n{changes[name]}" for name in left)
    return Weighed(judged, pct, len(survivors) - len(left), told)


def function_of(name: str) -> str:
    """The function, or the constant, that a mutant's name is of."""
    return name.rpartition(MADE_BY_MUTMUT)[0] or name.partition(" ")[0]


def judge(tree: Path, states: dict[str, str]) -> MutationRun:
    """Hold what survived against what is pinned."""
    pins = [
        (pin["function"], pin["change"].strip())
        for pin in tomllib.loads(PINNED.read_text()).get("survivor", ())
    ]
    counts = list(states.values())
    left = {name: fate for name, fate in states.items() if fate not in ("killed", "timeout")}
    seen = {name: (function_of(name), change_of(tree, name)) for name in left}
    unpinned = [f"{name} ({left[name]})\n{seen[name][1]}" for name in left if seen[name] not in pins]
    return MutationRun(
        killed=counts.count("killed"),
        timed_out=counts.count("timeout"),
        pinned=len(left) - len(unpinned),
        unpinned=tuple(unpinned),
        stale=tuple(function for function, change in pins if (function, change) not in seen.values()),
    )
