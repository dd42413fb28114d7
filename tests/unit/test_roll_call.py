"""The roll call says of each unit, treadmill and strap what the hub heard, and how long ago."""

from typing import Any

import pytest

from device_adapters.commissioning import VALID_DAYS
from device_adapters.contract import messages as m
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Goal, Level
from device_adapters.units import DAY_MS
from services.metrics.roll_call import RollCall
from services.metrics.roll_rows import WriterHealth

WALL_MS = 20_000 * DAY_MS
OWN = WriterHealth("metrics", certificate_days=300, disk_free_mb=5000)


class RollCallSite:
    """One unit with a treadmill and a strap. Time passes by `pass_s`."""

    def __init__(self) -> None:
        self.roll = RollCall()
        self.now_ms, self.seq = 1_000_000, 0

    @property
    def wall_ms(self) -> int:
        return WALL_MS + self.now_ms

    def pass_s(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)

    def unit(self, *, retained: bool = False, at_ms: int | None = None, **said: Any) -> None:
        fields = {
            "unit": "unit-01",
            "online": True,
            "boot": "b",
            "treadmills": ("tm-01",),
            "straps": ("hr-01",),
            **said,
        }
        at_ms = self.wall_ms if at_ms is None else at_ms
        self.roll.unit(m.UnitStatus(at_ms=at_ms, **fields), self.now_ms, self.wall_ms, retained=retained)

    def treadmill(self, *, retained: bool = False, at_ms: int | None = None, **said: Any) -> None:
        fields = {
            "treadmill": "tm-01",
            "unit": "unit-01",
            "boot": "b",
            "link": "connected",
            "belt": "still",
            **said,
        }
        at_ms = self.wall_ms if at_ms is None else at_ms
        self.roll.treadmill(
            m.TreadmillState(at_ms=at_ms, **fields), self.now_ms, self.wall_ms, retained=retained
        )

    def frame(self, speed_kmh: float = 0.0, *, boot: str = "b", age_ms: int = 0) -> None:
        self.seq += 1
        frame = m.TreadmillTelemetry(
            treadmill="tm-01", boot=boot, seq=self.seq, at_ms=self.wall_ms, speed_kmh=speed_kmh, age_ms=age_ms
        )
        self.roll.treadmill_measured(frame, self.now_ms)

    def strap(self, **said: Any) -> None:
        fields = {
            "strap": "hr-01",
            "unit": "unit-01",
            "boot": "b",
            "link": "connected",
            "treadmill": "tm-01",
            **said,
        }
        state = m.StrapState(at_ms=self.wall_ms, **fields)
        self.roll.strap(state, self.now_ms, self.wall_ms, retained=False)

    def session(self, phase: Any = "running", elapsed_s: float = 0.0) -> None:
        view = m.SessionView(
            session="s-1", treadmill="tm-01", at_ms=self.wall_ms, phase=phase, programme="p", goal=Goal.MOBILITY,
            level=Level.NOVICE, elapsed_s=elapsed_s,
        )  # fmt: skip
        self.roll.session(view, self.now_ms)

    def rows(self, own: WriterHealth = OWN) -> dict[str, dict[str, Any]]:
        told = self.roll.points(own, self.now_ms, self.wall_ms)
        assert len({point.key for point in told}) == len(told)
        assert {point.at_ms for point in told} == {self.wall_ms}
        return {point.tags["name"]: {**point.tags, **point.fields} for point in told}


@pytest.fixture
def site() -> RollCallSite:
    made = RollCallSite()
    made.unit()
    made.treadmill()
    made.frame()
    made.strap()
    return made


def test_a_healthy_site_is_there_and_nobody_is_needed(site: RollCallSite) -> None:
    rows = site.rows()
    assert set(rows) == {"metrics", "unit-01", "tm-01", "hr-01"}
    assert (
        rows["metrics"] | {"kind": "writer", "age_s": 0.0, "link": "connected", "disk_free_mb": 5000}
        == rows["metrics"]
    )
    assert (rows["tm-01"]["state"], rows["tm-01"]["trouble"], rows["tm-01"]["lost_s"]) == ("ready", 0, 0.0)
    assert rows["hr-01"]["treadmill"] == "tm-01"


def test_ages_grow_from_the_last_word_of_each(site: RollCallSite) -> None:
    site.pass_s(7)
    site.unit()
    site.pass_s(3)
    rows = site.rows()
    assert [rows[name]["age_s"] for name in ("unit-01", "tm-01", "hr-01")] == [3.0, 10.0, 10.0]
    assert rows["tm-01"]["state"] == "silent"
    site.frame()
    assert site.rows()["tm-01"]["age_s"] == 0.0
    site.pass_s(5)
    site.frame(age_ms=3_600_000)
    assert site.rows()["tm-01"]["age_s"] == 5.0, "what a unit kept for an hour is no word of now"


def test_the_brokers_last_word_for_a_unit_is_not_its_own(site: RollCallSite) -> None:
    site.pass_s(60)
    site.unit(online=False, at_ms=0)
    site.pass_s(5)
    row = site.rows()["unit-01"]
    assert (row["age_s"], row["link"], row["lost_s"]) == (65.0, "offline", 65.0)
    assert site.rows()["tm-01"]["state"] == "offline"
    site.unit()
    assert (site.rows()["unit-01"]["link"], site.rows()["unit-01"]["lost_s"]) == ("online", 0.0)


def test_what_was_retained_is_as_old_as_it_says(site: RollCallSite) -> None:
    late = RollCallSite()
    late.unit(retained=True, at_ms=late.wall_ms - 82_800_000)
    late.treadmill(retained=True, at_ms=late.wall_ms - 60_000, link="lost")
    rows = late.rows()
    assert rows["unit-01"]["age_s"] == 82_800.0
    assert (rows["tm-01"]["age_s"], rows["tm-01"]["lost_s"]) == (60.0, 60.0)
    late.unit(retained=True, at_ms=late.wall_ms + 5_000)
    assert late.rows()["unit-01"]["age_s"] == 0.0, "a clock that is ahead makes no age below zero"


def test_what_is_retired_or_no_longer_its_units_is_on_no_roll(site: RollCallSite) -> None:
    site.unit(treadmills=("tm-02",), straps=())
    assert set(site.rows()) == {"metrics", "unit-01"}
    site.treadmill(treadmill="tm-02")
    assert "tm-02" in site.rows()
    site.roll.taken_back("treadmill", "tm-02")
    site.roll.taken_back("unit", "unit-01")
    site.roll.taken_back("strap", "hr-01")
    site.roll.taken_back("session", "tm-01")
    site.roll.taken_back("treadmill", "tm-01")
    assert set(site.rows()) == {"metrics"}


def test_a_service_without_a_broker_knows_of_itself_only(site: RollCallSite) -> None:
    rows = site.rows(WriterHealth("metrics", lost_ms=90_000))
    assert set(rows) == {"metrics"}
    assert (rows["metrics"]["link"], rows["metrics"]["lost_s"]) == ("lost", 90.0)


@pytest.mark.parametrize(
    ("said", "flags", "trouble"),
    [
        ({"hazard": Cause.STOP_NOT_OBEYED, "latched": Cause.STOP_PRESSED, "belt": "moving"}, (1, 0, 0), 2),
        ({"latched": Cause.MOVED_UNORDERED, "belt": "moving"}, (0, 1, 0), 2),
        ({"hazard": Cause.MOVED_WHILE_LATCHED, "latched": Cause.SAFETY_KEY, "belt": "moving"}, (0, 1, 0), 2),
        ({"latched": Cause.LINK_LOST}, (0, 0, 1), 1),
        ({"latched": Cause.SAFETY_KEY}, (0, 0, 0), 1),
        ({"link": "absent"}, (0, 0, 0), 1),
        ({}, (0, 0, 0), 0),
    ],
)
def test_each_cause_has_its_flag_and_its_trouble(
    site: RollCallSite, said: dict[str, Any], flags: tuple[int, ...], trouble: int
) -> None:
    site.treadmill(**said)
    row = site.rows()["tm-01"]
    assert tuple(row[name] for name in ("disobeys", "unordered", "link_lost")) == flags
    assert row["trouble"] == trouble
    assert row.get("cause", "") == said.get("hazard", said.get("latched", ""))


def test_a_link_that_is_lost_under_a_member_is_the_worst(site: RollCallSite) -> None:
    site.session(elapsed_s=12.0)
    site.frame(3.0)
    site.treadmill(link="lost", belt="moving")
    row = site.rows()["tm-01"]
    assert (row["link_lost"], row["trouble"], row["cause"], row["state"]) == (1, 2, "link_lost", "lost")
    assert (row["session"], row["began_ms"]) == ("s-1", site.wall_ms - 12_000)
    site.session(phase="ended", elapsed_s=60.0)
    assert site.rows()["tm-01"]["session"] == "", "an old one would be the last that is told"


def test_a_session_begins_once(site: RollCallSite) -> None:
    site.session(elapsed_s=0.0)
    began_ms = site.wall_ms
    site.pass_s(100)
    site.session(phase="paused", elapsed_s=50.0)
    assert site.rows()["tm-01"]["began_ms"] == began_ms


@pytest.mark.parametrize(
    ("days_ago", "left"), [(0, VALID_DAYS), (VALID_DAYS - 1, 1), (VALID_DAYS, 0), (400, 0), (None, 0)]
)
def test_a_commissioning_counts_for_half_a_year(site: RollCallSite, days_ago: int | None, left: int) -> None:
    from datetime import UTC, datetime, timedelta

    today = datetime.fromtimestamp(site.wall_ms / 1000, UTC).date()
    site.treadmill(commissioned="" if days_ago is None else (today - timedelta(days=days_ago)).isoformat())
    assert site.rows()["tm-01"]["commissioned_days"] == left
