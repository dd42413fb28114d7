"""Treadmills on cables × phase × press: the promises on the true belt hold, and no other byte was ever on the line."""

import pytest
from cable_world import CABLES, CableWorld, recorded
from hypothesis import given
from hypothesis import strategies as st
from odd_script import DEEDS, PHASES, PRESSES, play
from sampling import some

from device_adapters.safety.limits import Arrangement

CELLS = [(name, phase, press) for name in CABLES for phase in PHASES for press in PRESSES]


@pytest.mark.parametrize(("name", "phase", "press"), some(CELLS, 60))
def test_each_cell_holds(name: str, phase: str, press: str) -> None:
    world = CableWorld(name)
    assert play(world, phase, press)
    assert world.oracle.broken == []
    recorded(world)


@given(
    name=st.sampled_from(list(CABLES)),
    phase=st.sampled_from(list(PHASES)),
    done=st.lists(
        st.tuples(st.sampled_from(list(DEEDS)), st.sampled_from([100, 700, 2_500, 6_000])),
        min_size=1,
        max_size=4,
    ),
)
def test_no_row_of_deeds_breaks_a_promise(name: str, phase: str, done: list[tuple[str, int]]) -> None:
    world = CableWorld(name)
    PHASES[phase](world)
    for deed, wait_ms in done:
        DEEDS[deed](world)
        world.run(wait_ms)
    world.run(16_000)
    world.renews = False
    world.run(4_000)
    world.can_be_cleared()
    assert world.oracle.broken == []
    recorded(world)


@pytest.mark.parametrize("name", CABLES)
def test_the_belt_runs_the_way_it_is_arranged(name: str) -> None:
    world = CableWorld(name)
    assert PHASES["cruising"](world)
    assert (world.line.belt.signed_ckmh < 0) is (world.arrangement is Arrangement.BELT_REVERSED)


@pytest.mark.parametrize(
    "sent", [b"\xa1", b"\xa9", b"\xa30005", b"\xa33000", b"\xa33063", b"\xa33005\xa0", b"\xaa\xa0"]
)
def test_the_recorder_sees_what_is_not_allowed(sent: bytes) -> None:
    world = CableWorld("woodway backward")
    world.sent += sent
    with pytest.raises(AssertionError):
        recorded(world)
