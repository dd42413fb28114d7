"""From messages to points."""

import msgspec
import pytest

from device_adapters.contract.messages import (
    Event,
    Limits,
    RadioHealth,
    SessionView,
    StrapState,
    StrapTelemetry,
    TreadmillState,
    TreadmillTelemetry,
    UnitStatus,
)
from device_adapters.errors import MessageError
from device_adapters.safety.limits import Goal, Level
from services.metrics import points, schema

VIEW = SessionView(
    session="s1", treadmill="tm-01", at_ms=5, phase="running", goal=Goal.MOBILITY, level=Level.NOVICE,
    programme="Retro walk", member="m-7", step=2, steps=3, elapsed_s=90.0, total_s=120.0, target_kmh=1.0,
    limits=Limits(
        speed_max_kmh=1.5, accel_max_kmh_s=0.1, decel_stop_kmh_s=1.0, grade_min_pct=0, grade_max_pct=0,
        session_max_s=300, bout_max_s=120, hr_max_pct=65,
    ),
)  # fmt: skip


def test_a_treadmill_frame_keeps_zeros_and_leaves_out_what_is_not_known() -> None:
    frame = TreadmillTelemetry(treadmill="tm-01", boot="b1", seq=7, at_ms=123, speed_kmh=0.0, distance_m=0)
    (point,) = points.treadmill_frame("tm-01", frame)
    assert point.measurement is schema.TREADMILL
    assert point.tags == {"treadmill": "tm-01"}
    assert point.fields == {"boot": "b1", "seq": 7, "speed_kmh": 0.0, "distance_m": 0}
    assert (point.at_ms, point.at_ns) == (123, 123_000_007)
    assert point.key == ("treadmill", "tm-01", "b1", 7)


def test_a_strap_frame() -> None:
    frame = StrapTelemetry(
        strap="hr-01", boot="b1", seq=0, at_ms=1, hr_bpm=112, contact=False, rr_ms=(530.3, 541.0, 1000.0)
    )
    (point,) = points.strap_frame("hr-01", frame)
    assert point.measurement is schema.STRAP
    assert point.fields == {
        "boot": "b1",
        "seq": 0,
        "hr_bpm": 112,
        "contact": False,
        "rr_ms": "530.3 541 1000",
    }


def test_frames_of_one_millisecond_have_times_of_their_own_and_a_frame_always_the_same() -> None:
    def at_ns(seq: int) -> int:
        frame = TreadmillTelemetry(treadmill="tm-01", boot="b1", seq=seq, at_ms=1)
        return points.treadmill_frame("tm-01", frame)[0].at_ns

    times = [at_ns(seq) for seq in (*range(1000), 999_999, 1_000_000)]
    assert len(set(times[:-1])) == len(times) - 1
    assert at_ns(5) == times[5]
    assert all(1_000_000 <= time < 2_000_000 for time in times)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (points.treadmill_frame, TreadmillTelemetry(treadmill="tm-02", boot="b1", seq=7, at_ms=123)),
        (points.strap_frame, StrapTelemetry(strap="tm-02", boot="b1", seq=7, at_ms=123)),
        (points.session_view, msgspec.structs.replace(VIEW, treadmill="tm-02")),
        (points.unit_status, UnitStatus(unit="tm-02", online=True, boot="b", at_ms=1)),
        (points.strap_state, StrapState(strap="tm-02", unit="u", boot="b", at_ms=1, link="lost")),
        (points.treadmill_state, TreadmillState(treadmill="tm-02", unit="u", boot="b", at_ms=1, link="lost")),
    ],
)
def test_a_message_that_speaks_for_another_device_is_malformed(make: object, message: object) -> None:
    with pytest.raises(MessageError, match=r"/tm-01/\w+: speaks for tm-02"):
        make("tm-01", message)  # type: ignore[operator]


@pytest.mark.parametrize("field", ["seq", "hr_bpm", "energy_kj"])
@pytest.mark.parametrize("value", [2**63, -(2**63)])
def test_a_number_no_store_can_hold_is_malformed(field: str, value: int) -> None:
    known = {"seq": 1, "at_ms": 1, field: value}
    with pytest.raises(MessageError, match=f"{field} does not fit"):
        points.strap_frame("hr-01", StrapTelemetry(strap="hr-01", boot="b1", **known))  # type: ignore[arg-type]


def test_a_time_no_store_can_hold_is_malformed() -> None:
    with pytest.raises(MessageError, match="at_ms is not a time"):
        points.event("", Event(id="e1", at_ms=2**55, source="unit-01", kind="stop"))


def test_an_event_is_known_by_its_id_and_its_tags_are_words() -> None:
    said = Event(
        id="e1",
        at_ms=5,
        source="unit-01",
        kind="stopped",
        cause="a b\n" * 30,
        after={"took_ms": 900, "x": None},
    )
    (point,) = points.event("", said)
    assert point.key == ("event", "e1")
    assert point.tags == {"kind": "stopped", "cause": points.OTHER, "severity": "info", "source": "unit-01"}
    assert point.fields["took_ms"] == 900
    assert point.fields["after"] == '{"took_ms":900,"x":null}'


def test_a_running_session_is_one_row_and_its_end_one_more() -> None:
    (row,) = points.session_view("tm-01", VIEW)
    assert row.tags == {"treadmill": "tm-01", "goal": "mobility", "level": "novice", "member": "m-7"}
    assert "session" not in row.tags
    assert row.fields["speed_limit_kmh"] == 1.5
    assert "hr_bpm" not in row.fields
    ended = msgspec.structs.replace(VIEW, phase="ended", outcome="stopped", at_ms=6)
    _, end = points.session_view("tm-01", ended)
    assert end.measurement is schema.SESSION_END
    assert end.tags["outcome"] == "stopped"
    assert (end.fields["minutes"], end.fields["planned_minutes"], end.fields["steps_done"]) == (1.5, 2.0, 1)
    complete = msgspec.structs.replace(ended, outcome="completed", step=3)
    assert points.session_view("tm-01", complete)[1].fields["steps_done"] == 3


def test_a_unit_and_its_last_word_are_two_rows() -> None:
    status = UnitStatus(
        unit="unit-01", online=True, boot="b", at_ms=1, radios=(RadioHealth(name="a", used=1, slots=5),) * 2
    )
    (row,) = points.unit_status("unit-01", status)
    assert (row.fields["radio_used"], row.fields["radio_slots"], row.fields["online"]) == (2, 10, True)
    (last,) = points.unit_status("unit-01", msgspec.structs.replace(status, online=False))
    assert last.key != row.key
    assert last.at_ns != row.at_ns


def test_links_and_commissioning() -> None:
    state = TreadmillState(
        treadmill="tm-01", unit="unit-01", boot="b", at_ms=1, link="connected", commissioned="2026-01-02"
    )
    (row,) = points.treadmill_state("tm-01", state)
    assert row.tags == {"device": "tm-01", "kind": "treadmill", "unit": "unit-01"}
    assert (row.fields["connected"], row.fields["lost"]) == (True, False)
    assert row.fields["commissioned_ms"] == 1767312000000
    (never,) = points.treadmill_state("tm-01", msgspec.structs.replace(state, commissioned=""))
    assert never.fields["commissioned_ms"] == 0
    (strap,) = points.strap_state(
        "hr-01", StrapState(strap="hr-01", unit="u", boot="b", at_ms=1, link="lost", battery_pct=80)
    )
    assert (strap.fields["lost"], strap.fields["battery_pct"]) == (True, 80)


def test_no_tag_is_a_field_and_every_key_is_there() -> None:
    for measurement in schema.MEASUREMENTS.values():
        names = [field.name for field in measurement.fields]
        assert not set(names) & set(measurement.tags)
        assert set(measurement.key) <= {*names, *measurement.tags, "at_ms"}
