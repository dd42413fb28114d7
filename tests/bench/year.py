"""A year of a gym with 60 treadmills in the embedded store: its size, what pages of the past take, and thinning.

A month of invented people, whom the pages are about, among the sessions of a year on the other treadmills; beside it
the same people among those of the last month alone, in a store of its own.

    python tests/bench/year.py [--rows 12000000]
"""

import argparse
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/support")]

from figures import Figure, Ratio, save  # noqa: E402

from device_adapters.clock import SystemClock  # noqa: E402
from device_adapters.config import HubConfig  # noqa: E402
from services import logs  # noqa: E402
from services.cli.stores.seed_members import enter  # noqa: E402
from services.console.past.archive import Past  # noqa: E402
from services.members.opening import MembersDb, open_members  # noqa: E402
from services.metrics.history import history_of  # noqa: E402
from services.metrics.sqlite import SqliteSink  # noqa: E402
from services.metrics.thinning import DAY_MS, Keep  # noqa: E402
from services.provisioning.history import day  # noqa: E402
from services.provisioning.visits import SeededGym  # noqa: E402

YEAR, MONTH = 365, 30
MEMBERS, TREADMILLS, SEEDED = 8, 60, 6
ROWS = 12_000_000
A_SESSION = 80
"""Rows of a session on another treadmill, and as many frames."""

LOOKS = 9
PAGE_S, STEP_S, GROWS = 0.3, 0.25, 2.0
STORE_GB = 8.0
STEPS = 720
"""A day in blocks of two minutes."""

DAY_S = 60.0
MEANING = "a year in, the pages are as quick as in the first month"

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)"
TREADMILL = "printf('tm-%02d', :seeded + 1 + i % :others)"
OTHERS = (
    f"""{NUMBERS}
    INSERT INTO treadmill (at_ms, treadmill, boot, seq, speed_kmh, incline_pct, distance_m, elapsed_s)
    SELECT :begin_ms + i / :others * :every_ms, {TREADMILL}, 'b1', i / :others, 3.0 + i % 20 / 10.0, 0.0,
           i / :others, i / :others FROM n""",  # noqa: S608  names of our own
    f"""{NUMBERS}
    INSERT INTO session (at_ms, treadmill, goal, level, member, session, phase, step, steps, elapsed_s, target_kmh,
                         measured_kmh, hr_bpm)
    SELECT :begin_ms + i / :others * :every_ms, {TREADMILL}, 'conditioning', 'novice', '',
           printf('o-%d-%d', i % :others, i / :others / :a_session), 'running', 1, 5, i / :others % :a_session,
           3.0, 3.0 + i % 20 / 10.0, 120 FROM n""",  # noqa: S608  names of our own
    f"""{NUMBERS}
    INSERT INTO session_end (at_ms, treadmill, goal, level, member, outcome, session, programme, why, minutes,
                             planned_minutes, steps_done, steps, began_ms)
    SELECT :begin_ms + (i / :others + :a_session) * :every_ms, {TREADMILL}, 'conditioning', 'novice', '', 'completed',
           printf('o-%d-%d', i % :others, i / :others / :a_session), 'Intervals', 'The programme is done.', 13.3, 13.3,
           5, 5, :begin_ms + i / :others * :every_ms FROM n WHERE i / :others % :a_session = 0""",  # noqa: S608
)
"""A frame and a row of a session each, and the end of each session, on the treadmills that are not seeded."""


@dataclass(frozen=True)
class YearSite:
    """A hub's folder, what pages ask of it, and whom they are about."""

    folder: Path
    past: Past
    member: str
    session: str

    @property
    def store(self) -> Path:
        return self.folder / "metrics.db"


def made(folder: Path, days: int, rows: int, end_ms: int) -> YearSite:
    """The stores, filled."""
    gym = SeededGym(end_ms=end_ms, days=MONTH, members=MEMBERS, treadmills=SEEDED)
    with closing(SqliteSink(folder / "metrics.db")) as sink:
        for nth in range(MONTH):
            sink.write(sorted(day(gym, nth), key=lambda point: point.measurement.name))
    others, count = TREADMILLS - SEEDED, rows // 2
    values = {
        "count": count, "begin_ms": end_ms - days * DAY_MS, "others": others, "seeded": SEEDED,
        "every_ms": days * DAY_MS * others // count, "a_session": A_SESSION,
    }  # fmt: skip
    with closing(sqlite3.connect(folder / "metrics.db")) as db, db:
        for statement in OTHERS:
            db.execute(statement, values)
    hub = HubConfig(data=str(folder))
    enter(hub, gym)
    history = history_of(hub)
    members = MembersDb(lambda: open_members(hub, SystemClock().wall_ms))
    ended = history.ended(end_ms - MONTH * DAY_MS, end_ms)
    one = next(each for each in reversed(ended) if each.member)
    return YearSite(folder, Past(history, members, SystemClock()), one.member, one.session)


def took(ask: Callable[[], object]) -> list[float]:
    """Seconds, each time."""
    found = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        if ask() is None:
            raise RuntimeError("the page has nothing to show")
        found.append(time.perf_counter() - began)
    return found


def pages(site: YearSite) -> dict[str, list[float]]:
    """What each page of the past takes to ask for."""
    return {
        "sessions of a week": took(lambda: site.past.recent(7, "")),
        "one session": took(lambda: site.past.review(site.session, "bench")),
        "a member's progress": took(lambda: site.past.progress(site.member, "bench")),
    }


def thinned(site: YearSite, wall_ms: int) -> list[float]:
    """Seconds of each step in which thinning looks through the first day."""
    steps = []
    with closing(SqliteSink(site.store, Keep())) as sink:
        for n in range(STEPS):
            began = time.perf_counter()
            sink.thin(wall_ms, n * 1_000)
            steps.append(time.perf_counter() - began)
    return steps


def within(what: str, seconds: list[float], bound_s: float, meaning: str) -> Figure:
    """A time beside what it may take."""
    ours = f"{statistics.median(seconds) * 1e3:.0f} ms"
    ratio = Ratio.of([bound_s] * len(seconds), seconds)
    return Figure(what, ours, "allowed", f"{bound_s * 1e3:.0f} ms", ratio, 1, "at most", meaning)


def figures(year: YearSite, month: YearSite, rows: int, end_ms: int) -> list[Figure]:
    """All of it; thinning last, for it changes the store."""
    found = []
    before = pages(month)
    for page, seconds in pages(year).items():
        what = f"a year of {TREADMILLS} treadmills: {page}"
        found.append(within(what, seconds, PAGE_S, "nobody waits for a page of the past"))
        ratio = Ratio.of(seconds, before[page]).inverse()
        ours, beside = (f"{statistics.median(s) * 1e3:.0f} ms" for s in (seconds, before[page]))
        found.append(Figure(what, ours, "after a month", beside, ratio, GROWS, "at most", MEANING))
    gigabytes = year.store.stat().st_size / 1e9
    share = gigabytes / STORE_GB
    found.append(
        Figure(
            f"a year of {TREADMILLS} treadmills: {rows / 1e6:.0f} million rows on the disk", f"{gigabytes:.1f} GB",
            "bound of the store", f"{STORE_GB:.0f} GB", Ratio(share, share, share), 1, "at most", "fits a Pi's card",
        )
    )  # fmt: skip
    steps = thinned(year, end_ms)
    found.append(
        within(
            "a year, thinned: one step beside the writer", steps, STEP_S, "retention keeps nothing waiting"
        )
    )
    found.append(within("a year, thinned: a day", [sum(steps)], DAY_S, "a day's retention takes no day"))
    return found


def main() -> None:
    """Print and save."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    options = parser.parse_args()
    logs.configure("error")
    end_ms = SystemClock().wall_ms() // DAY_MS * DAY_MS
    with tempfile.TemporaryDirectory(prefix="backstride-bench-") as name:
        sites = []
        for days in (YEAR, MONTH):
            folder = Path(name) / str(days)
            folder.mkdir()
            print(f"== a gym's last {days} days ...", flush=True)
            sites.append(made(folder, days, options.rows * days // YEAR, end_ms))
        year, month = sites
        save("a year", figures(year, month, options.rows, end_ms))


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(ROOT)
    main()
