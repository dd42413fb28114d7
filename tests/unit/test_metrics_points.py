"""From messages to points."""

import pytest

from device_adapters.contract.messages import Event, StrapTelemetry, TreadmillTelemetry
from device_adapters.errors import MessageError
from services.metrics.points import checked_event, key_of, telemetry_point


def test_a_treadmill_frame_keeps_zeros_and_leaves_out_what_is_not_known() -> None:
    frame = TreadmillTelemetry(treadmill="tm-01", boot="b1", seq=7, at_ms=123, speed_kmh=0.0, distance_m=0)
    point = telemetry_point("tm-01", frame)
    assert (point.measurement, point.device, point.boot, point.seq, point.at_ms) == (
        "treadmill",
        "tm-01",
        "b1",
        7,
        123,
    )
    assert point.fields == {"speed_kmh": 0.0, "distance_m": 0}
    assert key_of(point) == ("treadmill", "tm-01", "b1", 7)


def test_a_strap_frame() -> None:
    frame = StrapTelemetry(
        strap="hr-01", boot="b1", seq=0, at_ms=1, hr_bpm=112, contact=False, rr_ms=(530.3, 541.0, 1000.0)
    )
    point = telemetry_point("hr-01", frame)
    assert point.measurement == "strap"
    assert point.fields == {"hr_bpm": 112, "contact": False, "rr_ms": "530.3 541 1000"}


def test_a_frame_that_speaks_for_another_device_is_malformed() -> None:
    frame = TreadmillTelemetry(treadmill="tm-02", boot="b1", seq=7, at_ms=123)
    with pytest.raises(MessageError, match="treadmill/tm-01/telemetry: speaks for tm-02"):
        telemetry_point("tm-01", frame)


@pytest.mark.parametrize("field", ["seq", "at_ms", "hr_bpm", "energy_kj"])
@pytest.mark.parametrize("value", [2**63, -(2**63)])
def test_a_number_no_store_can_hold_is_malformed(field: str, value: int) -> None:
    known = {"seq": 1, "at_ms": 1, field: value}
    with pytest.raises(MessageError, match=f"{field} does not fit"):
        telemetry_point("hr-01", StrapTelemetry(strap="hr-01", boot="b1", **known))  # type: ignore[arg-type]


def test_an_event_is_known_by_its_id() -> None:
    event = Event(id="e1", at_ms=5, source="unit-01", kind="stop")
    assert checked_event(event) is event
    assert key_of(event) == ("event", "e1", "", 0)
    with pytest.raises(MessageError, match="at_ms"):
        checked_event(Event(id="e1", at_ms=2**63, source="unit-01", kind="stop"))
