"""The fault matrix is green only for what it says: a row that is late, silent or moves again is red."""

import sqlite3
from pathlib import Path

import parts
import pytest
from matrix import NAMES, PARTS, selected
from matrix_rows import DEVICES, ONE_BY_ONE, MatrixRow
from matrix_runs import RowOutcome, gaps
from matrix_tables import show, show_kept, show_stores
from store_faults import StoreOutcome
from things_kept import KeptOutcome

HALT = next(row for row in DEVICES if row.name == "safety cord pulled")
GOES_ON = next(row for row in ONE_BY_ONE if row.goes_on)


@pytest.mark.parametrize(
    ("outcome", "green"),
    [
        (RowOutcome(HALT, "safety_key", said_s=0.5, rest_s=3.0), True),
        (RowOutcome(HALT, "safety_key", said_s=9.0, rest_s=3.0), False),
        (RowOutcome(HALT, "safety_key", said_s=0.5, rest_s=60.0), False),
        (RowOutcome(HALT, "", said_s=None, rest_s=3.0), False),
        (RowOutcome(HALT, "safety_key", said_s=0.5, rest_s=None), False),
        (RowOutcome(HALT, "safety_key", said_s=0.5, rest_s=3.0, moved_again=True), False),
        (RowOutcome(GOES_ON, went_on=True), True),
        (RowOutcome(GOES_ON), False),
    ],
)
def test_a_row_is_green_only_inside_its_bounds(outcome: RowOutcome, green: bool) -> None:
    assert outcome.green is green
    assert show([outcome], {"tm-01": 0}) is green


def test_a_missing_frame_makes_the_whole_matrix_red() -> None:
    assert not show([RowOutcome(GOES_ON, went_on=True)], {"tm-01": 1})


def test_frames_that_are_not_stored_are_counted(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "metrics.db") as db:
        db.execute("CREATE TABLE treadmill (treadmill, boot, seq)")
        db.executemany("INSERT INTO treadmill VALUES ('tm-01', 'b', ?)", [(1,), (2,), (5,)])
    db.close()
    assert gaps(tmp_path / "metrics.db") == {"tm-01": 2}


def test_every_row_has_something_to_fail_by() -> None:
    for row in (*DEVICES, *ONE_BY_ONE):
        assert isinstance(row, MatrixRow)
        assert row.goes_on or (row.causes and row.said_s is not None)


@pytest.mark.parametrize(
    ("outcome", "green"),
    [
        (StoreOutcome("x", (10, 10), (2, 2), whole=True), True),
        (StoreOutcome("x", (10, 9), (2, 2), whole=True), False),
        (StoreOutcome("x", (10, 11), (2, 2), whole=True), False),
        (StoreOutcome("x", (10, 10), (2, 1), whole=True), False),
        (StoreOutcome("x", (10, 10), (2, 2), whole=False), False),
        (StoreOutcome("x", (0, 0), (0, 0), whole=True), False),
    ],
)
def test_a_database_is_whole_only_with_all_its_rows_and_no_others(outcome: StoreOutcome, green: bool) -> None:
    assert show_stores([outcome]) is green
    assert not show_stores([])


def test_what_is_kept_is_green_only_when_nothing_is_wrong() -> None:
    assert show_kept([KeptOutcome("x", "frames")])
    assert not show_kept([KeptOutcome("x", "frames"), KeptOutcome("y", "frames", ["2 [red]missing[/]"])])
    assert not show_kept([])


def test_rows_are_chosen_by_words_in_their_names_and_each_has_one_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert selected([]) == NAMES
    assert selected(["a RETIRED unit"]) == ("a retired unit",)
    assert set(selected(["disk full"])) < set(selected(["disk"]))
    with pytest.raises(ValueError, match="no row has 'flood'"):
        selected(["disk", "flood"])


def test_every_row_is_in_a_part_that_make_faults_runs() -> None:
    of_matrix = {part.name for part in parts.PARTS if "matrix.py" in Path(part.command[0]).name}
    assert set(PARTS) <= of_matrix
    assert {row.name for row in (*DEVICES, *ONE_BY_ONE)} <= set(NAMES)


@pytest.mark.parametrize(
    ("code", "green"), [("print('== on the way'); print('table')", True), ("raise SystemExit(1)", False)]
)
async def test_a_part_is_green_only_as_its_process_ends(
    code: str, green: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    [ended] = await parts.run_all([parts.Part("one", ("-c", code))], 1)
    assert ended.green is green
    assert not green or "== one: on the way" in capsys.readouterr().out
