"""One message per incident and one for its end; nights are left alone but for what may hurt somebody."""

import pytest
from alert_nights import UNIT, WALL_MS, Night, site

from device_adapters.contract import messages as m
from device_adapters.contract.keys import alerts, hazards
from device_adapters.safety.hazards import Cause as Hazard
from device_adapters.units import DAY_MS
from services.alerts import incidents
from services.alerts.incidents import PATIENCE, AlertCause, AlertKind
from services.alerts.site_state import SiteState
from services.rules.day_window import within
from services.rules.site import SETTLED_MS

BELT = AlertCause(AlertKind.BELT, "tm-01", alerts.alert_belt("tm-01", hazards.staff(Hazard.STOP_NOT_OBEYED)))
AWAY = AlertCause(AlertKind.UNIT, "unit-03", alerts.alert_unit_away("unit-03"))


def test_a_belt_that_does_not_obey_is_told_at_once_and_once_and_its_end_once() -> None:
    night = Night()
    (began,) = night.pass_(600, [BELT])
    assert (night.told[0][0], began.urgent, began.end_ms) == (1, True, None)
    (ended,) = night.pass_(600)
    assert (ended.cause, ended.begin_ms, ended.end_ms) == (BELT, began.begin_ms, WALL_MS + 600_000)
    assert night.book == {}


def test_what_does_not_last_is_not_told_and_what_comes_and_goes_is_one_incident() -> None:
    night = Night()
    assert night.pass_(59, [AWAY]) == []
    assert night.pass_(5) == []
    (_,) = night.pass_(62, [AWAY])
    assert night.pass_(59) == []
    assert night.pass_(600, [AWAY]) == [], "it was away for less than it takes to be over"
    (over,) = night.pass_(61)
    assert over.end_ms is not None


def test_quiet_hours_hold_back_all_but_what_may_hurt_somebody() -> None:
    night = Night()
    assert [one.cause for one in night.pass_(600, [AWAY, BELT], quiet=True)] == [BELT]
    (began,) = night.pass_(2, [AWAY, BELT])
    assert (began.cause, began.end_ms) == (AWAY, None)


def test_what_began_and_ended_in_quiet_hours_is_one_message_afterwards() -> None:
    night = Night()
    assert night.pass_(600, [AWAY], quiet=True) == []
    assert night.pass_(600, quiet=True) == []
    (once,) = night.pass_(600)
    assert (once.begin_ms, once.end_ms) == (WALL_MS + 1_000, WALL_MS + 600_000)


def test_a_restart_tells_nothing_twice_and_an_end_all_the_same() -> None:
    night = Night()
    night.pass_(2, [BELT])
    later = Night()
    later.book = incidents.after_restart(night.book.values(), 0, WALL_MS)
    assert later.pass_(60, [BELT]) == []
    (over,) = later.pass_(60)
    assert over.end_ms is not None


def test_what_quiet_hours_hold_back_outlives_a_restart_in_them() -> None:
    night, later = Night(), Night()
    assert night.pass_(600, [AWAY], quiet=True) == []
    kept = [one for one in night.book.values() if incidents.has_lasted(one)]
    later.book = incidents.after_restart(kept, 0, WALL_MS + 600_000)
    assert later.pass_(600, quiet=True) == []
    (once,) = later.pass_(600)
    assert (once.begin_ms, once.end_ms) == (WALL_MS + 1_000, WALL_MS + 600_000)


def test_no_more_than_so_many_are_kept() -> None:
    many = [
        AlertCause(AlertKind.BATTERY, f"hr-{n}", alerts.alert_battery(f"hr-{n}", 3)) for n in range(1_200)
    ]
    night = Night()
    night.pass_(1, many)
    assert len(night.book) == incidents.INCIDENTS_MAX


@pytest.mark.parametrize(
    ("minute", "begin", "end", "expected"),
    [
        (22 * 60, "22:00", "06:00", True), (5 * 60 + 59, "22:00", "06:00", True), (6 * 60, "22:00", "06:00", False),
        (12 * 60, "22:00", "06:00", False), (13 * 60, "13:00", "14:00", True), (14 * 60, "13:00", "14:00", False),
        (0, "", "06:00", False), (0, "22:00", "", False), (0, "00:00", "00:00", False),
    ],
)  # fmt: skip
def test_quiet_hours(minute: int, begin: str, end: str, expected: bool) -> None:
    assert within(minute, begin, end) is expected


def kinds(made: SiteState, now_ms: int = SETTLED_MS, free_mb: int = 9_000, days: int = 90) -> list[str]:
    return sorted(f"{one.kind} {one.who}".strip() for one in made.causes(now_ms, WALL_MS, free_mb, days))


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (site(), []),
        (site(unit={"online": False}), ["unit unit-01"]),
        (site(unit={"disk_free_mb": 100}), ["disk unit-01"]),
        (site(unit={"certificate_days": 13}), ["certificate unit-01"]),
        (site(strap={"battery_pct": 19}), ["battery hr-01"]),
        (site(strap={"battery_pct": 19}, unit={"straps": ()}), []),
        (site(store=False), ["store"]),
        (site(backup={}), []),
        (site(backup={"sent_at_ms": WALL_MS, "fault": "no room"}), []),
        (site(backup={"since_ms": WALL_MS - 2 * DAY_MS}), ["backup sent"]),
        (site(backup={"sent_at_ms": WALL_MS - 2 * DAY_MS}), ["backup sent"]),
        (site(backup={"sent_at_ms": WALL_MS, "trial_fault": "damaged"}), ["backup tried"]),
        (site(backup={"sent_at_ms": WALL_MS, "tried_at_ms": WALL_MS - 15 * DAY_MS}), ["backup tried"]),
        (site(backup={"sent_at_ms": WALL_MS, "since_ms": WALL_MS - 15 * DAY_MS}), ["backup tried"]),
        (site(treadmill={"latched": "stop_pressed"}), []),
        (site(treadmill={"latched": "stop_pressed", "hazard": "stop_not_obeyed"}), ["belt tm-01"]),
        (site(treadmill={"latched": "link_lost", "link": "lost"}), ["belt tm-01"]),
        (site(treadmill={"link": "lost"}), []),
    ],
)
def test_what_needs_somebody(made: SiteState, expected: list[str]) -> None:
    assert kinds(made) == expected


def test_the_hub_s_own_disk_and_certificate() -> None:
    assert kinds(site(), free_mb=500, days=3) == ["certificate", "disk"]


@pytest.mark.parametrize(
    "hazard", ["stop_not_obeyed", "control_failed", "link_lost", "unit_restarted", "data_silent"]
)
def test_a_belt_of_which_the_member_hears_that_it_may_not_stop_is_an_alert(hazard: str) -> None:
    assert kinds(site(treadmill={"hazard": hazard})) == ["belt tm-01"]
    assert kinds(site(treadmill={"latched": hazard})) == ["belt tm-01"]


@pytest.mark.parametrize(
    "hazard", ["stop_pressed", "lease_expired", "safety_key", "console_slower", "left_free"]
)
def test_one_that_was_stopped_is_none(hazard: str) -> None:
    assert kinds(site(treadmill={"latched": hazard})) == []


def test_a_unit_that_is_silent_is_away_but_not_while_the_broker_is() -> None:
    made = site()
    assert kinds(made, 61_001) == ["unit unit-01"]
    made.line(False, 62_000)
    assert kinds(made, 63_000) == ["broker", "unit unit-01"], "what is not known anew is as it was"
    made.line(True, 600_000)
    assert kinds(made, 601_000) == ["broker", "unit unit-01"]
    assert kinds(made, 600_000 + SETTLED_MS) == [], "its silence counts from the line on"


def test_what_a_unit_has_no_more_needs_nobody() -> None:
    made = site(treadmill={"hazard": "stop_not_obeyed"})
    assert kinds(made) == ["belt tm-01"]
    made.unit("unit-01", m.UnitStatus(**UNIT | {"at_ms": 5, "treadmills": ("tm-02",)}), 0)
    assert kinds(made) == []
    made.gone("unit-01")
    made.gone("tm-01")
    assert kinds(made) == []


def test_each_kind_has_its_patience() -> None:
    assert set(PATIENCE) == set(AlertKind)
