"""What the belt itself shows, at each boundary: seen to move, alive, the speed that it surely still has."""

from dataclasses import replace

import pytest
from belt_states import COMMISSIONED, NOW, belt, idle, moving, ready

from device_adapters.safety import bouts, envelope_state, evidence, halts
from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.envelope_state import NOTHING_ALLOWED, Phase
from device_adapters.safety.events import Write


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({}, 300),
        ({"measured_ckmh": 1}, 1),
        ({"measured_ckmh": 0}, 0),
        ({"measured_ckmh": None}, 0),
        ({"machine": None}, 0),
        ({"measured_ms": NOW - 1_500}, 300),
        ({"measured_ms": NOW - 1_501}, 0),
        ({"halt_ms": NOW - 201}, 300),
        ({"halt_ms": NOW - 200}, 0),  # a frame of the moment of Stop tells nothing of the belt after it
        ({"halt_ms": NOW - 199}, 0),
    ],
)
def test_a_belt_is_seen_to_move_by_a_fresh_frame_since_the_last_stop(
    changes: dict[str, object], seen: int
) -> None:
    given = moving(**changes)
    assert evidence.seen_ckmh(given, NOW) == seen
    assert evidence.moves(given, NOW) is (seen > 0)


@pytest.mark.parametrize(
    ("changes", "lives"),
    [
        ({"changed_ms": NOW - 1_500}, True),
        ({"changed_ms": NOW - 1_501}, False),
        ({"counted_ms": NOW - 1_500}, True),
        ({"counted_ms": NOW - 1_501}, False),
        ({"changed_ms": NOW - 500, "halt_ms": NOW - 501}, True),
        ({"changed_ms": NOW - 500, "halt_ms": NOW - 500}, False),
        ({"changed_ms": NOW, "measured_ckmh": 0}, False),
    ],
)
def test_a_belt_lives_whose_numbers_changed_lately_and_since_the_last_stop(
    changes: dict[str, object], lives: bool
) -> None:
    assert evidence.lives(moving(**changes), NOW) is lives


@pytest.mark.parametrize(
    ("speed", "age_ms", "lowest"),
    [
        (300, 0, 300),
        (300, 250, 300),
        (300, 254, 300),
        (300, 255, 299),  # 2.0 km/h per second, beyond the first 250 ms
        (300, 259, 299),
        (300, 1_250, 100),
        (500, 1_500, 250),
        (240, 1_500, 0),
        (1, 0, 1),
        (0, 0, 0),
        (None, 0, 0),
        (900, 3_000, 350),
        (900, 3_001, 0),
    ],
)
def test_the_speed_that_a_belt_surely_still_has(speed: int | None, age_ms: int, lowest: int) -> None:
    still = evidence.lowest(moving(measured_ckmh=speed, measured_ms=NOW - age_ms), NOW)
    assert still == lowest
    assert isinstance(still, int)


@pytest.mark.parametrize(
    ("least", "speed", "slow"), [(0, 300, False), (1, 300, True), (280, 300, False), (279, 300, True)]
)
def test_the_lowest_speed_of_a_machine_is_none_where_it_is_0(least: int, speed: int, slow: bool) -> None:
    """A speed of 0 is no speed to go slow at; the machine's own is, however low."""
    machine = replace(COMMISSIONED, speed_min_ckmh=least)
    given = belt(
        Phase.STOPPING, machine=machine, measured_ckmh=speed, halts=2, halt_ms=NOW - 1_000,
        written_ms=NOW - 1_000, halted_ms=NOW - 1_000, changed_ms=NOW - 200,
    )  # fmt: skip
    _, told = halts.halt_again(given, machine, NOW)
    assert told == (Write(Admitted(Verb.SPEED, least) if slow else Admitted(Verb.PAUSE, 0)),)


@pytest.mark.parametrize(
    ("began_ms", "asked_ms", "seen", "counts"),
    [
        (1, 20_001, False, True),
        (1, 20_002, False, False),
        (1, 1, True, False),
        (0, 1, False, False),  # it never began
    ],
)
def test_a_belt_may_count_down_for_20_s_after_its_start(
    began_ms: int, asked_ms: int, seen: bool, counts: bool
) -> None:
    given = moving(began_ms=began_ms, asked_ms=asked_ms, moving_seen=seen)
    assert halts.counts_down(given) is counts


@pytest.mark.parametrize("given", [moving(), ready(setpoint_ckmh=120), belt(Phase.STOPPING)])
def test_an_idle_belt_is_allowed_nothing_and_keeps_no_speed(given: envelope_state.State) -> None:
    after = envelope_state.idle(given)
    assert after == idle(given)
    assert (after.limits, after.setpoint_ckmh, after.target_ckmh) == (NOTHING_ALLOWED, 0, 0)


def test_nothing_was_run_and_nothing_rested_at_first() -> None:
    assert bouts.Bout(run_ms=0, rest_ms=0, spent=False) == bouts.FRESH
