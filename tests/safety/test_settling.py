"""Whether a belt keeps what it was told, at each boundary."""

from dataclasses import replace

import pytest

from device_adapters.safety.settling import Settling, fights, followed, told_anew, wants_back, written_back

NOW = 100_000
KEPT = Settling(kept_ckmh=200, kept_ms=NOW - 2_000, settled_ckmh=150, backs=1, doubts=2, doubted_ckmh=170)


@pytest.mark.parametrize(
    ("speed", "told", "written_ms", "known"),
    [
        (200, 200, NOW - 2_000, replace(KEPT, settled_ckmh=200)),
        (210, 229, NOW - 2_000, replace(KEPT, settled_ckmh=229)),
        (190, 209, NOW - 2_000, replace(KEPT, settled_ckmh=209)),
        (200, 220, NOW - 2_000, KEPT),
        (200, 180, NOW - 2_000, KEPT),
        (200, 181, NOW - 2_000, replace(KEPT, settled_ckmh=181)),
        (200, 200, NOW - 1_999, KEPT),
        (211, 211, 0, replace(KEPT, kept_ckmh=211, kept_ms=NOW)),
        (189, 189, 0, replace(KEPT, kept_ckmh=189, kept_ms=NOW)),
    ],
)
def test_a_belt_settles_2_s_after_the_write_and_its_last_change(
    speed: int, told: int, written_ms: int, known: Settling
) -> None:
    assert followed(KEPT, speed, told, written_ms=written_ms, now_ms=NOW) == known


def test_a_belt_that_settles_where_it_was_doubted_was_pressed() -> None:
    doubted = replace(KEPT, doubted_ckmh=200)
    after = followed(doubted, 200, 200, written_ms=0, now_ms=NOW)
    assert (after.settled_ckmh, after.doubts) == (200, 0)


@pytest.mark.parametrize(
    ("known", "wants"),
    [
        (Settling(settled_ckmh=200, kept_ms=NOW, backs=3, doubts=3), True),  # at once, and the fourth is told
        (Settling(settled_ckmh=200, kept_ms=NOW, doubts=3), True),
        (Settling(settled_ckmh=200, kept_ms=NOW, backs=4), False),
        (Settling(backs=3, doubts=3, kept_ms=NOW - 2_000), True),
        (Settling(backs=3, kept_ms=NOW - 1_999), False),
        (Settling(backs=4, kept_ms=NOW - 2_000), False),
        (Settling(doubts=2, kept_ms=NOW - 2_000), True),
        (Settling(doubts=2, kept_ms=NOW - 1_999), False),
        (Settling(doubts=3, kept_ms=NOW - 2_000), False),
    ],
)
def test_what_is_written_back(known: Settling, wants: bool) -> None:
    assert wants_back(known, 220, 200, written_ms=0, now_ms=NOW) is wants
    assert not wants_back(known, 219, 200, written_ms=0, now_ms=NOW)


def test_an_unsettled_belt_waits_for_the_last_write_too() -> None:
    unsettled = Settling(kept_ms=0)
    assert not wants_back(unsettled, 220, 200, written_ms=NOW - 1_999, now_ms=NOW)
    assert wants_back(unsettled, 220, 200, written_ms=NOW - 2_000, now_ms=NOW)


@pytest.mark.parametrize(
    ("known", "after"),
    [
        (Settling(settled_ckmh=200), Settling(backs=1)),
        (Settling(settled_ckmh=200, backs=2, doubts=1), Settling(backs=3, doubts=1)),
        (Settling(settled_ckmh=200, backs=3), Settling(settled_ckmh=200, backs=4)),
        (Settling(backs=1), Settling(backs=2)),
        (Settling(settled_ckmh=150), Settling(settled_ckmh=150, doubts=1, doubted_ckmh=200)),
        (Settling(doubts=1, doubted_ckmh=150), Settling(doubts=2, doubted_ckmh=200)),
    ],
)
def test_what_was_written_back_is_counted(known: Settling, after: Settling) -> None:
    assert written_back(known, 200) == after


def test_it_fights_the_fourth_time_until_another_speed() -> None:
    assert [fights(Settling(backs=n)) for n in (2, 3, 4)] == [False, True, False]
    assert told_anew(KEPT) == replace(KEPT, backs=0)
