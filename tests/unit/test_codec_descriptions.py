"""What devices say about themselves: features, ranges, battery, texts, advertisements, cross trainers."""

import pytest

from device_adapters.codecs import advertisement, battery, device_information, uuids
from device_adapters.codecs.advertisement import FitnessMachineAdvertisement, MachineType
from device_adapters.codecs.ftms import cross_trainer_data, features, ranges
from device_adapters.codecs.ftms.features import Feature, FitnessMachineFeatures, Target
from device_adapters.errors import DecodeError, UnitError


def test_a_cut_feature_claims_nothing_more() -> None:
    whole = bytes.fromhex("5c16000003000000")
    assert features.decode(whole[:7]) == FitnessMachineFeatures(features.decode(whole).features, Target(0))
    assert features.decode(whole[:3]) == FitnessMachineFeatures(Feature(0), Target(0))


def test_reserved_feature_bits_survive() -> None:
    value = features.decode(bytes.fromhex("0000008003000000"))
    assert value.features == 1 << 31
    assert features.encode(value).hex() == "0000008003000000"


@pytest.mark.parametrize("decode", [ranges.decode_speed, ranges.decode_incline])
def test_a_cut_range_is_no_range(decode: object) -> None:
    assert callable(decode)
    with pytest.raises(DecodeError, match="too short"):
        decode(bytes(5))
    assert decode(bytes(7)) == decode(bytes(6))


def test_a_range_that_does_not_fit_is_refused() -> None:
    with pytest.raises(UnitError):
        ranges.encode_speed(ranges.SpeedRange(-1, 2000, 10))


@pytest.mark.parametrize(
    ("sent", "percent"), [("64", 100), ("00", 0), ("65", None), ("ff", None), ("", None)]
)
def test_battery(sent: str, percent: int | None) -> None:
    assert battery.decode(bytes.fromhex(sent)) == percent


@pytest.mark.parametrize("percent", [-1, 101])
def test_a_battery_out_of_range_is_refused(percent: int) -> None:
    with pytest.raises(UnitError):
        battery.encode(percent)


@pytest.mark.parametrize(
    ("sent", "text"),
    [(b"Polar H10\0\0", "Polar H10"), (b" TM\xff \0junk", "TM\ufffd"), (b"", ""), (b"\0", "")],
)
def test_texts_as_devices_pad_and_break_them(sent: bytes, text: str) -> None:
    assert device_information.decode(sent) == text


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("010100", FitnessMachineAdvertisement(True, MachineType.TREADMILL)),
        ("018001", FitnessMachineAdvertisement(True, MachineType(0x180))),
        ("0101", FitnessMachineAdvertisement(True, MachineType(0))),
        ("", FitnessMachineAdvertisement(False, MachineType(0))),
    ],
)
def test_service_data_may_be_short(sent: str, expected: FitnessMachineAdvertisement) -> None:
    assert advertisement.decode_service_data(bytes.fromhex(sent)) == expected


@pytest.mark.parametrize(
    "sent", ["", "00", "06162618010", "020106", "0616261801", "0316ffff0616271801010000"]
)
def test_an_advertisement_without_a_fitness_machine_is_said_to_have_none(sent: str) -> None:
    with pytest.raises(DecodeError, match="1826"):
        advertisement.decode(bytes.fromhex(sent[: len(sent) // 2 * 2]))


def test_backward_is_told_by_cross_trainers_alone() -> None:
    assert cross_trainer_data.decode(bytes.fromhex("000000")).direction == "forward"
    assert cross_trainer_data.decode(bytes.fromhex("018000")).direction == "backward"
    with pytest.raises(DecodeError, match="2ace"):
        cross_trainer_data.decode(b"\x00\x80")


def test_a_cross_trainers_resistance_has_the_width_that_fits() -> None:
    narrow = cross_trainer_data.decode(bytes.fromhex("810100 05 5a00"))
    wide = cross_trainer_data.decode(bytes.fromhex("810100 0500 5a00"))
    assert narrow.power_w == wide.power_w == 90
    assert cross_trainer_data.decode(bytes.fromhex("810100 05")).power_w is None


def test_uuids_are_spelt_as_bleak_spells_them() -> None:
    assert uuids.FITNESS_MACHINE_SERVICE == "00001826-0000-1000-8000-00805f9b34fb"
    assert uuids.HEART_RATE_MEASUREMENT == uuids.uuid128(0x2A37) == "00002a37-0000-1000-8000-00805f9b34fb"
