"""Treadmills on cables × phase × press: the promises on the true belt hold, and no other byte was ever on the line."""

from collections import Counter

import pytest
from cable_world import CABLES, CableWorld
from hypothesis import example, given
from hypothesis import strategies as st
from line_recorder import LineRecord, Refused, only_allowed, read, report
from odd_script import DEEDS, PHASES, PRESSES, play
from sampling import some

from device_adapters.safety.limits import Arrangement

CELLS = [(name, phase, press) for name in CABLES for phase in PHASES for press in PRESSES]


@pytest.mark.parametrize(("name", "phase", "press"), some(CELLS, 60))
def test_each_cell_holds(name: str, phase: str, press: str) -> None:
    world = CableWorld(name)
    assert play(world, phase, press)
    assert world.oracle.broken == []
    only_allowed(world)


@given(
    name=st.sampled_from(list(CABLES)),
    phase=st.sampled_from(list(PHASES)),
    done=st.lists(
        st.tuples(st.sampled_from(list(DEEDS)), st.sampled_from([100, 700, 2_500, 6_000])),
        min_size=1,
        max_size=4,
    ),
)
@example(name="woodway backward", phase="slowed", done=[("slower", 100), ("slower", 100)])
@example(
    name="woodway backward",
    phase="cruising",
    done=[("faster", 100), ("console_minus", 700), ("console_stop", 100)],
)
@example(name="woodway backward", phase="slowed", done=[("slower", 700), *[("console_plus", 100)] * 3])
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
    only_allowed(world)


@pytest.mark.parametrize("name", CABLES)
def test_the_belt_runs_the_way_it_is_arranged(name: str) -> None:
    world = CableWorld(name)
    assert PHASES["cruising"](world)
    assert (world.line.belt.signed_ckmh < 0) is (world.arrangement is Arrangement.BELT_REVERSED)


@pytest.mark.parametrize(
    ("sent", "refused"),
    [
        (b"\xa1", [Refused.UNWATCHED]),
        (b"\xa9", [Refused.UNWATCHED]),
        (b"\xa30005", [Refused.OTHER_WAY]),
        (b"\xa33000", [Refused.OUT_OF_RANGE]),
        (b"\xa33063", [Refused.OUT_OF_RANGE]),
        (b"\xa3300", [Refused.NO_REQUEST] * 4),
        (b"\xa33005\xa0", [Refused.NOT_CLEARED]),
        (b"\xaa\xa0", [Refused.NOT_CLEARED]),
        (b"\xaa\xa33005\xa0\xa0", [Refused.NOT_CLEARED]),
    ],
)
def test_the_recorder_sees_what_is_not_allowed(sent: bytes, refused: list[Refused]) -> None:
    world = CableWorld("woodway backward")
    world.sent += b"\xc0" + sent
    assert list(read(world).refused.elements()) == refused
    with pytest.raises(AssertionError):
        only_allowed(world)


def test_the_recorder_tells_what_it_read() -> None:
    good, bad = CableWorld("trackmaster"), CableWorld("woodway backward")
    good.sent += b"\xaa\xa30005\xa0\xc1\xc1"
    assert read(good) == LineRecord(9, Counter(AA=1, A3=1, A0=1, C1=2))
    bad.sent += b"\xa1\xa30005"
    assert report(map(read, (good, bad))) == [
        "on cables 15 bytes in 6 requests: A0 1, A3 2, AA 1, C1 2",
        "of what may never be there 2: a start without the machine's timer (A1, A9) 1; a byte of no request 0; "
        "a speed the other way 1; a speed of none of 1 to 62 tenths of mph 0; "
        "a start without AA and its speed before it 0",
        "the first: a start without the machine's timer (A1, A9): a1 a3 30 30 30 35",
    ]
    assert report([])[0] == "on cables 0 bytes in 0 requests: none"
