"""What counts as a whole number in what strangers write."""

import pytest

from services.rules.whole import whole
from services.session.beats import Beats


@pytest.mark.parametrize("text", ["", " 7", "-1", "+1", "1.0", "1_0", "²", "٣", "x", "9" * 16, "9" * 5000])
def test_what_is_none(text: str) -> None:
    assert whole(text) is None


def test_what_is_one() -> None:
    assert [whole(text) for text in ("0", "007", "9" * 15)] == [0, 7, 10**15 - 1]


def test_a_beat_of_digits_without_end_is_none_of_ours() -> None:
    beats = Beats("holder")
    mine = beats.next(1_000)
    assert beats.since_ms(mine) == 1_000
    holder = mine.partition(":")[0]
    assert [beats.since_ms(f"{holder}:{number}") for number in ("9" * 5000, "0", "2", "²")] == [None] * 4
