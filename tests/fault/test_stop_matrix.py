"""A row about Stop is green only if it was answered, said and obeyed in time."""

import pytest
from matrix_rows import WAY_S
from stop_matrix import ANSWER_S, REST_S, ROWS, StopRowOutcome, show_stops

CONSOLE = next(row for row in ROWS if row.by == "console")
TERMINAL = next(row for row in ROWS if row.by == "terminal")


@pytest.mark.parametrize(
    ("outcome", "green"),
    [
        (StopRowOutcome(CONSOLE, 0.1, 0.2, 3.0), True),
        (StopRowOutcome(CONSOLE, None, 0.2, 3.0), False),
        (StopRowOutcome(CONSOLE, ANSWER_S + WAY_S + 0.1, 0.2, 3.0), False),
        (StopRowOutcome(CONSOLE, 0.1, None, 3.0), False),
        (StopRowOutcome(CONSOLE, 0.1, WAY_S + 0.1, 3.0), False),
        (StopRowOutcome(CONSOLE, 0.1, 0.2, None), False),
        (StopRowOutcome(CONSOLE, 0.1, 0.2, REST_S + 0.1), False),
        (StopRowOutcome(TERMINAL, None, 0.2, 3.0), True),
        (StopRowOutcome(TERMINAL, None, None, 3.0), False),
    ],
)
def test_a_row_is_green_only_inside_its_bounds(outcome: StopRowOutcome, green: bool) -> None:
    assert outcome.green is green


def test_one_red_or_missing_row_makes_all_of_it_red() -> None:
    well = [StopRowOutcome(row, 0.1, 0.2, 3.0) for row in ROWS]
    assert show_stops(well)
    assert not show_stops(well[1:])
    assert not show_stops([*well[1:], StopRowOutcome(ROWS[0], 0.1, 0.2, None)])
