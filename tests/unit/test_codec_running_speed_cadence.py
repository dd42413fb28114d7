"""RSC Measurement 0x2A53: frames made by hand from the specification, cut frames, and any value there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.codecs.running_speed_cadence import RscMeasurement, decode, encode
from device_adapters.errors import DecodeError, UnitError
from services.cli.devices.frames import READERS

GOLDEN = [
    ("00000000", RscMeasurement(speed_256ths=0, cadence_per_min=0)),
    ("0480024b", RscMeasurement(speed_256ths=640, cadence_per_min=75, running=True)),  # 2.5 m/s, 150 steps
    ("0180023c7d00", RscMeasurement(speed_256ths=640, cadence_per_min=60, stride_cm=125)),
    ("0240013ce8030000", RscMeasurement(speed_256ths=320, cadence_per_min=60, distance_dm=1000)),
    (
        "07ffffffffffffffffff",
        RscMeasurement(
            speed_256ths=0xFFFF, cadence_per_min=255, stride_cm=0xFFFF, distance_dm=2**32 - 1, running=True
        ),
    ),
]

values = st.builds(
    RscMeasurement,
    speed_256ths=st.integers(0, 0xFFFF),
    cadence_per_min=st.integers(0, 255),
    stride_cm=st.none() | st.integers(0, 0xFFFF),
    distance_dm=st.none() | st.integers(0, 2**32 - 1),
    running=st.booleans(),
)


@pytest.mark.parametrize(("frame", "value"), GOLDEN)
def test_goldens(frame: str, value: RscMeasurement) -> None:
    assert decode(bytes.fromhex(frame)) == value
    assert encode(value).hex() == frame


@given(values)
def test_there_and_back(value: RscMeasurement) -> None:
    assert decode(encode(value)) == value


@given(st.binary(max_size=12))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    if len(data) < 4:
        with pytest.raises(DecodeError, match="2a53"):
            decode(data)
    else:
        assert decode(data).cadence_per_min == data[3]


def test_what_is_cut_off_is_absent_and_nothing_is_read_from_its_place() -> None:
    whole = bytes.fromhex("0780024b7d00e8030000")
    assert decode(whole[:9]) == RscMeasurement(
        speed_256ths=640, cadence_per_min=75, stride_cm=125, running=True
    )
    assert decode(whole[:5]) == RscMeasurement(speed_256ths=640, cadence_per_min=75, running=True)
    assert decode(whole + b"\xff") == decode(whole)
    assert decode(bytes.fromhex("0300003c01")).distance_dm is None


@pytest.mark.parametrize(
    "value",
    [
        RscMeasurement(speed_256ths=-1, cadence_per_min=0),
        RscMeasurement(speed_256ths=0, cadence_per_min=256),
        RscMeasurement(speed_256ths=0, cadence_per_min=0, stride_cm=0x10000),
        RscMeasurement(speed_256ths=0, cadence_per_min=0, distance_dm=2**32),
    ],
)
def test_what_does_not_fit_is_refused(value: RscMeasurement) -> None:
    with pytest.raises(UnitError):
        encode(value)


def test_the_decode_command_tells_it_in_human_units() -> None:
    (record,) = READERS["2a53"]([bytes.fromhex("0780024b7d00e8030000")], None)
    assert record == {
        "speed_kmh": 9.0,
        "cadence_spm": 150,
        "stride_m": 1.25,
        "distance_m": 100.0,
        "running": True,
    }
