"""Try mutants in the directory `mutants` of a tree: `python mutants.py PLAN RESULT`.

mutmut collects the tests anew for each mutant, which takes longer than the tests. Here they are collected once; each
mutant whose name matches the plan's pattern is then a fork that runs the tests which reach its function (mutmut's own
record of them), until one fails: those first that saw an earlier change of the same function, then of its module, then
the fastest.
Constants (constants.py) are tried on all tests. PLAN is a JSON file (mutation.MutationPlan); RESULT another: the
mutant's name and what became of it.
"""

import fnmatch
import gc
import json
import math
import mmap
import os
import random
import resource
import signal
import struct
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import constants
import pytest
from _pytest.runner import runtestprotocol
from changes import MADE_BY_MUTMUT
from mutmut.mutation.trampoline import set_mutant_under_test

WORKERS = 2
CPU_MAX, CPU_S_MORE = 4, 3
"""A mutant that computes for four times as long as its test takes, and some seconds more, goes round in circles."""

WALL_MAX = 6
"""One that takes so many times longer than it may compute sleeps for ever; two others may well want the processor."""

MEMORY_MORE = 512 << 20
"""Bytes above what a process has before its mutant is armed; a whole unit with its threads takes half of that. What
goes on growing has an error, which a test sees.
"""

KILLED, SURVIVED = 1, 0
FATES = {KILLED: "killed", SURVIVED: "survived", -signal.SIGXCPU: "timeout", -signal.SIGALRM: "timeout"}


Timed = tuple[pytest.Item, float]
"""A test, and how many seconds it takes without any mutant."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change that `arm` makes in the process that calls it, and the tests that may see it."""

    name: str
    arm: Callable[[], None]
    tests: tuple[str, ...]


class Mutants:
    """A pytest plugin that takes the place of the run: all tests, once for each mutant."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.fates: dict[str, str] = {}
        self._killers: dict[str, Counter[str]] = defaultdict(Counter)
        self._saw = mmap.mmap(-1, 4 * WORKERS)
        """Of each process at work, which of its tests saw the change."""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Fork a process for each mutant, WORKERS at a time."""
        items = {item.nodeid: item for item in session.items}
        tests = {
            item.nodeid: _computes_s(item) for item in session.items
        }  # which warms up what forks inherit
        gc.freeze()
        mutants = _mutants(tuple(self.plan["constants"]), tuple(tests))
        fork(lambda: None, [(item, tests[item.nodeid]) for item in session.items], lambda _nth: None)
        if os.waitstatus_to_exitcode(os.wait()[1]) != SURVIVED:
            raise pytest.UsageError("a test fails in a fork without any mutant")
        matching = self._chosen(mutants)
        end_s = time.monotonic() + (self.plan["seconds"] or float("inf"))
        flying: dict[int, _Flight] = {}
        for count, mutant in enumerate(matching, 1):
            if time.monotonic() > end_s:
                break
            chosen = self._judges(mutant, tests)
            place = next(n for n in range(WORKERS) if n not in {flight.place for flight in flying.values()})
            self._note(place, 0)
            judges = [(items[test], tests[test]) for test in chosen]
            pid = fork(mutant.arm, judges, partial(self._note, place))
            flying[pid] = _Flight(mutant.name, chosen, place)
            if len(flying) >= WORKERS:
                self._land(flying)
            if count % 100 == 0:
                survived = sum(fate != "killed" for fate in self.fates.values())
                _say(f"   {count} of {len(matching)} mutants tried, {survived} not killed")
        while flying:
            self._land(flying)
        return True

    def _judges(self, mutant: Mutant, tests: dict[str, float]) -> list[str]:
        """The tests that are to see it, within the plan's seconds but at least one, in their order."""
        function = _function(mutant.name)
        of_it, near_it = self._killers[function], self._killers[_module(function)]
        order = sorted(mutant.tests, key=lambda test: (-of_it[test], -near_it[test], tests[test], test))
        most_s = self.plan["tests_s"] or float("inf")
        within = (
            test for test, s in zip(order, accumulate(tests[t] for t in order), strict=True) if s <= most_s
        )
        return list(within) or order[:1]

    def _note(self, place: int, nth: int) -> None:
        """The process of this place says which of its tests saw the change."""
        struct.pack_into("i", self._saw, 4 * place, nth)

    def _chosen(self, mutants: list[Mutant]) -> list[Mutant]:
        """Those that match; where there is not the time for all, those of `first` first, in an order of chance."""
        matching = [m for m in mutants if fnmatch.fnmatchcase(m.name, self.plan["pattern"])]
        if self.plan["seconds"]:
            random.Random(self.plan["seed"]).shuffle(matching)
            first = tuple(f"{module}." for module in self.plan["first"])
            matching.sort(key=lambda m: not m.name.startswith(first) if first else 0)
        return matching

    def _land(self, flying: dict[int, "_Flight"]) -> None:
        pid, status = os.wait()
        code = os.waitstatus_to_exitcode(status)
        flight = flying.pop(pid)
        fate = self.fates[flight.name] = FATES.get(code, f"ended with {code}")
        if fate == "killed":
            (nth,) = struct.unpack_from("i", self._saw, 4 * flight.place)
            if flight.tests:
                function = _function(flight.name)
                self._killers[function][flight.tests[nth]] += 1
                self._killers[_module(function)][flight.tests[nth]] += 1
        else:
            _say(f"   {fate}: {flight.name}")


@dataclass(frozen=True, slots=True)
class _Flight:
    """A mutant that a process is at work on: its tests, and where that process notes which one saw it."""

    name: str
    tests: list[str]
    place: int


def _function(name: str) -> str:
    return name.rpartition(MADE_BY_MUTMUT)[0] or name


def _module(function: str) -> str:
    return function.rpartition(".")[0]


def _computes_s(test: pytest.Item) -> float:
    """The processor's seconds of a test without any mutant: the same, whatever else the machine does."""
    began_s = time.process_time()
    if fails(test):
        raise pytest.UsageError(f"{test.nodeid} fails without any mutant")
    return time.process_time() - began_s


def _mutants(scope: tuple[str, ...], tests: tuple[str, ...]) -> list[Mutant]:
    """All that there are: mutmut's and those of constants."""
    reaching = json.loads(Path("mutmut-stats.json").read_text())["tests_by_mangled_function_name"]
    made = sorted(name for meta in Path().rglob("*.meta") for name in _names(meta))
    return [
        *(
            Mutant(
                name,
                partial(set_mutant_under_test, name),
                tuple(reaching.get(_function(name), ())),
            )
            for name in made
        ),
        *(
            Mutant(name, partial(constants.apply, module, constant, other), tests)
            for name, module, constant, other in constants.changes(scope)
        ),
    ]


def _names(meta: Path) -> Iterator[str]:
    yield from json.loads(meta.read_text())["exit_code_by_key"]


def fork(arm: Callable[[], None], tests: Sequence[Timed], saw: Callable[[int], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = KILLED
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        _bound_memory()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        arm()
        seen = next((nth for nth, (test, s) in enumerate(tests) if _fails_in_time(test, s)), None)
        if seen is None:
            code = SURVIVED
        else:
            saw(seen)
    finally:
        os._exit(code)


def _bound_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MEMORY_MORE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _bound_time(test_s: float) -> None:
    """From now on this process computes and waits for as long as such a test may, and no longer."""
    cpu_s = CPU_S_MORE + math.ceil(CPU_MAX * test_s)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time()) + cpu_s, resource.RLIM_INFINITY))
    signal.alarm(WALL_MAX * cpu_s)


def _fails_in_time(test: pytest.Item, test_s: float) -> bool:
    _bound_time(test_s)
    return fails(test)


def fails(test: pytest.Item) -> bool:
    return any(report.failed for report in runtestprotocol(test, log=False))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(plan: str, result: str) -> int:
    """Run pytest with the mutants in place of its own loop."""
    wanted = json.loads(Path(plan).read_text())
    mutants = Mutants(wanted)
    options = "-q -s --tb=native -p no:randomly -p no:cacheprovider --ignore=tests/safety/test_explore.py --rootdir=."
    code = pytest.main([*options.split(), *wanted["tests"]], plugins=[mutants])
    Path(result).write_text(json.dumps(mutants.fates))
    return 0 if code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) else 1


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
