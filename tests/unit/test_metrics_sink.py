"""The embedded store."""

import sqlite3
from pathlib import Path

import pytest
from full_database import OpenedDatabases

from device_adapters.contract.messages import Event
from device_adapters.errors import StorageError
from services.metrics import points, schema
from services.metrics.points import Point, Value
from services.metrics.sqlite import SqliteSink


def frame(seq: int, device: str = "tm-01", boot: str = "b1", **fields: Value) -> Point:
    measurement = schema.STRAP if device.startswith("hr") else schema.TREADMILL
    at_ns = (1000 + seq) * 1_000_000
    return Point(measurement, {measurement.name: device}, {"boot": boot, "seq": seq, **fields}, at_ns)


def test_frames_are_stored_once_and_counted_per_device(tmp_path: Path) -> None:
    sink = SqliteSink(tmp_path / "new" / "metrics.db")
    assert sink.write((frame(0), frame(1), frame(1), frame(0, "hr-01"), frame(0, boot="b2"))) == 1
    assert sink.write((frame(1), frame(2, speed_kmh=3.5))) == 1
    assert (sink.stored("tm-01"), sink.stored("hr-01"), sink.stored("tm-09")) == (4, 1, 0)
    sink.close()


def test_the_first_version_of_a_frame_stays(tmp_path: Path) -> None:
    sink = SqliteSink(tmp_path / "metrics.db")
    sink.write((frame(0, speed_kmh=2.0),))
    sink.write((frame(0, speed_kmh=9.0),))
    assert sink.speed_max_kmh("tm-01") == 2.0
    sink.close()


def test_gaps_are_missing_numbers_within_a_boot_and_not_between_boots(tmp_path: Path) -> None:
    sink = SqliteSink(tmp_path / "metrics.db")
    assert sink.gaps("tm-01") == 0
    sink.write([frame(n) for n in (5, 6, 8, 11)])
    assert sink.gaps("tm-01") == 3
    sink.write((frame(1000, boot="b2"), frame(1001, boot="b2"), frame(3, "hr-01"), frame(5, "hr-01")))
    assert (sink.gaps("tm-01"), sink.gaps("hr-01")) == (3, 1)
    sink.write((frame(7), frame(9), frame(10)))
    assert sink.gaps("tm-01") == 0
    sink.close()


def test_an_earlier_run_on_the_same_store_is_not_counted(tmp_path: Path) -> None:
    sink = SqliteSink(tmp_path / "metrics.db")
    sink.write((frame(0, speed_kmh=9.0), frame(5), frame(9, "hr-01")))
    sink.write(
        (frame(1000, boot="b2", speed_kmh=2.0), frame(1002, boot="b2"), frame(1000, "hr-01", boot="b2"))
    )
    assert (sink.stored("tm-01", 2_000), sink.stored("hr-01", 2_000)) == (2, 1)
    assert (sink.gaps("tm-01"), sink.gaps("tm-01", 2_000)) == (5, 1)
    assert (sink.speed_max_kmh("tm-01"), sink.speed_max_kmh("tm-01", 2_000)) == (9.0, 2.0)
    assert sink.speed_max_kmh("tm-01", 3_000) is None
    sink.write((frame(-2_000, boot="b0"),))
    assert sink.stored("tm-01") == 5
    sink.close()


def test_every_field_of_every_measurement_finds_its_column(tmp_path: Path) -> None:
    samples: dict[str, Value] = {"float": 1.5, "int": 7, "bool": True, "text": "words"}
    rows = [
        Point(
            measurement,
            {tag: f"{tag}-1" for tag in measurement.tags},
            {field.name: samples[field.kind] for field in measurement.fields},
            9_000_000,
        )
        for measurement in schema.MEASUREMENTS.values()
    ]
    sink = SqliteSink(tmp_path / "metrics.db")
    assert sink.write(rows) == 0
    assert sink.write(rows) == len(rows)
    sink.close()
    db = sqlite3.connect(tmp_path / "metrics.db")
    db.row_factory = sqlite3.Row
    for point in rows:
        (row,) = map(dict, db.execute(f'SELECT * FROM "{point.measurement.name}"'))  # noqa: S608
        assert row == {"at_ms": 9, **point.tags, **point.fields}
    db.close()


def test_rows_that_lack_a_part_of_their_key_are_told_apart_and_known_again(tmp_path: Path) -> None:
    sink = SqliteSink(tmp_path / "metrics.db")
    said = Event(id="e1", at_ms=9, source="unit-01", kind="clamped")
    other = Event(id="e2", at_ms=9, source="unit-01", kind="clamped")
    assert sink.write([*points.event("", said), *points.event("", other)]) == 0
    assert sink.write(points.event("", said)) == 1
    sink.close()


def test_the_fastest_speed(tmp_path: Path) -> None:
    sink = SqliteSink(tmp_path / "metrics.db")
    assert sink.speed_max_kmh("tm-01") is None
    sink.write((frame(1), frame(2, speed_kmh=3.5), frame(3, speed_kmh=0.0)))
    assert sink.speed_max_kmh("tm-01") == 3.5
    sink.close()


def test_a_failed_batch_leaves_nothing_behind_and_can_come_again(
    tmp_path: Path, opened_databases: OpenedDatabases
) -> None:
    sink = SqliteSink(tmp_path / "metrics.db")
    opened_databases.fill(pages=20)
    large = [frame(n, speed_kmh=1.0, boot="b" * 5000) for n in range(50)]
    with pytest.raises(StorageError, match="full"):
        sink.write(large)
    assert sink.stored("tm-01") == 0
    opened_databases.make_room()
    assert sink.write(large) == 0
    assert sink.stored("tm-01") == 50
    sink.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "metrics.db").write_bytes(b"something else" * 100)
    with pytest.raises(StorageError, match=r"metrics\.db.*not a database"):
        SqliteSink(tmp_path / "metrics.db")


def test_a_file_of_another_version_is_left_alone(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "metrics.db")
    db.execute("CREATE TABLE treadmill (device TEXT)")
    db.commit()
    db.close()
    with pytest.raises(StorageError, match="made by another version"):
        SqliteSink(tmp_path / "metrics.db")


def test_a_store_of_an_earlier_version_grows_the_fields_that_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "metrics.db"
    SqliteSink(path).close()
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE session DROP COLUMN left_s")
        db.execute("INSERT INTO session (at_ms, treadmill, goal, level, member, session, phase) "
                   "VALUES (1, 'tm-01', 'g', 'l', '', 's-1', 'running')")  # fmt: skip
        db.execute("DROP TABLE presence")
    db.close()
    sink = SqliteSink(path)
    tags = {"treadmill": "tm-01", "goal": "g", "level": "l"}
    row = Point(schema.SESSION, tags, {"session": "s-1", "phase": "running", "left_s": 9.0}, 2_000_000)
    assert sink.write([row]) == 0
    sink.close()
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT at_ms, left_s FROM session ORDER BY at_ms").fetchall() == [
            (1, None),
            (2, 9.0),
        ]
    db.close()
