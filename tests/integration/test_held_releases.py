"""What a hub that holds releases lets go, and what not."""

import sys
from pathlib import Path

import pytest
from enrolling_hub import UNIT, EnrollingHub
from small_disk import no_room

from device_adapters.errors import StorageError
from services.hub import rollouts
from services.hub.releases import KEPT, HeldRelease, Releases

sys.path.append(str(Path(__file__).parents[1] / "deploy"))

from update_rig import bundle, make_key


def held(releases: Releases, version: str) -> None:
    """As `add` leaves it."""
    one = HeldRelease(version, "x86_64", f"backstride-{version}-x86_64.tar.gz", "", 0)
    with releases.locked():
        for suffix in ("", ".sig"):
            (releases.folder / f"{one.file}{suffix}").touch()
        releases.keep_index((one, *releases.all()))


@pytest.mark.parametrize("stopped", [False, True])
def test_a_release_that_is_on_its_way_is_not_let_go_for_a_newer_one(tmp_path: Path, stopped: bool) -> None:
    hub = EnrollingHub(tmp_path / "hub")
    hub.join(UNIT)
    key = make_key(tmp_path)
    releases = Releases(hub.folder / "releases")
    for minor in range(1, KEPT + 1):
        held(releases, f"0.{minor}.0")
    rollouts.begin(releases, "0.1.0", UNIT.name, ("", ""), "Kim", [UNIT.name], hub.clock)
    if stopped:
        rollouts.stop(releases, "Kim")
    releases.add(bundle(tmp_path, "0.9.0", key), key.with_suffix(".pub"), 0)
    kept = {one.version for one in releases.all()}
    assert ("0.1.0" in kept) is not stopped
    assert len(kept) == KEPT
    assert "0.9.0" in kept
    assert {name for name in kept if not (releases.folder / f"backstride-{name}-x86_64.tar.gz").exists()} <= {
        "0.9.0"
    }


def test_what_is_held_is_what_was_checked_whoever_writes_to_the_file_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, releases = make_key(tmp_path), Releases(tmp_path / "held")
    given = bundle(tmp_path, "0.9.0", key)
    signed, read = given.read_bytes(), Path.read_bytes

    def read_and_changed(path: Path) -> bytes:
        content = read(path)
        if path == given:
            given.write_bytes(b"of somebody else")
        return content

    monkeypatch.setattr(Path, "read_bytes", read_and_changed)
    held = releases.add(given, key.with_suffix(".pub"), 0)
    assert (releases.folder / held.file).read_bytes() == signed


def test_a_release_that_has_no_room_leaves_the_one_that_is_held(tmp_path: Path) -> None:
    key, releases = make_key(tmp_path), Releases(tmp_path / "held")
    held = releases.add(bundle(tmp_path, "0.9.0", key), key.with_suffix(".pub"), 0)
    before = {path.name: path.read_bytes() for path in releases.folder.iterdir()}
    made_anew = bundle(tmp_path / "anew", "0.9.0", key, installer="# made anew")
    with no_room(), pytest.raises(StorageError, match=rf"{held.file}: File too large"):
        releases.add(made_anew, key.with_suffix(".pub"), 1)
    assert {path.name: path.read_bytes() for path in releases.folder.iterdir()} == before
