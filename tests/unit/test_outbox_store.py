"""The outbox's file: order, bounds, damage."""

import sqlite3
from pathlib import Path

import pytest
from full_database import OpenedDatabases
from outbox_rows import rows

from device_adapters.errors import StorageError
from device_adapters.outbox.store import ROW_BYTES, Kind, Message, OutboxStore

EACH = ROW_BYTES + 10


def message(n: int, kind: Kind = "telemetry") -> Message:
    return Message("t", f"{n:09}".encode(), kind)


def opened(path: Path, bytes_max: int = 100 * EACH) -> OutboxStore:
    store = OutboxStore(path, bytes_max)
    store.open()
    return store


def contents(store: OutboxStore) -> list[int]:
    return [int(row.message.payload) for row in rows(store)]


def test_rows_come_back_in_order_after_reopening_until_they_are_delivered(tmp_path: Path) -> None:
    store = opened(tmp_path / "outbox.db")
    ids = store.commit([message(n) for n in range(5)], [], 0).ids
    store.close()
    store = OutboxStore(tmp_path / "outbox.db", 100 * EACH)
    assert store.open() == (5, ids[-1])
    assert contents(store) == [0, 1, 2, 3, 4]
    assert [row.id for row in store.after("telemetry", ids[1], 2)] == [ids[2], ids[3]]
    assert store.commit([], [ids[0], ids[3]], 0).rows == 3
    assert contents(store) == [1, 2, 4]
    store.close()


def test_a_kind_survives_the_disk(tmp_path: Path) -> None:
    store = opened(tmp_path / "outbox.db")
    store.commit([message(1, "event"), message(2)], [], 0)
    assert [row.message for row in rows(store)] == [message(1, "event"), message(2)]
    store.close()


def test_ids_are_never_used_twice(tmp_path: Path) -> None:
    store = opened(tmp_path / "outbox.db")
    (first,) = store.commit([message(1)], [], 0).ids
    store.commit([], [first], 0)
    store.close()
    store = OutboxStore(tmp_path / "outbox.db", 100 * EACH)
    assert store.open() == (0, first)
    (second,) = store.commit([message(2)], [], 0).ids
    assert second > first
    store.close()


def test_the_oldest_telemetry_gives_way_and_events_stay(tmp_path: Path) -> None:
    store = opened(tmp_path / "outbox.db", bytes_max=4 * EACH)
    store.commit([message(1, "event"), message(2), message(3), message(4)], [], 0)
    done = store.commit([message(5), message(6, "event")], [], 0)
    assert (done.telemetry_dropped, done.events_dropped, done.rows) == (2, 0, 4)
    assert contents(store) == [1, 4, 5, 6]
    store.close()


def test_only_an_outbox_full_of_events_drops_the_newest_event(tmp_path: Path) -> None:
    store = opened(tmp_path / "outbox.db", bytes_max=3 * EACH)
    store.commit([message(n, "event") for n in (1, 2)], [], 0)
    done = store.commit([message(3, "event"), message(4), message(5, "event")], [], 0)
    assert (done.telemetry_dropped, done.events_dropped) == (1, 1)
    assert contents(store) == [1, 2, 3]
    store.close()


def test_what_is_too_old_goes_unless_it_is_an_event(tmp_path: Path) -> None:
    store = opened(tmp_path / "outbox.db")
    ids = store.commit([message(1), message(2, "event"), message(3), message(4)], [], 0).ids
    done = store.commit([], [], expired_to=ids[2])
    assert (done.telemetry_dropped, done.rows) == (2, 2)
    assert contents(store) == [2, 4]
    store.close()


def test_a_damaged_file_is_set_aside_and_a_new_one_begun(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    path.write_bytes(b"this was a database once" * 100)
    store = opened(path)
    store.commit([message(1)], [], 0)
    assert contents(store) == [1]
    assert (tmp_path / "outbox.db.damaged").read_bytes().startswith(b"this was")
    store.close()


def test_a_second_user_of_the_file_is_told_why_it_cannot_have_it(tmp_path: Path) -> None:
    store = opened(tmp_path / "outbox.db")
    store.commit([message(1)], [], 0)
    with pytest.raises(StorageError, match="no other unit uses this file"):
        OutboxStore(tmp_path / "outbox.db", 1).open()
    store.close()


def test_a_full_disk_costs_the_commit_and_nothing_else(
    tmp_path: Path, opened_databases: OpenedDatabases
) -> None:
    store = opened(tmp_path / "outbox.db", bytes_max=10_000_000)
    (first,) = store.commit([message(1)], [], 0).ids
    opened_databases.fill(pages=20)
    with pytest.raises(StorageError, match="full"):
        store.commit([message(2), Message("t", bytes(200_000), "event")], [first], 0)
    assert contents(store) == [1]
    opened_databases.make_room()
    assert store.commit([message(3)], [], 0).rows == 2
    store.close()


def test_every_commit_is_on_disk_when_it_returns(tmp_path: Path) -> None:
    store = opened(tmp_path / "outbox.db")
    store.commit([message(1)], [], 0)
    for suffix in ("", "-wal"):  # what a power cut would leave
        (tmp_path / f"copy.db{suffix}").write_bytes((tmp_path / f"outbox.db{suffix}").read_bytes())
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT count(*) FROM message").fetchone() == (1,)
    copy.close()
    store.close()


def test_a_store_that_is_not_open_says_so(tmp_path: Path) -> None:
    store = OutboxStore(tmp_path / "outbox.db", 1)
    for use in (lambda: store.commit([message(1)], [], 0), lambda: store.after("event", 0, 1)):
        with pytest.raises(StorageError, match="not open"):
            use()
