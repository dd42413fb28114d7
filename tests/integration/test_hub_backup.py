"""A hub's backup: taken while stores are written, put back whole, refused if it is damaged."""

import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from device_adapters.clock import SystemClock
from device_adapters.errors import StorageError
from services.hub import clients
from services.hub.backup import backup, restore
from services.hub.clients import Client, UnitDevice
from services.hub.office import Office
from services.hub.setup import set_up
from services.hub.site import Places, SiteConfig


def rows(path: Path) -> list[tuple[int]]:
    with sqlite3.connect(path) as db:
        found = db.execute("SELECT n FROM t ORDER BY n").fetchall()
    db.close()
    return found


@pytest.fixture
def hub(tmp_path: Path) -> tuple[Path, Path]:
    folder, data = tmp_path / "etc", tmp_path / "data"
    set_up(Places(folder), SiteConfig("gym", ("hub.local",), data=str(data)), SystemClock())
    Office(Places(folder), SystemClock()).admit(Client("unit-01", "unit", (UnitDevice("tm-01"),)))
    data.mkdir()
    (data / "secret").write_bytes(b"\x00\xff")
    return folder, data


def test_a_backup_of_a_store_in_use_is_put_back_whole(hub: tuple[Path, Path], tmp_path: Path) -> None:
    folder, data = hub
    db = sqlite3.connect(data / "members.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("CREATE TABLE t (n INTEGER)")
    db.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(1000)])
    db.execute("BEGIN IMMEDIATE")
    db.execute("INSERT INTO t VALUES (1000)")  # not committed: not in it
    output = tmp_path / "out" / "hub.tar"
    kept = backup(folder, data, output)
    db.close()
    assert output.stat().st_mode & 0o777 == 0o600
    before = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    (folder / "site.toml").write_text("broken")
    (data / "members.db").unlink()
    assert restore(output, folder, data).files == kept.files == len(before) + 2
    assert {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert rows(data / "members.db") == [(n,) for n in range(1000)]
    assert (data / "secret").read_bytes() == b"\x00\xff"
    assert clients.read(Places(folder).register).find("unit-01") is not None
    assert (folder / "office" / "authority.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "etc.before-restore" / "site.toml").read_text() == "broken"


def test_a_backup_needs_no_room_but_beside_it_and_is_its_owners_alone(
    hub: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, data = hub
    with closing(sqlite3.connect(data / "members.db")) as db:
        db.execute("CREATE TABLE t (n INTEGER)")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "no such folder"))
    output = data / "hub.tar"
    kept = backup(folder, data, output)
    assert output.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in data.iterdir()) == ["hub.tar", "members.db", "secret"]
    output.rename(tmp_path / "hub.tar")
    assert restore(tmp_path / "hub.tar", folder, data).files == kept.files
    assert sorted(path.name for path in data.iterdir()) == ["members.db", "secret"]


@pytest.mark.parametrize("harm", ["cut", "changed", "foreign", "escape"])
def test_what_is_no_whole_backup_changes_nothing(hub: tuple[Path, Path], tmp_path: Path, harm: str) -> None:
    folder, data = hub
    output = tmp_path / "hub.tar"
    backup(folder, data, output)
    content = output.read_bytes()
    if harm == "cut":
        output.write_bytes(content[: len(content) // 2])
    elif harm == "changed":
        at = content.index(b"hub.local")
        output.write_bytes(content[:at] + b"bad.local" + content[at + 9 :])
    else:
        name = "settings/../../escaped" if harm == "escape" else "elsewhere/file"
        with tarfile.open(output, "a") as tar:
            info = tarfile.TarInfo(name)
            tar.addfile(info)
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    with pytest.raises(StorageError, match="not restored"):
        restore(output, folder, data)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert not (tmp_path / "escaped").exists()
    assert not (tmp_path / "etc.before-restore").exists()


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(
    hub: tuple[Path, Path], tmp_path: Path
) -> None:
    folder, data = hub
    (data / "members.db").write_bytes(b"this is no database at all, whatever its name says" * 100)
    with pytest.raises(StorageError, match="no backup"):
        backup(folder, data, tmp_path / "hub.tar")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "etc"]


@pytest.mark.parametrize("harm", ["pages of zeros", "a page of noise"])
def test_a_malformed_store_is_named_and_the_rest_is_kept(
    hub: tuple[Path, Path], tmp_path: Path, harm: str
) -> None:
    folder, data = hub
    for name in ("sessions.db", "members.db"):
        with closing(sqlite3.connect(data / name)) as db:
            db.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)")
            db.executemany("INSERT INTO t VALUES (?, ?)", [(n, "x" * 200) for n in range(1000)])
            db.commit()
    whole = (data / "sessions.db").read_bytes()
    broken = {
        "pages of zeros": whole[:8192] + bytes(40_960) + whole[49_152:],
        "a page of noise": whole[:8192] + bytes(range(256)) * 16 + whole[12_288:],
    }[harm]
    (data / "sessions.db").write_bytes(broken)
    output = tmp_path / "hub.tar"
    kept = backup(folder, data, output)
    assert kept.damaged == (str(data / "sessions.db"),)
    command = [sys.executable, "-m", "services.cli", "backup", "--folder", str(folder), "-o", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "sessions.db" in done.stderr
    assert "malformed" in done.stderr
    (data / "members.db").unlink()
    assert restore(output, folder, data).files == kept.files
    assert rows(data / "members.db") == [(n,) for n in range(1000)]
    assert (data / "sessions.db").read_bytes() == broken
