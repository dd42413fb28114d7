"""`make deploy-test-long`: a card of `backstride unit card`, from the slot to telemetry on the hub, timed.

The hub is installed on Debian's own systemd (`booted.py`); the machine with the card is emulated (QEMU), has a clock that
is behind, and of the network only the hub, as 10.0.2.2. Nobody signs in to it or types anything. Root.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import booted
import bundles
import pi_image
from chroot import DebianMachine, mirror
from emulated import WITH_US, EmulatedMachine, emulated
from from_bare_debian import CLI, HUB, HUB_SERVICES, INSTALL, say, unpack

from device_adapters.sim.layout import gym_layout

TOP = Path(__file__).parents[2]
UNIT, TREADMILL, STRAP = "unit-07", "tm-07", "hr-07"
ADDRESSES = [address for _, address in gym_layout(1, 1)]
DONGLE = Path(__file__).with_name("dongle.py")
PROGRAMS = (
    "qemu-system-x86_64",
    "debootstrap",
    "systemd-nspawn",
    "mcopy",
    "mkfs.vfat",
    "mkfs.ext4",
    "sfdisk",
)
ASK = """
import json, sys, urllib.request
asked = urllib.request.Request("http://127.0.0.1:8080/api/v1/treadmills", headers={"Authorization": "Bearer " + sys.argv[1]})
print(urllib.request.urlopen(asked, timeout=20).read().decode())
"""


def missing() -> str:
    """Why nothing can be shown here; '' where it can."""
    if os.uname().machine != "x86_64":
        return "the emulated machine is amd64, and is quick enough on amd64 alone"
    if os.geteuid() != 0:
        return "it needs root, for debootstrap and systemd-nspawn"
    lacking = [
        name for name in PROGRAMS if shutil.which(name, path=f"{os.environ['PATH']}:/sbin:/usr/sbin") is None
    ]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


def hub_with_a_release(hub: DebianMachine, bundle: Path, packages: Path, work: Path) -> None:
    """A hub that holds this release for units, and beside it the site's mirror of Debian's packages."""
    unpack(hub, bundle)
    hub.run(f"{INSTALL.format(role='hub')} --site gym --host {pi_image.HUB}")
    for service in HUB_SERVICES:
        hub.until(f"systemctl is-active {service}", f"{service} runs")
    key = bundles.make_key(work, "update")
    signed = work / bundle.name
    shutil.copy(bundle, signed)
    bundles.sign(signed, key)
    hub.put(key.with_suffix(".pub"), f"{HUB}/update.pub")
    hub.put(signed, "/root/signed.tar.gz")
    hub.put(Path(f"{signed}.sig"), "/root/signed.tar.gz.sig")
    hub.run("backstride release add /root/signed.tar.gz")
    hub.put(packages, "/srv/mirror")
    serve = f"python3 -m http.server {pi_image.MIRROR_PORT} --bind 127.0.0.1 --directory /srv/mirror"
    hub.run(f"systemd-run --unit mirror {serve}")
    hub.put(Path(__file__).with_name("site_clock.py"), "/root/site_clock.py")


def card(hub: DebianMachine, boot: Path) -> dict[str, Path]:
    """What an operator writes on the hub; name → file."""
    hub.run("mkdir /root/bootfs && printf 'pass: #word\\n' > /root/wifi.txt")
    hub.run(
        f"backstride unit card {UNIT} -o /root/bootfs --treadmill {TREADMILL}={ADDRESSES[0]} "
        f"--strap {STRAP}={ADDRESSES[1]} --arch x86_64 --wifi Gym --wifi-password-file /root/wifi.txt --country DE"
    )
    subprocess.run(["cp", "-r", hub.root / "root/bootfs", boot], check=True)
    return {file.name: file for file in boot.iterdir()}


@contextmanager
def radio(folder: Path) -> Iterator[None]:
    """The virtual gym, at the other end of the machine's second serial line."""
    environment = {**os.environ, "PYTHONPATH": str(TOP / "tests/support")}
    words = [*WITH_US, sys.executable, str(DONGLE), str(folder / "radio")]
    with (folder / "radio.log").open("wb") as log:
        process = subprocess.Popen(words, env=environment, cwd=TOP, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


class Watch:
    """The steps and their times."""

    def __init__(self, machine: EmulatedMachine) -> None:
        self._machine, self._last_s = machine, 0.0

    def on_console(self, pattern: str, what: str, limit_s: float) -> None:
        """A step that the machine's console tells of."""
        self._step(what, self._machine.until(pattern, what, limit_s))

    def on_hub(self, fact: Callable[[], bool], what: str, limit_s: float) -> None:
        """A step that the hub knows of."""
        end = time.monotonic() + limit_s
        while not fact():
            if time.monotonic() > end or self._machine.process.poll() is not None:
                raise SystemExit(f"FAILED: the hub does not know of this: {what}\n{self._machine.tail()}")
            time.sleep(0.5)
        self._step(what, time.monotonic() - self._machine.began)

    def _step(self, what: str, at_s: float) -> None:
        print(f"   {at_s:6.1f} s (+{max(0.0, at_s - self._last_s):5.1f}) {what}", flush=True)
        self._last_s = at_s


def joined(hub: DebianMachine) -> bool:
    """Did the desk let it in?"""
    return UNIT in hub.run("journalctl --no-pager -u backstride-enrol -g joined || true")


def online(hub: DebianMachine) -> bool:
    """Does the hub's broker have the unit?"""
    said = json.loads(hub.run(f"backstride fleet status --config {HUB}/services/hub.toml --json || true"))
    return [(unit["unit"], unit["online"]) for unit in said["units"]] == [(UNIT, True)]


def measured(hub: DebianMachine, table: str) -> bool:
    """Did frames of its device reach the hub's store?"""
    query = f"sqlite /var/lib/backstride/metrics/metrics.db 'SELECT count(*) FROM {table}' || echo 0"
    return int(hub.run(query).split()[-1]) > 0


def shown(hub: DebianMachine, token: str) -> bool:
    """Does an operator see its treadmill, and that it is there?"""
    said = json.loads(hub.run(f"python3 /root/ask.py {token}"))
    return [(one["id"], one["unit"], one["speed_kmh"]) for one in said["treadmills"]] == [
        (TREADMILL, UNIT, 0.0)
    ]


def first_start(hub: DebianMachine, machine: EmulatedMachine) -> None:
    """From power to telemetry."""
    watch = Watch(machine)
    watch.on_console(r"systemd\[1\]: ", "boot: systemd runs", 300)
    watch.on_console(r"cloud-init.*running 'init'", "cloud-init has read the card", 450)
    watch.on_console(r"Starting backstride-card\.service", "its service starts", 600)
    watch.on_console(
        r"curl: \(60\)|certificate is not yet valid", "the clock is behind: the hub is not believed", 60
    )
    hub.run("systemd-run --unit clock python3 /root/site_clock.py")
    watch.on_console(
        r"systemd-timesyncd.*(Initial clock|Contacted time server)", "the site's clock answers", 120
    )
    watch.on_console(r"== Debian packages", "the release was fetched, and is what was signed", 450)
    watch.on_console(r"== release ", "Debian's packages are installed", 600)
    watch.on_console(r"== done", "the release is installed", 1200)
    watch.on_hub(lambda: joined(hub), "joined", 300)
    watch.on_hub(lambda: online(hub), "the broker has the unit", 300)
    watch.on_console(r"Finished backstride-card\.service", "the card's service is through", 150)
    watch.on_hub(lambda: measured(hub, "treadmill"), "the treadmill's telemetry is stored", 600)
    watch.on_hub(lambda: measured(hub, "strap"), "the strap's too", 300)
    (hub.root / "root/ask.py").write_text(ASK)
    token = hub.run(
        f"runuser -u backstride -- env {CLI} token create place --role operator 2>/dev/null"
    ).strip()
    watch.on_hub(lambda: shown(hub, token), "an operator's API shows it", 150)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=TOP / "build" / "deploy")
    parser.add_argument("--bundle", type=Path, help="one that is there; default: made of this tree")
    asked = parser.parse_args()
    if why := missing():
        print(f"\n!! SKIPPED, nothing was shown of a card's first start: {why}\n", flush=True)
        return 0
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit("ended from outside")
    )  # and everything it started with it
    began, folder = time.monotonic(), asked.folder.resolve()
    bundle = asked.bundle or folder / "card-bundle.tar.gz"
    if asked.bundle is None:
        bundles.first(bundle)
    release = mirror()[0]
    hub_base, pi_base = folder / f"{release}-systemd", folder / "trixie-pi"
    booted.make_base(hub_base, release)
    pi_image.make_base(pi_base)
    with (
        tempfile.TemporaryDirectory(dir=folder) as temporary,
        booted.booted(hub_base, folder / "card-hub") as hub,
    ):
        work = Path(temporary)
        say("a hub that holds a release")
        hub_with_a_release(hub, bundle, pi_base.with_name(f"{pi_base.name}-mirror"), work)
        say("a card")
        files, image = card(hub, work / "boot"), work / "card.img"
        pi_image.write_card(pi_base, image, files)
        say("the card's first start")
        with (
            emulated(
                image, pi_image.kernel(pi_base), work, ["nsenter", f"--net={hub.network}", "--"]
            ) as machine,
            radio(work),
        ):
            try:
                first_start(hub, machine)
                machine.power_off()
            finally:
                shutil.copy(work / "console.log", folder / "card-console.log")
    say(f"card, boot, join, telemetry: all of it in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
