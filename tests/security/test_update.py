"""An update that is cut at any moment ends in a release that holds, was watched, and is never the broken one.

Here at some of the moments; `make power-cuts` tries all of them.
`tests/deploy/from_bare_debian.py` (`make deploy-test`) does updates of real services in a bare Debian.
"""

import fcntl
import os
import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from sampling import many

sys.path.append(str(Path(__file__).parents[1] / "deploy"))

from update_rig import SERVICE, UpdatedComputer, bundle, computer, copy, make_key, sign, unpacked

STEP = many(1, 12)

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("openssl", "dpkg", "sha256sum"))), reason="NEEDS openssl AND dpkg"
)


@dataclass(frozen=True, slots=True)
class UpdateShop:
    """A machine to copy from, and bundles."""

    key: Path
    first: UpdatedComputer
    ready: UpdatedComputer
    """The same with release 0.2.0 installed beside, to be switched to."""

    bundles: dict[str, Path]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> UpdateShop:
    folder = tmp_path_factory.mktemp("shop")
    key = make_key(folder)
    made = {version: bundle(folder, version, key) for version in ("0.0.9", "0.1.0", "0.2.0", "0.2.1rc1")}
    first = computer(folder / "first", key, made["0.1.0"])
    ready = copy(first, folder / "ready")
    assert ready.update(str(made["0.2.0"])).code == 0
    assert ready.update("--rollback").code == 0
    (ready.opt / "previous").unlink(missing_ok=True)
    return UpdateShop(key, first, ready, made)


def machine(of: UpdatedComputer, tmp_path: Path, *, breaks: str = "") -> UpdatedComputer:
    made = copy(of, tmp_path / "machine")
    (made.root / "breaks").write_text(f"{breaks}\n")
    (made.root / "watched").unlink(missing_ok=True)
    return made


def test_a_newer_bundle_is_installed_watched_and_can_be_rolled_back_once(
    shop: UpdateShop, tmp_path: Path
) -> None:
    one = machine(shop.first, tmp_path)
    done = one.update(str(shop.bundles["0.2.0"]))
    assert (done.code, one.current(), one.runs()) == (0, "0.2.0", "0.2.0"), done.said
    assert one.lines("watched") == ["0.2.0", "0.2.0"]
    assert (one.root / "made-by").read_text() == "0.2.0", "settings and lists are those of the new release"
    assert "0.2.0" in (one.root / f"etc/systemd/system/{SERVICE}").read_text()
    assert not (one.opt / "update.state").exists()
    assert "runs already" in one.update(str(shop.bundles["0.2.0"])).said
    back = one.update("--rollback")
    assert (back.code, one.current(), one.runs()) == (0, "0.1.0", "0.1.0"), back.said
    assert (one.root / "made-by").read_text() == "0.1.0"
    assert "0.1.0" in (one.root / f"etc/systemd/system/{SERVICE}").read_text()
    assert one.update("--rollback").code == 1, "and not forward again"
    assert one.current() == "0.1.0"


def test_a_release_that_does_not_hold_is_taken_back_and_nothing_leads_to_it_again(
    shop: UpdateShop, tmp_path: Path
) -> None:
    one = machine(shop.first, tmp_path, breaks="0.2.0")
    done = one.update(str(shop.bundles["0.2.0"]))
    assert done.code == 1
    assert "does not hold: going back to 0.1.0" in done.said
    assert (one.current(), one.runs()) == ("0.1.0", "0.1.0")
    rolled = one.update("--rollback")
    assert (rolled.code, one.current()) == (1, "0.1.0"), rolled.said
    again = one.update(str(shop.bundles["0.2.0"]))
    assert again.code == 1
    assert "did not hold when it was tried before" in again.said
    assert one.current() == "0.1.0"
    (one.root / "breaks").write_text("")  # what it needed is there now
    meant = one.update("--again", str(shop.bundles["0.2.0"]))
    assert (meant.code, one.current()) == (0, "0.2.0"), meant.said
    assert one.update("--rollback").code == 0


def test_an_old_bundle_with_a_good_signature_is_refused_unless_it_is_asked_for(
    shop: UpdateShop, tmp_path: Path
) -> None:
    one = machine(shop.first, tmp_path)
    old = str(shop.bundles["0.0.9"])
    done = one.update(old)
    assert done.code == 1
    assert "older than 0.1.0" in done.said
    assert "--downgrade" in done.said
    assert (one.current(), one.runs()) == ("0.1.0", "0.1.0")
    assert not (one.opt / "releases/0.0.9").exists()
    meant = one.update("--downgrade", old)
    assert (meant.code, one.current()) == (0, "0.0.9"), meant.said
    early = one.update(str(shop.bundles["0.2.1rc1"]))
    assert (early.code, one.current()) == (0, "0.2.1rc1")
    assert "older than 0.2.1rc1" in one.update(str(shop.bundles["0.2.0"])).said


@pytest.mark.timeout(900)
def test_a_release_whose_services_share_a_user_is_given_all_before_it_runs(
    shop: UpdateShop, tmp_path: Path
) -> None:
    older = bundle(tmp_path / "shop", "0.0.8", shop.key, one_user=True)
    one = machine(shop.first, tmp_path)
    (one.root / "shares").write_text("0.0.8")  # its `hub init` knows nothing of users
    there = one.update("--downgrade", str(older))
    assert (there.code, one.current()) == (0, "0.0.8"), there.said
    assert (one.root / "made-by").read_text() == "one user, by 0.1.0"
    back = one.update("--rollback")
    assert (back.code, one.current()) == (0, "0.1.0"), back.said
    assert (one.root / "made-by").read_text() == "0.1.0"
    ready = copy(one, tmp_path / "ready")
    for nth, cut in enumerate(one.moments("--downgrade", str(older))[::STEP]):
        cut_one = copy(ready, tmp_path / f"cut-{nth}")
        cut_one.update("--downgrade", str(older), cut=cut)
        assert cut_one.update("--continue").code == 0, cut
        made = (cut_one.root / "made-by").read_text()
        assert made == ("one user, by 0.1.0" if cut_one.current() == "0.0.8" else "0.1.0"), cut
        shutil.rmtree(cut_one.root)


def test_what_is_foreign_damaged_or_refuses_our_settings_changes_nothing(
    shop: UpdateShop, tmp_path: Path
) -> None:
    one = machine(shop.first, tmp_path)
    theirs = tmp_path / "theirs.tar.gz"
    theirs.write_bytes(shop.bundles["0.2.0"].read_bytes())
    sign(theirs, make_key(tmp_path, "other"))
    assert "is not signed" in one.update(str(theirs)).said
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(shop.bundles["0.2.0"].read_bytes()[:-100])
    shutil.copy(f"{shop.bundles['0.2.0']}.sig", f"{cut}.sig")
    assert "is not signed" in one.update(str(cut)).said
    (one.root / "refuses").write_text("0.2.0")
    assert "does not take" in one.update(str(shop.bundles["0.2.0"])).said
    assert (one.current(), one.runs()) == ("0.1.0", "0.1.0")
    assert sorted(path.name for path in (one.opt / "releases").iterdir()) == ["0.1.0"]
    assert not (one.opt / "update.state").exists()
    for words in (["--forward"], ["--again"], [], ["a", "b"]):
        assert one.update(*words).code == 1


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("breaks", ["", "0.2.0"], ids=["a release that holds", "one that does not"])
def test_an_update_that_is_cut_anywhere_ends_watched_and_never_in_the_broken_release(
    shop: UpdateShop, tmp_path: Path, breaks: str
) -> None:
    new = str(shop.bundles["0.2.0"])
    counted = machine(shop.ready, tmp_path, breaks=breaks)
    moments = counted.moments(new)
    shutil.rmtree(counted.root)
    assert len(moments) > 30
    ended = set()
    for nth, cut in enumerate(moments[len(breaks) % STEP :: STEP]):
        one = machine(shop.ready, tmp_path, breaks=breaks)
        one.update(new, cut=cut)
        if nth % 2:  # the power was cut, and services come up from what is current
            (one.root / "runs").write_text(f"{one.current()}\n")
        done = one.update("--continue")
        assert done.code == 0, (cut, done.said)
        assert not (one.opt / "update.state").exists(), cut
        assert one.left_over() == [], cut
        assert one.runs() == one.current(), (cut, done.said)
        ended.add(one.current())
        if one.current() == "0.2.0":
            assert "0.2.0" in one.lines("watched"), (cut, "it was never watched")
            assert one.update("--rollback").code == 0, cut
            assert one.current() == "0.1.0", cut
        else:
            again = one.update(new)
            assert one.current() == one.runs() == ("0.1.0" if breaks else "0.2.0"), (cut, again.said)
        if breaks:
            assert one.update("--rollback").code == 1, cut
            assert one.current() == "0.1.0", cut
        shutil.rmtree(one.root)
    assert ended == ({"0.1.0"} if breaks else {"0.1.0", "0.2.0"})


@pytest.mark.timeout(900)
def test_a_release_that_was_cut_while_it_was_made_is_made_anew(shop: UpdateShop, tmp_path: Path) -> None:
    new = str(shop.bundles["0.2.0"])
    half = shop.first.opt.parents[1]
    counted = copy(UpdatedComputer(half), tmp_path / "counted")
    every = counted.moments(new)
    switched = max(every)
    for cut in every[3:20:STEP]:
        one = machine(shop.first, tmp_path)
        one.update(new, cut=cut)
        if one.current() == "0.1.0" and (one.opt / "releases/0.2.0").exists():
            (one.opt / "releases/0.2.0/bin").mkdir(exist_ok=True)
            (one.opt / "releases/0.2.0/bin/python").write_text(
                ""
            )  # as after a cut of the power: there, and empty
        done = one.update(new)
        assert (done.code, one.current()) == (0, "0.2.0"), (cut, switched, done.said)
        shutil.rmtree(one.root)


@pytest.mark.timeout(900)
def test_an_update_that_is_cut_before_its_first_note_leaves_nothing_after_the_next_start(
    shop: UpdateShop, tmp_path: Path
) -> None:
    new = str(shop.bundles["0.2.0"])
    counted = machine(shop.first, tmp_path)
    moments = counted.moments(new, before_note=True)
    shutil.rmtree(counted.root)
    unit = (Path(__file__).parents[2] / "deploy/systemd/backstride-update.service").read_text()
    conditions = [
        line.partition("=")[2].removeprefix("|").removeprefix("/opt/backstride/")
        for line in unit.splitlines()
        if line.startswith("ConditionPathExists=")
    ]
    left = 0
    for cut in moments[::STEP]:
        one = machine(shop.first, tmp_path)
        one.update(new, cut=cut)
        left += bool(one.left_over())
        if any((one.opt / path).exists() for path in conditions):  # the machine starts
            assert one.update("--continue").code == 0, cut
        assert one.left_over() == [], cut
        assert (one.current(), one.runs()) == ("0.1.0", "0.1.0"), cut
        shutil.rmtree(one.root)
    assert left


def test_pip_itself_refuses_a_wheel_that_is_not_what_the_bundles_list_says(
    shop: UpdateShop, tmp_path: Path
) -> None:
    one = machine(shop.first, tmp_path)
    inside = unpacked(shop.bundles["0.2.0"], tmp_path / "inside")
    good = one.install_wheels(inside, "backstride[unit]==0.2.0")
    assert good.code == 0, good.said
    (wheel,) = (inside / "wheels").glob("*.whl")
    with zipfile.ZipFile(wheel, "a") as swapped:
        swapped.writestr("backstride_more.py", "")
    done = one.install_wheels(inside, "backstride[unit]==0.2.0", again=True)
    assert done.code == 1
    assert "DO NOT MATCH THE HASHES" in done.said
    wheel.rename(wheel.with_name("backstride-0.2.1-py3-none-any.whl"))
    done = one.install_wheels(inside, "backstride[unit]==0.2.1", again=True)
    assert done.code == 1, done.said


def test_of_the_backups_before_updates_the_newest_two_are_kept(shop: UpdateShop, tmp_path: Path) -> None:
    one = machine(shop.first, tmp_path)
    backups = one.root / "var/backups"
    (one.root / "etc/backstride/office").mkdir()
    (backups / ".backstride-before-update-from-0.0.7.tar.cut").mkdir(parents=True)
    for at_s, version in enumerate(("0.1.0", "0.0.8", "0.0.9")):
        kept = backups / f"backstride-before-update-from-{version}.tar"
        kept.write_text("of long ago")
        os.utime(kept, (at_s, at_s))
    (backups / "mine.tar").write_text("")
    done = one.update(str(shop.bundles["0.2.0"]))
    assert done.code == 0, done.said
    assert sorted(path.name for path in backups.iterdir()) == [
        "backstride-before-update-from-0.0.9.tar",
        "backstride-before-update-from-0.1.0.tar",
        "mine.tar",
    ]
    assert (backups / "backstride-before-update-from-0.1.0.tar").read_text() == "0.1.0"


def test_two_updates_at_once_do_not_meet(shop: UpdateShop, tmp_path: Path) -> None:
    one = machine(shop.first, tmp_path)
    with (one.opt / "update.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = one.update(str(shop.bundles["0.2.0"]))
    assert done.code == 1
    assert "another update runs" in done.said


def test_a_note_of_nothing_does_no_harm(shop: UpdateShop, tmp_path: Path) -> None:
    one = machine(shop.first, tmp_path)
    for text in (
        "",
        "step=switch\nfrom=\nto=0.1.0\n",
        "step=back\nfrom=\nto=0.1.0\n",
        "step=install\nto=\n",
        "\0\0",
    ):
        (one.opt / "update.state").write_text(text)
        done = one.update("--continue")
        assert (done.code, one.current()) == (0, "0.1.0"), done.said
        assert not (one.opt / "update.state").exists()
