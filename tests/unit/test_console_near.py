"""Which strap was put on just now, by two clocks that do not agree."""

import pytest

from device_adapters.contract.messages import Nearby, NearbyStrap
from services.console.live.nearby_straps import near_straps

UNIT_MS = 5_000_000
"""The unit's clock when it spoke; the console's says 100 000."""


def said(*ages_s: int, taken: str = "") -> Nearby:
    straps = tuple(
        NearbyStrap(strap=f"hr-{n}", rssi_dbm=-40 - n, since_ms=UNIT_MS - age * 1000, treadmill=taken)
        for n, age in enumerate(ages_s)
    )
    return Nearby(unit="unit-01", boot="b", at_ms=UNIT_MS, straps=straps)


@pytest.mark.parametrize(
    ("ages_s", "offer"), [((60, 3), "hr-1"), ((60, 40), ""), ((2, 3), ""), ((10, 60), "hr-0"), ((11, 60), "")]
)
def test_the_only_one_that_came_since_is_offered(ages_s: tuple[int, ...], offer: str) -> None:
    assert near_straps(said(*ages_s), 100_000, 90_000, 100_000).offer == offer


def test_time_that_passed_since_the_unit_spoke_counts() -> None:
    assert near_straps(said(3), 100_000, 98_000, 105_000).offer == ""
    assert near_straps(said(3), 100_000, 97_000, 105_000).offer == "hr-0"


def test_a_strap_that_is_read_already_and_a_silent_unit_offer_nothing() -> None:
    assert near_straps(said(1, taken="tm-02"), 100_000, 0, 100_000).straps == ()
    assert near_straps(None, 100_000, 0, 100_000).straps == ()
