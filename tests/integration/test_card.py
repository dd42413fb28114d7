"""A card that enrols itself: cloud-init takes its files, and its script makes a unit of a machine by a real desk."""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest
from enrolling_hub import EnrollingHub, desk_process
from typer.testing import CliRunner

from device_adapters.config import UnitConfig, load
from device_adapters.errors import ConfigError
from services.cli.main import app
from services.cli.unit.card import bundle_of, write
from services.hub.card import FOLDER, EnrolmentCard
from services.hub.releases import HeldRelease, Releases

sys.path.append(str(Path(__file__).parents[1] / "deploy"))

from update_rig import bundle, make_key

INSTALLER = """\
#!/bin/bash
echo "$@" >"$BACKSTRIDE_ROOT/installed-with"
mkdir -p "$BACKSTRIDE_ROOT/etc/backstride-unit"
"""
"""In the place of the real one, which is tried on a bare Debian (`make deploy-test`)."""


@pytest.fixture
def hub(tmp_path: Path) -> EnrollingHub:
    hub = EnrollingHub(tmp_path / "hub")
    key = make_key(tmp_path)
    hub.places.update_key.write_bytes(key.with_suffix(".pub").read_bytes())
    top = tmp_path / "tree"
    top.mkdir()
    made = bundle(top, "0.2.0", key, installer=INSTALLER)
    Releases(Path(hub.places.site().releases)).add(made, hub.places.update_key, 0)
    return hub


def card(hub: EnrollingHub, to: Path, *words: str) -> dict[str, str]:
    to.mkdir(exist_ok=True)
    done = CliRunner().invoke(
        app, ["unit", "card", "unit-07", "-o", str(to), "--treadmill", "tm-07=F1:00:00:00:00:07", "--arch",
              platform.machine(), "--folder", str(hub.folder), *words],
    )  # fmt: skip
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return {path.name: path.read_text(encoding="utf-8") for path in to.iterdir()}


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """cloud-init as Debian has it, unpacked and not installed: installed, it would run at this machine's next start."""
    folder = tmp_path_factory.mktemp("debian")
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        pytest.skip("NEEDS apt-get and dpkg")
    words = ["apt-get", "download", "-q", "cloud-init"]
    if subprocess.run(words, cwd=folder, capture_output=True, check=False).returncode:
        pytest.skip("NEEDS cloud-init from Debian: sudo apt-get update")
    subprocess.run(["dpkg", "-x", next(folder.glob("*.deb")), folder / "root"], check=True)
    return folder / "root"


def test_cloud_init_s_own_schema_takes_it(hub: EnrollingHub, debian: Path, tmp_path: Path) -> None:
    (found,) = debian.rglob("schema-cloud-config-v1.json")
    schema = jsonschema_rs.validator_for(json.loads(found.read_text()))
    (tmp_path / "wifi").write_text("pass: #word\n")
    (tmp_path / "keys.pub").write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample kim\n")
    more = ("--wifi", "Gym: \"5\" #1", "--wifi-password-file", str(tmp_path / "wifi"), "--country", "DE",
            "--ssh-key", str(tmp_path / "keys.pub"), "--option", "stop-button")  # fmt: skip
    for words in ((), more):
        files = card(hub, tmp_path / "boot", *words)
        assert set(files) == {"user-data", "network-config", "meta-data"}
        head, _, rest = files["user-data"].partition("\n")
        assert head == "#cloud-config"
        said = json.loads(rest)
        assert [error.message for error in schema.iter_errors(said)] == []
        assert not schema.is_valid(said | {"runcmd": 7}), "the schema judges"
        (user,) = said["users"]
        assert user["lock_passwd"] is True
        assert ("sudo" in user) is ("--ssh-key" in words)
        assert json.loads(files["meta-data"])["local-hostname"] == "unit-07"
    wlan = json.loads(files["network-config"])["wifis"]["wlan0"]
    assert wlan["access-points"] == {'Gym: "5" #1': {"password": "pass: #word"}}
    assert wlan["regulatory-domain"] == "DE"


def test_debians_own_reader_of_yaml_reads_it_as_it_is_meant(hub: EnrollingHub, tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml", reason="NEEDS PyYAML")
    (tmp_path / "wifi").write_text("päss wörd 💪")
    name = "Gym 💪 \x85\u2028\ufeff\x7f"
    words = ("--wifi", name, "--wifi-password-file", str(tmp_path / "wifi"))
    for text in (*card(hub, tmp_path / "a").values(), *(files := card(hub, tmp_path / "b", *words)).values()):
        body = text.partition("\n")[2] if text.startswith("#") else text
        assert yaml.safe_load(text) == json.loads(body)
    points = yaml.safe_load(files["network-config"])["wifis"]["wlan0"]["access-points"]
    assert points == {name: {"password": "päss wörd 💪"}}


def lay_out(files: dict[str, str], root: Path) -> None:
    """As cloud-init writes the files of a card, below a folder."""
    for each in json.loads(files["user-data"].partition("\n")[2])["write_files"]:
        path = root / each["path"].removeprefix("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(each["content"])
        path.chmod(int(each["permissions"], 8))


def first_start(root: Path, kept: str = "yes") -> "subprocess.CompletedProcess[str]":
    """`kept`: has the network told the machine the time?"""
    tools = root / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "systemctl").write_text('#!/bin/sh\necho "$@" >>"$BACKSTRIDE_ROOT/started"\n')
    (tools / "timedatectl").write_text(f"#!/bin/sh\necho {kept}\n")
    (tools / "backstride").write_text(f'#!/bin/sh\nexec {sys.executable} -m services.cli "$@"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    made = {**os.environ, "BACKSTRIDE_ROOT": str(root), "PATH": f"{tools}:{os.environ['PATH']}"}
    return subprocess.run(
        ["/bin/sh", root / f"{FOLDER.removeprefix('/')}/first-start.sh"], env=made, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("curl") is None, reason="NEEDS curl")
def test_the_first_start_installs_joins_and_leaves_no_code(hub: EnrollingHub, tmp_path: Path) -> None:
    root = tmp_path / "pi"
    lay_out(card(hub, tmp_path / "boot", "--option", "stop-button"), root)
    code = root / "etc/backstride-card/code"
    assert code.stat().st_mode & 0o777 == 0o600
    assert first_start(root).returncode != 0, "no desk runs yet"
    assert code.exists(), "and it is tried again"
    with desk_process(hub):
        done = first_start(root)
    assert done.returncode == 0, done.stderr
    assert (root / "installed-with").read_text() == "--stop-button\n"
    settings = load(root / "etc/backstride-unit/unit.toml", UnitConfig)
    assert (settings.unit, [t.id for t in settings.treadmill]) == ("unit-07", ["tm-07"])
    assert (root / "etc/backstride-unit/update.pub").exists()
    assert "start backstride-unit.service" in (root / "started").read_text()
    assert not code.exists()
    assert not (root / "var/lib/backstride-card").exists()


def test_a_clock_that_is_not_kept_yet_is_asked_for_at_once(hub: EnrollingHub, tmp_path: Path) -> None:
    root = tmp_path / "pi"
    lay_out(card(hub, tmp_path / "boot"), root)
    asked = root / "started"
    first_start(root, kept="yes")
    assert not asked.exists()
    first_start(root, kept="no")
    assert asked.read_text() == "try-restart systemd-timesyncd.service\n"


@pytest.mark.skipif(shutil.which("curl") is None, reason="NEEDS curl")
def test_a_bundle_of_another_key_is_not_installed(hub: EnrollingHub, tmp_path: Path) -> None:
    root = tmp_path / "pi"
    lay_out(card(hub, tmp_path / "boot"), root)
    other = make_key(tmp_path, "other").with_suffix(".pub")
    shutil.copy(other, root / "etc/backstride-card/update.pub")
    with desk_process(hub):
        done = first_start(root)
    assert done.returncode == 1
    assert "is not signed" in done.stderr
    assert not (root / "installed-with").exists()


def test_what_cannot_be_is_said(hub: EnrollingHub, tmp_path: Path) -> None:
    (tmp_path / "wifi").write_text("short")
    (tmp_path / "key").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    for words, said in (
        (("--arch", "riscv64"), "no release for riscv64"),
        (("--wifi", "Gym", "--wifi-password-file", str(tmp_path / "wifi")), "8 to 63"),
        (("--wifi-password-file", str(tmp_path / "wifi")), "without --wifi"),
        (("--ssh-key", str(tmp_path / "key")), "public keys"),
        (("--wifi", "💪" * 9), "at most 32 bytes, not 36"),
        (("--wifi", "Gym \udcff"), "give it as UTF-8"),
        (("--country", "Germany"), "two capital letters"),
        (("--option", "warp"), "give one of"),
    ):
        with pytest.raises(ConfigError, match=re.escape(said)):
            card(hub, tmp_path / "boot", *words)
    blank = EnrolmentCard(unit="u", instance="i", hub="h:1", root="", update_key="", file="f", code="c")
    with pytest.raises(ConfigError, match="no such folder"):
        write(blank, tmp_path / "none")
    assert "code='c'" not in repr(blank)


def test_a_card_names_the_highest_release_and_not_the_one_that_was_added_last(tmp_path: Path) -> None:
    places = EnrollingHub(tmp_path / "hub").places
    releases = Releases(Path(places.site().releases))
    files = {version: f"backstride-{version}-aarch64.tar.gz" for version in ("0.9.0", "0.10.0", "0.10.0rc1")}
    with releases.locked():
        releases.keep_index(
            tuple(HeldRelease(version, "aarch64", file, "", 0) for version, file in files.items())
        )
    assert bundle_of(places, "aarch64") == files["0.10.0"]
