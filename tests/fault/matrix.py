"""The fault matrix of the running demo, seen from outside: what went wrong, what was said, how soon the belt was safe.

    python tests/fault/matrix.py                 all rows, one after the other (`make faults` runs its parts at once)
    python tests/fault/matrix.py --list          the names of its rows
    python tests/fault/matrix.py --part stores   the rows of one part
    python tests/fault/matrix.py "disk full"     those rows only that have these words in their names

Ends with 1 if a row is not as SAFETY.md says, or if a frame that the store should have is not there.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/support"), str(ROOT / "tests" / "integration")]

import store_faults  # noqa: E402
from demo_bus import demo_bus  # noqa: E402
from demo_process import RunningDemo, end_demo, start_demo  # noqa: E402
from harsh_gym import DEATHS, SURROUNDINGS, heal, start_on_a_hung_disk, surroundings  # noqa: E402
from matrix_rows import DEVICES, ONE_BY_ONE, MatrixRow  # noqa: E402
from matrix_runs import FAILING, SETTLED_S, STEADY_S, RowOutcome, devices, gaps, one, watch  # noqa: E402
from matrix_tables import show, show_kept, show_stores  # noqa: E402
from ports import free_port  # noqa: E402
from things_kept import KEPT, KeptOutcome, small_gym  # noqa: E402

from services import logs  # noqa: E402

PARTS: Mapping[str, tuple[str, ...]] = {
    "devices and roles": tuple(row.name for row in (*DEVICES, *ONE_BY_ONE)),
    "deaths and surroundings": tuple(row.name for row in (*DEATHS, *SURROUNDINGS)),
    "what is kept": tuple(KEPT),
    "stores": tuple(store_faults.FAULTS),
}
NAMES = tuple(name for names in PARTS.values() for name in names)


def selected(words: Sequence[str]) -> tuple[str, ...]:
    """The rows that have one of these in their names; all without words. ValueError for words that no row has."""
    strange = [word for word in words if not any(word.lower() in name.lower() for name in NAMES)]
    if strange:
        raise ValueError(f"no row has {strange[0]!r} in its name; --list tells them")
    return tuple(name for name in NAMES if not words or any(word.lower() in name.lower() for word in words))


async def usual(
    demo: RunningDemo, at_once: Sequence[MatrixRow], single: Sequence[MatrixRow]
) -> tuple[list[RowOutcome], dict[str, int]]:
    """Faults of devices and of roles, saying which one is under way."""
    async with demo_bus(demo.mqtt_url, demo.data) as bus:
        outcomes = []
        if at_once:
            print(f"== {len(at_once)} faults of devices at once ...", flush=True)
            outcomes += await devices(bus, at_once)
        for row in single:
            print(f"== {row.name} ...", flush=True)
            outcomes.append(await one(bus, demo, row))
        await bus.settle(max(len(at_once), 1))
        await asyncio.sleep(SETTLED_S)
        return outcomes, gaps(demo.data / "hub" / "metrics.db")


async def harsh(demo: RunningDemo, rows: Sequence[MatrixRow]) -> list[RowOutcome]:
    """Each kind of a unit's death, on a belt that goes on by itself, and surroundings that fail."""
    outcomes, failing = [], demo.data / FAILING
    async with demo_bus(demo.mqtt_url, demo.data) as bus:
        for row in rows:
            print(f"== {row.name} ...", flush=True)
            if row.way == "hang":
                events = len(bus.events)
                since = await start_on_a_hung_disk(bus, failing, "tm-01", STEADY_S)
                outcomes.append(await watch(bus, "tm-01", row, since, events))
            else:
                outcomes.append(await one(bus, demo, row))
            await heal(failing)
        await bus.settle(1)
    return outcomes


async def afterwards(demo: RunningDemo, names: Sequence[str]) -> list[KeptOutcome]:
    """What is there after each of these."""
    outcomes = []
    async with demo_bus(demo.mqtt_url, demo.data) as bus:
        for name in names:
            print(f"== {name} ...", flush=True)
            outcomes.append(KeptOutcome(name, *await KEPT[name](bus, demo)))
    return outcomes


@contextmanager
def running(
    folder: Path, treadmills: int, environment: Mapping[str, str], mqtt_port: int = 0
) -> Iterator[RunningDemo]:
    """A demo, ended whatever becomes of it."""
    demo = start_demo(folder, "--treadmills", str(treadmills), environment=environment, mqtt_port=mqtt_port)
    try:
        yield demo
    finally:
        with suppress(Exception):
            end_demo(demo)


def run(home: Path, names: Sequence[str]) -> bool:
    """Run the demos that these rows need, measure, print; is all of it green?"""
    at_once, single, hard = (
        [row for row in rows if row.name in names] for rows in (DEVICES, ONE_BY_ONE, (*DEATHS, *SURROUNDINGS))
    )
    outcomes: list[RowOutcome] = []
    missing: dict[str, int] = {}
    green = []
    if at_once or single:
        (home / "usual").mkdir()
        with running(home / "usual", max(len(at_once), 1), {}) as demo:
            outcomes, missing = asyncio.run(usual(demo, at_once, single))
    if hard:
        folder, port = home / "harsh", free_port()
        with (
            surroundings(folder / FAILING, port) as environment,
            running(folder, 1, environment, port) as demo,
        ):
            outcomes += asyncio.run(harsh(demo, hard))
    if outcomes:
        green.append(show(outcomes, missing))
    kept = [name for name in KEPT if name in names]
    if kept:
        with small_gym(home / "small") as demo:
            green.append(show_kept(asyncio.run(afterwards(demo, kept))))
    stores = [name for name in store_faults.FAULTS if name in names]
    if stores:
        print(f"== {', '.join(stores)} ...", flush=True)
        green.append(show_stores(asyncio.run(store_faults.measure(home / "stores", stores))))
    return all(green)


def main() -> None:
    """What is asked for on the command line."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("rows", nargs="*", help="words in the names of rows; default: all rows")
    asked.add_argument("--part", choices=PARTS, help="the rows of one part")
    asked.add_argument("--list", action="store_true", help="print the names of the rows and end")
    words = asked.parse_args()
    try:
        names = PARTS[words.part] if words.part else selected(words.rows)
    except ValueError as e:
        asked.error(str(e))
    if words.list:
        print(*names, sep="\n")
        return
    logs.configure("error")
    with tempfile.TemporaryDirectory(prefix="backstride-faults-") as home:
        sys.exit(0 if run(Path(home), names) else 1)


if __name__ == "__main__":
    main()
