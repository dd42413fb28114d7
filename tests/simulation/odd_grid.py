"""Odd treadmills × phase × press against the promises on the true belt: `python tests/simulation/odd_grid.py`.

Prints the grid and exits 1 if a promise is broken, or a byte was on the line of a treadmill on a cable that is not
allowed. A cell alone, with what was written and why it is red:
`--machine repeats --phase cruising --press stop`. Machines of two or three oddities come by `--seeds` (and `--first`).
"""

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / name) for name in ("oracle", "support")]

from cable_world import CABLES, CableWorld  # noqa: E402
from line_recorder import LineRecord, read, report  # noqa: E402
from odd_script import PHASES, PRESSES, play  # noqa: E402
from odd_world import OddWorld  # noqa: E402
from true_belt import Promise  # noqa: E402

from device_adapters.sim.odd_machines import BY_NAME, MACHINES, OddMachine, combined  # noqa: E402

LETTERS = {
    Promise.NEVER_FASTER: "F",
    Promise.NEVER_STARTS: "S",
    Promise.ENDS_WITH_STOP: "E",
    Promise.STOP_IN_TIME: "T",
    Promise.UNORDERED: "U",
    Promise.CLEARABLE: "C",
}
EMPTY = {
    "answers_30s": "each rise waits until its speed is seen, not answered: too slow for this phase",
    "never_answers": "each rise waits until its speed is seen, not answered: too slow for this phase",
    "hangs_up": "its session ends with the link at the first write",
    "lies_speed": "it takes no speed and stays at its minimum, which is then its limit (`console_slower`)",
    "lies_start": "it says Success to Start and never moves",
    "miles": "it is stopped in its first movement (`mph_firmware`)",
    "restarts": "its restart stops it in its first movement (`machine_reboot`)",
    "restarts_faster": "its restart stops it in its first movement (`machine_reboot`)",
}
UNTRIED = {
    Promise.UNORDERED: "what it does is ordered: it makes no movement of its own",
    Promise.NEVER_STARTS: "it never moves, or its link is gone by then: it comes to no rest from which it could start",
}
"""Why a promise may not have been put to the test on a machine."""

BY_ITSELF = ("goes_on", "ignores_stop", "lies_stop", "speeds_up", "starts_itself")
"""Machines that move of their own: on these *unordered* has to be tried."""

NEVER_AT_REST = ("hangs_up", "lies_start")
FREE = (("phase", "free"), ("phase", "ready"))
"""No belt has moved yet."""

FRAMES_MS = (250, 500, 1_000)
PICKS = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """What one play showed: the promises that broke (in words), how often each was put to the test."""

    machine: str
    phase: str
    press: str
    frame_ms: int
    reached: bool
    broken: tuple[tuple[Promise, str], ...]
    held: Counter[Promise]
    line: LineRecord = field(default_factory=LineRecord)

    @property
    def letters(self) -> str:
        """`.` where all was held, `-` where the phase was never reached."""
        said = "".join(dict.fromkeys(LETTERS[promise] for promise, _ in self.broken))
        return said or ("." if self.reached else "-")


def cell(machine: OddMachine, phase: str, press: str, frame_ms: int = 250) -> Cell:
    """Play one."""
    world = OddWorld(machine.traits, frame_ms=frame_ms)
    reached, oracle = play(world, phase, press), world.oracle
    return Cell(machine.name, phase, press, frame_ms, reached, tuple(oracle.broken), oracle.held)


def cable_cell(name: str, phase: str, press: str) -> Cell:
    """Play one of a treadmill on a cable, and read its line."""
    world = CableWorld(name)
    reached, oracle = play(world, phase, press), world.oracle
    broken = tuple(oracle.broken)
    return Cell(name, phase, press, world.frame_ms, reached, broken, oracle.held, read(world))


def row(machine: str, phase: str) -> list[Cell]:
    """All presses in one phase of one machine."""
    if machine in CABLES:
        return [cable_cell(machine, phase, press) for press in PRESSES]
    return [cell(BY_NAME[machine], phase, press) for press in PRESSES]


def picks(seed: int) -> list[Cell]:
    """A machine of several oddities: some phases, presses and frame rates, by its seed."""
    chance = random.Random(seed)
    phases, presses = list(PHASES), list(PRESSES)
    return [
        cell(combined(seed), chance.choice(phases), chance.choice(presses), chance.choice(FRAMES_MS))
        for _ in range(PICKS)
    ]


def grid(rows: Iterable[list[Cell]]) -> tuple[list[Cell], list[str]]:
    """All cells, and the lines that show them."""
    cells, lines = [], []
    for each in rows:
        cells += each
        first = each[0]
        lines.append(f"{first.machine:<18} {first.phase:<15} " + " ".join(f"{c.letters:<5}" for c in each))
    return cells, lines


def head() -> list[str]:
    """What the columns and letters mean."""
    return [
        *(f"  {letter}  broken: {promise}" for promise, letter in LETTERS.items()),
        "  .  all held    -  the machine cannot reach this phase (reason below)",
        f"{'machine':<18} {'phase':<15} " + " ".join(f"{press[:5]:<5}" for press in PRESSES),
    ]


def tried(cells: list[Cell]) -> tuple[list[str], list[str]]:
    """Promise × machine, phase and press: the lines that tell how often each was put to the test, and what is empty
    without a reason.
    """
    lines, empty = [f"{'put to the test':<18} " + " ".join(f"{letter:>6}" for letter in LETTERS.values())], []
    for kind in ("machine", "phase", "press"):
        held: dict[str, Counter[Promise]] = {}
        for each in cells:
            held.setdefault(getattr(each, kind), Counter()).update(each.held)
        for name, counts in held.items():
            lines.append(f"{name:<18} " + " ".join(f"{counts[promise] or '-':>6}" for promise in LETTERS))
            empty += [
                f"{promise} was never put to the test by {kind} {name}"
                for promise in LETTERS
                if not counts[promise] and not _may_be_untried(kind, name, promise)
            ]
    return [*lines, *(f"-: {why}" for why in UNTRIED.values())], empty


def _may_be_untried(kind: str, name: str, promise: Promise) -> bool:
    match promise:
        case Promise.UNORDERED:
            return (kind == "machine" and name not in BY_ITSELF) or (kind, name) in FREE
        case Promise.NEVER_STARTS:
            return (kind == "machine" and name in NEVER_AT_REST) or (kind, name) in FREE
    return False


def summary(cells: list[Cell], seeded: list[Cell]) -> tuple[bool, list[str]]:
    """Is all well, and the lines that say so; an empty cell without a reason, and a promise that was never put to
    the test, are not well.
    """
    everything = cells + seeded
    held = Counter[Promise]()
    for each in everything:
        held.update(each.held)
    broken = [each for each in everything if each.broken]
    gaps: dict[str, dict[str, None]] = {}
    for each in cells:
        if not each.reached:
            gaps.setdefault(each.machine, {})[each.phase] = None
    unexplained = [name for name in gaps if name not in EMPTY]
    idle = [promise for promise in Promise if not held[promise]] if cells else []
    whole = {each.machine for each in cells} == {*BY_NAME, *CABLES}
    table, empty = tried(cells) if whole else ([], [])
    lines = [*table]
    lines += [f"{held[promise]:>7} times  {promise}" for promise in Promise]
    for name, phases in gaps.items():
        lines.append(f"{name} never comes to {', '.join(phases)}: {EMPTY.get(name, 'NO REASON IS KNOWN')}")
    lines += [f"never put to the test: {promise}" for promise in idle]
    lines += [*empty, *report(each.line for each in cells)]
    lines.append(f"{len(cells)} cells and {len(seeded)} seeded plays, {len(broken)} with a broken promise")
    for each in broken[:20]:
        lines.append(f"  {each.machine} {each.phase} {each.press} ({each.frame_ms} ms): {each.broken[0][1]}")
    refused = any(each.line.refused for each in cells)
    return not (broken or unexplained or idle or empty or refused), lines


def replay(machine: str, phase: str, press: str, frame_ms: int) -> int:
    """One cell, with its wire."""
    if machine in CABLES:
        world: OddWorld = CableWorld(machine)
        said = f"{machine}: on a cable (serial.md)"
    else:
        odd = BY_NAME[machine] if machine in BY_NAME else combined(int(machine))
        world = OddWorld(odd.traits, frame_ms=frame_ms)
        said = f"{odd.name}: {odd.words} ({odd.source})"
    play(world, phase, press)
    oracle = world.oracle
    sys.stdout.write(said + "\n")
    for at_ms, data in world.wire:
        sys.stdout.write(f"  {at_ms / 1000:8.2f} s  {data}\n")
    for note in world.notes:
        sys.stdout.write(f"  note {note.kind} {note.cause} {note.text}\n")
    for promise, text in oracle.broken:
        sys.stdout.write(f"BROKEN {promise}: {text}\n")
    return 1 if oracle.broken else 0


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40, help="machines of several oddities (default 40)")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument(
        "--machine", help="one machine by name or seed, with --phase and --press: only this cell"
    )
    parser.add_argument("--phase", choices=PHASES)
    parser.add_argument("--press", choices=PRESSES)
    parser.add_argument("--frame-ms", type=int, default=250)
    given = parser.parse_args()
    if given.machine and given.phase and given.press:
        return replay(given.machine, given.phase, given.press, given.frame_ms)
    everything = [*(m.name for m in MACHINES), *CABLES]
    names = [name for name in everything if given.machine in (None, name)]
    wanted = [(name, phase) for name in names for phase in PHASES]
    began = time.monotonic()
    with ProcessPoolExecutor(max_workers=given.jobs) as pool:
        rows = pool.map(row, *zip(*wanted, strict=True), chunksize=4)
        seeds = range(given.first, given.first + given.seeds) if given.machine is None else ()
        seeded = [each for some in pool.map(picks, seeds, chunksize=2) for each in some]
        cells, lines = grid(rows)
    well, said = summary(cells, seeded)
    said.append(f"{time.monotonic() - began:.0f} s")
    sys.stdout.write("\n".join([*head(), *lines, *said]) + "\n")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
