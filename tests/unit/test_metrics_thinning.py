"""What the embedded store keeps: frames, then minute means, within a bound, and by no clock further than was lived."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_adapters.contract import messages as m
from device_adapters.safety.limits import Goal, Level
from device_adapters.units import DAY_MS, MINUTE_MS
from services.metrics import points, schema
from services.metrics.forget_sqlite import EmbeddedMeasured
from services.metrics.lived_time import cutoff_ms, lived_ms
from services.metrics.points import Point
from services.metrics.sqlite import SqliteSink
from services.metrics.thinning import IDLE_MS, Keep

NOW_MS = 1_760_000_000_000 - 1_760_000_000_000 % DAY_MS
YEAR_MS = 365 * DAY_MS


class Store:
    """A store, a clock, and a process that has run for long."""

    def __init__(self, path: Path, keep: Keep | None = None) -> None:
        self.path = path
        self.sink = SqliteSink(path, keep)
        self.db = sqlite3.connect(path)
        self.wall_ms, self.now_ms, self.seq = NOW_MS, 0, 0

    def close(self) -> None:
        self.db.close()
        self.sink.close()

    def put(self, *made: tuple[Point, ...]) -> None:
        self.sink.write([point for some in made for point in some])

    def frames(
        self, treadmill: str, begin_ms: int, number: int, each_ms: int = 250, kmh: float = 0.0
    ) -> None:
        self.put(*(self.frame(treadmill, begin_ms + n * each_ms, kmh) for n in range(number)))

    def frame(self, treadmill: str, at_ms: int, kmh: float) -> tuple[Point, ...]:
        self.seq += 1
        said = m.TreadmillTelemetry(treadmill=treadmill, boot="b", seq=self.seq, at_ms=at_ms, speed_kmh=kmh)
        return points.treadmill_frame(treadmill, said)

    def thin(self, steps: int = 100_000) -> int:
        """Until nothing is due; the steps that it took."""
        for step in range(steps):
            self.now_ms += 1_000
            if not self.sink.thin(self.wall_ms, self.now_ms):
                return step
        raise AssertionError("it never ends")

    def ask(self, query: str) -> list[tuple[object, ...]]:
        return self.db.execute(query).fetchall()

    def count(self, table: str) -> int:
        return int(str(self.ask(f"SELECT count(*) FROM {table}")[0][0]))  # noqa: S608


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "metrics.db")
    yield made
    made.close()


def view(treadmill: str, at_ms: int, member: str = "m-7") -> tuple[Point, ...]:
    said = m.SessionView(
        session="s-1", treadmill=treadmill, at_ms=at_ms, phase="running", goal=Goal.MOBILITY, level=Level.NOVICE,
        programme="p", member=member, measured_kmh=1.5, hr_bpm=100,
    )  # fmt: skip
    return points.session_view(treadmill, said)


def test_frames_of_a_treadmill_that_nobody_trains_on_become_minute_means(store: Store) -> None:
    old = NOW_MS - IDLE_MS - 10 * MINUTE_MS
    store.frames("tm-01", old, 480, kmh=1.0)
    store.frames("tm-01", old + 30_000, 240, kmh=3.0)
    store.frames("tm-02", NOW_MS - MINUTE_MS, 100)
    assert store.thin() > 0
    assert store.count("treadmill") == 100, "what is of today stays whole"
    told = store.ask("SELECT at_ms, treadmill, speed_kmh, rows FROM treadmill_1m ORDER BY at_ms")
    assert told == [
        (old, "tm-01", pytest.approx((240 * 1 + 120 * 3) / 360), 360),
        (old + MINUTE_MS, "tm-01", pytest.approx((240 * 1 + 120 * 3) / 360), 360),
    ]
    store.frames("tm-01", old + 1, 60, kmh=7.0)  # a unit that was away delivers at last
    store.wall_ms += 99 * DAY_MS
    for _ in range(60):
        store.now_ms += DAY_MS
        store.thin()
    merged = store.ask("SELECT speed_kmh, rows FROM treadmill_1m ORDER BY at_ms LIMIT 1")
    assert merged == [(pytest.approx((240 * 1 + 120 * 3 + 60 * 7) / 420), 420)]


def test_frames_around_a_session_stay_for_its_record(store: Store) -> None:
    old = NOW_MS - 10 * DAY_MS
    for treadmill in ("tm-01", "tm-02"):
        store.frames(treadmill, old, 3_600, each_ms=1_000, kmh=2.0)
    store.put(*(view("tm-01", old + 30 * MINUTE_MS + n * 1_000) for n in range(60)))
    store.thin()
    kept = store.ask("SELECT at_ms FROM treadmill WHERE treadmill = 'tm-01'")
    minutes = sorted({(int(str(at_ms)) - old) // MINUTE_MS for (at_ms,) in kept})
    assert minutes[0] <= 25
    assert minutes[-1] >= 35
    assert minutes == list(range(minutes[0], minutes[-1] + 1))
    assert store.ask("SELECT count(*) FROM treadmill WHERE treadmill = 'tm-02'") == [(0,)]
    total = store.ask("SELECT sum(rows) FROM treadmill_1m")[0][0]
    assert store.count("treadmill") + int(str(total)) == 7_200, "no frame is lost, none counted twice"


def test_each_kind_has_its_time_and_minute_means_theirs(store: Store) -> None:
    def at(days: int) -> int:
        return NOW_MS - days * DAY_MS

    for days in (1, 50, 99, 150, 399, 500, 729, 900):
        store.put(view("tm-01", at(days)), store.frame("tm-01", at(days), 1.0))
        beat = m.StrapTelemetry(strap="hr-01", boot="b", seq=days, at_ms=at(days), hr_bpm=100)
        status = m.UnitStatus(unit="unit-01", online=True, boot="b", at_ms=at(days), outbox_depth=3)
        store.put(points.strap_frame("hr-01", beat), points.unit_status("unit-01", status))
    store.thin()

    def days_of(table: str) -> list[int]:
        kept = store.ask(f"SELECT at_ms FROM {table} ORDER BY at_ms DESC")  # noqa: S608
        return [(NOW_MS - int(str(at_ms))) // DAY_MS for (at_ms,) in kept]

    assert days_of("treadmill") == [1, 50, 99]
    assert days_of("treadmill_1m") == [150, 399, 500, 729]
    assert days_of("session") == [1, 50, 99, 150, 399]
    assert days_of("session_1m") == [500, 729]
    assert days_of("strap") == [1, 50]
    assert days_of("unit") == [1]
    assert days_of("unit_1m") == [50, 99, 150, 399, 500, 729]
    minutes = "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.name LIKE '%_1m' AND "
    hearts = store.ask(f"{minutes} c.name LIKE 'hr%'")
    assert hearts == [], "a minute's mean of a heart is a heart rate too"


def test_a_member_who_is_erased_is_in_no_minute_either(store: Store) -> None:
    store.put(view("tm-01", NOW_MS - 500 * DAY_MS), view("tm-01", NOW_MS - 500 * DAY_MS, member="m-8"))
    store.thin()
    assert store.ask("SELECT member FROM session_1m ORDER BY member") == [("m-7",), ("m-8",)]
    EmbeddedMeasured(store.path).forget_member("m-7")
    assert store.ask("SELECT member FROM session_1m ORDER BY member") == [("",), ("m-8",)]


def test_a_store_stays_within_its_bound_and_the_newest_in_it(tmp_path: Path) -> None:
    bound = 3_000_000
    store = Store(tmp_path / "metrics.db", Keep(bytes_max=bound))
    try:
        for minute in range(100):
            store.wall_ms = NOW_MS + minute * 10 * MINUTE_MS
            for treadmill in ("tm-01", "tm-02", "tm-03"):
                store.frames(treadmill, store.wall_ms - MINUTE_MS, 240)
            store.put(view("tm-01", store.wall_ms))
            store.thin()
        pages, free, size = (
            store.ask(f"PRAGMA {what}")[0][0] for what in ("page_count", "freelist_count", "page_size")
        )
        assert (int(str(pages)) - int(str(free))) * int(str(size)) <= bound
        assert store.path.stat().st_size < 2 * bound
        newest = store.ask("SELECT max(at_ms) FROM treadmill")[0][0]
        assert newest == store.wall_ms - MINUTE_MS + 239 * 250
        assert store.count("treadmill_1m") > 100
        assert store.count("session") == 100, "frames give way before the record of sessions"
    finally:
        store.close()


def test_what_claims_to_be_of_the_future_gives_way_first(tmp_path: Path) -> None:
    store = Store(tmp_path / "metrics.db", Keep(bytes_max=2_000_000))
    try:
        store.frames("tm-01", NOW_MS - MINUTE_MS, 240)
        store.thin()
        for n in range(200):
            store.frames("tm-09", NOW_MS + YEAR_MS + n * MINUTE_MS, 240)
        store.thin()
        assert store.ask("SELECT count(*) FROM treadmill WHERE treadmill = 'tm-01'") == [(240,)]
        assert store.ask("SELECT count(*) FROM treadmill WHERE treadmill = 'tm-09'") == [(0,)]
    finally:
        store.close()


def test_frames_of_a_clock_that_was_never_set_go_by_the_bound_only(tmp_path: Path) -> None:
    store = Store(tmp_path / "metrics.db", Keep(bytes_max=2_000_000))
    try:
        store.frames("tm-01", 1_000, 240)
        store.thin()
        assert store.count("treadmill") == 240
        for n in range(200):
            store.frames("tm-02", NOW_MS - (300 - n) * MINUTE_MS, 240)
        store.thin()
        assert store.ask("SELECT count(*) FROM treadmill WHERE treadmill = 'tm-01'") == [(0,)]
    finally:
        store.close()


def test_a_clock_that_is_years_ahead_makes_nothing_old(store: Store) -> None:
    store.frames("tm-01", NOW_MS - 600_000, 600)
    store.put(view("tm-01", NOW_MS - 600_000))
    store.frames("tm-02", NOW_MS - IDLE_MS - DAY_MS, 240)
    store.thin()
    before = {table: store.count(table) for table in ("treadmill", "treadmill_1m", "session")}
    assert before["treadmill_1m"] == 1
    store.wall_ms += 4 * YEAR_MS
    for _ in range(24):  # a day with it
        store.now_ms += 3_600_000
        store.thin()
    assert {table: store.count(table) for table in before} == before
    store.close()
    again = Store(store.path)  # and over a restart
    try:
        again.wall_ms = NOW_MS + 4 * YEAR_MS
        again.thin()
        assert {table: again.count(table) for table in before} == before
    finally:
        again.close()
    store.sink, store.db = SqliteSink(store.path), sqlite3.connect(store.path)


def test_a_store_of_an_older_release_begins_where_its_own_service_was(tmp_path: Path) -> None:
    store = Store(tmp_path / "metrics.db")
    store.put((Point(schema.PIPELINE, {"writer": "metrics"}, {"stored": 1}, NOW_MS * 1_000_000),))
    store.frames("tm-01", NOW_MS - MINUTE_MS, 240)
    store.wall_ms += 4 * YEAR_MS
    store.thin()
    assert store.count("treadmill") == 240
    store.close()


@pytest.mark.parametrize(
    ("before", "wall", "passed", "after"),
    [
        (100, 160, 60, 160),
        (100, 10_000, 60, 220),
        (100, 90, 60, 100),
        (100, 100, 0, 100),
        (100, 10_000, -5, 100),
        (100, 130, 1_000_000, 130),
    ],
)
def test_time_that_counts_goes_on_as_the_process_runs(
    before: int, wall: int, passed: int, after: int
) -> None:
    assert lived_ms(before, wall, passed) == after


def test_old_is_what_both_clocks_call_old() -> None:
    assert cutoff_ms(1_000, 900, 100) == 800
    assert cutoff_ms(900, 1_000, 100) == 800
