"""Treadmill Data by example: what a belt does wrong, and what a server must not send."""

import pytest
from msgspec.structs import replace

from device_adapters.codecs.ftms.treadmill_data import (
    Joiner,
    Present,
    RecordQuirks,
    TreadmillData,
    decode,
    encode,
    split,
)
from device_adapters.errors import UnitError

FULL_U16_PACE = bytes.fromhex("fe1f2003ee02881300ceff1e00640032002c013601f40158020a8c55080758029cfffa00")
TWO_PARTS = ["1f0084012a00000000000001000000", "80064e020200ffffff372700"]


def test_speed_beyond_reason_is_still_what_was_sent() -> None:
    assert decode(bytes.fromhex("0000ceff")).speed_ckmh == 65486


def test_absent_and_not_available_differ() -> None:
    sent = decode(bytes.fromhex("80006400ffffffffff"))
    assert sent.energy_kcal is None
    assert Present.ENERGY in sent.present
    assert sent.hr_bpm is None
    assert Present.HR not in sent.present


def test_a_cut_energy_group_does_not_become_a_heart_rate() -> None:
    cut = decode(bytes.fromhex("9e1f51007100d500000000ff7f1e00ffff260097"))
    assert (cut.energy_kcal, cut.energy_kcal_per_h, cut.hr_bpm) == (38, None, None)
    assert (cut.truncated, cut.trailing) == (True, b"\x97")


@pytest.mark.parametrize("frame", [b"", b"\x84"])
def test_less_than_flags_says_nothing(frame: bytes) -> None:
    nothing = decode(frame)
    assert (nothing.present, nothing.more_data, nothing.truncated) == (Present(0), None, True)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_bytes_like_frame_reads_the_same(kind: type) -> None:
    frame = FULL_U16_PACE + b"\x01"
    assert decode(kind(frame)) == decode(frame)


def test_pace_has_the_width_that_fits_the_length() -> None:
    wide = decode(FULL_U16_PACE)
    assert (wide.pace_s_per_500m, wide.average_pace_s_per_500m, wide.pace_raw8) == (300, 310, None)
    narrow = decode(encode(replace_pace(wide, 55, 56)))
    assert (narrow.pace_s_per_500m, narrow.pace_raw8, narrow.average_pace_raw8) == (None, 55, 56)
    assert narrow.hr_bpm == wide.hr_bpm == 140


def test_a_cut_record_with_pace_ends_before_it_unless_the_width_is_known() -> None:
    cut = FULL_U16_PACE[:-3]
    assert Present.ELEVATION_NEGATIVE in decode(cut).present
    assert not decode(cut).present & (Present.PACE | Present.PACE_RAW8 | Present.HR)
    known = decode(cut, RecordQuirks(pace_width="specified"))
    assert (known.pace_s_per_500m, known.hr_bpm, known.power_w) == (300, 140, None)


def test_a_known_legacy_width_beats_the_length() -> None:
    assert decode(FULL_U16_PACE, RecordQuirks(pace_width="legacy")).pace_raw8 == 0x2C


def test_a_makers_elevation_code_counts_only_where_the_quirk_says_so() -> None:
    frame = bytes.fromhex("100064001e00ffff")
    assert decode(frame).elevation_negative_dm == 65535
    known = decode(frame, RecordQuirks(elevation_unavailable=(0xFFFF,)))
    assert (known.elevation_positive_dm, known.elevation_negative_dm) == (30, None)
    assert encode(known, RecordQuirks(elevation_unavailable=(0xFFFF,))) == frame


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (TreadmillData(), "speed_ckmh"),
        (TreadmillData(speed_ckmh=-1), "speed_ckmh is -1"),
        (TreadmillData(speed_ckmh=65536), "65536"),
        (TreadmillData(speed_ckmh=1, hr_bpm=256), "hr_bpm"),
        (TreadmillData(speed_ckmh=1, distance_m=1 << 24), "distance_m"),
        (TreadmillData(speed_ckmh=1, incline_dpct=-32769), "incline_dpct"),
        (TreadmillData(speed_ckmh=1, elevation_positive_dm=1), "elevation_negative_dm has no number"),
        (TreadmillData(speed_ckmh=1, pace_s_per_500m=1, pace_raw8=1), "one field"),
        (TreadmillData(speed_ckmh=1, pace_s_per_500m=1, average_pace_raw8=1), "one width"),
        (TreadmillData(speed_ckmh=1, more_data=True), "last part"),
        (TreadmillData(speed_ckmh=1, truncated=True), "cut off"),
        (
            TreadmillData(speed_ckmh=1, energy_kcal=0xFFFF),
            "energy_kcal is 65535, which means 'not available'",
        ),
        (TreadmillData(speed_ckmh=1, unknown_flags=0x4004), "0x4004"),
        (TreadmillData(speed_ckmh=1, unknown_flags=1 << 16), "flags is 65536"),
    ],
)
def test_what_the_wire_cannot_hold_is_refused_with_its_name(value: TreadmillData, words: str) -> None:
    with pytest.raises(UnitError, match=words):
        encode(value)


def test_only_whole_records_are_split() -> None:
    with pytest.raises(UnitError, match="ATT_MTU is 22"):
        split(TreadmillData(speed_ckmh=1), 22)
    with pytest.raises(UnitError, match="whole record"):
        split(TreadmillData(distance_m=1, more_data=True), 23)
    with pytest.raises(UnitError, match="whole record"):
        split(TreadmillData(speed_ckmh=1, trailing=b"x"), 23)


def test_a_record_of_two_notifications() -> None:
    first, last = (decode(bytes.fromhex(part)) for part in TWO_PARTS)
    joiner = Joiner()
    assert joiner.push(first) is None
    assert joiner.pending == first
    whole = joiner.push(last)
    assert whole is not None
    assert (whole.speed_ckmh, whole.average_speed_ckmh, whole.elapsed_s) == (590, 388, 39)
    assert whole.more_data is False


def test_parts_before_a_lost_link_are_not_joined_to_those_after() -> None:
    first, last = (decode(bytes.fromhex(part)) for part in TWO_PARTS)
    joiner = Joiner()
    joiner.push(first)
    joiner.reset()
    assert joiner.push(last) == last
    assert joiner.dropped == 1


def test_a_record_without_end_is_not_mixed_with_the_next() -> None:
    first, last = (decode(bytes.fromhex(part)) for part in TWO_PARTS)
    later = replace(first, distance_m=43)
    joiner = Joiner()
    joiner.push(first)
    assert joiner.push(later) is None
    whole = joiner.push(last)
    assert whole is not None
    assert (whole.distance_m, joiner.dropped) == (43, 1)


def test_a_belt_that_never_ends_its_record_fills_nothing() -> None:
    joiner = Joiner()
    for _ in range(100):
        assert joiner.push(TreadmillData(more_data=True)) is None
    assert joiner.dropped >= 90


def replace_pace(value: TreadmillData, pace: int, average: int) -> TreadmillData:
    """The same record with its pace in the old width."""
    present = value.present & ~(Present.PACE | Present.AVERAGE_PACE)
    without = replace(value, pace_s_per_500m=None, average_pace_s_per_500m=None, present=present)
    return replace(without, pace_raw8=pace, average_pace_raw8=average)
