"""`make proof`: every gate of the unit's safety core and what stands around it, and a report of one page.

Ends with 0 only if every gate is green, and every canary shows that its gate can be red. With `PROOF=sample` (as
continuous integration has it) the mutation of the core and of what stands around it are samples of SAMPLE_S each, and
PLANTED_SAMPLE faults are planted: what was changed since `BASE` (a commit; the last one by default) comes first. Of a
sample of the core so many must be killed as `CORE_SAMPLE_PCT` says; of the whole, all.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests/safety"), str(Path(__file__).parent)]

import gates  # noqa: E402
import mutation  # noqa: E402
import planted  # noqa: E402
from canaries import CANARIES, sings  # noqa: E402
from explore import Scale, explore, rests  # noqa: E402

from device_adapters.safety.hazards import Cause  # noqa: E402

ORACLES = ("tests/safety/test_envelope_properties.py", "tests/safety/test_belt_oracle.py")
WORK = ROOT / "build/proof"
SAMPLE_S = 150
STATES_MAX = 50_000 if os.environ.get("PROOF") == "sample" else 250_000
"""Of each world, the nearest first: the whole has become too large to walk in an hour."""

WHOLE_S_MAX = 7_200
"""Pages in each window are most of it: half an hour alone, and the exploration goes on beside it."""

CORE_SAMPLE_PCT = 85
PLANTED_SAMPLE = 10
SAMPLED = os.environ.get("PROOF") == "sample"
WORLDS = (
    Scale(tick_ms=1_000, causes=(Cause.STOP_PRESSED, Cause.SAFETY_KEY), speeds=(0, 100)),
    Scale(tick_ms=1_000, causes=(Cause.SAFETY_KEY,), speeds=(0, 200)),
)


def exploration() -> gates.Verdict:
    """The nearest states that the envelope can reach keep its promises; from each of their stops, rest is reached."""
    states = edges = stops = 0
    for world in WORLDS:
        found = explore(world, states_max=STATES_MAX)
        why = found.broken or rests(found)
        if why:
            return gates.Verdict(False, "a promise is broken", why)
        states, edges, stops = states + found.states, edges + found.edges, stops + len(found.stopping)
    return gates.Verdict(True, f"{states:,} states, {edges:,} edges; rest is reached from {stops:,} stops")


def mutants() -> gates.Verdict:
    """No change of the code survives the tests, but those pinned with a reason."""
    tree = WORK / "mutation"
    shutil.rmtree(tree, ignore_errors=True)
    if SAMPLED:
        states = mutation.sample(tree, SAMPLE_S, changed())
        killed = sum(fate in ("killed", "timeout") for fate in states.values())
        pct = 100 * killed // max(1, len(states))
        (WORK / "core.txt").write_text("".join(f"{n} {f}\n" for n, f in states.items() if f != "killed"))
        counts = f"{len(states)} mutants (a sample): {pct} % killed"
        return gates.Verdict(pct >= CORE_SAMPLE_PCT, counts, f"at least {CORE_SAMPLE_PCT} % must be")
    found = mutation.judge(tree, states := mutation.run(mutation.copy_tree(tree)))
    counts = (
        f"{len(states)} mutants: {found.killed} killed, {found.timed_out} timed out, "
        f"{found.pinned} pinned, {len(found.unpinned)} unpinned survivors"
    )
    stale = "".join(f"\npinned, but not among the survivors any more: {name}" for name in found.stale)
    return gates.Verdict(not found.unpinned and not stale, counts, "\n\n".join(found.unpinned) + stale)


def canaries() -> gates.Verdict:
    """Each gate goes red at a planted fault."""
    silent = [f"{c.name}: {why}" for c in CANARIES if (why := sings(c, WORK / "canary"))]
    counts = f"{len(CANARIES) - len(silent)} of {len(CANARIES)} planted faults seen"
    return gates.Verdict(not silent, counts, "\n".join(silent))


def planted_faults() -> gates.Verdict:
    """Each plausible fault and each fix taken back turns its tests red."""
    wanted = planted.sample(PLANTED_SAMPLE, changed()) if SAMPLED else planted.faults()
    wrong = planted.unseen(wanted, WORK / "planted")
    counts = (
        f"{len(wanted) - len(wrong)} of {len(wanted)} planted faults{' (a sample)' if SAMPLED else ''} seen"
    )
    return gates.Verdict(not wrong, counts, "\n".join(wrong))


def changed() -> tuple[str, ...]:
    """The modules changed since BASE; none where there is no history to ask."""
    base = os.environ.get("BASE") or "HEAD~1"
    said = subprocess.run(
        ["git", "diff", "--name-only", base],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    ).stdout  # fmt: skip
    return tuple(name.removesuffix(".py").replace("/", ".") for name in said.split() if name.endswith(".py"))


def mutants_around() -> gates.Verdict:
    """Of the changes around the core most are killed; those that are not are listed beside the report."""
    tree = WORK / "around"
    shutil.rmtree(tree, ignore_errors=True)
    states = mutation.around(tree, SAMPLE_S if SAMPLED else 0, changed() if SAMPLED else ())
    found = mutation.weigh(tree, states)
    (WORK / "around.txt").write_text("\n\n".join(found.left) + "\n")
    counts = (
        f"{len(states)} mutants{' (a sample)' if SAMPLED else ''}: {found.pct} % of {found.judged} killed, "
        f"{len(found.left)} left, {found.harmless} of words only"
    )
    green = found.judged > 0 and found.pct >= mutation.LEAST_KILLED_PCT
    return gates.Verdict(
        green, counts, f"at least {mutation.LEAST_KILLED_PCT} % must be; see {WORK}/around.txt"
    )


def mutants_of_cables() -> gates.Verdict:
    """No change of what speaks to treadmills on cables survives its tests, but words for a log."""
    tree = WORK / "cables"
    shutil.rmtree(tree, ignore_errors=True)
    states = mutation.cables(tree)
    found = mutation.weigh(tree, states)
    counts = f"{len(states)} mutants: {len(found.left)} left, {found.harmless} of words only"
    return gates.Verdict(found.judged > 0 and not found.left, counts, "\n\n".join(found.left))


def whole_tests() -> gates.Verdict:
    """The tests of which `make test` tries a sample, with all their cases."""
    samples = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if "from sampling import" in path.read_text(encoding="utf-8")
    ]
    os.environ["WHOLE"] = "1"
    try:
        return gates.passes(ROOT, "-n", "3", "--dist", "loadfile", *samples, within_s=WHOLE_S_MAX)
    finally:
        del os.environ["WHOLE"]


GATES: dict[str, Callable[[], gates.Verdict]] = {
    "layers": lambda: gates.layers(ROOT),
    "contracts": lambda: gates.contracts(ROOT / "tests/proof/contracts.py"),
    "exploration": exploration,
    "tests and coverage": lambda: gates.coverage(ROOT, "default"),
    "oracles, 2,000 examples": lambda: gates.passes(
        ROOT, *ORACLES, "--hypothesis-profile=proof", "--timeout=2000"
    ),
    **({} if SAMPLED else {"whole tests": whole_tests}),
    "canaries": canaries,
    "planted faults": planted_faults,
    "mutation": mutants,
    **({} if SAMPLED else {"mutation of cables": mutants_of_cables}),
    "mutation around it": mutants_around,
}


ALONE = ("planted faults", "mutation", "mutation of cables", "mutation around it")
"""These share their work among two processes themselves."""


def verdict_of(name: str) -> tuple[gates.Verdict, float]:
    """A gate's verdict, with the seconds it took."""
    began = time.monotonic()
    try:
        verdict = GATES[name]()
    except Exception as e:  # noqa: BLE001  a gate that breaks is not green
        verdict = gates.Verdict(False, "the gate itself failed", f"{type(e).__name__}: {e}")
    return verdict, time.monotonic() - began


def verdicts() -> Iterator[tuple[str, gates.Verdict, float]]:
    """Each gate's verdict as it comes: two gates side by side, then those that use two cores by themselves."""
    with ProcessPoolExecutor(2) as pool:
        running = {pool.submit(verdict_of, name): name for name in GATES if name not in ALONE}
        sys.stdout.write(f"== {', '.join(running.values())} ...\n")
        sys.stdout.flush()
        for done in as_completed(running):
            yield running[done], *_said(running[done], *done.result())
    for name in (name for name in ALONE if name in GATES):
        sys.stdout.write(f"== {name} ...\n")
        sys.stdout.flush()
        yield name, *_said(name, *verdict_of(name))


def _said(name: str, verdict: gates.Verdict, took_s: float) -> tuple[gates.Verdict, float]:
    sys.stdout.write(f"== {name}: {'green' if verdict.green else 'RED'} ({took_s:.0f} s)\n")
    if not verdict.green:
        sys.stdout.write(verdict.detail + "\n")
    sys.stdout.flush()
    return verdict, took_s


def main() -> int:
    """Run all gates; 1 if one is not green."""
    WORK.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    told = list(verdicts())
    sys.stdout.write("\nProof of the unit-side safety core and of what stands around it\n")
    for name, verdict, took_s in told:
        colour = "green" if verdict.green else "RED  "
        sys.stdout.write(f"  {colour}  {name:<24} {verdict.counts}  ({took_s:.0f} s)\n")
    sys.stdout.write(f"  in all {time.monotonic() - began:.0f} s\n")
    return 0 if all(verdict.green for _, verdict, _ in told) else 1


if __name__ == "__main__":
    raise SystemExit(main())
