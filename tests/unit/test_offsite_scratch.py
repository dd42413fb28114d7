"""What a backup is made in: not encrypted, so nobody but its owner reads it, and nothing of it stays."""

import fcntl
import os
from pathlib import Path

import pytest

from device_adapters.clock import SystemClock
from services.hub.offsite import Offsite
from services.hub.setup import set_up
from services.hub.site import Backup, Places, SiteConfig

RESTIC = (
    '#!/bin/sh\ncase $1 in backup) cat >/dev/null; stat -c %a "$WORK"/scratch-*/ >>"$WORK/modes";; esac\n'
)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    restic = tmp_path / "bin/restic"
    restic.parent.mkdir()
    restic.write_text(RESTIC)
    restic.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir(0o755)
    monkeypatch.setenv("PATH", f"{restic.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("WORK", str(work))
    return work


@pytest.fixture
def offsite(work: Path, tmp_path: Path) -> Offsite:
    places = Places(tmp_path / "etc")
    backup = Backup(to=str(tmp_path / "away"), work=str(work))
    (tmp_path / "data").mkdir()
    set_up(
        places, SiteConfig("gym", ("localhost",), data=str(tmp_path / "data"), backup=backup), SystemClock()
    )
    return Offsite(places)


def test_what_a_killed_one_left_goes_with_the_next(offsite: Offsite, work: Path) -> None:
    left = work / "scratch-killed"
    left.mkdir()
    (left / "backstride.tar").write_bytes(b"names and health")
    offsite.send(first=True)
    assert list(work.glob("scratch-*")) == []


def test_what_another_works_in_stays(offsite: Offsite, work: Path) -> None:
    other = work / "scratch-other"
    other.mkdir()
    handle = os.open(other, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    offsite.send(first=True)
    os.close(handle)
    assert list(work.glob("scratch-*")) == [other]


def test_its_owner_alone_reads_it_whatever_the_folder_around_it_is(offsite: Offsite, work: Path) -> None:
    offsite.send(first=True)
    assert (work / "modes").read_text().split() == ["700"]
