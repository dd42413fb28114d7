"""The machine book counts each frame once, and tells what is due."""

from pathlib import Path
from typing import Any

import pytest

from device_adapters.clock import ManualClock
from device_adapters.contract import messages as m
from device_adapters.errors import StorageError
from services.console.live.live_state import LiveState
from services.console.machine_book import MachineBook
from services.console.operator import book, machines
from services.console.operator.book import BookEntry, Firmware
from services.texts.languages import speaking

DAY_MS = 86_400_000
WALL_MS = 1_774_915_200_000


def frame(seq: int, at_ms: int, speed_kmh: float | None, boot: str = "b") -> m.TreadmillTelemetry:
    return m.TreadmillTelemetry(treadmill="tm-01", boot=boot, seq=seq, at_ms=at_ms, speed_kmh=speed_kmh)


def state(**more: Any) -> m.TreadmillState:
    known = {"treadmill": "tm-01", "unit": "unit-01", "boot": "b", "at_ms": 0, "link": "connected"}
    return m.TreadmillState(**{**known, **more})


def kept(folder: Path) -> MachineBook:
    return MachineBook(folder, ManualClock(wall_ms=WALL_MS))


def test_an_hour_at_3_6_km_h_is_3_6_km_and_one_start(tmp_path: Path) -> None:
    made = kept(tmp_path)
    made.measured("tm-01", frame(0, 0, 0))
    for second in range(1, 3_602):
        made.measured("tm-01", frame(second, second * 1_000, 3.6))
    made.measured("tm-01", frame(3_602, 3_602_000, 0))
    entry = made.of("tm-01")
    assert (entry.moved_ms, entry.starts) == (3_601_000, 1)
    assert entry.moved_m == pytest.approx(3_601)


def test_nothing_is_counted_twice_nor_over_a_gap_nor_over_a_restart(tmp_path: Path) -> None:
    made = kept(tmp_path)
    for one in (frame(1, 0, 5), frame(2, 1_000, 5), frame(2, 1_000, 5), frame(1, 0, 5), frame(3, 2_000, 5)):
        made.measured("tm-01", one)
    assert made.of("tm-01").moved_ms == 2_000
    made.measured("tm-01", frame(4, 60_000, 5))
    assert made.of("tm-01").moved_ms == 2_000, "for a minute nobody knows what it did"
    made.measured("tm-01", frame(1, 61_000, 5, boot="c"))
    made.measured("tm-01", frame(2, 62_000, None, boot="c"))
    made.measured("tm-01", frame(3, 63_000, 5, boot="c"))
    assert (made.of("tm-01").moved_ms, made.of("tm-01").starts) == (3_000, 1)


def test_faults_are_the_machine_s_own_and_each_counts_once(tmp_path: Path) -> None:
    made = kept(tmp_path)
    told = (
        ("1", "overspeed"),
        ("1", "overspeed"),
        ("2", "overspeed"),
        ("3", "stop_pressed"),
        ("4", "hr_high"),
    )
    for id_, cause in told:
        made.heard(m.Event(id=id_, at_ms=0, source="u", kind="hazard", cause=cause, treadmill="tm-01"))
    made.heard(m.Event(id="5", at_ms=0, source="u", kind="note", text="overspeed", treadmill="tm-01"))
    assert made.of("tm-01").faults == {"overspeed": 2}


def test_a_new_firmware_asks_for_commissioning_anew_until_there_is_a_newer_record() -> None:
    entry = BookEntry(since_ms=0)
    entry = book.told_firmware(entry, "1.0", WALL_MS)
    assert book.changed_since(entry, "") is None, "the first is no change"
    for _ in range(2):
        entry = book.told_firmware(entry, "1.1", WALL_MS + 10 * DAY_MS)
    entry = book.told_firmware(entry, "", WALL_MS + 11 * DAY_MS)
    assert [one.version for one in entry.firmware] == ["1.0", "1.1"]
    assert book.changed_since(entry, "2026-03-31") == Firmware(version="1.1", at_ms=WALL_MS + 10 * DAY_MS)
    assert book.changed_since(entry, "") is not None
    assert book.changed_since(entry, "2026-04-10") is None


def test_it_outlives_a_restart_and_says_when_its_disk_takes_nothing(tmp_path: Path) -> None:
    made = kept(tmp_path)
    made.measured("tm-01", frame(1, 0, 5))
    made.measured("tm-01", frame(2, 1_000, 5))
    made.serviced("tm-01", "operator u-1")
    made.service_every("tm-01", 500)
    made.keep()
    assert kept(tmp_path).of("tm-01") == made.of("tm-01")
    with pytest.raises(StorageError):
        kept(tmp_path / "not there").keep()


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_due_comes_first_and_in_words(tmp_path: Path, language: str) -> None:
    floor, made = LiveState("gym"), kept(tmp_path)
    there = ("tm-01", "tm-02")
    floor.unit_status(
        "unit-01", m.UnitStatus(unit="unit-01", online=True, boot="b", at_ms=0, treadmills=there), 0
    )
    floor.treadmill_state("tm-01", state(model="T 1"), 0)
    floor.treadmill_state("tm-02", state(treadmill="tm-02", firmware="1.1"), 0)
    for version in ("1.0", "1.1"):
        made.told("tm-02", state(treadmill="tm-02", firmware=version))
    made.service_every("tm-02", 1)
    for seq in range(5_000):
        made.measured("tm-02", frame(seq, seq * 1_000, 10))
    with speaking(language):
        first, second = machines.cards(floor, made.of)
    assert (first.id, first.verdict, second.verdict) == ("tm-02", "warning", "ok")
    texts = " ".join(trouble.text for trouble in first.troubles)
    assert "1.1" in texts
    assert {"en": "0.4 h", "de": "0,4 h"}[language] in texts
    facts = dict(first.facts)
    assert {"en": "1.4 h, 13.9 km", "de": "1,4 h, 13,9 km"}[language] in facts.values()
    made.serviced("tm-02", "operator u-1")
    with speaking(language):
        (again,) = [one for one in machines.cards(floor, made.of) if one.id == "tm-02"]
    assert len(again.troubles) == 1
