"""The gates themselves are checked: a fault planted in a copy of the tree must turn its gate red."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import gates
import mutation


@dataclass(frozen=True, slots=True)
class Canary:
    """A fault: replace `old` by `new` in `file`; `gate` must then say no."""

    name: str
    file: str
    old: str
    new: str
    gate: Callable[[Path], gates.Verdict]


def _mutants(pattern: str, tests: str) -> Callable[[Path], gates.Verdict]:
    """The mutation gate on the mutants that match, with one file of tests alone."""

    def gate(tree: Path) -> gates.Verdict:
        for test in (tree / "tests/safety").glob("test_*.py"):
            if test.name != tests:
                test.unlink()
        found = mutation.judge(tree, mutation.run(tree, pattern))
        return gates.Verdict(not found.unpinned, f"{len(found.unpinned)} unpinned", "")

    return gate


CANARIES = (
    Canary(
        "coverage: a branch that no test reaches",
        "device_adapters/safety/ramp.py",
        "    spent_ms = now_ms - state.ramp_ms\n",
        "    spent_ms = now_ms - state.ramp_ms\n    if spent_ms < -1:\n        spent_ms = 0\n",
        lambda tree: gates.coverage(tree, "default"),
    ),
    Canary(
        "exploration: anybody may clear a lock",
        "device_adapters/safety/orders.py",
        "if not order.by.strip():",
        'if order.by == "nobody":',
        lambda tree: gates.passes(tree, "tests/safety/test_explore.py"),
    ),
    Canary(
        "oracle: speed rises 2.9 s after the last renewal",
        "device_adapters/safety/lease.py",
        "FREEZE_MS = 1_500",
        "FREEZE_MS = 2_900",
        lambda tree: gates.passes(tree, "tests/safety/test_belt_oracle.py", "--hypothesis-seed=1"),
    ),
    Canary(
        "layers: the safety core reads the time by itself",
        "device_adapters/safety/ramp.py",
        "from device_adapters.frozen import replace",
        "import time\n\nfrom device_adapters.frozen import replace",
        gates.layers,
    ),
    Canary(
        "contracts: a promise that does not hold",
        "tests/proof/contracts.py",
        "post: speed - __return__ < 10",
        "post: speed - __return__ < 9",
        lambda tree: gates.contracts(tree / "tests/proof/contracts.py"),
    ),
    Canary(
        "mutation: a limit that no test looks at",
        "tests/safety/test_limits.py",
        "assert cap == round(kmh * 100)",
        "assert cap",
        _mutants("device_adapters.safety.limits.x_supervised_max_ckmh__mutmut_*", "test_limits.py"),
    ),
    Canary(
        "mutation: a constant that a test takes from the code",
        "tests/safety/test_heart_bounds.py",
        "(h.RECOVERY_CKMH, h.RECOVERY_MOBILITY_CKMH) == (200, 150)",
        "(h.RECOVERY_CKMH, h.RECOVERY_MOBILITY_CKMH) == (200, h.RECOVERY_MOBILITY_CKMH)",
        _mutants("*.RECOVERY_MOBILITY_CKMH *", "test_heart_bounds.py"),
    ),
)


def sings(canary: Canary, work: Path) -> str:
    """'' if the planted fault turned its gate red, else what is wrong."""
    shutil.rmtree(work, ignore_errors=True)
    tree = mutation.copy_tree(work)
    shutil.copytree(Path(__file__).parent, tree / "tests/proof", ignore=shutil.ignore_patterns("__pycache__"))
    planted = tree / canary.file
    text = planted.read_text()
    if text.count(canary.old) != 1:
        return f"the place for its fault is gone from {canary.file}; give it another"
    planted.write_text(text.replace(canary.old, canary.new))
    verdict = canary.gate(tree)
    return "its gate stayed green" if verdict.green else ""
