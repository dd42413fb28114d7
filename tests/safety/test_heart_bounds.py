"""The heart-rate governor at each of its boundaries, and every pair of its ladders, written down from SAFETY.md."""

from dataclasses import replace

import pytest

from device_adapters.safety import heart as h
from device_adapters.safety.hazards import Cause

NOW = 1_000_000
CEILING = h.Ceiling(limit_bpm=140, max_bpm=185)
MOBILITY = h.Ceiling(limit_bpm=140, max_bpm=185, recovery_ckmh=150)

# SAFETY.md, "Hazards of the heart": after how long, and how hard (the rank of the action).
LOST = [
    (4_999, None, 0), (5_000, Cause.HR_STALE, 1), (14_999, Cause.HR_STALE, 1), (15_000, Cause.HR_MISSING, 1),
    (29_999, Cause.HR_MISSING, 1), (30_000, Cause.HR_LOST, 3), (59_999, Cause.HR_LOST, 3),
    (60_000, Cause.HR_GONE, 4),
]  # fmt: skip
HIGH = [
    (0, 0, None, 0), (9_999, 4_999, None, 0), (10_000, 0, Cause.HR_HIGH, 2), (39_999, 0, Cause.HR_HIGH, 2),
    (40_000, 0, Cause.HR_STILL_HIGH, 3), (84_999, 0, Cause.HR_STILL_HIGH, 3), (85_000, 0, Cause.HR_TOO_HIGH, 4),
    (0, 5_000, Cause.HR_OVER_MAX, 4), (99_000, 5_000, Cause.HR_OVER_MAX, 4),
]  # fmt: skip


def heart(**changes: object) -> h.Heart:
    """A heart of 120 bpm, read and looked at just now."""
    values: dict[str, object] = {
        "trusted_ms": NOW, "looked_ms": NOW, "bpm": 120, "raw_bpm": 120, "raw_ms": NOW, "flat_since_ms": NOW,
        **changes,
    }  # fmt: skip
    return h.Heart(**values)  # type: ignore[arg-type]


def looked(
    given: h.Heart, passed: int = 0, *, ceiling: h.Ceiling | None = CEILING, asked: int = 400
) -> h.Heart:
    return h.looked(given, ceiling, asked_ckmh=asked, speed_max_ckmh=400, now_ms=NOW + passed)


@pytest.mark.parametrize(("over", "over_max", "high", "high_rank"), HIGH)
@pytest.mark.parametrize(("age", "lost", "lost_rank"), LOST)
def test_the_worse_ladder_wins_and_of_equals_the_lost_one(
    age: int, lost: Cause | None, lost_rank: int, over: int, over_max: int, high: Cause | None, high_rank: int
) -> None:
    given = heart(trusted_ms=NOW - age, over_ms=over, over_max_ms=over_max)
    assert looked(given).cause is (lost if lost_rank >= high_rank else high)


def test_a_heart_begins_unknown_and_expected_now() -> None:
    assert h.begun(NOW) == h.Heart(trusted_ms=NOW, looked_ms=NOW, flat_since_ms=NOW)


@pytest.mark.parametrize(
    ("bpm", "contact", "heard"),
    [(34, None, False), (35, None, True), (230, True, True), (231, None, False), (120, False, False),
     (None, True, False)],
)  # fmt: skip
def test_what_a_strap_may_tell(bpm: int | None, contact: bool | None, heard: bool) -> None:
    begun = h.begun(NOW - 3_000)
    after = h.read(begun, bpm, contact=contact, now_ms=NOW)
    told = begun if bpm is None or contact is False else replace(begun, told_bpm=bpm, told_ms=NOW)
    trusted = replace(told, bpm=bpm or 0, raw_bpm=bpm or 0, raw_ms=NOW, trusted_ms=NOW, flat_since_ms=NOW)
    assert after == (trusted if heard else told)


@pytest.mark.parametrize(
    ("bpm", "passed", "believed"),
    [(160, 2_000, True), (161, 2_000, False), (161, 2_001, True), (80, 1, True), (79, 1, False)],
)
def test_a_jump_of_more_than_40_bpm_within_2_s_is_not_believed(bpm: int, passed: int, believed: bool) -> None:
    after = h.read(heart(), bpm, contact=True, now_ms=NOW + passed)
    assert (after.bpm, after.trusted_ms) == ((bpm, NOW + passed) if believed else (120, NOW))
    assert (after.raw_bpm, after.raw_ms, after.flat_since_ms) == (bpm, NOW + passed, NOW + passed)
    again = h.read(after, bpm, contact=True, now_ms=NOW + passed + 1_000)
    assert again.bpm == bpm  # said twice, it is believed


def test_the_first_reading_is_no_jump() -> None:
    assert h.read(h.begun(0), 120, contact=None, now_ms=1_000).bpm == 120


@pytest.mark.parametrize(("passed", "trusted"), [(59_999, True), (60_000, False)])
def test_the_same_value_for_60_s_is_frozen(passed: int, trusted: bool) -> None:
    after = h.read(heart(), 120, contact=None, now_ms=NOW + passed)
    assert after.trusted_ms == (NOW + passed if trusted else NOW)
    assert after.flat_since_ms == NOW
    moved = h.read(after, 121, contact=None, now_ms=NOW + passed)
    assert (moved.trusted_ms, moved.flat_since_ms) == (NOW + passed, NOW + passed)


@pytest.mark.parametrize(
    ("bpm", "over", "over_max"),
    [(140, 500, 500), (141, 2_001, 500), (185, 2_001, 500), (186, 2_001, 2_001)],
)
def test_time_over_fills_and_drains_at_half_the_rate(bpm: int, over: int, over_max: int) -> None:
    after = looked(heart(bpm=bpm, over_ms=1_000, over_max_ms=1_000), 1_001)
    assert (after.over_ms, after.over_max_ms) == (over, over_max)
    assert isinstance(after.over_ms, int)
    assert isinstance(after.over_max_ms, int)
    assert after.looked_ms == NOW + 1_001


def test_a_drained_measure_is_0() -> None:
    after = looked(heart(over_ms=10, over_max_ms=10), 1_000)
    assert (after.over_ms, after.over_max_ms) == (0, 0)


@pytest.mark.parametrize(
    ("age", "ceiling", "over"), [(4_999, CEILING, 100), (5_000, CEILING, 0), (0, None, 0)]
)
def test_only_a_trusted_reading_under_a_known_ceiling_counts(
    age: int, ceiling: h.Ceiling | None, over: int
) -> None:
    given = heart(bpm=200, trusted_ms=NOW + 100 - age)
    assert looked(given, 100, ceiling=ceiling).over_ms == over
    assert looked(given, 100, ceiling=ceiling).over_max_ms == over


def test_a_clock_that_does_not_move_fills_nothing() -> None:
    assert looked(heart(bpm=200), 0).over_ms == 0
    assert looked(heart(bpm=200, over_ms=50), -10).over_ms == 50


@pytest.mark.parametrize(
    ("cause", "asked", "cap", "ceiling", "lowered"),
    [
        ({"over_ms": 10_000}, 333, None, CEILING, 283),  # 15 % slower, rounded down
        ({"over_ms": 10_000}, 400, 200, CEILING, 170),
        ({"over_ms": 10_000}, 150, 200, CEILING, 127),
        ({"over_ms": 10_000}, 110, None, CEILING, 100),
        ({"over_ms": 10_000}, 90, None, CEILING, 90),
        ({"over_ms": 40_000}, 333, None, CEILING, 166),  # half
        ({"over_ms": 40_000}, 900, None, CEILING, 200),
        ({"over_ms": 40_000}, 900, None, MOBILITY, 150),
        ({"over_ms": 40_000}, 150, None, CEILING, 100),
        ({"trusted_ms": NOW - 30_000}, 333, None, CEILING, 200),
        ({"trusted_ms": NOW - 30_000}, 150, None, CEILING, 150),  # not half
        ({"trusted_ms": NOW - 30_000}, 333, None, MOBILITY, 150),
        ({"trusted_ms": NOW - 30_000}, 333, None, None, 200),
        ({"trusted_ms": NOW - 5_000}, 333, None, CEILING, 333),
        ({"trusted_ms": NOW - 5_000}, 333, 250, None, 250),
        ({"trusted_ms": NOW - 60_000}, 333, None, None, 333),
        ({"over_ms": 85_000}, 333, None, CEILING, 333),
        ({"over_max_ms": 5_000}, 333, None, CEILING, 333),
    ],
)  # fmt: skip
def test_what_each_cause_lowers_to(
    cause: dict[str, int], asked: int, cap: int | None, ceiling: h.Ceiling | None, lowered: int
) -> None:
    after = looked(heart(cap_ckmh=cap, **cause), ceiling=ceiling, asked=asked)
    assert (after.cap_ckmh, after.raised_ms) == (lowered, NOW)
    assert isinstance(after.cap_ckmh, int)
    assert looked(after, ceiling=ceiling, asked=50).cap_ckmh == lowered  # the same cause lowers once


@pytest.mark.parametrize(
    ("changes", "cap"),
    [
        ({"bpm": 135, "raised_ms": NOW - 25_000}, 220),
        ({"bpm": 136, "raised_ms": NOW - 25_000}, 200),
        ({"bpm": 135, "raised_ms": NOW - 24_999}, 200),
        ({"bpm": 135, "raised_ms": NOW - 25_000, "over_ms": 1}, 200),
        ({"bpm": 135, "raised_ms": NOW - 25_000, "cap_ckmh": 399}, 419),
        ({"bpm": 135, "raised_ms": NOW, "cap_ckmh": 400}, None),
        ({"bpm": 135, "raised_ms": NOW, "cap_ckmh": 401}, None),
        ({"bpm": 135, "raised_ms": NOW - 25_000, "cap_ckmh": None}, None),
    ],
)  # fmt: skip
def test_the_cap_rises_by_0_2_each_25_s_well_under_the_ceiling(
    changes: dict[str, int | None], cap: int | None
) -> None:
    given = heart(**{"cap_ckmh": 200, **changes})
    after = looked(given)
    assert after.cap_ckmh == cap
    assert after.raised_ms == (NOW if cap in (220, 419) else given.raised_ms)


def test_without_a_ceiling_any_trusted_heart_lets_the_cap_rise() -> None:
    assert looked(heart(bpm=220, cap_ckmh=200, raised_ms=NOW - 25_000), ceiling=None).cap_ckmh == 220


@pytest.mark.parametrize(
    ("hr_max", "share", "rest", "reserve", "bpm"),
    [(200, 750, None, 0, 150), (200, 750, 60, 700, 150), (200, 750, 60, 600, 144), (201, 999, 63, 707, 160)],
)
def test_the_lower_of_two_ceilings(hr_max: int, share: int, rest: int | None, reserve: int, bpm: int) -> None:
    ceiling = h.ceiling_bpm(hr_max, share, rest, reserve)
    assert ceiling == bpm
    assert isinstance(ceiling, int)


@pytest.mark.parametrize(
    ("age", "bpm"), [(20, 194), (23, 191), (25, 190), (39, 180), (40, 180), (41, 179), (47, 173), (67, 153)]
)
def test_the_lower_of_tanaka_and_fox(age: int, bpm: int) -> None:
    assert h.hr_max_by_age(age) == min((2080 - 7 * age) // 10, 220 - age) == bpm


def test_the_recovery_speeds_are_as_written_down() -> None:
    assert (h.RECOVERY_CKMH, h.RECOVERY_MOBILITY_CKMH) == (200, 150)


def test_a_heart_that_goes_on_is_expected_from_now_on_and_keeps_its_ladders() -> None:
    before = heart(
        trusted_ms=NOW - 90_000, looked_ms=NOW - 90_000, flat_since_ms=NOW - 90_000, over_ms=9_000, over_max_ms=400,
        cause=Cause.HR_GONE, cap_ckmh=200, raised_ms=NOW - 80_000,
    )  # fmt: skip
    assert h.resumed(before, NOW) == replace(before, trusted_ms=NOW, looked_ms=NOW, flat_since_ms=NOW)


@pytest.mark.parametrize(
    ("told_bpm", "age", "over_max"),
    [(186, 4_999, 300), (186, 5_000, 200), (185, 4_999, 150), (185, 5_000, 200)],
)
def test_what_a_strap_told_in_the_last_5_s_counts_against_the_maximum_though_it_is_not_trusted(
    told_bpm: int, age: int, over_max: int
) -> None:
    given = heart(
        trusted_ms=NOW - 9_000, looked_ms=NOW - 100, told_bpm=told_bpm, told_ms=NOW - age, over_max_ms=200
    )
    assert h.waited(given, CEILING, NOW).over_max_ms == over_max
