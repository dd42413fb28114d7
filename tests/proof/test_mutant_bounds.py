"""A mutant that goes round in circles, sleeps for ever or takes all memory is ended, and counts as seen."""

import os
import time
from collections.abc import Callable
from typing import Any

import mutants
import pytest


def circles() -> bool:
    while True:
        pass


def sleeps() -> bool:
    time.sleep(60)
    return False


def grows() -> bool:
    held = list[bytes]()
    for _ in range(200):
        held.append(bytes(16 << 20))
    return False


@pytest.mark.parametrize(
    ("mutant", "fate"),
    [(circles, "timeout"), (sleeps, "timeout"), (grows, "killed"), (lambda: False, "survived")],
)
def test_a_mutant_is_ended(mutant: Callable[[], bool], fate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "CPU_S_MORE", 1)
    monkeypatch.setattr(mutants, "WALL_MAX", 1 if mutant is sleeps else 30)
    monkeypatch.setattr(mutants, "fails", lambda _test: mutant())
    item: Any = None
    pid = mutants.fork(lambda: None, [(item, 0.0)], lambda _nth: None)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert mutants.FATES[code] == fate
