"""Odd treadmills × phase × what people do, in any order: the promises on the true belt hold.

The grid of `tests/simulation/odd_grid.py` plays every machine, phase and press once; here chance adds rows of deeds
and machines of several oddities, and shrinks what it finds.
"""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from odd_script import DEEDS, PHASES
from odd_world import OddWorld

from device_adapters.sim.odd_machines import MACHINES, OddMachine, combined

machines = st.sampled_from(MACHINES) | st.integers(0, 10_000).map(combined)
deeds = st.lists(
    st.tuples(st.sampled_from(list(DEEDS)), st.sampled_from([100, 700, 2_500, 6_000])), min_size=1, max_size=4
)


def lived(machine: OddMachine, phase: str, done: list[tuple[str, int]], frame_ms: int) -> OddWorld:
    """A session up to `phase`, deeds with waits after each, and a person who clears the belt in the end."""
    world = OddWorld(machine.traits, frame_ms=frame_ms)
    PHASES[phase](world)
    world.run(100)
    for deed, wait_ms in done:
        DEEDS[deed](world)
        world.run(wait_ms)
    world.run(16_000)
    world.renews = False
    world.run(4_000)
    world.can_be_cleared()
    return world


@given(
    machine=machines,
    phase=st.sampled_from(list(PHASES)),
    done=deeds,
    frame_ms=st.sampled_from([250, 500, 1_000]),
)
@example(machine=combined(361), phase="locked", done=[("clear", 100)], frame_ms=250)
@example(
    machine=MACHINES[0],
    phase="cruising",
    done=[("stop", 700), ("stop", 700), ("stop", 100)],
    frame_ms=1_000,
)
def test_no_promise_is_broken(
    machine: OddMachine, phase: str, done: list[tuple[str, int]], frame_ms: int
) -> None:
    world = lived(machine, phase, done, frame_ms)
    assert world.oracle.broken == []


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_a_life_is_the_same_again(machine: OddMachine) -> None:
    one, other = (lived(machine, "first", [("stop", 700)], 250) for _ in range(2))
    assert one.wire == other.wire
    assert one.oracle.broken == other.oracle.broken
