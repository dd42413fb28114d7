"""Records of a treadmill without what cannot be: an incline of no deck, a console's level, a record without an end."""

import pytest

from device_adapters.clock import ManualClock
from device_adapters.codecs.ftms.ranges import InclineRange
from device_adapters.codecs.ftms.treadmill_data import OPEN_MAX, TreadmillData, encode
from device_adapters.profiles.loader import generic, match
from device_adapters.unit.oddities import Oddities
from device_adapters.unit.reading import Reading


def reading() -> tuple[Reading, Oddities]:
    odd = Oddities(ManualClock(), lambda _note: None)
    return Reading(odd), odd


def incline(of: Reading, dpct: int) -> int | None:
    record = of.record(encode(TreadmillData(speed_ckmh=250, incline_dpct=dpct)))
    assert record is not None
    assert record.speed_ckmh == 250
    return record.incline_dpct


@pytest.mark.parametrize(
    ("told_dpct", "kept", "odd"),
    [
        (0, True, False), (150, True, False), (160, True, False), (161, True, True), (-40, True, False),
        (-41, True, True), (400, True, True), (401, False, True), (-151, False, True), (3000, False, True),
    ],
)  # fmt: skip
def test_an_incline_of_no_deck_is_left_out_and_one_beyond_the_range_is_told(
    told_dpct: int, kept: bool, odd: bool
) -> None:
    of, oddities = reading()
    of.known(generic())
    of.tilts(InclineRange(-30, 150, 5))
    assert incline(of, told_dpct) == (told_dpct if kept else None)
    assert oddities.keys == (("incline_implausible",) if odd else ())
    assert incline(of, 10) == 10
    assert oddities.keys == ()


@pytest.mark.parametrize("claimed", [None, InclineRange(0, 0, 0)])
def test_without_a_range_only_what_no_deck_does_is_odd(claimed: InclineRange | None) -> None:
    of, oddities = reading()
    of.tilts(claimed)
    assert incline(of, 400) == 400
    assert oddities.keys == ()


def test_a_consoles_level_is_no_percentage() -> None:
    of, oddities = reading()
    of.known(match(name="Winfita T532"))
    assert incline(of, 7) is None
    assert oddities.keys == ("incline_implausible",)


def test_a_record_without_an_end_is_read_and_told() -> None:
    of, oddities = reading()
    frame = encode(TreadmillData(speed_ckmh=250, distance_m=120))
    frame = bytes([frame[0] | 1]) + frame[1:]
    records = [record for _ in range(OPEN_MAX + 5) if (record := of.record(frame)) is not None]
    assert {(r.speed_ckmh, r.distance_m) for r in records} == {(250, 120)}
    assert len(records) == 5
    assert oddities.keys == ("never_ends",)
    of.reset()
