"""What the grid of odd treadmills calls well: nothing refused on a cable, and no promise untried without a reason."""

from collections import Counter

import pytest
from odd_grid import Cell, summary
from sim_cable import CABLES, LineRecord, Refused
from true_belt import Promise

from device_adapters.sim.odd_machines import BY_NAME

ALL = Counter(dict.fromkeys(Promise, 1))


def cells(*, untried: str = "", line: LineRecord | None = None) -> list[Cell]:
    """One of each machine, on which each promise was held, but on `untried` none; `line` is on each cable."""
    return [
        Cell(
            name,
            "cruising",
            "stop",
            250,
            True,
            (),
            Counter() if name == untried else ALL,
            line or LineRecord(),
        )
        for name in (*BY_NAME, *CABLES)
    ]


def test_the_whole_grid_tells_how_often_each_promise_was_tried() -> None:
    well, said = summary(cells(), [])
    assert well
    assert said[0].startswith("put to the test")


@pytest.mark.parametrize("name", [next(iter(BY_NAME)), next(iter(CABLES))])
def test_a_promise_that_was_never_tried_on_a_machine_is_not_well(name: str) -> None:
    well, said = summary(cells(untried=name), [])
    assert not well
    assert any(line.endswith(f"was never put to the test by machine {name}") for line in said)


def test_a_byte_that_may_never_be_on_a_cable_is_not_well() -> None:
    well, said = summary(cells(line=LineRecord(1, refused=Counter({Refused.UNWATCHED: 1}), first="a1")), [])
    assert not well
    assert "the first: a1" in said
