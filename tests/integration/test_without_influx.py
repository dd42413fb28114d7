"""A hub without InfluxDB has nothing of it installed, and all that it does works; who asks for it is told the fix."""

import os
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
GONE = ("aiohttp", "influxdb_client", "urllib3")
ROLES = (
    "console.service",
    "session.service",
    "metrics.service",
    "hub.service",
    "privacy.hub",
    "cli.stores.seed",
)
FIX = "pip install 'backstride[influx]'"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is installed here, but for what speaks to InfluxDB."""
    folder = tmp_path_factory.mktemp("site")
    for path in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if not path.name.startswith(GONE) and path.suffix != ".pth":
            (folder / path.name).symlink_to(path)
    return folder


def _python(site: Path, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    begin = f"import sys; sys.path[:0] = [{str(REPO)!r}, {str(site)!r}]\n"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", begin + code, *words],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def _command(site: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return _python(site, "from services.cli.__main__ import main; main()", *words)


def test_the_hubs_own_requirements_hold_nothing_of_it() -> None:
    extras = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert [name for name, needs in extras.items() if any("influxdb" in need for need in needs)] == ["influx"]


def test_every_role_runs_without_it(site: Path) -> None:
    imports = "".join(f"import services.{role}\n" for role in ROLES)
    done = _python(site, f"{imports}print(sorted(set(sys.modules) & set({GONE!r})))")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_a_site_is_made_checked_and_seeded_without_it(site: Path, tmp_path: Path) -> None:
    words = ("--folder", str(tmp_path / "gym"), "--data", str(tmp_path / "data"))
    assert _command(site, "hub", "init", "--site", "gym", "--host", "localhost", *words).returncode == 0
    settings = tmp_path / "gym/services/hub.toml"
    for file in (tmp_path / "gym/site.toml", settings):
        done = _command(site, "config", "check", str(file))
        assert done.returncode == 0, done.stdout
    seeded = _command(site, "seed", "--config", str(settings), "--weeks", "1", "--members", "2")
    assert seeded.returncode == 0, seeded.stdout + seeded.stderr
    assert (tmp_path / "data/metrics.db").exists()


def test_settings_that_ask_for_it_are_told_the_fix(site: Path, tmp_path: Path) -> None:
    asked = ("--influx-url", "http://127.0.0.1:1", "--folder", str(tmp_path / "gym"), "--data", str(tmp_path))
    made = _command(site, "hub", "init", "--site", "gym", "--host", "localhost", *asked)
    settings = str(tmp_path / "gym/services/metrics.toml")
    for done in (
        made,
        _command(site, "config", "check", str(tmp_path / "gym/site.toml")),
        _command(site, "config", "check", settings),
        _command(site, "run", "metrics", "--config", settings),
        _command(site, "provision", "influx", "--config", settings),
        _command(site, "seed", "--config", settings),
    ):
        assert done.returncode != 0
        assert FIX in " ".join((done.stdout + done.stderr).split()), (done.args, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "there", "added"),
    [
        ('site = "gym"\n', "hub,fit", ""),
        ('influx_url = ""\n', "hub,fit", ""),
        ('influx_url = "http://db:8086"\n', "hub,fit", ",influx"),
        ('influx_url="http://db:8086"\n', "unit,hub,fit,influx", ""),
    ],
)
def test_the_installer_adds_it_where_it_is_asked_for(
    settings: str, there: str, added: str, tmp_path: Path
) -> None:
    (tmp_path / "etc/backstride").mkdir(parents=True)
    (tmp_path / "etc/backstride/site.toml").write_text(settings)
    code = f'set -euo pipefail; . {REPO}/deploy/lib.sh; influx_if_asked "{there}"'
    done = subprocess.run(
        ["bash", "-c", code], env={**os.environ, "BACKSTRIDE_ROOT": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == added
