"""A member's progress: weeks, zones, speed at a steady heart, the road of levels; and its drawings."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from members_rig import BEGIN_MS, WREN, screening, session

from device_adapters.safety.limits import Goal, Level
from device_adapters.units import DAY_MS
from services.console.past.charts import trend_chart, weeks_chart, zones_chart
from services.console.past.next_day import next_day
from services.console.past.progress import progress_page
from services.history.model import Ended, HistoryRow
from services.history.progress import Week, at_steady_heart, seconds_in_zones, weeks
from services.members.model import Answers, SignOff
from services.members.portrait import Portrait

NOW_MS = BEGIN_MS + 80 * DAY_MS


def ended(day: float, goal: Goal = Goal.KNEE_STRENGTH, **more: object) -> Ended:
    values: dict[str, object] = {
        "session": f"s-{goal}-{day:g}", "treadmill": "tm-01", "goal": goal.value, "level": "novice", "member": "m-1",
        "outcome": "completed", "minutes": 10.0, "planned_minutes": 10.0, **more,
    }  # fmt: skip
    return Ended(at_ms=BEGIN_MS + round(day * DAY_MS), **values)  # type: ignore[arg-type]


def rows(day: float, kmh: float, bpm: int, seconds: int = 200) -> list[HistoryRow]:
    begin = BEGIN_MS + round(day * DAY_MS)
    return [
        HistoryRow(at_ms=begin + s * 1000, target_kmh=kmh, measured_kmh=kmh, hr_bpm=bpm)
        for s in range(seconds)
    ]


def test_a_week_begins_on_monday_at_midnight_of_its_own_clock() -> None:
    zone = ZoneInfo("Europe/Vienna")
    at = [
        datetime(2026, 3, 22, 23, 59, tzinfo=zone),  # Sunday
        datetime(2026, 3, 23, 0, 1, tzinfo=zone),  # Monday
        datetime(2026, 3, 29, 23, 59, tzinfo=zone),  # Sunday, clocks went forward
        datetime(2026, 3, 30, 0, 1, tzinfo=zone),
    ]
    done = [ended((moment.timestamp() * 1000 - BEGIN_MS) / DAY_MS) for moment in at]
    now_ms = round(datetime(2026, 4, 1, 12, tzinfo=zone).timestamp() * 1000)
    found = weeks(done, now_ms, 3, zone)
    assert [week.sessions for week in found] == [1, 2, 1]
    assert [datetime.fromtimestamp(w.monday_ms / 1000, zone).strftime("%a %H:%M") for w in found] == [
        "Mon 00:00"
    ] * 3
    assert weeks([], now_ms, 2, UTC)[-1].minutes == 0


@pytest.mark.parametrize(
    ("bpm", "zone"), [(80, 0), (99, 0), (100, 1), (119, 1), (120, 2), (179, 4), (180, 5)]
)
def test_every_heart_rate_is_in_one_zone(bpm: int, zone: int) -> None:
    found = seconds_in_zones([rows(0, 2, bpm)], 200)
    assert [n for n, seconds in enumerate(found) if seconds] == [zone]
    assert sum(found) == 199


def test_speed_at_a_steady_heart_compares_what_can_be_compared() -> None:
    sessions = {
        1: rows(0, 2.0, 110),
        2: rows(1, 2.4, 112),
        3: rows(2, 3.0, 150),
        4: rows(3, 9.0, 111, seconds=90),
    }
    found = at_steady_heart(sessions)
    assert found is not None
    assert found.hr_bpm == 112
    assert [(at_ms, round(kmh, 2)) for at_ms, kmh in found.speeds_kmh] == [(1, 2.0), (2, 2.4)]
    assert at_steady_heart({1: rows(0, 2.0, 110)}) is None
    assert at_steady_heart({}) is None


def portrait(*sign_offs: SignOff) -> Portrait:
    history = tuple(session(day) for day in (70, 73, 76))
    return Portrait(
        id="m-1", person=WREN, created_ms=0, visited_ms=0, screenings=(screening(),), sign_offs=sign_offs, consents=(),
        history=history,
    )  # fmt: skip


def test_the_page_of_a_member_who_is_known() -> None:
    done = [ended(day) for day in (70, 73, 76)]
    read = {one.session: rows(70 + n * 3, 2 + n / 10, 110) for n, one in enumerate(done)}
    page = progress_page("m-1", done, read, portrait(), NOW_MS)
    assert (page.alias, page.known, page.goal) == ("Wren", True, "Knee strength")
    (road,) = page.roads
    assert road.levels == (("Novice", "here"), ("Intermediate", "ahead"), ("Advanced", "ahead"))
    assert road.missing == "3 of 6 clean sessions at novice, they span 6 of 14 days"
    for drawn in (page.weeks, page.zones, page.steady, page.bouts):
        assert "style" not in drawn
        assert ET.fromstring(drawn).get("role") == "img"  # noqa: S314 our own text
    assert [s.session for s in page.sessions] == [one.session for one in reversed(done)]
    assert {s.counts for s in page.sessions} == {""}
    assert {(s.rpe, s.pain) for s in page.sessions} == {("11", "1")}
    for drawn in (page.exertion, page.pain):
        assert ET.fromstring(drawn).get("role") == "img"  # noqa: S314 our own text
    assert "Wanda" not in str(page)


@pytest.mark.parametrize(("days_later", "asked"), [(0, False), (1, True), (6, True), (7, False)])
def test_the_day_after_is_asked_about_from_the_next_day_for_a_week(days_later: int, asked: bool) -> None:
    kept = replace(portrait().history[-1], answers=Answers(rpe=11, pain=1, pain_next_day=2))
    found = next_day(kept, kept.ended_ms + days_later * DAY_MS)
    assert (found is not None) is asked
    assert found is None or (found.session, found.pain) == (kept.session, 2)


def test_the_road_has_what_was_reached_and_the_top_is_the_top() -> None:
    steps = [SignOff(goal=Goal.KNEE_STRENGTH, level=level, at_ms=BEGIN_MS, by="Anna") for level in Level]
    (road,) = progress_page("m-1", [], {}, portrait(*steps), NOW_MS).roads
    assert [state for _, state in road.levels] == ["reached", "reached", "here"]
    assert road.missing == "The highest level there is."


@pytest.mark.parametrize("known", [True, False])
def test_with_nothing_to_draw_there_is_a_page_all_the_same(known: bool) -> None:
    one = ended(79, minutes=0.2, outcome="interrupted", why="The strap fell silent.")
    page = progress_page("m-1", [one], {one.session: ()}, portrait() if known else None, NOW_MS)
    assert (page.zones, page.steady, page.bouts) == ("", "", "")
    assert (page.sessions[0].bout, page.sessions[0].why) == ("–", "The strap fell silent.")
    assert page.alias == ("Wren" if known else "m-1")


def test_drawings_say_their_numbers() -> None:
    told = weeks_chart([Week(BEGIN_MS, 2, 20), Week(BEGIN_MS + 7 * DAY_MS, 4, 40)], 3)
    assert "6 sessions in 2 weeks." in told
    assert told.count('class="bar') == 2
    assert told.count("bar extra") == 1
    assert "3 Moderate: 10 min" in zones_chart([0, 0, 0, 600, 0, 0])
    assert "2 sessions, from 2.0 to 2.5 km/h." in trend_chart("t", "Speed", "km/h", [(0, 2.0), (DAY_MS, 2.5)])
