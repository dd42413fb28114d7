"""Where backups go, by a real restic: what a killed one left there, and what is said of a place that is not theirs."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from waiting import until

from device_adapters.clock import SystemClock
from device_adapters.errors import StorageError
from services.hub.offsite import Offsite
from services.hub.setup import set_up
from services.hub.site import Backup, Places, SiteConfig

pytestmark = pytest.mark.skipif(
    shutil.which("restic") is None, reason="NO RESTIC ON THIS MACHINE: apt install restic"
)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    places, data = Places(tmp_path / "etc"), tmp_path / "data"
    wanted = Backup(to=str(tmp_path / "disk/repo"), work=str(tmp_path / "work"))
    set_up(places, SiteConfig("gym", ("localhost",), data=str(data), backup=wanted), SystemClock())
    data.mkdir()
    (tmp_path / "disk").mkdir()
    return places


async def kill_while_it_checks(places: Places) -> None:
    """A power cut in the midst of `restic check`: its index is a pipe that nobody writes to, so it waits, locked."""
    away = Path(places.site().backup.to)
    (index,) = (away / "index").iterdir()
    whole = index.rename(away.parent / "index")
    os.mkfifo(index)
    environment = {
        **os.environ,
        "RESTIC_REPOSITORY": str(away),
        "RESTIC_PASSWORD_FILE": str(places.backup_password),
    }
    checking = subprocess.Popen(["restic", "check", "--quiet", "--no-cache"], env=environment)  # noqa: ASYNC220
    await until(lambda: any("tmp" not in lock.name for lock in (away / "locks").iterdir()))
    checking.kill()
    checking.wait()
    index.unlink()
    whole.rename(index)


async def test_what_a_killed_restic_locked_is_free_for_the_next(places: Places, tmp_path: Path) -> None:
    offsite = Offsite(places)
    sent = offsite.send(first=True)
    for goes_on in (partial(offsite.send, first=False), offsite.try_out):
        await kill_while_it_checks(places)
        assert goes_on().files == sent.files
    await kill_while_it_checks(places)
    offsite.fetch(tmp_path / "back.tar")
    assert (tmp_path / "back.tar").stat().st_size > sent.bytes


def test_a_wrong_password_is_named(places: Places) -> None:
    Offsite(places).send(first=True)
    places.backup_password.write_text("another")
    with pytest.raises(StorageError, match="wrong password"):
        Offsite(places).send(first=True)


def test_the_place_of_a_disk_that_is_not_mounted_gets_no_backups(places: Places, tmp_path: Path) -> None:
    Offsite(places).send(first=True)
    (tmp_path / "disk").rename(tmp_path / "unplugged")
    (tmp_path / "disk").mkdir()
    for use in (
        partial(Offsite(places).send, first=False),
        Offsite(places).try_out,
        partial(Offsite(places).fetch, tmp_path / "back.tar"),
    ):
        with pytest.raises(StorageError, match=r"is its disk mounted\?.*offsite send --new"):
            use()
    assert list((tmp_path / "disk").iterdir()) == []


def test_a_malformed_store_is_sent_and_named(places: Places) -> None:
    store = Path(places.site().data) / "members.db"
    with closing(sqlite3.connect(store)) as db:
        db.execute("CREATE TABLE t AS SELECT zeroblob(40000)")
        db.commit()
    content = store.read_bytes()
    store.write_bytes(content[:4096] + bytes(range(256)) * 16 + content[8192:])
    with pytest.raises(StorageError, match=r"members\.db: malformed, and in the backup"):
        Offsite(places).send(first=True)
    assert list((Path(places.site().backup.to) / "snapshots").iterdir()) != []
