"""Try mutants that mutmut has made, in the directory `mutants` of a tree: `python mutants.py PATTERN RESULT`.

mutmut collects the tests anew for each mutant, which takes longer than the tests. Here they are collected once; each
mutant whose name matches PATTERN is then a fork that runs the tests which reach its function (mutmut's own record of
them), the fastest first, until one fails. RESULT is a JSON file: the mutant's name and what became of it.
"""

import fnmatch
import gc
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol
from mutmut.mutation.trampoline import set_mutant_under_test

WORKERS = 2
CPU_MAX, CPU_S_MORE = 4, 3
"""A mutant that computes for four times as long as its tests take, and some seconds more, goes round in circles."""

MEMORY_MAX = 2 << 30

KILLED, SURVIVED = 1, 0
FATES = {KILLED: "killed", SURVIVED: "survived", -signal.SIGXCPU: "timeout"}


class Mutants:
    """A pytest plugin that takes the place of the run: all tests, once for each mutant."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.fates: dict[str, str] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Fork a process for each mutant, WORKERS at a time."""
        items = {item.nodeid: item for item in session.items}
        if any(_fails(item) for item in session.items):  # this also warms up what the forks inherit
            raise pytest.UsageError("a test fails without any mutant")
        gc.freeze()
        stats = json.loads(Path("mutmut-stats.json").read_text())
        names = sorted(name for name in _made() if fnmatch.fnmatchcase(name, self.pattern))
        flying: dict[int, str] = {}
        for count, name in enumerate(names, 1):
            reaching = stats["tests_by_mangled_function_name"].get(name.rpartition("__mutmut_")[0], ())
            tests = sorted(reaching, key=lambda test: (stats["duration_by_test"][test], test))
            cpu_s = CPU_S_MORE + int(CPU_MAX * sum(stats["duration_by_test"][test] for test in tests))
            flying[_fork(name, [items[test] for test in tests], cpu_s)] = name
            if len(flying) >= WORKERS:
                self._land(flying)
            if count % 100 == 0:
                survived = sum(fate != "killed" for fate in self.fates.values())
                _say(f"   {count} of {len(names)} mutants tried, {survived} not killed")
        while flying:
            self._land(flying)
        return True

    def _land(self, flying: dict[int, str]) -> None:
        pid, status = os.wait()
        code = os.waitstatus_to_exitcode(status)
        self.fates[flying.pop(pid)] = FATES.get(code, f"ended with {code}")


def _made() -> Iterator[str]:
    """The names of all mutants that there are."""
    for meta in Path().rglob("*.meta"):
        yield from json.loads(meta.read_text())["exit_code_by_key"]


def _fork(mutant: str, tests: list[pytest.Item], cpu_s: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = KILLED
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        set_mutant_under_test(mutant)
        code = KILLED if any(_fails(test) for test in tests) else SURVIVED
    finally:
        os._exit(code)


def _fails(test: pytest.Item) -> bool:
    return any(report.failed for report in runtestprotocol(test, log=False))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(pattern: str, result: str) -> int:
    """Run pytest with the mutants in place of its own loop."""
    mutants = Mutants(pattern)
    options = [
        "-q",
        "-s",
        "--tb=native",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        "--ignore=tests/safety/test_explore.py",
    ]
    code = pytest.main([*options, "--rootdir=.", "tests/safety"], plugins=[mutants])
    Path(result).write_text(json.dumps(mutants.fates))
    return 0 if code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) else 1


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
