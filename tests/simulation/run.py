"""Many worlds: `python tests/simulation/run.py --seeds 20 --sessions 1000`, or one again: `--seed 7`.

Prints what was simulated and found. Exit 1 if a checker was violated; the failing seeds are printed.
"""

import argparse
import gc
import logging
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import structlog
from sim_cable import report
from world import SimulatedWorld, ToldWorld


def one(seed: int, sessions: int) -> tuple[ToldWorld, float]:
    """One world, quietly, and the seconds of processor time that it took."""
    began = time.process_time()
    gc.disable()  # a world makes no cycles worth looking for
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    told = SimulatedWorld(seed).run(sessions)
    gc.collect()
    return told, time.process_time() - began


def summary(worlds: list[ToldWorld], seconds: float, cpu_seconds: float, scale: str) -> list[str]:
    """What to print: `seconds` by the clock, `cpu_seconds` of all processes together; `scale` are the arguments
    that a replay needs besides its seed.
    """
    faults, acted, results, rungs = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for world in worlds:
        faults.update(world.faults)
        acted.update(world.acted)
        results.update(world.results)
        rungs.update(world.rungs)
    belt_hours = sum(w.belt_hours for w in worlds)
    moving_hours = sum(w.moving_hours for w in worlds)
    broken = [w for w in worlds if w.violations]
    return [
        f"seeds {len(worlds)}, sessions {sum(w.sessions for w in worlds)}, events {sum(w.events for w in worlds)}",
        f"belt-hours {belt_hours:.0f} (of these moving {moving_hours:.1f}) in {seconds:.1f} s: "
        f"{belt_hours * 60 / seconds:.0f} belt-hours per minute, {moving_hours * 60 / seconds:.0f} of them moving",
        f"of one processor {cpu_seconds:.1f} s: {belt_hours * 60 / cpu_seconds:.0f} belt-hours per minute",
        "faults injected: " + ", ".join(f"{kind} {n}" for kind, n in sorted(faults.items())),
        "causes that had to be acted on: " + ", ".join(f"{kind} {n}" for kind, n in sorted(acted.items())),
        "rungs of the heart's ladders: " + ", ".join(f"{kind} {n}" for kind, n in sorted(rungs.items())),
        "commands: " + ", ".join(f"{kind} {n}" for kind, n in sorted(results.items())),
        *report(world.lines for world in worlds),
        f"violations {sum(len(w.violations) for w in worlds)}",
        *(f"  seed {w.seed}: {text}" for w in broken for text in w.violations),
        *(f"again: python tests/simulation/run.py --seed {w.seed} {scale}" for w in broken[:1]),
    ]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="worlds to run (default 20)")
    parser.add_argument("--sessions", type=int, default=1000, help="sessions of all worlds together")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seed", type=int, help="one seed only, with its trace hash")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    given = parser.parse_args()
    each = max(1, given.sessions // given.seeds)
    seeds = [given.seed] if given.seed is not None else list(range(given.first, given.first + given.seeds))
    began = time.monotonic()
    with ProcessPoolExecutor(max_workers=min(given.jobs, len(seeds))) as pool:
        ran = []
        for told, seconds in pool.map(one, seeds, [each] * len(seeds)):
            ran.append((told, seconds))
            sys.stderr.write(
                f"seed {told.seed}: {told.sessions} sessions, {len(told.violations)} violations\n"
            )
    worlds = [told for told, _ in ran]
    scale = f"--seeds {given.seeds} --sessions {given.sessions}"
    lines = summary(worlds, time.monotonic() - began, sum(seconds for _, seconds in ran), scale)
    if given.seed is not None:
        lines.append(f"trace {worlds[0].digest}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if any(world.violations for world in worlds) else 0


if __name__ == "__main__":
    sys.exit(main())
