"""CSC Measurement 0x2A5B: frames made by hand from the specification, cut frames, any value, and both roll-overs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.codecs.cycling_speed_cadence import CscMeasurement, decode, encode
from device_adapters.errors import DecodeError, UnitError
from services.cli.devices.frames import READERS


def at(turns: int, event: int) -> CscMeasurement:
    return CscMeasurement(wheel_revolutions=turns, last_wheel_event_1024ths=event)


GOLDEN = [
    ("01000000000000", at(0, 0)),
    ("016d010000fc7e", at(365, 32_508)),
    ("01ffffffffffff", at(2**32 - 1, 2**16 - 1)),
]
values = st.builds(at, st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1))


@pytest.mark.parametrize(("frame", "value"), GOLDEN)
def test_goldens(frame: str, value: CscMeasurement) -> None:
    assert decode(bytes.fromhex(frame)) == value
    assert encode(value).hex() == frame


@given(values)
def test_there_and_back(value: CscMeasurement) -> None:
    assert decode(encode(value)) == value


@given(st.binary(max_size=14))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    if len(data) < 7 or not data[0] & 1:
        with pytest.raises(DecodeError, match="2a5b"):
            decode(data)
    else:
        assert encode(decode(data))[1:] == data[1:7]


def test_a_crank_s_revolutions_are_passed_over_and_a_crank_alone_is_refused() -> None:
    assert decode(bytes.fromhex("036d010000fc7e2c01f87e")) == at(365, 32_508)
    with pytest.raises(DecodeError, match="no wheel revolutions"):
        decode(bytes.fromhex("022c01f87e000000"))


@given(values, st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**16 - 1))
def test_what_passed_between_two_is_right_across_both_roll_overs(
    earlier: CscMeasurement, turns: int, ticks: int
) -> None:
    later = at(
        (earlier.wheel_revolutions + turns) % 2**32, (earlier.last_wheel_event_1024ths + ticks) % 2**16
    )
    assert later.since(earlier) == (turns, ticks)


@pytest.mark.parametrize("value", [at(-1, 0), at(2**32, 0), at(0, -1), at(0, 2**16)])
def test_what_does_not_fit_is_refused(value: CscMeasurement) -> None:
    with pytest.raises(UnitError):
        encode(value)


def test_the_decode_command_tells_it_in_human_units() -> None:
    (record,) = READERS["2a5b"]([bytes.fromhex("016d0100000006")], None)
    assert record == {"wheel_revolutions": 365, "last_wheel_event_s": 1.5}
