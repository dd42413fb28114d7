"""Files on a disk that has no room: what was there stays, nothing else is left, and it is said which file it was."""

from pathlib import Path

import pytest
from small_disk import ROOM, no_room

from device_adapters.errors import StorageError
from services.hub.files import write, write_all


def test_a_file_that_has_no_room_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "register.json"
    write(path, b"as it was")
    for _ in range(3):
        with no_room(), pytest.raises(StorageError, match=r"register\.json: File too large; .*df -h"):
            write(path, bytes(4 * ROOM))
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"register.json": b"as it was"}


def test_files_that_belong_together_are_all_replaced_or_none(tmp_path: Path) -> None:
    signature, bundle = tmp_path / "b.tar.gz.sig", tmp_path / "b.tar.gz"
    write_all({signature: b"sig of old", bundle: b"old"}, 0o644)
    with no_room(), pytest.raises(StorageError, match=r"b\.tar\.gz: "):
        write_all({signature: b"sig of new", bundle: bytes(4 * ROOM)}, 0o644)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {
        signature.name: b"sig of old",
        bundle.name: b"old",
    }
    write_all({signature: b"sig of new", bundle: b"new"}, 0o644)
    assert (signature.read_bytes(), bundle.read_bytes()) == (b"sig of new", b"new")
    assert bundle.stat().st_mode & 0o777 == 0o644


def test_what_cannot_be_put_there_is_named_too(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="folder: Is a directory"):
        write(tmp_path / "folder", b"x")
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="below: File exists"):
        write(tmp_path / "file/below", b"x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]
