"""A belt that promises more with every notification: after a bound, what is there is taken, its speed too."""

from device_adapters.codecs.ftms.treadmill_data import (
    OPEN_MAX,
    Joiner,
    TreadmillData,
    decode,
    decode_as_ended,
    encode,
)

WHOLE = TreadmillData(speed_ckmh=250, distance_m=120, incline_dpct=15, elapsed_s=60)


def wrong(data: bytes) -> bytes:
    """The same bytes with More Data set, though nothing more comes and the speed is in it."""
    return bytes([data[0] | 1]) + data[1:]


def test_nothing_is_lost_once_it_is_known_never_to_end() -> None:
    joiner, frame = Joiner(), wrong(encode(WHOLE))
    for _ in range(OPEN_MAX):
        assert not joiner.never_ends
        assert joiner.push(decode(frame)) is None
    assert joiner.never_ends
    told = decode_as_ended(frame)
    assert told is not None
    assert (told.speed_ckmh, told.distance_m, told.incline_dpct, told.elapsed_s) == (250, 120, 15, 60)
    record = joiner.push(decode(frame))
    assert record is not None
    assert not record.more_data


def test_parts_that_promise_more_for_ever_come_together_and_have_no_speed() -> None:
    first = encode(TreadmillData(distance_m=120, more_data=True))
    then = encode(TreadmillData(elapsed_s=60, more_data=True))
    assert decode_as_ended(first) is None
    assert decode_as_ended(then) is None
    joiner, records = Joiner(), list[TreadmillData]()
    for _ in range(2 * OPEN_MAX):
        records += [record for part in (first, then) if (record := joiner.push(decode(part))) is not None]
    assert records
    assert {(r.distance_m, r.elapsed_s, r.speed_ckmh, r.more_data) for r in records} == {
        (120, 60, None, False)
    }


def test_a_belt_that_ends_its_records_is_read_as_ever() -> None:
    joiner = Joiner()
    for _ in range(3 * OPEN_MAX):
        assert joiner.push(decode(encode(TreadmillData(distance_m=120, more_data=True)))) is None
        record = joiner.push(decode(encode(TreadmillData(speed_ckmh=250))))
        assert record is not None
        assert (record.speed_ckmh, record.distance_m) == (250, 120)
    assert not joiner.never_ends


def test_what_is_too_short_is_no_record() -> None:
    assert decode_as_ended(b"") is None
    assert decode_as_ended(b"\x01") is None
    assert decode_as_ended(b"\x01\x00") is None
