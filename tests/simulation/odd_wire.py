"""GATT and control-point steps × how they go wrong, with a whole unit on the virtual radio, in virtual time.

`python tests/simulation/odd_wire.py` prints the grid and exits 1 if a promise is broken; one cell alone, with why:
`--step "set speed" --way late`. Devices with two or three oddities come by `--seeds`.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import structlog

sys.path[:0] = [str(Path(__file__).parents[1] / "oracle")]

from odd_course import OddCourse, OddOwed, course  # noqa: E402
from true_belt import Promise  # noqa: E402

from device_adapters.sim.oddities import BY_CELL, EMPTY, Step, Way, by_seed  # noqa: E402

LETTERS: dict[Promise | OddOwed, str] = {
    Promise.NEVER_FASTER: "F",
    Promise.NEVER_STARTS: "S",
    Promise.ENDS_WITH_STOP: "E",
    Promise.STOP_IN_TIME: "T",
    Promise.UNORDERED: "U",
    Promise.CLEARABLE: "C",
    OddOwed.LIVES: "L",
    OddOwed.READS: "R",
    OddOwed.OTHERS: "O",
    OddOwed.RESTS: "X",
}
NOTHING = "="


def quiet() -> None:
    """Logs of a unit that lives with odd devices are long."""
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def cell(where: tuple[Step, Way]) -> OddCourse:
    """One oddity."""
    quiet()
    return course((BY_CELL[where],))


def seeded(seed: int) -> OddCourse:
    """Several oddities at once."""
    quiet()
    return course(by_seed(seed))


def letters(played: OddCourse | None) -> str:
    """`.` where all was held under way, `:` where the belt was never moved, `=` for a cell that cannot be."""
    if played is None:
        return NOTHING
    said = "".join(dict.fromkeys(LETTERS[promise] for promise, _ in played.broken))
    return said or ("." if played.moved else ":")


def report(
    courses: dict[tuple[Step, Way], OddCourse], more: Iterable[tuple[int, OddCourse]]
) -> tuple[bool, list[str]]:
    """Is all well, and the lines that show it."""
    lines = [f"  {letter}  broken: {promise}" for promise, letter in LETTERS.items()]
    lines += [
        "  .  all held, under way and at rest   :  all held; it could not be started   =  no such cell (why: below)"
    ]
    lines.append(f"{'step':<20}" + " ".join(f"{way:<12}" for way in Way))
    for step in Step:
        lines.append(f"{step:<20}" + " ".join(f"{letters(courses.get((step, way))):<12}" for way in Way))
    missing = [(s, w) for s in Step for w in Way if (s, w) not in courses and (s, w) not in EMPTY]
    lines += [f"no cell {step} × {way}: {why}" for (step, way), why in EMPTY.items()]
    lines += [f"NO CELL AND NO REASON: {step} × {way}" for step, way in missing]
    broken = [(c.name, c) for c in courses.values() if c.broken]
    broken += [(f"seed {seed}, {c.name}", c) for seed, c in more if c.broken]
    lines.append(f"{len(courses)} cells, {len(broken)} courses with a broken promise")
    for name, played in broken[:40]:
        lines.append(f"  {name}: {played.broken[0][0]} ({played.broken[0][1]})")
    return not (broken or missing), lines


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=24, help="devices of several oddities (default 24)")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--step", choices=[str(step) for step in Step])
    parser.add_argument("--way", choices=[str(way) for way in Way])
    parser.add_argument("--seed", type=int, help="only the device of this seed")
    given = parser.parse_args()
    if given.seed is not None or (given.step and given.way):
        played = seeded(given.seed) if given.seed is not None else cell((Step(given.step), Way(given.way)))
        sys.stdout.write(f"{played.name}: linked {played.linked}, moved {played.moved}\n")
        sys.stdout.writelines(f"BROKEN {promise}: {text}\n" for promise, text in played.broken)
        return 1 if played.broken else 0
    began = time.monotonic()
    cells = list(BY_CELL)
    seeds = range(given.first, given.first + given.seeds)
    with ProcessPoolExecutor(max_workers=given.jobs) as pool:
        courses = pool.map(cell, cells, chunksize=2)
        more = zip(seeds, pool.map(seeded, seeds, chunksize=2), strict=True)
        well, lines = report(dict(zip(cells, courses, strict=True)), more)
    lines.append(f"{time.monotonic() - began:.0f} s")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
