"""A hub and units of neighbouring releases, as processes of both: sessions run and stops stop, whichever is older.

The release before is taken out of git, where its commit is there (a shallow clone has none).
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ports import free_port

from services.broker import broker_command

TOP = Path(__file__).parents[2]
BEFORE = "9135ebe"
"""The last commit of contract 1."""

WRITE = """
import sys; from pathlib import Path
try:
    from services.cli.demo.settings_files import write
    more = {"woodways": 0, "trackmasters": 0}
except ModuleNotFoundError:
    from services.cli.demo_files import write
    more = {}
write(Path(sys.argv[1]), treadmills=1, straps=1, seed=7, http_port=1, mqtt_port=1,
      radio_port=int(sys.argv[2]), broker=sys.argv[3], **more)
"""


def git(*words: str, cwd: Path = TOP) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(["git", *words], cwd=cwd, capture_output=True, check=False)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release before."""
    if git("cat-file", "-e", f"{BEFORE}^{{commit}}").returncode:
        pytest.skip(f"NEEDS the commit {BEFORE} of the release before: git fetch --unshallow")
    folder = tmp_path_factory.mktemp("before")
    packed = git("archive", BEFORE, "device_adapters", "services")
    subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
    return folder


def command(tree: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """`backstride` of that tree, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *words], cwd=tree, env=of(tree), text=True, capture_output=True,
        timeout=90, check=False,
    )  # fmt: skip


def of(tree: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "160"}


@contextmanager
def gym(hub: Path, unit: Path, data: Path) -> Iterator[str]:
    """Broker, virtual gym, unit and session service of those trees; yields the broker's address."""
    port, radio = free_port(), free_port()
    url = f"mqtt://127.0.0.1:{port}"
    places = {"hub": data / "hub-files", "unit": data / "unit-files"}
    for name, tree in (("hub", hub), ("unit", unit)):
        made = [sys.executable, "-c", WRITE, str(places[name]), str(radio), url]
        subprocess.run(made, cwd=tree, env=of(tree), check=True)
    roles = [("gym", unit, places["unit"]), ("unit", unit, places["unit"]), ("session", hub, places["hub"])]
    running = [subprocess.Popen(broker_command(port, data / "broker").argv)]
    try:
        for role, tree, place in roles:
            words = [
                sys.executable,
                "-m",
                "services.cli",
                "run",
                role,
                "--config",
                str(place / f"{role}.toml"),
            ]
            with (data / f"{role}.log").open("w") as log:
                running.append(
                    subprocess.Popen(words, cwd=tree, env=of(tree), stdout=log, stderr=subprocess.STDOUT)
                )
        yield url
    finally:
        for each in reversed(running):
            each.send_signal(signal.SIGTERM)
            try:
                each.wait(20)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()


@pytest.mark.broker
@pytest.mark.timeout(300)
@pytest.mark.parametrize("older", ["unit", "hub"])
def test_a_session_runs_and_a_stop_stops(older: str, before: Path, tmp_path: Path) -> None:
    hub, unit = (before, TOP) if older == "hub" else (TOP, before)
    with gym(hub, unit, tmp_path) as url:
        where = ("--broker", url, "--site", "gym")
        start = ("session", "start", "--treadmill", "tm-01", "--goal", "mobility", "--countdown", "0",
                 *(("--screened", "--spotter") if hub == TOP else ()), "--by", "Test", *where)  # fmt: skip
        end, done = time.monotonic() + 90, command(hub, *start)
        while done.returncode and time.monotonic() < end:
            time.sleep(1)
            done = command(hub, *start)
        assert done.returncode == 0, (done.stdout, done.stderr, logs(tmp_path))
        assert speed(hub, where) > 0, logs(tmp_path)
        stopped = command(hub, "stop", "tm-01", *where)
        assert stopped.returncode == 0, (stopped.stdout, logs(tmp_path))
        assert "still" in stopped.stdout


def speed(hub: Path, where: tuple[str, ...]) -> float:
    """The belt's, once it moves; 0 if it does not within 40 s."""
    words = [sys.executable, "-m", "services.cli", "session", "watch", "tm-01", "--json", *where]
    watching = subprocess.Popen(words, cwd=hub, env=of(hub), text=True, stdout=subprocess.PIPE)
    end = time.monotonic() + 40
    try:
        for line in watching.stdout or ():
            kmh = json.loads(line).get("measured_kmh") or 0.0
            if kmh > 0 or time.monotonic() > end:
                return float(kmh)
        return 0.0
    finally:
        watching.kill()
        watching.communicate()


def logs(folder: Path) -> str:
    return "\n".join(path.read_text()[-1500:] for path in folder.glob("*.log"))
