"""`make deploy-test-long`: a good release, then a bad one, over two units of a hub, in real time.

Hub and units are three machines on Debian's own systemd (`booted.py`) with one network: their timers ask, their own
users fetch, root's services install and go back. Nothing is said to a unit by hand. Root, for systemd-nspawn.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from pathlib import Path

import bundles
from booted import booted, make_base
from chroot import DebianMachine, mirror
from from_bare_debian import HUB, HUB_SERVICES, INSTALL, UNIT, require, say, unpack
from virtual_gym import start_gym

TOP = Path(__file__).parents[2]
GOOD, BAD = "9.0.1", "9.0.2"
CANARY, OTHER = "unit-01", "unit-02"
ASKS_S = 480.0
"""A unit asks each minute, fetches, installs, and is watched for 20 s."""
WELL_S = 660.0
"""The first one is watched for ten minutes."""


def made(folder: Path, first: Path) -> dict[str, Path]:
    """Both releases, signed; the bad one's units fail as soon as they start."""
    key = bundles.make_key(folder, "update")
    found = {version: folder / f"backstride-{version}.tar.gz" for version in (GOOD, BAD)}
    with tempfile.TemporaryDirectory() as work:
        bundles.next_of(first, GOOD, found[GOOD], Path(work))
        bundles.next_of(first, BAD, found[BAD], Path(work), broken="device_adapters/unit/service.py")
    for bundle in found.values():
        bundles.sign(bundle, key)
    return found


def install(hub: DebianMachine, units: dict[str, DebianMachine], first: Path, key: Path) -> None:
    say("a hub and two units")
    # systemd-nspawn lays a run of its own over the machine's; services with a /proc of their own would see another.
    hub.run("umount /proc/sys/kernel/random/boot_id")
    unpack(hub, first)
    hub.run(f"{INSTALL.format(role='hub')} --site gym --host localhost")
    for service in HUB_SERVICES:
        hub.until(f"systemctl is-active {service}", f"{service} runs")
    hub.put(key, f"{HUB}/update.pub")
    start_gym(hub)
    for number, (name, unit) in enumerate(units.items(), 1):
        unpack(unit, first)
        unit.run(INSTALL.format(role="raspberry-pi"))
        unit.put(key, f"{UNIT}/update.pub")
        devices = f"--treadmill tm-{number:02}=F1:00:00:00:00:{number:02X}"
        code = json.loads(hub.run(f"backstride unit invite {name} {devices} --json"))["code"]
        unit.run(f"echo {code} | backstride unit join --radio virtual:127.0.0.1:9100")
        unit.run("systemctl start --no-block backstride-unit")
        unit.until("systemctl is-active backstride-unit", f"{name} reaches the broker")


def runs(unit: DebianMachine) -> str:
    """The release that it runs."""
    return unit.run("readlink /opt/backstride/current").strip().removeprefix("releases/")


def stages(hub: DebianMachine) -> dict[str, str]:
    """How far each unit is, as the hub says."""
    said = json.loads(hub.run("backstride release status --json || true"))["rollout"]
    return {name: one["stage"] for name, one in said["units"].items()}


def until_stage(hub: DebianMachine, unit: str, stage: str, limit_s: float) -> None:
    """Wait for it, bounded."""
    began = time.monotonic()
    while (now := stages(hub)[unit]) != stage:
        if time.monotonic() - began > limit_s:
            raise SystemExit(
                f"FAILED: {unit} is {now} and not {stage}\n{hub.run('backstride release status || true')}"
            )
        time.sleep(2)
    print(f"   {unit}: {stage} after {time.monotonic() - began:.0f} s", flush=True)


def hold(hub: DebianMachine, bundle: Path) -> None:
    """As an operator does: add it, and let it go to the canary first."""
    for path in (bundle, Path(f"{bundle}.sig")):
        hub.put(path, f"/root/{path.name}")
    hub.run(f"backstride release add /root/{bundle.name}")


def good(hub: DebianMachine, units: dict[str, DebianMachine], bundle: Path, version: str) -> None:
    say("a good release: one unit first; the other when that one has been well for ten minutes")
    hold(hub, bundle)
    hub.run(f"backstride release roll-out {GOOD} --canary {CANARY}")
    until_stage(hub, CANARY, "trying", ASKS_S)
    require((runs(units[CANARY]), runs(units[OTHER])) == (GOOD, version), "the canary alone has it")
    time.sleep(120)
    require(
        (stages(hub)[OTHER], runs(units[OTHER])) == ("waiting", version), "the other waits while it is tried"
    )
    until_stage(hub, CANARY, "well", WELL_S)
    until_stage(hub, OTHER, "well", ASKS_S)
    require({runs(unit) for unit in units.values()} == {GOOD}, "both have it")


def bad(hub: DebianMachine, units: dict[str, DebianMachine], bundle: Path) -> None:
    say("a bad release: the first unit goes back by itself, and the other is never sent off")
    hold(hub, bundle)
    hub.run(f"backstride release roll-out {BAD} --canary {CANARY}")
    until_stage(hub, CANARY, "failed", 2 * ASKS_S)
    said = hub.run("backstride release status", check=False)
    require("exit code 1" in said and "stopped" in said, said)
    time.sleep(120)
    require(
        (stages(hub)[OTHER], {runs(unit) for unit in units.values()}) == ("waiting", {GOOD}),
        "both stay as they were",
    )
    require(not units[OTHER].ok(f"test -e /opt/backstride/releases/{BAD}"), "it was not even fetched")
    for name, unit in units.items():
        unit.until("systemctl is-active backstride-unit", f"{name} runs")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=TOP / "build" / "deploy")
    parser.add_argument(
        "--bundle", type=Path, required=True, help="of this tree, as make deploy-test makes it"
    )
    asked = parser.parse_args()
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit("ended from outside")
    )  # and everything it started with it
    began, folder = time.monotonic(), asked.folder.resolve()
    release = mirror()[0]
    base = folder / f"{release}-systemd"
    make_base(base, release)
    with (
        tempfile.TemporaryDirectory(dir=folder) as work,
        booted(base, folder / "fleet-hub") as hub,
        booted(base, folder / "fleet-first", hub) as first,
        booted(base, folder / "fleet-second", hub) as second,
    ):
        say("a good release and a bad one")
        releases = made(Path(work), asked.bundle)
        units = {CANARY: first, OTHER: second}
        install(hub, units, asked.bundle, Path(work) / "update.pub")
        good(hub, units, releases[GOOD], hub.run("cat /root/b/VERSION").strip())
        bad(hub, units, releases[BAD])
    say(f"a good release and a bad one, in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
