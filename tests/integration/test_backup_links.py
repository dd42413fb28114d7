"""Links in a hub's folders: what they lead to is in the backup, and comes back."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from services.hub.backup import backup, look_through, restore


@pytest.fixture
def hub(tmp_path: Path) -> tuple[Path, Path]:
    folder, data = tmp_path / "etc", tmp_path / "data"
    (folder / "services").mkdir(parents=True)
    data.mkdir()
    (folder / "site.toml").write_text('site = "gym"\n')
    (folder / "services/a.toml").write_text("a" * 3_000)
    (data / "secret").write_bytes(b"\x00\xff")
    return folder, data


def certificate(folder: Path, elsewhere: Path) -> None:
    (elsewhere / "fullchain.pem").write_text("PEM" * 700)
    (folder / "https.pem").symlink_to(elsewhere / "fullchain.pem")


def hard_link(folder: Path, _elsewhere: Path) -> None:
    os.link(folder / "services/a.toml", folder / "services/b.toml")


def linked_folder(folder: Path, elsewhere: Path) -> None:
    (elsewhere / "below").mkdir()
    (elsewhere / "below/f").write_text("hi")
    (folder / "conf.d").symlink_to(elsewhere)


@pytest.mark.parametrize("linked", [certificate, hard_link, linked_folder])
def test_what_a_link_leads_to_comes_back_though_that_is_gone(
    hub: tuple[Path, Path], tmp_path: Path, linked: Callable[[Path, Path], None]
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    linked(hub[0], elsewhere)
    before = contents(hub[0])
    kept = backup(*hub, tmp_path / "hub.tar")
    assert look_through(tmp_path / "hub.tar", tmp_path).files == kept.files
    elsewhere.rename(tmp_path / "gone")
    restore(tmp_path / "hub.tar", *hub)
    assert contents(hub[0]) == before
    assert len(before) == 3


def contents(folder: Path) -> dict[str, bytes]:
    """Of each file below it, links followed."""
    return {
        str(Path(place, name).relative_to(folder)): Path(place, name).read_bytes()
        for place, _, names in os.walk(folder, followlinks=True)
        for name in names
    }


def test_a_data_folder_on_another_disk_stays_there(hub: tuple[Path, Path], tmp_path: Path) -> None:
    folder, data = hub
    data.rename(tmp_path / "ssd")
    data.symlink_to(tmp_path / "ssd")
    backup(folder, data, tmp_path / "hub.tar")
    (data / "secret").write_bytes(b"other")
    restore(tmp_path / "hub.tar", folder, data)
    assert data.is_symlink()
    assert (tmp_path / "ssd/secret").read_bytes() == b"\x00\xff"
    assert (tmp_path / "ssd.before-restore/secret").read_bytes() == b"other"


def test_a_link_to_the_folder_around_it_has_an_end(hub: tuple[Path, Path], tmp_path: Path) -> None:
    (hub[0] / "services/again").symlink_to(hub[0])
    assert backup(*hub, tmp_path / "hub.tar").files == 3


def test_a_file_that_is_written_meanwhile_is_as_its_sum_says(hub: tuple[Path, Path], tmp_path: Path) -> None:
    log, done = hub[1] / "log", threading.Event()

    def write() -> None:
        with log.open("ab", buffering=0) as out:
            while not done.is_set():
                out.write(b"a line\n" * 1_000)

    writing = threading.Thread(target=write)
    log.write_bytes(b"")
    writing.start()
    try:
        for _ in range(20):
            backup(*hub, tmp_path / "hub.tar")
            look_through(tmp_path / "hub.tar", tmp_path)
            os.truncate(log, 0)
    finally:
        done.set()
        writing.join()
