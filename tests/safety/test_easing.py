"""Slower on a button of the unit, exactly: the next state and all that is written and noted."""

from dataclasses import replace

import pytest
from belt_states import NOW, belt, free, leads, moving, ready
from envelope_rig import EnvelopeRig

from device_adapters.safety import envelope
from device_adapters.safety.admit import Verb
from device_adapters.safety.envelope_state import Phase
from device_adapters.safety.events import Eased, Note, Write
from device_adapters.safety.hazards import Cause, reaction


def eased_to(cap: int, **changes: object) -> None:
    """From what a moving belt does now to this cap."""
    given = moving(**changes)
    after, effects = envelope.step(given, Eased("a hand"), NOW)
    note = Note(
        kind="hazard", cause=Cause.SLOWER_PRESSED, text=reaction(Cause.SLOWER_PRESSED).staff,
        before={"setpoint_ckmh": given.setpoint_ckmh},
        after={"setpoint_ckmh": cap, "action": "hold", "by": "a hand"},
    )  # fmt: skip
    assert effects[0] == note
    assert (after.cap_ckmh, after.target_ckmh) == (cap, cap)
    assert after.limits == replace(given.limits, speed_max_ckmh=min(given.limits.speed_max_ckmh, cap))
    assert (after.latched, after.lease, after.phase) == (given.latched, given.lease, Phase.MOVING)
    for write in effects[1:]:
        assert isinstance(write, Write)
        assert (write.admitted.verb, write.admitted.value < given.setpoint_ckmh) == (Verb.SPEED, True)


@pytest.mark.parametrize(
    ("speed", "cap"), [(300, 270), (200, 180), (190, 170), (210, 180), (500, 450), (110, 90)]
)
def test_a_tenth_or_a_fifth_of_a_km_h_comes_off_what_the_belt_does(speed: int, cap: int) -> None:
    eased_to(cap, setpoint_ckmh=speed, target_ckmh=speed, measured_ckmh=speed, expected_ckmh=speed)


def test_it_is_taken_off_the_least_of_what_is_seen_written_and_aimed_at() -> None:
    eased_to(180, measured_ckmh=200)
    eased_to(180, target_ckmh=200)
    eased_to(270, target_ckmh=600)
    eased_to(270, measured_ckmh=400)
    eased_to(270, target_ckmh=600, measured_ckmh=400)


def test_what_comes_off_is_reckoned_in_whole_hundredths() -> None:
    eased_to(190, measured_ckmh=211)
    eased_to(170, measured_ckmh=199)


def test_a_belt_that_is_not_seen_is_slowed_from_what_was_written() -> None:
    eased_to(270, measured_ms=NOW - 1_600, measured_ckmh=900)


def test_the_machines_slowest_is_the_floor_and_a_lower_limit_stays() -> None:
    eased_to(80, setpoint_ckmh=90, target_ckmh=90, measured_ckmh=90, expected_ckmh=90)
    limited = moving().limits
    eased_to(250, limits=replace(limits := limited, speed_max_ckmh=min(250, limits.speed_max_ckmh)))


def test_a_belt_that_is_not_ours_to_move_is_left_as_it_is() -> None:
    for state in (ready(), free(), belt(Phase.STOPPING), moving(machine=None)):
        leads(state, Eased("a hand"), state)


def test_nothing_gives_the_pace_back_until_the_lease_ends() -> None:
    rig = EnvelopeRig().started()
    rig.order("target", 250)
    rig.run(12_000)
    known = len(rig.writes)
    rig.do(Eased("a hand"))
    assert rig.writes[known][1].value < 250
    rig.run(3_000)
    assert rig.belt_ckmh == 220
    assert rig.order("target", 250).outcome == "clamped"
    rig.run(10_000)
    assert rig.belt_ckmh == 220
    assert rig.state.latched == ""
