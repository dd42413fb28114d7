"""Drawings of the past and the sums under them: rows of a session to what staff read."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from services.console.past.review import TABLE_ROWS, review
from services.console.past.svg import changes, thin, ticks
from services.console.past.timeline import timeline
from services.history.course import course, seconds_at, steady
from services.history.model import Decision, Ended, HistoryRow, TreadmillFrame

BEGIN_MS = 1_790_000_000_000
NOW_MS = BEGIN_MS + 3_600_000
ENDED = Ended(
    at_ms=BEGIN_MS + 600_000, session="s-1", treadmill="tm-01", goal="mobility", level="novice", member="m-1",
    outcome="stopped", why="Stopped by Anna.", programme="Slow <walk>", minutes=10, planned_minutes=12, steps_done=2,
    steps=5, off_plan_kmh=0.1,
)  # fmt: skip


def row(second: float, **more: float | None) -> HistoryRow:
    values: dict[str, object] = {
        "target_kmh": 2.0, "measured_kmh": 2.0, "hr_bpm": 110, "hr_limit_bpm": 130, "speed_limit_kmh": 2.5,
        "grade_limit_pct": 3.0, "step": 1, "phase": "running", **more,
    }  # fmt: skip
    return HistoryRow(at_ms=BEGIN_MS + round(second * 1000), **values)  # type: ignore[arg-type]


WALK = tuple(row(s, hr_bpm=100 + s % 30 if s % 50 else None) for s in range(600))


@pytest.mark.parametrize(
    ("low", "high", "count", "wanted"),
    [
        (0, 4, 5, [0, 1, 2, 3, 4]),
        (0, 2.5, 5, [0, 0.5, 1, 1.5, 2, 2.5]),
        (96, 134, 5, [90, 100, 110, 120, 130, 140]),
        (-1, 3, 2, [-2, 0, 2, 4]),
        (0, 0, 3, [0]),
    ],
)
def test_an_axis_has_round_numbers_that_hold_all(
    low: float, high: float, count: int, wanted: list[float]
) -> None:
    assert ticks(low, high, count) == wanted


def test_thinned_lines_keep_lows_highs_and_gaps() -> None:
    points: list[tuple[float, float | None]] = [(n, 50.0 + n % 7) for n in range(5000)]
    points[1234], points[4321] = (1234, 500.0), (4321, -500.0)
    points[3000:3050] = [(n, None) for n in range(3000, 3050)]
    kept = thin(points, 400)
    assert len(kept) <= 5 * 100
    assert {(1234, 500.0), (4321, -500.0)} <= set(kept)
    assert any(value is None for _, value in kept)
    assert [x for x, _ in kept] == sorted(x for x, _ in kept)
    assert thin(points[:10], 400) == points[:10]
    assert changes([(0, 1), (1, 1), (2, 2), (3, 2)]) == [(0, 1), (2, 2), (3, 2)]


def test_a_session_is_summed_up_and_gaps_are_not_filled() -> None:
    summed = course(WALK)
    assert summed is not None
    assert (summed.moving_s, summed.bouts, summed.longest_bout_s) == (599, 1, 599)
    assert summed.distance_m == pytest.approx(2 / 3.6 * 599)
    assert (summed.hr_mean_bpm, summed.hr_peak_bpm) == (115, 129)
    assert sum(seconds_at(WALK).values()) == 599 - 12
    broken = course((row(0), row(1), row(300), row(301)))
    assert broken is not None
    assert broken.moving_s == 1 + 20 + 1
    slow = [row(s, measured_kmh=1.8) for s in range(60, 90)]
    paused = course((*(row(s) for s in range(60)), *slow, row(90), row(99)))
    assert paused is not None
    assert (paused.bouts, paused.longest_bout_s) == (2, 60)
    assert course(()) is None


def test_a_heart_is_steady_a_minute_after_the_plan_last_changed() -> None:
    rows = [row(s, target_kmh=2.0 if s < 100 else 3.0) for s in range(200)]
    assert [(r.at_ms - BEGIN_MS) // 1000 for r, _ in steady(rows)] == [*range(60, 100), *range(160, 199)]


def test_the_time_line_is_one_well_formed_drawing_with_words_and_no_style() -> None:
    deck = [TreadmillFrame(at_ms=BEGIN_MS + s * 1000, incline_pct=s / 600) for s in range(600)]
    text = timeline(WALK, deck, [BEGIN_MS - 5000, BEGIN_MS + 1000, BEGIN_MS + 300_000], "ten <minutes>")
    root = ET.fromstring(text)  # noqa: S314 our own text
    assert root.get("role") == "img"
    ids = {e.get("id"): e.text for e in root.iter()}
    assert [ids[name] for name in str(root.get("aria-labelledby")).split()] == [
        "The session on one time line", "ten <minutes>"
    ]  # fmt: skip
    assert "style" not in text
    assert [e.text for e in root.iter() if e.get("class") == "number"] == ["1–2", "3"]
    assert len(text) < 40_000


@pytest.mark.parametrize(
    "rows",
    [(), (row(0),), (row(0), row(1)), tuple(row(s, hr_bpm=None, hr_limit_bpm=None) for s in range(30)),
     tuple(row(s, measured_kmh=None, speed_limit_kmh=None, grade_limit_pct=None, target_kmh=0) for s in range(30))],
)  # fmt: skip
def test_whatever_is_not_known_there_is_a_page(rows: tuple[HistoryRow, ...]) -> None:
    page = review(ENDED, rows, (), (), now_ms=NOW_MS)
    ET.fromstring(page.drawing)  # noqa: S314 our own text
    assert page.outcome_word == "Stopped"
    assert page.marks == ()


def test_a_review_lists_what_happened_and_leaves_out_what_is_not_its_own() -> None:
    said = [
        Decision(at_ms=BEGIN_MS - 1000, kind="session_phase", session="s-1", after='{"phase": "starting"}'),
        Decision(at_ms=BEGIN_MS + 5000, kind="session_step", session="s-1"),
        Decision(at_ms=BEGIN_MS + 60_000, kind="near_miss", session="s-1", text="Heel", after='{"by": "Anna"}'),
        Decision(at_ms=BEGIN_MS + 70_000, kind="clamped", cause="session_limit"),
        Decision(at_ms=BEGIN_MS - 70_000, kind="hazard", cause="hr_lost"),
        Decision(at_ms=BEGIN_MS + 900_000, kind="feedback", session="s-1", after='{"rpe": 11, "pain": 1}'),
        Decision(at_ms=BEGIN_MS + 900_001, kind="note", session="s-1", text="torn", after="{"),
    ]  # fmt: skip
    page = review(ENDED, WALK, (), said, now_ms=NOW_MS, alias="Wren")
    assert [(m.number, m.at, m.kind, m.text) for m in page.marks] == [
        (1, "before", "Session", "starting"),
        (2, "1:00", "Near miss", "Heel (Anna)"),
        (3, "1:10", "Held at a limit", "session limit"),
        (4, "15:00", "Member's answer", "RPE 11, pain 1"),
        (5, "15:00", "Note", "torn"),
    ]
    assert len(page.table) <= TABLE_ROWS
    assert dict(page.facts)["Moving"] == "10.0 of 12 min planned"
    assert len({len(column) for column in page.readout.values()}) == 1


def test_a_long_session_is_still_a_small_page() -> None:
    rows = tuple(replace(r, at_ms=BEGIN_MS + n * 1000) for n, r in enumerate(WALK * 6))
    page = review(ENDED, rows, (), (), now_ms=NOW_MS)
    assert len(page.drawing) + len(str(page.readout)) < 120_000
