"""Steps that nobody takes on this belt are left out; steps that a person may take are kept."""

import pytest

from device_adapters.link import cadence
from device_adapters.link.cadence import POWER_STEP_MOST_CM, CadenceJudged, plausible, step


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


@pytest.mark.parametrize("kmh", [2, 4, 6, 8])
@pytest.mark.parametrize("watt_per_metre", [60, 100, 150, 225])
def test_a_tenth_of_a_walkers_power_is_no_cadence(kmh: int, watt_per_metre: int) -> None:
    """Each foot's cadence is told as power ÷ 10 (a whole number); both feet are twice that."""
    told = 2 * (watt_per_metre * kmh * 10 // 36 // 10)
    assert told == 0 or not plausible(told, kmh * 100 + 1, step_most_cm=POWER_STEP_MOST_CM)


@pytest.mark.parametrize(
    ("steps_per_min", "kmh"), [(40, 2), (60, 4), (76, 6), (102, 8), (170, 13), (0, 5), (36, 1)]
)
def test_the_steps_of_who_walks_are_kept_of_a_pod_that_may_tell_power(steps_per_min: int, kmh: int) -> None:
    assert plausible(steps_per_min, kmh * 100, step_most_cm=POWER_STEP_MOST_CM)


def test_a_pod_that_may_tell_power_is_believed_up_to_steps_of_133_cm() -> None:
    assert plausible(100, 798, step_most_cm=POWER_STEP_MOST_CM)
    assert not plausible(100, 799, step_most_cm=POWER_STEP_MOST_CM)


def test_only_what_lasts_5_s_is_told() -> None:
    judged = step(CadenceJudged(), False, 100)
    assert judged == CadenceJudged(100)
    judged = step(judged, False, 5_099)
    assert judged == CadenceJudged(100)
    assert step(judged, False, 5_100) == CadenceJudged(100, lasts=True)
    assert step(judged, True, 5_100) == CadenceJudged()


def test_a_step_of_2_2_m_is_the_longest() -> None:
    longest = cadence.STEP_MOST_CM
    assert plausible(100, 1_320, step_most_cm=longest)
    assert not plausible(100, 1_321, step_most_cm=longest)


@pytest.mark.parametrize(("cm", "may_be"), [(-1, False), (0, False), (1, True), (220, True), (221, False)])
def test_a_step_is_of_1_to_220_cm(cm: int, may_be: bool) -> None:
    assert cadence.is_step(cm) is may_be
