"""The embedded store."""

import sqlite3
from pathlib import Path

import pytest

from device_adapters.contract.messages import Event
from device_adapters.errors import StorageError
from services.metrics.points import Point, Value
from services.metrics.sinks import Batch, SqliteSink


def frame(seq: int, device: str = "tm-01", boot: str = "b1", **fields: Value) -> Point:
    return Point("strap" if device.startswith("hr") else "treadmill", device, boot, seq, 1000 + seq, fields)


def test_frames_are_stored_once_and_counted_per_device(tmp_path: Path) -> None:
    sink = SqliteSink(tmp_path / "new" / "metrics.db")
    sink.write(Batch(points=(frame(0), frame(1), frame(1), frame(0, "hr-01"), frame(0, boot="b2"))))
    sink.write(Batch(points=(frame(1), frame(2, speed_kmh=3.5))))
    assert (sink.stored("tm-01"), sink.stored("hr-01"), sink.stored("tm-09")) == (4, 1, 0)
    assert sink.duplicates == 2
    sink.close()


def test_the_first_version_of_a_frame_stays(tmp_path: Path) -> None:
    sink = SqliteSink(tmp_path / "metrics.db")
    sink.write(Batch(points=(frame(0, speed_kmh=2.0),)))
    sink.write(Batch(points=(frame(0, speed_kmh=9.0),)))
    assert sink.speed_max_kmh("tm-01") == 2.0
    sink.close()


def test_gaps_are_missing_numbers_within_a_boot_and_not_between_boots(tmp_path: Path) -> None:
    sink = SqliteSink(tmp_path / "metrics.db")
    assert sink.gaps("tm-01") == 0
    sink.write(Batch(points=tuple(frame(n) for n in (5, 6, 8, 11))))
    assert sink.gaps("tm-01") == 3
    sink.write(
        Batch(points=(frame(1000, boot="b2"), frame(1001, boot="b2"), frame(3, "hr-01"), frame(5, "hr-01")))
    )
    assert (sink.gaps("tm-01"), sink.gaps("hr-01")) == (3, 1)
    sink.write(Batch(points=(frame(7), frame(9), frame(10))))
    assert sink.gaps("tm-01") == 0
    sink.close()


def test_every_field_finds_its_column(tmp_path: Path) -> None:
    treadmill: dict[str, Value] = {
        "speed_kmh": 3.5, "incline_pct": -1.5, "distance_m": 100, "elapsed_s": 60, "energy_kcal": 5, "hr_bpm": 101,
        "steps": 70, "power_w": 80,
    }  # fmt: skip
    strap: dict[str, Value] = {"hr_bpm": 102, "contact": True, "rr_ms": "530 540", "energy_kj": 7}
    event = Event(
        id="e1", at_ms=9, source="unit-01", kind="clamped", cause="limit", text="words", severity="warning",
        treadmill="tm-01", strap="hr-01", session="s1", before={"speed_kmh": 4.5}, after={"speed_kmh": 4.0},
    )  # fmt: skip
    sink = SqliteSink(tmp_path / "metrics.db")
    points = (
        Point("treadmill", "tm-01", "b1", 1, 1001, treadmill),
        Point("strap", "hr-01", "b1", 2, 1002, strap),
    )
    sink.write(Batch(points, (event, event)))
    sink.close()
    db = sqlite3.connect(tmp_path / "metrics.db")
    db.row_factory = sqlite3.Row
    (row,) = map(dict, db.execute("SELECT * FROM treadmill"))
    assert row == {"device": "tm-01", "boot": "b1", "seq": 1, "at_ms": 1001, **treadmill}
    (row,) = map(dict, db.execute("SELECT * FROM strap"))
    assert row == {"device": "hr-01", "boot": "b1", "seq": 2, "at_ms": 1002, **strap}
    (row,) = map(dict, db.execute("SELECT * FROM event"))
    assert row == {
        "id": "e1", "at_ms": 9, "source": "unit-01", "kind": "clamped", "cause": "limit", "text": "words",
        "severity": "warning", "treadmill": "tm-01", "strap": "hr-01", "session": "s1",
        "before": '{"speed_kmh":4.5}', "after": '{"speed_kmh":4.0}',
    }  # fmt: skip
    db.close()


def test_the_fastest_speed(tmp_path: Path) -> None:
    sink = SqliteSink(tmp_path / "metrics.db")
    assert sink.speed_max_kmh("tm-01") is None
    sink.write(Batch(points=(frame(1), frame(2, speed_kmh=3.5), frame(3, speed_kmh=0.0))))
    assert sink.speed_max_kmh("tm-01") == 3.5
    sink.close()


def test_a_failed_batch_leaves_nothing_behind_and_can_come_again(tmp_path: Path) -> None:
    sink = SqliteSink(tmp_path / "metrics.db")
    sink._db.execute("PRAGMA max_page_count = 20")
    large = Batch(
        (frame(1),), tuple(Event(id=f"e{n}", at_ms=1, source="x" * 5000, kind="k") for n in range(50))
    )
    with pytest.raises(StorageError, match="full"):
        sink.write(large)
    assert sink.stored("tm-01") == 0
    sink._db.execute("PRAGMA max_page_count = 1000")
    sink.write(large)
    assert (sink.stored("tm-01"), sink.duplicates) == (1, 0)
    sink.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "metrics.db").write_bytes(b"something else" * 100)
    with pytest.raises(StorageError, match=r"metrics\.db.*not a database"):
        SqliteSink(tmp_path / "metrics.db")
