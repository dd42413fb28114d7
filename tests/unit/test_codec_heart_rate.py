"""Heart Rate Measurement by example."""

import pytest

from device_adapters.codecs.heart_rate import HeartRateMeasurement, decode, encode
from device_adapters.errors import DecodeError, UnitError


@pytest.mark.parametrize(("flags", "contact"), [(0x00, None), (0x02, None), (0x04, False), (0x06, True)])
def test_contact_is_known_only_where_the_strap_supports_it(flags: int, contact: bool | None) -> None:
    assert decode(bytes([flags, 80])).contact is contact


@pytest.mark.parametrize("frame", ["", "10", "01", "012c"])
def test_without_a_rate_there_is_nothing_to_say(frame: str) -> None:
    with pytest.raises(DecodeError, match="2a37"):
        decode(bytes.fromhex(frame))


def test_zero_is_what_the_strap_said() -> None:
    assert decode(bytes.fromhex("0600")).bpm == 0


def test_intervals_announced_and_absent_differ() -> None:
    assert decode(bytes.fromhex("006f")).rr_1024 is None
    assert decode(bytes.fromhex("106f")).rr_1024 == ()
    assert decode(bytes.fromhex("106f0004ff")).rr_1024 == (1024,)


def test_a_cut_energy_ends_the_reading() -> None:
    assert decode(bytes.fromhex("1843d0")) == HeartRateMeasurement(bpm=67)


@pytest.mark.parametrize("value", [
    HeartRateMeasurement(bpm=-1), HeartRateMeasurement(bpm=65536), HeartRateMeasurement(bpm=60, energy_kj=65536),
    HeartRateMeasurement(bpm=60, rr_1024=(-1,)),
])  # fmt: skip
def test_what_does_not_fit_is_refused(value: HeartRateMeasurement) -> None:
    with pytest.raises(UnitError):
        encode(value)
