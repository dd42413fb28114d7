"""`admit` alone: it judges a write from the state, whatever led to the write. Each refusal, each boundary."""

from dataclasses import replace

import pytest
from envelope_rig import MACHINE, claim

from device_adapters.safety.admit import Admitted, Refused, Verb, Wish, admit
from device_adapters.safety.envelope_state import Phase, State
from device_adapters.safety.lease import Lease
from device_adapters.safety.limits import Arrangement, Goal, Level, limits_for

NOW = 100_000
ATHLETIC = limits_for(Goal.ATHLETIC, Level.INTERMEDIATE)  # 8.0 km/h, 0.6 km/h per s, 0..5 %


def state(**changes: object) -> State:
    """Moving at 2.0 km/h under a lease renewed now, 1 s after the ramp began."""
    values: dict[str, object] = {
        "boot": "b",
        "phase": Phase.MOVING,
        "machine": MACHINE,
        "limits": ATHLETIC,
        "lease": Lease(epoch=1, claim=claim(), renewed_ms=NOW),
        "setpoint_ckmh": 200,
        "target_ckmh": 200,
        "ramp_from_ckmh": 200,
        "ramp_ms": NOW - 1_000,
        "setpoint_dpct": 20,
        "measured_ckmh": 200,
        "measured_ms": NOW,
        "measured_dpct": 20,
        "deck_ms": NOW,
        **changes,
    }
    return State(**values)  # type: ignore[arg-type]


def verdict(wish: Wish, given: State) -> str:
    """ "" if admitted unchanged, else why not."""
    result = admit(wish, given, NOW)
    if isinstance(result, Refused):
        return result.cause
    assert result == Admitted(wish.verb, wish.value)
    return ""


WORST = State(boot="b", latched="overspeed")


@pytest.mark.parametrize("verb", [Verb.HALT, Verb.PAUSE])
@pytest.mark.parametrize("given", [WORST, state(), state(machine=None, phase=Phase.STOPPING)])
def test_halt_and_pause_always_pass_and_carry_nothing(verb: Verb, given: State) -> None:
    assert admit(Wish(verb, 55), given, NOW) == Admitted(verb, 0)


@pytest.mark.parametrize("verb", [Verb.BEGIN, Verb.SPEED, Verb.INCLINE])
def test_nothing_else_passes_without_a_machine(verb: Verb) -> None:
    assert verdict(Wish(verb, 100), state(machine=None)) == "link_lost"


BEGIN = Wish(Verb.BEGIN)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({}, ""),
        ({"latched": "stop_pressed"}, "latched"),
        ({"lease": Lease()}, "no_lease"),
        ({"lease": Lease(epoch=1, claim=claim(), renewed_ms=NOW - 1_500)}, ""),
        ({"lease": Lease(epoch=1, claim=claim(), renewed_ms=NOW - 1_501)}, "no_lease"),
        ({"lease": Lease(epoch=1, claim=claim(ttl_ms=999), renewed_ms=NOW - 1_000)}, "no_lease"),
        ({"phase": Phase.READY}, "not_still"),
        ({"phase": Phase.STOPPING}, "not_still"),
        ({"phase": Phase.OBSERVING}, "not_still"),
        ({"measured_ckmh": 1}, "not_still"),
        ({"measured_ckmh": None}, "not_still"),
        ({"measured_ms": NOW - 3_000}, ""),
        ({"measured_ms": NOW - 3_001}, "not_still"),
    ],
)
def test_a_belt_begins_only_still_leased_and_unlatched(changes: dict[str, object], cause: str) -> None:
    assert verdict(BEGIN, state(**{"measured_ckmh": 0, **changes})) == cause


@pytest.mark.parametrize(
    ("value", "cause"), [(79, "out_of_range"), (80, ""), (199, ""), (200, ""), (260, ""), (261, "over_ramp")]
)
def test_speed_is_within_the_machines_range_and_the_ramp(value: int, cause: str) -> None:
    assert verdict(Wish(Verb.SPEED, value), state(target_ckmh=900)) == cause


def test_a_rise_goes_no_further_than_the_target() -> None:
    """On its way down a ramp that is higher still than the setpoint earns no rise."""
    for target, cause in ((249, "over_target"), (250, ""), (80, "over_target")):
        rises = state(target_ckmh=target, ramp_from_ckmh=600)
        assert verdict(Wish(Verb.SPEED, 250), rises) == cause


def test_speed_is_within_the_limit_and_the_machines_maximum() -> None:
    fast = state(setpoint_ckmh=790, ramp_from_ckmh=790, target_ckmh=900)
    assert verdict(Wish(Verb.SPEED, 800), fast) == ""
    assert verdict(Wish(Verb.SPEED, 801), fast) == "over_limit"
    small = replace(fast, machine=replace(MACHINE, speed_max_ckmh=795))
    assert verdict(Wish(Verb.SPEED, 795), small) == ""
    assert verdict(Wish(Verb.SPEED, 796), small) == "out_of_range"


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"phase": Phase.STOPPING}, "not_moving"),
        ({"phase": Phase.READY}, "not_moving"),
        ({"latched": "safety_key"}, "not_moving"),
        ({"lease": Lease()}, "no_lease"),
        ({"lease": Lease(epoch=1, claim=claim(), renewed_ms=NOW - 1_501)}, "no_lease"),
    ],
)
def test_a_rise_needs_everything_in_order_and_a_fall_nothing(changes: dict[str, object], cause: str) -> None:
    assert verdict(Wish(Verb.SPEED, 201), state(**changes)) == cause
    assert verdict(Wish(Verb.SPEED, 200), state(**changes)) == ""
    assert verdict(Wish(Verb.SPEED, 80), state(**changes)) == ""


def test_a_speed_is_for_a_belt_that_is_seen_to_move_or_was_just_started() -> None:
    stood = state(moving_seen=True, measured_ckmh=0)
    for phase in (Phase.MOVING, Phase.STOPPING):
        stands = replace(stood, phase=phase)
        assert verdict(Wish(Verb.SPEED, 80), stands) == "would_start"
        assert verdict(Wish(Verb.SPEED, 80), replace(stands, measured_ckmh=80)) == ""
        for age, cause in ((1_500, ""), (1_501, "would_start")):
            moved = replace(stands, measured_ckmh=80, measured_ms=NOW - age)
            assert verdict(Wish(Verb.SPEED, 80), moved) == cause
        for halted, cause in ((NOW - 1, ""), (NOW, "would_start"), (NOW + 1, "would_start")):
            moved = replace(stands, measured_ckmh=80, halt_ms=halted)
            assert verdict(Wish(Verb.SPEED, 80), moved) == cause
    assert verdict(Wish(Verb.SPEED, 80), replace(stood, moving_seen=False)) == ""
    assert (
        verdict(Wish(Verb.SPEED, 80), replace(stood, moving_seen=False, phase=Phase.STOPPING))
        == "would_start"
    )
    assert verdict(Wish(Verb.SPEED, 79), stood) == "out_of_range"


def test_a_lower_speed_is_lower_than_the_belt_too() -> None:
    slowed = state(moving_seen=True, measured_ckmh=150)
    for phase, value, cause in (
        (Phase.MOVING, 150, ""),
        (Phase.MOVING, 151, "over_belt"),
        (Phase.MOVING, 200, ""),
        (Phase.STOPPING, 150, ""),
        (Phase.STOPPING, 151, "over_belt"),
        (Phase.STOPPING, 200, "over_belt"),
    ):
        assert verdict(Wish(Verb.SPEED, value), replace(slowed, phase=phase)) == cause
    coming_up = replace(slowed, moving_seen=False, measured_ckmh=0)
    assert verdict(Wish(Verb.SPEED, 199), coming_up) == ""


def test_a_start_waits_for_the_mark_on_the_disk() -> None:
    still = state(measured_ckmh=0, setpoint_ckmh=0)
    assert verdict(Wish(Verb.BEGIN), still) == ""
    assert verdict(Wish(Verb.BEGIN), replace(still, marked=False)) == "not_marked"


def test_a_deck_that_is_not_seen_is_not_moved() -> None:
    for age, cause in ((3_000, ""), (3_001, "deck_unknown")):
        assert verdict(Wish(Verb.INCLINE, 25), state(deck_ms=NOW - age)) == cause
    assert verdict(Wish(Verb.INCLINE, 25), state(measured_dpct=None)) == "deck_unknown"


@pytest.mark.parametrize(
    ("value", "cause"),
    [(-1, "out_of_range"), (0, "over_ramp"), (9, "over_ramp"), (10, ""), (30, ""), (31, "over_ramp"),
     (150, "over_ramp"), (151, "out_of_range")],
)  # fmt: skip
def test_the_deck_moves_a_percent_at_a_time_within_its_range(value: int, cause: str) -> None:
    assert verdict(Wish(Verb.INCLINE, value), state()) == cause


@pytest.mark.parametrize(
    ("before", "value", "cause"),
    [(45, 50, ""), (45, 51, "over_limit"), (60, 51, ""), (60, 60, "over_limit"), (60, 61, "over_limit")],
)
def test_the_deck_stays_within_its_limits_or_comes_nearer(before: int, value: int, cause: str) -> None:
    assert verdict(Wish(Verb.INCLINE, value), state(setpoint_dpct=before)) == cause


def test_a_reversed_belt_climbs_with_its_deck_down() -> None:
    machine = replace(
        MACHINE, incline_min_dpct=-60, incline_max_dpct=60, arrangement=Arrangement.BELT_REVERSED
    )
    level = state(machine=machine, setpoint_dpct=0)
    assert verdict(Wish(Verb.INCLINE, -10), level) == ""
    assert verdict(Wish(Verb.INCLINE, -11), level) == "over_ramp"
    assert verdict(Wish(Verb.INCLINE, 1), level) == "over_limit"
    assert verdict(Wish(Verb.INCLINE, 0), level) == ""
    assert verdict(Wish(Verb.INCLINE, -51), replace(level, setpoint_dpct=-50)) == "over_limit"


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"phase": Phase.STOPPING}, "not_moving"),
        ({"latched": "safety_key"}, "not_moving"),
        ({"lease": Lease(epoch=1, claim=claim(), renewed_ms=NOW - 1_501)}, "not_moving"),
        ({"target_ckmh": 210}, "speed_moving"),
    ],
)
def test_the_deck_moves_only_under_a_lease_and_at_a_settled_speed(
    changes: dict[str, object], cause: str
) -> None:
    assert verdict(Wish(Verb.INCLINE, 25), state(**changes)) == cause
