"""Treadmill Data: what is sent is what is read, in one notification or several, and a cut never invents a value."""

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from device_adapters.codecs.ftms.layout import Field, Width
from device_adapters.codecs.ftms.treadmill_data import (
    Joiner,
    RecordQuirks,
    TreadmillData,
    decode,
    encode,
    split,
)
from device_adapters.codecs.ftms.treadmill_reader import make_reader, read_by_field
from device_adapters.codecs.ftms.treadmill_record import FIELDS, NAMES, PRESENT, Present, unavailable_raws

QUIRKS = st.builds(
    RecordQuirks,
    elevation_unavailable=st.sampled_from([(), (0xFFFF,), (0x7FFF, 0xFFFF)]),
    pace_width=st.sampled_from(["by_length", "specified", "legacy"]),
)
WIRE_ORDER = {name: place for place, f in enumerate(FIELDS) for name in (f.name, (f.legacy or f).name)}


def whole_records(quirks: RecordQuirks) -> st.SearchStrategy[TreadmillData]:
    @st.composite
    def build(draw: st.DrawFn) -> TreadmillData:
        bits = draw(st.sets(st.integers(1, 13))) | {0}
        width: Width = quirks.pace_width
        if width == "by_length":
            width = draw(st.sampled_from(["specified", "legacy"]))
        numbers: dict[str, Any] = {}
        for field in (f for f in FIELDS if f.bit in bits):
            sent = field.legacy if field.legacy and width == "legacy" else field
            numbers[sent.name] = draw(a_number(sent, quirks))
        present = Present(0)
        for name in numbers:
            present |= PRESENT[name]
        return TreadmillData(**numbers, present=present)

    return build()


def a_number(field: Field, quirks: RecordQuirks) -> st.SearchStrategy[int | None]:
    raws = unavailable_raws(field, quirks)
    numbers = st.integers(field.wire.lowest, field.wire.highest).filter(lambda n: n not in raws)
    return st.one_of(st.none(), numbers) if raws else numbers


RECORDS = QUIRKS.flatmap(lambda quirks: st.tuples(st.just(quirks), whole_records(quirks)))


def values_of(record: TreadmillData) -> dict[str, int | None]:
    """What was on the wire, in wire order."""
    names = [name for name in NAMES if PRESENT[name] in record.present]
    return {name: getattr(record, name) for name in sorted(names, key=WIRE_ORDER.__getitem__)}


@given(RECORDS)
def test_a_record_comes_back_as_it_was_sent(case: tuple[RecordQuirks, TreadmillData]) -> None:
    quirks, record = case
    assert decode(encode(record, quirks), quirks) == record


@given(RECORDS, st.integers(23, 60))
def test_parts_join_to_the_record_that_was_split(
    case: tuple[RecordQuirks, TreadmillData], att_mtu: int
) -> None:
    quirks, record = case
    parts = split(record, att_mtu, quirks)
    assert all(len(part) <= att_mtu - 3 for part in parts)
    decoded = [decode(part, quirks) for part in parts]
    assert [part.more_data for part in decoded] == [True] * (len(parts) - 1) + [False]
    assert [Present.SPEED in part.present for part in decoded] == [False] * (len(parts) - 1) + [True]
    joiner = Joiner()
    *waiting, whole = [joiner.push(part) for part in decoded]
    assert waiting == [None] * len(waiting)
    assert whole == record
    assert joiner.pending is None
    assert joiner.dropped == 0


@given(RECORDS, st.data())
def test_a_cut_record_yields_its_first_fields_and_no_other_value(
    case: tuple[RecordQuirks, TreadmillData], data: st.DataObject
) -> None:
    quirks, record = case
    frame = encode(record, quirks)
    length = data.draw(st.integers(0, len(frame) - 1))
    paces = sum(field.legacy is not None and PRESENT[field.name] in record.present for field in FIELDS)
    # A record with wide paces that is cut to exactly the length it would have with narrow ones is one with narrow
    # ones, by all that its bytes tell; only a profile that knows the width can read it (see the next test).
    assume(not (quirks.pace_width == "by_length" and paces and length == len(frame) - paces))
    cut = decode(frame[:length], quirks)
    assert cut.truncated
    whole = list(values_of(record).items())
    got = list(values_of(cut).items())
    assert got == whole[: len(got)]
    assert all(getattr(cut, name) is None for name in NAMES if PRESENT[name] not in cut.present)


@given(RECORDS, st.data())
def test_with_a_known_pace_width_every_cut_keeps_all_whole_fields(
    case: tuple[RecordQuirks, TreadmillData], data: st.DataObject
) -> None:
    quirks, record = case
    assume(quirks.pace_width != "by_length")
    frame = encode(record, quirks)
    length = data.draw(st.integers(2, len(frame)))
    sizes = [(f.legacy if f.legacy and quirks.pace_width == "legacy" else f) for f in FIELDS]
    end, expected = 2, []
    for field in (f for f in sizes if PRESENT[f.name] in record.present):
        end += field.wire.size
        if end > length:
            break
        expected.append((field.name, getattr(record, field.name)))
    assert list(values_of(decode(frame[:length], quirks)).items()) == expected


@given(RECORDS, st.binary(min_size=1, max_size=20), st.sampled_from([0, 1 << 14, 1 << 15, 3 << 14]))
def test_bytes_and_flags_beyond_the_known_change_no_value(
    case: tuple[RecordQuirks, TreadmillData], tail: bytes, unknown: int
) -> None:
    quirks, record = case
    paced = any("pace" in name for name in values_of(record))
    assume(not paced or quirks.pace_width != "by_length")
    frame = encode(record, quirks)
    flags = int.from_bytes(frame[:2], "little") | unknown
    longer = decode(flags.to_bytes(2, "little") + frame[2:] + tail, quirks)
    assert values_of(longer) == values_of(record)
    assert (longer.trailing, longer.unknown_flags, longer.truncated) == (tail, unknown, False)
    assert encode(longer, quirks) == flags.to_bytes(2, "little") + frame[2:] + tail


@given(QUIRKS, st.binary(min_size=2, max_size=48))
def test_both_ways_of_reading_agree_on_any_bytes(quirks: RecordQuirks, frame: bytes) -> None:
    made = make_reader(int.from_bytes(frame[:2], "little"), len(frame), quirks)
    assert made(frame) == read_by_field(frame, quirks) == decode(frame, quirks)


@given(QUIRKS, st.lists(st.binary(max_size=24), max_size=30))
def test_a_joiner_takes_anything_and_holds_little(quirks: RecordQuirks, frames: list[bytes]) -> None:
    joiner = Joiner()
    given_back = 0
    for frame in frames:
        part = decode(frame, quirks)
        record = joiner.push(part)
        assert (record is None) == bool(part.more_data)
        assert (joiner.pending is None) == (record is not None)
        given_back += record is not None
    assert joiner.dropped <= len(frames) - given_back
    joiner.reset()
    assert joiner.pending is None
