"""A release goes to one unit, and to the others once it is well there: real bundles, a real desk, real updaters.

The units' machines are those of `update_rig`: real releases and `update.sh`, a stand-in for systemd.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from enrolling_hub import UNIT, EnrollingHub, desk_process

from device_adapters.errors import ConfigError
from device_adapters.update_hold import NAME
from services.hub import rollouts
from services.hub.clients import Client, UnitDevice
from services.hub.join import join
from services.hub.releases import Releases
from services.hub.rollout import BACK_MAX_MS, CANARY_WELL_MS, RollOut

sys.path.append(str(Path(__file__).parents[1] / "deploy"))

from update_rig import UpdatedComputer, bundle, computer, copy, make_key

SECOND = Client(name="unit-02", role="unit", treadmills=(UnitDevice("tm-03"),))


@dataclass
class Fleet:
    """A hub that holds 0.2.0, and two units that run 0.1.0 and have joined it."""

    hub: EnrollingHub
    machines: dict[str, UpdatedComputer]
    folder: Path

    @property
    def releases(self) -> Releases:
        return Releases(self.hub.folder / "releases")

    def data(self, unit: str) -> Path:
        return self.folder / f"{unit}-data"

    def asks(self, unit: str) -> str:
        """What the units of systemd do once: the updater, root's part if something was fetched, and the updater of a
        minute later; what they say."""
        machine, config = self.machines[unit], self.folder / unit / "unit.toml"
        made = {**os.environ, "PATH": f"{machine.root / 'bin'}:{os.environ['PATH']}", "HOLD_S": "0",
                "COME_UP_S": "1", "BACKSTRIDE_ROOT": str(machine.root)}  # fmt: skip

        def run(*words: object) -> str:
            done = subprocess.run(
                list(map(str, words)), env=made, capture_output=True, text=True, check=False, timeout=300
            )
            return done.stdout + done.stderr

        updater = (sys.executable, "-m", "services.cli", "unit", "update", "--config", config)
        said = run(*updater)
        if (self.data(unit) / "release/wanted").exists():
            said += run("bash", machine.opt / "current/deploy/install-fetched.sh", self.data(unit))
            said += run(*updater)
        return said

    def later(self, ms: int) -> None:
        self.hub.clock.days += ms / 86_400_000

    def begin(self, begin: str = "", end: str = "") -> RollOut:
        return rollouts.begin(
            self.releases, "0.2.0", "unit-01", (begin, end), "Kim", ["unit-01", "unit-02"],
            self.hub.clock,
        )  # fmt: skip

    def stages(self) -> dict[str, str]:
        rollout = rollouts.seen(self.releases, self.hub.clock)
        assert rollout is not None
        return {name: one.stage for name, one in rollout.units.items()} | {"stopped": rollout.stopped}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, UpdatedComputer, Path]:
    folder = tmp_path_factory.mktemp("shop")
    key = make_key(folder)
    first = computer(folder / "first", key, bundle(folder, "0.1.0", key))
    return key, first, bundle(folder, "0.2.0", key)


@pytest.fixture
def fleet(shop: tuple[Path, UpdatedComputer, Path], tmp_path: Path) -> Iterator[Fleet]:
    key, first, made = shop
    hub = EnrollingHub(tmp_path / "hub")
    hub.places.update_key.write_bytes(key.with_suffix(".pub").read_bytes())
    machines = {name: copy(first, tmp_path / f"{name}-machine") for name in ("unit-01", "unit-02")}
    for machine in machines.values():
        (machine.root / "etc/backstride/site.toml").unlink()
    fleet = Fleet(hub, machines, tmp_path)
    with desk_process(hub):
        for client in (UNIT, SECOND):
            data = fleet.data(client.name)
            data.mkdir()
            (data / NAME).touch()
            join(hub.invite(client), tmp_path / client.name, str(data), "hci0", {})
        fleet.releases.add(made, hub.places.update_key, hub.clock.wall_ms())
        yield fleet


def test_one_first_then_the_other_once_it_is_well(fleet: Fleet) -> None:
    (held,) = fleet.releases.all()
    assert held.changes == "- What 0.2.0 changed."
    assert "nothing to do (none)" in fleet.asks("unit-01")
    fleet.begin()
    assert "nothing to do (canary)" in fleet.asks("unit-02")
    assert "updated from 0.1.0 to 0.2.0" in fleet.asks("unit-01")
    assert fleet.machines["unit-01"].runs() == "0.2.0"
    assert fleet.stages() == {"unit-01": "trying", "unit-02": "waiting", "stopped": ""}
    assert "nothing to do (canary)" in fleet.asks("unit-02")
    fleet.later(CANARY_WELL_MS)
    assert "nothing to do (done)" in fleet.asks("unit-01")
    assert "updated from 0.1.0 to 0.2.0" in fleet.asks("unit-02")
    assert fleet.machines["unit-02"].runs() == "0.2.0"
    assert fleet.stages() == {"unit-01": "well", "unit-02": "well", "stopped": ""}


def test_one_that_does_not_hold_goes_back_and_no_other_is_touched(fleet: Fleet) -> None:
    (fleet.machines["unit-01"].root / "breaks").write_text("0.2.0\n")
    fleet.begin()
    assert "failed and was taken back" in fleet.asks("unit-01")
    assert fleet.machines["unit-01"].runs() == "0.1.0"
    assert fleet.stages() == {"unit-01": "failed", "unit-02": "waiting", "stopped": "failed"}
    fleet.later(CANARY_WELL_MS)
    assert "nothing to do (stopped)" in fleet.asks("unit-02")
    assert fleet.machines["unit-02"].runs() == "0.1.0"


def test_one_that_falls_over_after_its_update_stops_it(fleet: Fleet) -> None:
    fleet.begin()
    fleet.asks("unit-01")
    (fleet.machines["unit-01"].root / "breaks").write_text("0.2.0\n")  # its service is down from here on
    fleet.asks("unit-01")
    assert fleet.stages() == {"unit-01": "failed", "unit-02": "waiting", "stopped": "failed"}


def test_one_that_does_not_come_back_stops_it(fleet: Fleet) -> None:
    fleet.begin()
    fleet.asks("unit-01")
    fleet.later(BACK_MAX_MS + 60_000)
    assert fleet.stages() == {"unit-01": "away", "unit-02": "waiting", "stopped": "away"}
    assert "nothing to do (stopped)" in fleet.asks("unit-02")


def test_a_leased_belt_is_waited_for(fleet: Fleet) -> None:
    fleet.begin()
    mark = fleet.data("unit-01") / "moving/tm-01"
    mark.parent.mkdir()
    mark.touch()
    assert "nothing to do (in_use)" in fleet.asks("unit-01")
    mark.unlink()
    with (fleet.data("unit-01") / NAME).open() as lock:  # somebody else updates this machine
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "nothing to do (in_use)" in fleet.asks("unit-01")
    assert "updated from 0.1.0 to 0.2.0" in fleet.asks("unit-01")


def test_a_belt_that_is_leased_while_the_release_is_fetched_is_left_alone(
    fleet: Fleet, shop: tuple[Path, UpdatedComputer, Path]
) -> None:
    machine, mark = fleet.machines["unit-01"], fleet.data("unit-01") / "moving/tm-01"
    mark.parent.mkdir()
    mark.touch()
    done = machine.update("--when-free", str(fleet.data("unit-01") / NAME), str(shop[2]))
    assert (done.code, machine.current(), machine.runs()) == (75, "0.1.0", "0.1.0"), done.said
    assert not (machine.opt / "update.state").exists()
    mark.unlink()
    done = machine.update("--when-free", str(fleet.data("unit-01") / NAME), str(shop[2]))
    assert (done.code, machine.runs()) == (0, "0.2.0"), done.said


def test_outside_its_window_nothing_is_updated(fleet: Fleet) -> None:
    at = fleet.hub.office.now().astimezone()
    begin, end = (at.hour + 2) % 24, (at.hour + 3) % 24
    fleet.begin(f"{begin:02}:00", f"{end:02}:00")
    assert "nothing to do (window)" in fleet.asks("unit-01")
    fleet.later(((begin - at.hour) * 60 - at.minute + 5) % 1440 * 60_000)
    assert "updated from 0.1.0 to 0.2.0" in fleet.asks("unit-01")


def test_a_person_stops_it_and_what_does_not_fit_is_said(fleet: Fleet) -> None:
    with pytest.raises(ConfigError, match="no unit of this site"):
        rollouts.begin(fleet.releases, "0.2.0", "unit-09", ("", ""), "Kim", ["unit-01"], fleet.hub.clock)
    with pytest.raises(ConfigError, match="not held here"):
        rollouts.begin(fleet.releases, "0.3.0", "unit-01", ("", ""), "Kim", ["unit-01"], fleet.hub.clock)
    for window in (("02:00", ""), ("02:00", "02:00"), ("2 h", "3 h")):
        with pytest.raises(ConfigError, match="HH:MM"):
            fleet.begin(*window)
    fleet.begin()
    with pytest.raises(ConfigError, match="stop that first"):
        fleet.begin()
    assert rollouts.stop(fleet.releases, "Kim").stopped_by == "Kim"
    assert "nothing to do (stopped)" in fleet.asks("unit-01")


def test_what_is_not_signed_is_not_held_and_no_other_file_is_given_out(
    fleet: Fleet, shop: tuple[Path, UpdatedComputer, Path], tmp_path: Path
) -> None:
    other = make_key(tmp_path, "other").with_suffix(".pub")
    with pytest.raises(ConfigError, match="is not signed"):
        fleet.releases.add(shop[2], other, 0)
    for name in ("rollout.json", "releases.json", "../site.toml", ".", "lock"):
        assert fleet.releases.file(name) is None


def test_a_stranger_reports_nothing(fleet: Fleet) -> None:
    from services.hub import authority
    from services.hub.letters import SignedReport, UnitReport

    said = msgspec.json.encode(UnitReport(version="0.2.0", arch="x86_64", well=True)).decode()
    held = authority.apart((fleet.folder / "unit-01/unit.pem").read_bytes())
    for text, key in ((said + " ", held.key), (said, authority.new_key())):
        letter = SignedReport(held.certificate.decode(), said, authority.sign(key, text.encode()).hex())
        assert fleet.hub.desk.report(msgspec.json.encode(letter), "10.0.0.9").status == 403
    fleet.hub.office.revoke("unit-01")
    letter = SignedReport(held.certificate.decode(), said, authority.sign(held.key, said.encode()).hex())
    assert fleet.hub.desk.report(msgspec.json.encode(letter), "10.0.0.9").status == 403


def test_a_machine_that_is_the_hub_too_is_left_to_people(fleet: Fleet) -> None:
    (fleet.machines["unit-01"].root / "etc/backstride/site.toml").write_text("")
    fleet.begin()
    assert "update it by hand" in fleet.asks("unit-01")
    assert fleet.machines["unit-01"].runs() == "0.1.0"


def test_a_release_that_did_not_hold_there_before_stops_at_once(fleet: Fleet) -> None:
    (fleet.machines["unit-01"].opt / "broken").write_text("0.2.0\n")
    fleet.begin()
    assert "nothing to do (stopped)" in fleet.asks("unit-01")
    assert fleet.stages() == {"unit-01": "failed", "unit-02": "waiting", "stopped": "failed"}
