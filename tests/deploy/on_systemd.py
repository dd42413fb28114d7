"""`make deploy-test`, on Debian's own systemd: hub and unit run inside what their unit files allow, and what timers and
paths start does its work in there too. Root, for systemd-nspawn.
"""

import argparse
import json
import re
import sys
import time
from pathlib import Path

import bundles
from alerts_told import told
from booted import booted, make_base
from chroot import DebianMachine, mirror
from files import DEPLOY, EXPOSURE_MAX
from from_bare_debian import (
    DATA,
    HUB,
    HUB_SERVICES,
    INSTALL,
    UNIT,
    enrol,
    require,
    runs,
    say,
    session,
    unpack,
)
from operators_walk import walk

TOP = Path(__file__).parents[2]
STORE = f"{DATA}/metrics/metrics.db"
ONLY_WHERE_ASKED = {"backstride-stopline.service"}
"""Not on every unit; tests/security/test_unit_files.py judges it."""


def install(gym: DebianMachine) -> None:
    say("hub and unit on systemd")
    gym.run(f"{INSTALL.format(role='hub')} --site gym --host localhost")
    for service in HUB_SERVICES:
        gym.until(f"systemctl is-active {service}", f"{service} runs")
    gym.run(INSTALL.format(role="raspberry-pi"))


def exposed(gym: DebianMachine) -> None:
    """As systemd itself has read them, with what is in their folders."""
    say(f"systemd-analyze security: at most {EXPOSURE_MAX} for each")
    names = sorted({path.name for path in (DEPLOY / "systemd").glob("*.service")} - ONLY_WHERE_ASKED)
    for name in (*names, "mosquitto.service"):
        found = re.search(
            r"exposure level for .*: ([0-9.]+)", gym.run(f"systemd-analyze security --no-pager {name}")
        )
        require(found is not None, f"{name}: no level")
        level = float(found[1]) if found else 10.0
        print(f"   {name}: {level}", flush=True)
        require(level <= EXPOSURE_MAX, f"{name}: {level}")
    for starter in (path for path in (DEPLOY / "systemd").iterdir() if path.suffix in (".timer", ".path")):
        said = gym.run(f"systemctl show -p Unit --value {starter.name}").strip()
        require(said == starter.with_suffix(".service").name, f"{starter.name} starts {said}")
        require(gym.ok(f"systemctl is-enabled {starter.name}"), f"{starter.name} is not enabled")


def started(gym: DebianMachine, service: str) -> str:
    """Run it once, as its timer does; what it said."""
    began = gym.run("date +%s.%N").strip()
    gym.run(f"systemctl start {service} || (journalctl --no-pager -u {service} -n 30; exit 1)")
    require("success" in gym.run(f"systemctl show -p Result {service}"), f"{service} failed")
    return gym.run(f"journalctl --no-pager -o cat -u {service} --since @{began}")


def invocation(gym: DebianMachine, service: str) -> str:
    return gym.run(f"systemctl show -p InvocationID --value {service}").strip()


def renewed(gym: DebianMachine) -> None:
    say("renew: certificates that are due, and owners; the broker is restarted in a quiet moment")
    broker, desk = invocation(gym, "mosquitto"), invocation(gym, "backstride-enrol")
    gym.run(f"rm {HUB}/services/cli.pem {HUB}/broker/server.crt; chmod 700 {DATA}")
    gym.run(f"systemctl stop backstride-metrics && mv {DATA}/metrics/* {DATA} && rmdir {DATA}/metrics")
    gym.run("systemctl start --no-block backstride-metrics")
    started(gym, "backstride-renew")
    for path, whose in (
        (f"{HUB}/services/cli.pem", "backstride:backstride 640"),
        (f"{HUB}/broker/server.crt", "backstride-enrol:mosquitto 644"),
        (DATA, "backstride:backstride-members 2771"),
        (f"{DATA}/metrics", "backstride-metrics:backstride-measured 2770"),
        (STORE, "backstride-metrics:backstride-measured 660"),
    ):
        said = gym.run(f"stat -c '%U:%G %a' {path}").strip()
        require(said == whose, f"{path}: {said}")
    require(invocation(gym, "backstride-enrol") != desk, "the desk goes on with its old certificate")
    gym.until(
        f"test $(systemctl show -p InvocationID --value mosquitto) != {broker}", "the broker has its new one"
    )
    gym.until("systemctl is-active backstride-metrics backstride-unit", "all is back")


def forgotten(gym: DebianMachine) -> None:
    say("retention: forgets what is old; where nothing keeps the clock, what a person says")
    row = "INSERT INTO strap (at_ms, strap, boot, seq, hr_bpm) VALUES (1, 'hr-01', 'old', 1, 99)"
    gym.run(
        f"python3 -c \"import sqlite3; d = sqlite3.connect('{STORE}', timeout=9); d.execute('''{row}'''); d.commit()\""
    )
    if not gym.ok("systemctl start backstride-retention"):
        said = gym.run("journalctl --no-pager -u backstride-retention")
        require("nothing keeps this machine's clock" in said, said)
        line = "backstride retention --config /etc/backstride/services/hub.toml --by retention-timer --yes-delete 10"
        override(gym, "backstride-retention", f"/opt/backstride/current/bin/{line}")
        started(gym, "backstride-retention")
    left = gym.run(f"sqlite {STORE} 'SELECT count(*) FROM strap WHERE at_ms = 1 AND hr_bpm IS NOT NULL'")
    require(left.strip() == "0", "an old heart rate is still there")


def override(gym: DebianMachine, service: str, command: str) -> None:
    """The same sandbox, with another command."""
    gym.run(f"mkdir -p /run/systemd/system/{service}.service.d && printf '[Service]\\nExecStart=\\nExecStart={command}\\n' "
            f"> /run/systemd/system/{service}.service.d/test.conf && systemctl daemon-reload")  # fmt: skip


def rotated(gym: DebianMachine) -> None:
    say("rotate: says when nothing is due, and fetches a new certificate when it is")
    before = gym.run(f"cat {UNIT}/unit.pem")
    started(gym, "backstride-rotate")
    require(gym.run(f"cat {UNIT}/unit.pem") == before, "it was not due")
    override(
        gym,
        "backstride-rotate",
        "/opt/backstride/current/bin/backstride unit rotate --config /etc/backstride-unit/unit.toml",
    )
    started(gym, "backstride-rotate")
    require(gym.run(f"cat {UNIT}/unit.pem") != before, "no new certificate")


def finished(gym: DebianMachine, version: str) -> None:
    say("update: finishes what was cut, with a user that the release needs, and clears up what had not begun")
    gym.run("mkdir /opt/backstride/update.work")
    started(gym, "backstride-update")
    require(not gym.ok("test -e /opt/backstride/update.work"), "update.work is still there")
    gym.run("userdel backstride-retention; groupdel backstride-retention; chmod 700 " + DATA)
    running = " ".join(f"{name}.service" for name in (*HUB_SERVICES[1:], "backstride-unit"))
    note = f"step=switch\\nfrom={version}\\nto={version}\\nrunning={running}\\n"
    gym.run(f"printf '{note}' > /opt/backstride/update.state")
    said = started(gym, "backstride-update")
    require(f"updated from {version} to {version}" in said, said)
    require(gym.ok("getent passwd backstride-retention"), "the user was not made")
    require(not gym.ok("test -e /opt/backstride/update.state"), "update.state is still there")
    for service in (*HUB_SERVICES, "backstride-unit"):
        gym.until(f"systemctl is-active {service}", f"{service} is back")


def sent(gym: DebianMachine) -> None:
    say(
        "offsite: a backup leaves inside what its unit allows, is restored for a trial, and back after a disaster"
    )
    gym.run(f'sed -i \'s,^to = "",to = "/srv/backup",\' {HUB}/site.toml && backstride hub init')
    began = time.monotonic()
    require("sent: " in started(gym, "backstride-offsite-send"), "nothing was sent")
    require("all whole" in started(gym, "backstride-offsite-try"), "it was not tried")
    print(f"   sent and tried in {time.monotonic() - began:.0f} s", flush=True)
    gym.run(f"cp -a {HUB} /root/known; backstride offsite fetch -o /root/back.tar")
    gym.run("systemctl stop 'backstride-*.service'; backstride restore /root/back.tar")
    gym.run(f"diff -r /root/known {HUB}")
    gym.run("systemctl start " + " ".join(HUB_SERVICES) + " backstride-unit")
    for service in (*HUB_SERVICES, "backstride-unit"):
        gym.until(f"systemctl is-active {service}", f"{service} is back from a backup")


def timed(gym: DebianMachine) -> None:
    say("the timers themselves")
    for timer in ("renew", "retention", "rotate", "fetch", "offsite-send", "offsite-try"):
        shown = json.loads(
            gym.run(f"systemctl list-timers --no-pager --all -o json backstride-{timer}.timer") or "[]"
        )
        require(bool(shown) and bool(shown[0]["next"]), f"backstride-{timer}.timer never comes")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=TOP / "build" / "deploy")
    parser.add_argument("--release", action="append", help="Debian's name; default: this machine's")
    parser.add_argument("--bundle", type=Path, help="one that is there; default: made of this tree")
    asked = parser.parse_args()
    began = time.monotonic()
    bundle = asked.bundle or asked.folder / "systemd-bundle.tar.gz"
    if asked.bundle is None:
        bundles.first(bundle)
    for release in asked.release or [mirror()[0]]:
        base = asked.folder.resolve() / f"{release}-systemd"
        make_base(base, release)
        with booted(base, base.with_name(f"{release}-gym")) as gym:
            say(f"Debian {release}: {gym.run('systemctl --version').splitlines()[0]}")
            unpack(gym, bundle)
            install(gym)
            exposed(gym)
            enrol(gym)
            runs(gym)
            session(gym)
            renewed(gym)
            forgotten(gym)
            rotated(gym)
            finished(gym, gym.run("cat /root/b/VERSION").strip())
            sent(gym)
            told(gym)
            walk(gym)
            timed(gym)
    say(f"all of it on systemd, in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
