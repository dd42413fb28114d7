"""A frame that was kept back is as old as it is, whatever the clocks of unit and hub say."""

import pytest

from services.console.arrivals import WINDOW_MS, Arrivals

HOUR_MS = 3_600_000


@pytest.mark.parametrize("unit_clock_ahead_ms", [-HOUR_MS, 0, 7, HOUR_MS])
def test_only_the_delay_beyond_the_fastest_counts(unit_clock_ahead_ms: int) -> None:
    arrivals = Arrivals()

    def late(seq: int, measured_ms: int, arrived_ms: int) -> int | None:
        return arrivals.late_ms("a", seq, measured_ms + unit_clock_ahead_ms, arrived_ms)

    assert late(1, 1_000, 1_020) == 0
    assert late(2, 2_000, 2_005) == 0
    assert late(3, 3_000, 3_025) == 20
    assert late(4, 4_000, 12_000) == 7_995


def test_a_backlog_that_drains_after_an_outage_stays_old() -> None:
    arrivals = Arrivals()
    assert arrivals.late_ms("a", 1, 0, 10) == 0
    back_ms = 10 * WINDOW_MS
    for seq in range(2, 600):
        measured_ms = seq * 1_000
        late_ms = arrivals.late_ms("a", seq, measured_ms, back_ms + seq)
        assert late_ms == max(0, back_ms + seq - measured_ms - 10)


def test_a_repeated_or_overtaken_frame_is_none() -> None:
    arrivals = Arrivals()
    assert arrivals.late_ms("a", 5, 5_000, 5_000) == 0
    assert arrivals.late_ms("a", 5, 5_000, 6_000) is None
    assert arrivals.late_ms("a", 4, 4_000, 6_000) is None
    assert arrivals.late_ms("b", 1, 6_000, 6_500) == 0


def test_a_clock_set_back_is_forgiven_within_two_windows() -> None:
    arrivals = Arrivals()
    assert arrivals.late_ms("a", 1, HOUR_MS, 0) == 0
    late = [arrivals.late_ms("a", 2 + i, i * 1_000, i * 1_000) for i in range(1, 2 * WINDOW_MS // 1_000 + 2)]
    assert late[0] == HOUR_MS
    assert late[-1] == 0


def test_what_a_unit_left_behind_before_its_last_start_is_none() -> None:
    arrivals = Arrivals()
    assert arrivals.late_ms("a", 1, 1_000, 1_000) == 0
    assert arrivals.late_ms("b", 1, 9_000, 9_000) == 0
    assert arrivals.late_ms("a", 2, 2_000, 9_010) is None
    assert arrivals.late_ms("b", 2, 9_250, 9_250) == 0
