"""The boundary between wire units and human ones, field by field: nothing is left out, swapped or scaled."""

from dataclasses import fields

import msgspec
import pytest
from field_by_field import each_told

from device_adapters.codecs.ftms.treadmill_data import TreadmillData
from device_adapters.codecs.heart_rate import HeartRateMeasurement
from device_adapters.contract import boundary
from device_adapters.contract import messages as m
from device_adapters.errors import UnitError
from device_adapters.safety.events import Answer
from device_adapters.safety.limits import Arrangement, Limits

LIMITS = Limits(
    speed_max_ckmh=410, accel_max_ckmh_s=35, decel_stop_ckmh_s=85, grade_min_dpct=-15, grade_max_dpct=65,
    session_max_s=1_201, bout_max_s=121, hr_max_dpct=845,
)  # fmt: skip
SAID = m.Limits(
    speed_max_kmh=4.1, accel_max_kmh_s=0.35, decel_stop_kmh_s=0.85, grade_min_pct=-1.5, grade_max_pct=6.5,
    session_max_s=1_201, bout_max_s=121, hr_max_pct=84.5,
)  # fmt: skip


def test_limits_both_ways() -> None:
    assert boundary.limits_message(LIMITS) == SAID
    assert boundary.limits_from(SAID) == LIMITS


@pytest.mark.parametrize("name", ["speed_kmh", "incline_pct"])
@pytest.mark.parametrize("value", [1e308, -1e308, float("nan"), float("inf")])
def test_a_number_that_no_wire_unit_holds(name: str, value: float) -> None:
    """A handler that meets another error than this one answers nothing: 1e308 is too much only once it is scaled."""
    with pytest.raises(UnitError):
        boundary.order_from(m.Command(id="c", verb="target", epoch=1, beat=1, **{name: value}))  # type: ignore[arg-type]


@pytest.mark.parametrize("kmh", [-0.01, -3.0])
def test_a_speed_below_0(kmh: float) -> None:
    with pytest.raises(UnitError):
        boundary.order_from(m.Command(id="c", verb="target", epoch=1, beat=1, speed_kmh=kmh))


def test_a_result_field_by_field() -> None:
    answer = Answer(id="c", outcome="clamped", cause="over_limit", speed_ckmh=250, grade_dpct=-15)
    told = boundary.result_message(answer, "tm-01", 77)
    assert (told.id, told.treadmill, told.outcome, told.at_ms, told.cause) == (
        "c", "tm-01", "clamped", 77, "over_limit",
    )  # fmt: skip
    assert (told.speed_kmh, told.incline_pct) == (2.5, -1.5)
    bare = boundary.result_message(Answer(id="c", outcome="accepted"), "tm-01", 77)
    assert (bare.speed_kmh, bare.incline_pct) == (None, None)


def test_a_record_field_by_field() -> None:
    data = TreadmillData(
        speed_ckmh=310, incline_dpct=-25, ramp_angle_ddeg=99, distance_m=1_234, elapsed_s=600, energy_kcal=77,
        hr_bpm=121, steps=2_000, power_w=150, average_speed_ckmh=1, force_n=2,
    )  # fmt: skip
    told = boundary.treadmill_telemetry(data, "tm-01", "b", 9, 88, 111, step_cm=43)
    assert (told.treadmill, told.boot, told.seq, told.at_ms) == ("tm-01", "b", 9, 88)
    assert (told.speed_kmh, told.incline_pct, told.distance_m, told.elapsed_s) == (3.1, -2.5, 1_234, 600)
    assert (told.energy_kcal, told.steps, told.cadence_spm, told.power_w) == (77, 2_000, 111, 150)
    assert (told.belt_kmh, told.retro_kmh) == (told.speed_kmh, told.speed_kmh)
    assert told.step_cm == 43
    each_told(msgspec.structs.replace(told, age_ms=1))
    bare = boundary.treadmill_telemetry(TreadmillData(hr_bpm=0), "tm-01", "b", 9, 88)
    assert {bare.speed_kmh, bare.incline_pct, bare.cadence_spm, bare.step_cm, bare.steps} == {None}
    heart = boundary.treadmill_heart(data, "tm-01", "b", 9, 88)
    assert heart is not None
    assert (heart.treadmill, heart.boot, heart.seq, heart.at_ms, heart.hr_bpm) == ("tm-01", "b", 9, 88, 121)
    each_told(msgspec.structs.replace(heart, age_ms=1))
    assert boundary.treadmill_heart(TreadmillData(hr_bpm=0), "tm-01", "b", 9, 88) is None


def test_a_heart_rate_field_by_field() -> None:
    beat = HeartRateMeasurement(bpm=120, contact=True, energy_kj=9, rr_1024=(512, 500))
    told = boundary.strap_telemetry(beat, "hr-01", "b", 9, 88)
    assert (told.strap, told.boot, told.seq, told.at_ms) == ("hr-01", "b", 9, 88)
    assert (told.hr_bpm, told.contact, told.energy_kj, told.rr_ms) == (120, True, 9, (500.0, 488.3))
    each_told(msgspec.structs.replace(told, age_ms=1))
    bare = boundary.strap_telemetry(HeartRateMeasurement(bpm=0), "hr-01", "b", 9, 88)
    assert (bare.hr_bpm, bare.contact, bare.rr_ms) == (None, None, ())


def test_a_record_s_quantities_in_human_units() -> None:
    assert boundary.human({"speed_ckmh": 250, "grade_dpct": -15, "by": "Kim", "s": 3, "cap_ckmh": None}) == {
        "speed_kmh": 2.5, "grade_pct": -1.5, "by": "Kim", "s": 3, "cap_kmh": None,
    }  # fmt: skip


def test_limits_leave_nothing_out() -> None:
    assert len(fields(Limits)) == len(m.Limits.__struct_fields__)


@pytest.mark.parametrize(
    ("arrangement", "backward", "belt", "retro"),
    [
        (Arrangement.MEMBER_TURNED, None, 1.94, 1.94),
        (Arrangement.MEMBER_TURNED, True, -1.94, -1.94),
        (Arrangement.BELT_REVERSED, None, -1.94, 1.94),
        (Arrangement.BELT_REVERSED, True, -1.94, 1.94),
        (Arrangement.BELT_REVERSED, False, 1.94, -1.94),
    ],
)
def test_a_belt_has_a_direction_and_who_walks_on_it_another(
    arrangement: Arrangement, backward: bool | None, belt: float, retro: float
) -> None:
    moving, still = TreadmillData(speed_ckmh=194), TreadmillData(speed_ckmh=0)
    told = boundary.treadmill_telemetry(moving, "tm-01", "b", 9, 88, None, arrangement, backward)
    assert (told.speed_kmh, told.belt_kmh, told.retro_kmh) == (1.94, belt, retro)
    told = boundary.treadmill_telemetry(still, "tm-01", "b", 9, 88, None, arrangement, backward)
    assert [str(value) for value in (told.belt_kmh, told.retro_kmh)] == ["0.0", "0.0"]
