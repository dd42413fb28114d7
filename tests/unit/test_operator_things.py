"""The operator's page: what each thing is found to be, what comes first, and what is not told there."""

from datetime import date
from typing import Any

import pytest

from device_adapters.contract import messages as m
from device_adapters.contract.neighbours import CONTRACT
from device_adapters.errors import StorageError
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import supervised_max_ckmh
from services.console.live.ledger import Label, Ledger
from services.console.live.live_state import LiveState
from services.console.operator import things
from services.console.operator.board import operator_view
from services.console.operator.fixes import fix
from services.console.operator.misdeeds import WORST_FIRST, Defect
from services.texts.languages import speaking

TODAY = date(2026, 3, 31)
NOW_MS, WALL_MS = 1_000_000, 1_774_915_200_000
GOOD_UNIT: dict[str, Any] = {
    "unit": "unit-01", "online": True, "boot": "boot-1", "at_ms": 0, "version": "1.2",
    "radios": (m.RadioHealth(name="hci0", used=2, slots=5),), "clock_synchronised": True, "clock_offset_ms": 3,
    "disk_free_mb": 9000, "uptime_s": 90_000, "certificate_days": 300,
}  # fmt: skip
GOOD_TREADMILL: dict[str, Any] = {
    "treadmill": "tm-01", "unit": "unit-01", "boot": "boot-1", "at_ms": 0, "link": "connected", "model": "T 1",
    "profile": "t1", "commissioned": "2026-01-10", "rssi_dbm": -60,
}  # fmt: skip
GOOD_STRAP: dict[str, Any] = {
    "strap": "hr-01", "unit": "unit-01", "boot": "boot-1", "at_ms": 0, "link": "connected", "battery_pct": 80,
}  # fmt: skip


def test_what_is_odd_about_a_device_is_said_with_what_to_do() -> None:
    strap = things.strap(m.StrapState(**GOOD_STRAP, odd=("silent", "of_a_newer_unit")))
    assert [t.verdict for t in strap.troubles] == ["warning", "warning"]
    assert "no measurements" in strap.troubles[0].text
    assert "moisten" in strap.troubles[0].fix
    assert strap.troubles[1].text == "of_a_newer_unit"
    treadmill = things.treadmill(m.TreadmillState(**GOOD_TREADMILL, odd=("range_unusable",)), TODAY)
    assert "not started" in treadmill.troubles[0].text
    with speaking("de"):
        treadmill = things.treadmill(m.TreadmillState(**GOOD_TREADMILL, odd=("range_unusable",)), TODAY)
    assert "nicht gestartet" in treadmill.troubles[0].text


BLOCKED = m.RadioHealth(name="hci1", used=0, slots=5, up=False, why="blocked")
FULL = m.RadioHealth(name="hci0", used=5, slots=5)


@pytest.mark.parametrize(
    ("wrong", "verdict", "text", "todo"),
    [
        ({}, "ok", "", ""),
        ({"online": False}, "fail", "not online", "power and network"),
        ({"radios": (BLOCKED,)}, "fail", "blocked", "doctor"),
        ({"radios": (FULL,)}, "warning", "Every connection", "Bluetooth adapter"),
        ({"outbox_behind_s": 61, "outbox_depth": 9}, "warning", "9 messages", "broker and metrics"),
        ({"outbox_dropped": 3}, "warning", "3 messages", "disk"),
        ({"clock_synchronised": False}, "warning", "clock", "set-ntp"),
        ({"clock_offset_ms": -1500}, "warning", "clock", "set-ntp"),
        ({"disk_free_mb": 1000}, "warning", "disk", "Free some"),
        ({"disk_free_mb": 100}, "fail", "disk", "Free some"),
        ({"contract": CONTRACT + 2}, "fail", "more than one release apart", "older one"),
        ({"certificate_days": 12}, "warning", "12 days", "unit rotate"),
        ({"certificate_days": -1}, "fail", "-1 days", "unit rotate"),
    ],
)  # fmt: skip
def test_a_unit(wrong: dict[str, Any], verdict: str, text: str, todo: str) -> None:
    found = things.unit(m.UnitStatus(**{**GOOD_UNIT, **wrong}))
    expect(found, verdict, text, todo)


@pytest.mark.parametrize(
    ("wrong", "verdict", "text", "todo"),
    [
        ({}, "ok", "", ""),
        ({"link": "lost"}, "fail", "assume that the belt moves", "backstride scan"),
        ({"link": "absent"}, "warning", "not linked", "backstride scan"),
        ({"rssi_dbm": -90}, "warning", "weak", "nearer"),
        ({"latched": "safety_key", "why": "The cord."}, "warning", "Locked: The cord.", "clear the stop"),
        ({"commissioned": ""}, "warning", "Never commissioned", "backstride commission tm-01"),
        ({"commissioned": "yesterday"}, "warning", "Never commissioned", "backstride commission tm-01"),
        ({"commissioned": "2025-09-28"}, "warning", "overdue", "backstride commission tm-01"),
        ({"commissioned": "2025-09-29"}, "ok", "", ""),
    ],
)  # fmt: skip
def test_a_treadmill(wrong: dict[str, Any], verdict: str, text: str, todo: str) -> None:
    found = things.treadmill(m.TreadmillState(**{**GOOD_TREADMILL, **wrong}), TODAY)
    expect(found, verdict, text, todo)


@pytest.mark.parametrize(
    ("wrong", "did", "text"),
    [
        ({"latched": "stop_pressed", "hazard": "stop_not_obeyed", "belt": "moving"}, None, "does not obey Stop. Use"),
        ({"latched": "stop_not_obeyed", "hazard": "stop_not_obeyed", "belt": "still"}, None, "did not obey Stop"),
        ({"latched": "mph_firmware", "hazard": "mph_firmware"}, None, "takes km/h for mph"),
        ({}, Cause.STOP_NOT_OBEYED, "28 Mar: The treadmill did not obey Stop."),
        ({"commissioned": ""}, Cause.MPH_FIRMWARE, "28 Mar: The treadmill takes km/h for mph"),
        ({"link": "lost"}, Cause.OVERSPEED, "28 Mar: The belt ran faster than its limit."),
    ],
)  # fmt: skip
def test_a_treadmill_that_does_what_none_in_order_does_is_the_worst_before_and_after_its_clear(
    wrong: dict[str, Any], did: Cause | None, text: str
) -> None:
    defect = None if did is None else Defect(did, WALL_MS - 3 * 86_400_000)
    found = things.treadmill(m.TreadmillState(**{**GOOD_TREADMILL, **wrong}), TODAY, defect=defect)
    expect(found, "danger", text, "Keep it out of use")
    assert found.word == "Keep out of use"
    assert "backstride commission" in found.troubles[0].fix


def test_out_of_use_and_the_name_stand_on_the_card() -> None:
    label = Label(name="Window", place="Ground floor")
    mark = "Out of use: The belt slips (Sam, 24 Nov)"
    found = things.treadmill(m.TreadmillState(**GOOD_TREADMILL), TODAY, label, out_of_use=mark)
    expect(found, "warning", mark, "Back in use")
    assert (found.id, found.name, found.facts[0]) == ("tm-01", "Window", ("Place", "Ground floor"))


def test_every_hazard_that_asks_for_it_keeps_a_treadmill_out_of_use() -> None:
    asked = {cause for cause in Cause if "Keep it out of use" in fix("hazard", cause)}
    assert asked == set(WORST_FIRST)


@pytest.mark.parametrize(
    ("wrong", "verdict", "text", "todo"),
    [
        ({}, "ok", "", ""),
        ({"link": "absent"}, "ok", "", ""),
        ({"battery_pct": 19}, "warning", "battery is low", "Change"),
        ({"battery_pct": 20}, "ok", "", ""),
    ],
)
def test_a_strap(wrong: dict[str, Any], verdict: str, text: str, todo: str) -> None:
    expect(things.strap(m.StrapState(**{**GOOD_STRAP, **wrong})), verdict, text, todo)


def test_services() -> None:
    expect(things.broker(up=True), "ok", "", "")
    expect(things.broker(up=False), "fail", "stops do not reach", "mosquitto")
    expect(things.stores([])[0], "warning", "No metrics service", "backstride-metrics")
    gone = m.StoreStatus(store="metrics", online=False, at_ms=0)
    expect(things.stores([gone])[0], "fail", "nothing is stored", "backstride-metrics")
    full = m.StoreStatus(store="metrics", online=False, at_ms=0, fault="disk full; free space")
    expect(things.stores([full])[0], "fail", "cannot store: disk full; free space", "Units keep")
    behind = m.StoreStatus(store="metrics", online=True, at_ms=0, fault="it answers 302; mend it")
    expect(things.stores([behind])[0], "fail", "does not take everything: it answers 302", "waits on the hub")
    expect(things.session_service(0, 2), "ok", "", "")
    expect(things.session_service(9, 1), "fail", "silent for 9 s", "backstride-session")


def expect(found: things.Thing, verdict: str, text: str, todo: str) -> None:
    assert found.verdict == verdict
    assert bool(found.troubles) is bool(text)
    if found.troubles:
        assert text in found.troubles[0].text
        assert todo in found.troubles[0].fix
    assert all(value for _, value in found.facts)


def test_what_is_broken_comes_first_whatever_it_is() -> None:
    floor = LiveState("gym")
    floor.connection(True, NOW_MS)
    floor.store_status("metrics", m.StoreStatus(store="metrics", online=True, at_ms=0))
    floor.unit_status("unit-01", m.UnitStatus(**GOOD_UNIT), NOW_MS)
    floor.treadmill_state("tm-01", m.TreadmillState(**{**GOOD_TREADMILL, "link": "lost"}), NOW_MS)
    floor.treadmill_state("tm-02", m.TreadmillState(**{**GOOD_TREADMILL, "treadmill": "tm-02"}), NOW_MS)
    floor.strap_state("hr-01", m.StrapState(**{**GOOD_STRAP, "battery_pct": 5}))
    view = operator_view(floor, NOW_MS, WALL_MS)
    assert [(t.id, t.verdict) for t in view.things[:2]] == [("tm-01", "fail"), ("hr-01", "warning")]
    assert {t.verdict for t in view.things[2:]} == {"ok"}
    assert (view.broken, view.watch) == (1, 1)
    tiles = view.picture().tiles
    assert tiles["treadmill:tm-01"]["at"] == 0
    assert len(tiles) == len(view.things) == 7


def test_a_treadmill_that_ignored_stop_stands_before_all_that_is_broken() -> None:
    defects = {"tm-02": Defect(Cause.STOP_NOT_OBEYED, WALL_MS)}
    floor = LiveState("gym", Ledger(defect=lambda id_, _commissioned: defects.get(id_)))
    floor.unit_status("unit-01", m.UnitStatus(**GOOD_UNIT), NOW_MS)
    for id_, link in (("tm-01", "lost"), ("tm-02", "connected")):
        state = m.TreadmillState(**{**GOOD_TREADMILL, "treadmill": id_, "link": link})
        floor.treadmill_state(id_, state, NOW_MS)
    view = operator_view(floor, NOW_MS, WALL_MS)
    assert [(t.id, t.verdict) for t in view.things[:2]] == [("tm-02", "danger"), ("broker", "fail")]
    assert view.broken == 3  # with the broker, which nobody connected here, and the lost link


@pytest.mark.parametrize(
    ("kind", "cause", "told"),
    [("hazard", "link_lost", True), ("metrics_failing", StorageError.code, True),
     ("a_kind_of_tomorrow", "a_cause_of_tomorrow", True), ("hazard", "hr_high", False),
     ("near_miss", "person", False), ("hazard", "hr_lost", True)],
)  # fmt: skip
def test_faults_come_with_a_fix_and_hearts_and_notes_are_not_told(kind: str, cause: str, told: bool) -> None:
    floor = LiveState("gym")
    floor.incidents.add(
        m.Event(id="e-1", at_ms=5, source="unit-01", kind=kind, cause=cause, severity="alarm", text="So.")
    )
    faults = operator_view(floor, NOW_MS, WALL_MS).faults
    assert len(faults) == told
    assert all(fault.fix for fault in faults)


def test_an_operator_hears_that_the_store_fails_and_what_to_do_in_their_language() -> None:
    floor = LiveState("gym")
    floor.incidents.add(
        m.Event(id="e-1", at_ms=5, source="metrics", kind="metrics_failing", cause=StorageError.code,
                severity="warning", text="disk full")
    )  # fmt: skip
    (fault,) = operator_view(floor, NOW_MS, WALL_MS).faults
    assert (fault.text, fault.fix) == (
        "disk full", "See disk and database of the metrics service: journalctl -u backstride-metrics.",
    )  # fmt: skip
    with speaking("de"):
        floor.incidents.add(
            m.Event(id="e-2", at_ms=6, source="unit-01", kind="refused", cause="stale", severity="warning")
        )
        (newest, _) = operator_view(floor, NOW_MS, WALL_MS).faults
        assert newest.text == "Abgelehnt: es kam zu spät."
        assert fix("hazard", "data_silent").startswith("Das Laufband")


def test_the_speed_of_a_treadmill_without_a_commissioning_is_the_rule_s() -> None:
    assert supervised_max_ckmh(commissioned=False, spotter=False, harness=False) == 300
    for commissioned in ("", "2025-09-28"):
        state = m.TreadmillState(**{**GOOD_TREADMILL, "commissioned": commissioned})
        assert "at most 3.0 km/h" in things.treadmill(state, TODAY).troubles[0].text


@pytest.mark.parametrize(
    ("wrong", "verdict", "text"),
    [
        ({}, "ok", ""),
        ({"sent_at_ms": WALL_MS - 3 * 86_400_000}, "fail", "3 days"),
        ({"fault": "disk full"}, "warning", "disk full"),
        ({"trial_fault": "damaged"}, "fail", "damaged"),
        ({"tried_at_ms": WALL_MS - 20 * 86_400_000}, "warning", "two weeks"),
        ({"tried_at_ms": 0, "since_ms": WALL_MS - 15 * 86_400_000}, "warning", "two weeks"),
        ({"tried_at_ms": 0, "since_ms": WALL_MS - 14 * 86_400_000}, "ok", ""),
    ],
)
@pytest.mark.parametrize("language", ["en", "de"])
def test_backups(wrong: dict[str, Any], verdict: str, text: str, language: str) -> None:
    good = {"at_ms": WALL_MS, "to": "sftp", "since_ms": 0, "sent_at_ms": WALL_MS, "tried_at_ms": WALL_MS}
    with speaking(language):
        found = things.backup(m.BackupStatus(**{**good, **wrong}), WALL_MS)
    assert found.verdict == verdict
    if language == "en":
        assert text in "".join(trouble.text for trouble in found.troubles)
    assert all("journalctl -u backstride-offsite-" in trouble.fix for trouble in found.troubles)
