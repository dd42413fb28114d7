"""Steps that nobody takes on this belt are left out; steps that a person may take are kept."""

import pytest

from device_adapters.link.cadence import TOLD_MS, Judged, plausible, step


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


def test_only_what_lasts_is_told() -> None:
    judged = step(Judged(), False, 100)
    assert judged == Judged(100)
    judged = step(judged, False, 100 + TOLD_MS - 1)
    assert not judged.lasts
    assert step(judged, False, 100 + TOLD_MS).lasts
    assert step(judged, True, 100 + TOLD_MS) == Judged()
