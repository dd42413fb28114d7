"""What a treadmill may be asked to do: ranges, claims, profile and record together."""

import pytest

from device_adapters.codecs.ftms.features import Feature, FitnessMachineFeatures, Target
from device_adapters.codecs.ftms.ranges import InclineRange, SpeedRange
from device_adapters.profiles.loader import Profile, generic, match
from device_adapters.safety.envelope_state import Machine
from device_adapters.safety.limits import Arrangement
from device_adapters.unit.machine import machine_of

SPEED, INCLINE = SpeedRange(100, 2000, 10), InclineRange(-30, 150, 5)
CLAIMS = FitnessMachineFeatures(Feature(0), Target.SPEED | Target.INCLINATION)
KNOWN = match(name="Horizon")


def machine(
    profile: Profile = KNOWN,
    speed: SpeedRange = SPEED,
    incline: InclineRange | None = INCLINE,
    claims: FitnessMachineFeatures | None = CLAIMS,
    *,
    commissioned: bool = False,
    proving: bool = False,
) -> Machine | None:
    return machine_of(
        speed,
        incline,
        claims,
        profile,
        commissioned=commissioned,
        proving=proving,
        arrangement=Arrangement.MEMBER_TURNED,
    )


def tilts(made: Machine | None) -> bool:
    assert made is not None
    if (made.incline_min_dpct, made.incline_max_dpct) == (0, 0):
        assert made.incline_step_dpct == 1
        return False
    assert (made.incline_min_dpct, made.incline_max_dpct, made.incline_step_dpct) == (-30, 150, 5)
    return True


@pytest.mark.parametrize("speed", [(0, 2000, 10), (100, 100, 10), (200, 100, 10)])
def test_a_speed_range_that_cannot_be_makes_a_machine_that_is_only_read(speed: tuple[int, int, int]) -> None:
    assert machine(speed=SpeedRange(*speed)) is None


def test_a_step_of_nothing_is_the_smallest_step() -> None:
    made = machine(speed=SpeedRange(1, 2, 0), incline=InclineRange(-30, 150, 0))
    assert made is not None
    assert (made.speed_min_ckmh, made.speed_max_ckmh, made.speed_step_ckmh) == (1, 2, 1)
    assert made.incline_step_dpct == 1


def test_an_unknown_model_is_not_tilted_before_it_is_commissioned() -> None:
    assert not tilts(machine(generic()))
    assert not tilts(
        machine(match(name="Polar H10"))
    )  # a treadmill that is called like a strap is none we know
    assert not tilts(machine(match(name="Stryd")))
    assert tilts(machine(generic(), commissioned=True))
    assert tilts(machine(generic(), proving=True))
    assert tilts(machine(KNOWN))


def test_a_deck_that_does_not_claim_to_tilt_or_cannot_is_left_alone() -> None:
    assert not tilts(machine(claims=FitnessMachineFeatures(Feature(0), Target.SPEED), commissioned=True))
    assert tilts(machine(claims=None))
    assert not tilts(machine(incline=None))
    assert not tilts(machine(incline=InclineRange(0, 0, 5)))
    assert not tilts(machine(match(name="URTM041"), commissioned=True))


def test_quirks_reach_the_gate() -> None:
    paused, plain = machine(match(name="KS-HD-Z1D")), machine()
    assert paused is not None
    assert plain is not None
    assert paused.pause_before_stop
    assert not plain.pause_before_stop
    assert not plain.takes_miles
    assert not plain.starts_by_speed


def test_a_model_known_to_take_miles_is_driven_only_once_it_was_shown_not_to() -> None:
    miles = match(name="T202")
    taken = [machine(miles), machine(miles, commissioned=True), machine(miles, proving=True)]
    assert [made.takes_miles for made in taken if made] == [True, False, False]
