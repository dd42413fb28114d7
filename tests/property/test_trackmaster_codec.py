"""The Trackmaster codec: it goes one way, and nothing that moves it another can be encoded."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.codecs import serial_frames, trackmaster
from device_adapters.codecs.serial_frames import Frame, Own, Status
from device_adapters.codecs.trackmaster import TrackmasterTongue
from device_adapters.codecs.woodway import Direction, WoodwayTongue
from device_adapters.errors import ConfigError, DecodeError, UnitError
from device_adapters.safety.limits import Arrangement
from device_adapters.serial.makes import Make, make_of

TONGUE = TrackmasterTongue()


@given(st.integers(-100, 400))
def test_a_speed_is_of_1_to_62_tenths_or_nothing_at_all(tenths: int) -> None:
    if 1 <= tenths <= serial_frames.TENTHS_MAX:
        assert TONGUE.set_speed(tenths) == b"\xa3" + b"%04d" % tenths
        return
    with pytest.raises(UnitError, match="1 to 62"):
        TONGUE.set_speed(tenths)


@pytest.mark.parametrize("value", [6.0, 1.5, -0.0, 0.0, math.nan, math.inf, True, "6", None])
def test_what_is_no_whole_number_is_no_speed(value: Any) -> None:
    with pytest.raises(UnitError, match="whole tenths"):
        TONGUE.set_speed(value)


def test_what_it_says() -> None:
    assert [TONGUE.status(Frame(0xD0, digit)) for digit in (b"1", b"2", b"3")] == [
        Status.STOPPED,
        Status.RUNNING,
        Status.UNWATCHED,
    ]
    assert TONGUE.speed(Frame(0xD1, b"0118")) == (True, 118)
    assert trackmaster.set_to(Frame(0xD3, b"0018")) == 18
    assert (TONGUE.backward, TONGUE.own) == (False, Own.SET_SPEED)


@pytest.mark.parametrize("data", [b"3012", b"0300", b"-012", b"2.14", b""])
def test_a_speed_that_it_cannot_tell_is_none(data: bytes) -> None:
    for read in (TONGUE.speed, trackmaster.set_to):
        with pytest.raises(DecodeError, match="0 to 299"):
            read(Frame(0xD1, data))


def test_an_unknown_status_is_none() -> None:
    with pytest.raises(DecodeError, match=r"^serial line: an unknown status \(got d034\)$"):
        TONGUE.status(Frame(0xD0, b"4"))


def test_one_whose_belt_is_to_run_backward_is_refused() -> None:
    said = "^arrangement = 'belt_reversed': a Trackmaster runs forward only; give it member_turned$"
    with pytest.raises(ConfigError, match=said):
        make_of("trackmaster", Arrangement.BELT_REVERSED)


def test_each_make_is_spoken_to_as_it_is_arranged() -> None:
    assert make_of("trackmaster", Arrangement.MEMBER_TURNED) == Make(
        "Trackmaster", "Trackmaster (serial)", TONGUE
    )
    assert make_of("woodway", Arrangement.MEMBER_TURNED) == Make(
        "Woodway", "Woodway (serial)", WoodwayTongue(Direction.FORWARD)
    )
    assert make_of("woodway", Arrangement.BELT_REVERSED) == Make(
        "Woodway", "Woodway (serial)", WoodwayTongue(Direction.REVERSE)
    )
