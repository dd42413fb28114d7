"""Steps that nobody takes on this belt are left out; steps that a person may take are kept."""

import pytest

from device_adapters.link.cadence import Judged, plausible, step


@pytest.mark.parametrize(
    ("steps_per_min", "kmh"),
    [(374, 8), (510, 10), (42, 10), (301, None), (19, 2), (2, None), (220, 4), (310, 12), (170, 1), (60, 10)],
)
def test_it_cannot_be(steps_per_min: int, kmh: int | None) -> None:
    assert not plausible(steps_per_min, None if kmh is None else kmh * 100)


@pytest.mark.parametrize(
    ("steps_per_min", "kmh"),
    [
        (0, 10), (0, None), (110, 4), (60, 1), (150, 1), (180, 10), (170, 6), (200, 16), (36, 1), (30, 0), (300, None),
        (20, None), (200, 20), (100, 2), (46, 6),
    ],
)  # fmt: skip
def test_it_may_be(steps_per_min: int, kmh: int | None) -> None:
    assert plausible(steps_per_min, None if kmh is None else kmh * 100)


@pytest.mark.parametrize(
    ("steps_per_min", "ckmh", "may_be"),
    [
        (100, 1_320, True),  # 220 m a minute by steps of 2.2 m
        (100, 1_321, False),
        (60, 792, True),
        (60, 793, False),
        (155, 100, True),  # 140 of who stands, and 15 more for each km/h
        (156, 100, False),
        (200, 400, True),
        (201, 400, False),
        (200, 399, False),
        (290, 1_000, True),
        (291, 1_000, False),
    ],
)
def test_a_step_is_no_longer_than_2_2_m_and_no_quicker_than_the_speed_allows(
    steps_per_min: int, ckmh: int, may_be: bool
) -> None:
    assert plausible(steps_per_min, ckmh) is may_be


def test_only_what_lasts_5_s_is_told() -> None:
    judged = step(Judged(), False, 100)
    assert judged == Judged(100)
    judged = step(judged, False, 5_099)
    assert judged == Judged(100)
    assert step(judged, False, 5_100) == Judged(100, lasts=True)
    assert step(judged, True, 5_100) == Judged()
