"""The folder of releases as an update settles it, where the unit file of the release before lets it write nothing."""

import errno
from pathlib import Path

import pytest

from services.hub import owners


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners, "installed", lambda: True)
    monkeypatch.setattr(owners, "make_users", lambda: None)
    monkeypatch.setattr(owners, "settle", lambda _services, _data: None)


def of_machine(error: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_folder(_path: Path, **_how: object) -> None:
        raise OSError(error, "no")

    monkeypatch.setattr(Path, "mkdir", no_folder)
    owners.of_machine(folder / "services", folder / "data", folder / "releases")


def test_a_read_only_place_is_left_to_the_desk(
    settled: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_machine(errno.EROFS, tmp_path, monkeypatch)
    assert not (tmp_path / "releases").exists()


@pytest.mark.parametrize("error", [errno.EACCES, errno.ENOSPC, errno.EIO])
def test_whatever_else_is_wrong_is_said(
    settled: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    with pytest.raises(OSError, match="no"):
        of_machine(error, tmp_path, monkeypatch)
