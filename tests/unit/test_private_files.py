"""Files for who asked for them alone: from their first byte on, whole or not at all, on any file system."""

import errno
import os
from pathlib import Path

import pytest

from services.hub.files import write_for_owner


def modes(folder: Path) -> set[int]:
    return {each.stat().st_mode & 0o777 for each in folder.iterdir()}


@pytest.mark.parametrize("there", [False, True])
def test_nobody_else_may_read_it_at_any_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    path, seen = folder / "s-1.fit", list[set[int]]()
    monkeypatch.setattr(os, "fsync", lambda _: seen.append(modes(folder) - ({0o644} if there else set())))
    if there:
        path.write_bytes(b"of earlier")
        path.chmod(0o644)
    before = os.umask(0)
    try:
        write_for_owner(path, b"heart")
    finally:
        os.umask(before)
    assert seen == [{0o600}]
    assert modes(folder) == {0o600}
    assert path.read_bytes() == b"heart"


def test_a_file_system_without_rights_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "chmod", refused)
    monkeypatch.setattr(os, "fchmod", refused)
    write_for_owner(tmp_path / "report.pdf", b"%PDF")
    assert (tmp_path / "report.pdf").read_bytes() == b"%PDF"


def test_a_full_disk_leaves_what_stood_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "x.zip").write_bytes(b"of earlier")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_for_owner(tmp_path / "x.zip", b"new")
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"of earlier"]


def test_it_goes_through_a_pipe_and_to_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "x.fit")
    write_for_owner(tmp_path / "link", b"heart")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "elsewhere" / "x.fit").read_bytes() == b"heart"
    reads, writes = os.pipe()
    try:
        write_for_owner(Path(f"/dev/fd/{writes}"), b"heart")
        assert os.read(reads, 9) == b"heart"
    finally:
        os.close(reads)
        os.close(writes)
