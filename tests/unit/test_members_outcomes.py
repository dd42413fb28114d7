"""What a change in a test says: more than its own error or not, and never anything without a source."""

from pathlib import Path

import pytest
from babel.numbers import get_decimal_symbol

from services.console.languages import translate
from services.console.past.tested import courses_of
from services.members.errors import MembersError
from services.members.outcomes import OutcomeMeasure, OutcomeResult, change, check_outcome, protocol
from services.texts.languages import LANGUAGES, speaking

SOURCES = Path(__file__).parents[2] / "docs" / "sources" / "domain.md"
TUG, STAND = OutcomeMeasure.TIMED_UP_AND_GO, OutcomeMeasure.CHAIR_STAND_30S
DAY_MS = 86_400_000


def result(measure: OutcomeMeasure, value: float, day: int = 0) -> OutcomeResult:
    return OutcomeResult(measure=measure, value_c=round(value * 100), at_ms=day * DAY_MS, by="Anna")


@pytest.mark.parametrize(
    ("measure", "first", "last", "says"),
    [
        (TUG, 12.0, 10.87, "within_error"), (TUG, 12.0, 10.86, "better"), (TUG, 10.0, 11.14, "worse"),
        (STAND, 10, 12, "within_error"), (STAND, 10, 13, "better"), (STAND, 10, 7, "worse"),
        (OutcomeMeasure.PAIN, 6, 3.2, "better"), (OutcomeMeasure.WALK_6MIN, 400, 478, "within_error"),
        (OutcomeMeasure.WALK_6MIN, 400, 479, "better"), (OutcomeMeasure.SIT_TO_STAND_5, 15, 12.5, "better"),
        (OutcomeMeasure.BACKWARD_WALK_3M, 8, 3, "no_source"), (OutcomeMeasure.SINGLE_LEG_STANCE, 1, 30, "no_source"),
        (OutcomeMeasure.WALK_10M, 9, 5, "no_source"),
    ],
)  # fmt: skip
def test_only_what_is_more_than_the_tests_error_is_a_change(
    measure: OutcomeMeasure, first: float, last: float, says: str
) -> None:
    assert change(measure, round(first * 100), round(last * 100)) == says


def test_every_number_has_its_source_on_the_page_of_sources() -> None:
    page = SOURCES.read_text(encoding="utf-8").split("## 9. ", 1)[1]
    for measure in OutcomeMeasure:
        how = protocol(measure)
        assert bool(how.source) is (how.smallest is not None)
        if how.smallest is not None:
            assert f"{how.smallest / 100:g}" in page
            assert how.source in page


@pytest.mark.parametrize("measure", OutcomeMeasure)
def test_what_cannot_be_is_not_kept(measure: OutcomeMeasure) -> None:
    how = protocol(measure)
    check_outcome(result(measure, how.least / 100))
    check_outcome(result(measure, how.most / 100))
    for value in (how.least / 100 - 0.01, how.most / 100 + 0.01):
        with pytest.raises(MembersError, match="value: "):
            check_outcome(result(measure, value))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_course_is_told_with_first_and_last_and_no_diagnosis(language: str) -> None:
    with speaking(language):
        told = {one.measure: one for one in courses_of([result(TUG, 12.5), result(TUG, 11.0, 28)])}
    assert set(told) == {measure.value for measure in OutcomeMeasure}
    tug = told["timed_up_and_go"]
    comma = get_decimal_symbol(language)
    assert (tug.last, [value for _, value in tug.results]) == ("11 s", ["11 s", f"12{comma}5 s"])
    assert tug.since.startswith(f"−1{comma}5 s")
    assert tug.says == translate(language, "Better, by more than the test's own error.")
    assert f"1{comma}14" in tug.smallest
    assert told["pain"].last == told["pain"].says == told["pain"].drawing == ""
