"""`make deploy-test`: from a bare Debian to a running gym and back, as an operator does it, without a network.

Hub and unit are installed from a bundle, the unit is enrolled, reads the virtual gym, publishes to a TLS Mosquitto with
the access list, is restarted, updated, rolled back, revoked and uninstalled. Root, for chroot and namespaces.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import bundles
from chroot import DebianMachine, machine, make_base
from virtual_gym import start_gym

TOP = Path(__file__).parents[2]
HUB, UNIT, DATA = "/etc/backstride", "/etc/backstride-unit", "/var/lib/backstride"
HUB_SERVICES = (
    "mosquitto",
    "backstride-enrol",
    "backstride-session",
    "backstride-metrics",
    "backstride-console",
)
INSTALL = "WITH=sim /root/b/deploy/{role}/install.sh"
CLI = f"BACKSTRIDE_CONFIG={HUB}/services/hub.toml backstride"
BACK_MAX_S = 10.0


def say(text: str) -> None:
    print(f"== {text}", flush=True)


def require(fact: bool, what: str) -> None:
    if not fact:
        raise SystemExit(f"FAILED: {what}")


def stored(gym: DebianMachine, table: str = "treadmill") -> int:
    """Frames in the hub's store."""
    return int(
        gym.run(
            f"sqlite /var/lib/backstride/metrics/metrics.db 'SELECT count(*) FROM {table}' || echo 0"
        ).split()[-1]
    )


def until_stored(gym: DebianMachine, more: int, limit_s: float = 60.0) -> float:
    """Wait until so many more frames are stored; how long that took."""
    began, before = time.monotonic(), stored(gym)
    while stored(gym) < before + more:
        if time.monotonic() - began > limit_s:
            raise SystemExit(f"FAILED: nothing more is stored\n{gym.logs()}")
        time.sleep(0.2)
    return time.monotonic() - began


def unpack(gym: DebianMachine, bundle: Path) -> None:
    gym.put(bundle, "/root/bundle.tar.gz")
    gym.run("rm -rf /root/b && mkdir /root/b && tar -xzf /root/bundle.tar.gz -C /root/b --strip-components=1")


def install(gym: DebianMachine) -> None:
    say("dry runs change nothing")
    before = gym.files()
    for role, more in (("hub", "--site gym --host localhost"), ("raspberry-pi", "")):
        said = gym.run(f"{INSTALL.format(role=role)} --dry-run {more}")
        require("would run: apt-get install" in said.replace("env DEBIAN_FRONTEND=noninteractive ", ""), said)
    require(gym.files() == before, f"a dry run made {sorted(gym.files() - before)[:5]}")
    say("hub install")
    gym.run(f"{INSTALL.format(role='hub')} --site gym --host localhost")
    for service in HUB_SERVICES:
        gym.until(f"systemctl is-active {service}", f"{service} runs")
    again = gym.run(INSTALL.format(role="hub"))
    require(
        "file " not in again and "release 0" not in again.replace("runs release", ""),
        f"not idempotent:\n{again}",
    )
    say("unit install")
    gym.run(INSTALL.format(role="raspberry-pi"))


def enrol(gym: DebianMachine) -> None:
    say("invite and join")
    devices = "--treadmill tm-01=F1:00:00:00:00:01 --treadmill tm-02=F1:00:00:00:00:02 --strap hr-01=F2:00:00:00:00:01"
    code = json.loads(gym.run(f"backstride unit invite unit-01 {devices} --json"))["code"]
    gym.run(f"echo {code} | backstride unit join --radio virtual:127.0.0.1:9100")
    require(
        "exit code 2" in gym.run(f"echo {code} | backstride unit join", check=False), "a code is good twice"
    )
    start_gym(gym)
    gym.run("sed -i 's/^unit = .*/&\\nslots = 8/' /etc/backstride-unit/unit.toml")
    gym.run("systemctl start --no-block backstride-unit")
    gym.until("systemctl is-active backstride-unit", "the unit reaches the broker")


def runs(gym: DebianMachine) -> None:
    say("telemetry over TLS into the store")
    until_stored(gym, 20)
    require(stored(gym, "strap") > 0, "no heart rates")
    said = gym.run(f"backstride fleet status --config {HUB}/services/hub.toml --json || true")
    fleet = json.loads(said)
    require(
        fleet["stored"] and [(u["unit"], u["online"]) for u in fleet["units"]] == [("unit-01", True)], said
    )
    say("nobody is root, and nobody reads another's keys")
    for service in ("unit", "session", "metrics", "console", "enrol"):
        name = f"backstride-{service}"
        require(gym.ok(f"find /proc -maxdepth 1 -user {name} | grep ."), f"{service} does not run as {name}")
    keys = [f"{HUB}/services/{role}.pem" for role in ("session", "metrics", "console", "cli")]
    stores = [f"{DATA}/members.db", f"{DATA}/sessions.db", f"{DATA}/metrics/metrics.db"]
    offices = [f"{HUB}/office/authority.key", f"{HUB}/broker/server.key", f"{UNIT}/unit.pem"]
    may = {
        "backstride-unit": [offices[2]],
        "backstride-session": [keys[0], *stores[:2]],
        "backstride-metrics": [keys[1], stores[2]],
        "backstride-console": [keys[2], *stores],
        "backstride-retention": stores,
        "backstride-enrol": offices[:2],
        "backstride": [*keys, *stores],
        "mosquitto": [offices[1]],
    }
    for user, own in may.items():
        for path in (*keys, *stores, *offices):
            require(gym.ok(f"test -e {path}"), f"{path} is not there")
            require(
                gym.ok(f"cat {path}", user=user) == (path in own),
                f"{user} and {path}: it should {'' if path in own else 'not '}be read",
            )


def session(gym: DebianMachine) -> None:
    say("a session moves a belt, Stop stops it")
    gym.run(
        f"{CLI} session start --treadmill tm-01 --goal mobility --spotter --countdown 5 --waiver test --screened --by Deploy"
    )
    speed = "sqlite /var/lib/backstride/metrics/metrics.db \"SELECT speed_kmh FROM treadmill WHERE treadmill='tm-01' ORDER BY at_ms DESC LIMIT 1\""
    gym.until(f"{speed} | grep -v '^0.0$'", "the belt moves", 90)
    gym.run(f"{CLI} stop --all --config {HUB}/services/hub.toml --by Deploy")
    gym.until(f"{speed} | grep '^0.0$'", "the belt stands", 60)


def restarts(gym: DebianMachine) -> None:
    say("restarts: broker, unit, metrics, a unit that hangs")
    for service in ("mosquitto", "backstride-unit", "backstride-metrics"):
        gym.run(f"systemctl restart {service}")
        took = gym.until("systemctl is-active backstride-unit backstride-metrics", f"{service} is back", 30)
        took += until_stored(gym, 5, 30)
        print(f"   {service}: telemetry again after {took:.1f} s", flush=True)
        require(took < BACK_MAX_S, f"{service}: more than {BACK_MAX_S:.0f} s")
    before = int(gym.run("systemctl show -p NRestarts --value backstride-unit"))
    gym.run("kill -STOP $(find /proc -maxdepth 1 -user backstride-unit -name '[0-9]*' -printf '%f\\n')")
    gym.until(
        f"test $(systemctl show -p NRestarts --value backstride-unit) -gt {before}", "the watchdog acts", 40
    )
    gym.until("systemctl is-active backstride-unit", "the unit is back")
    until_stored(gym, 5)


def updates(gym: DebianMachine, made: dict[str, Path], version: str) -> None:
    for name, bundle in made.items():
        gym.put(bundle, f"/root/{name}.tar.gz")
        gym.put(Path(f"{bundle}.sig"), f"/root/{name}.tar.gz.sig")
    update = "HOLD_S=5 /opt/backstride/current/deploy/update.sh"
    say("updates that are unsigned, signed by others or damaged are refused")
    require(
        "no key to check" in gym.run(f"{update} /root/newer.tar.gz", check=False), "an update without a key"
    )
    gym.put(made["newer"].parent / "release.pub", f"{HUB}/update.pub")
    require("is not signed" in gym.run(f"{update} /root/foreign.tar.gz", check=False), "a foreign signature")
    gym.run(
        "cp /root/newer.tar.gz.sig /root/cut.tar.gz.sig; head -c 1000000 /root/newer.tar.gz > /root/cut.tar.gz"
    )
    require("is not signed" in gym.run(f"{update} /root/cut.tar.gz", check=False), "a damaged bundle")
    require(
        gym.run("readlink /opt/backstride/current").strip() == f"releases/{version}", "something was changed"
    )
    say("a signed update")
    gym.run(f"{update} /root/newer.tar.gz", quiet=False)
    require("releases/9.0.1" in gym.run("readlink /opt/backstride/current"), "not updated")
    require(
        gym.ok(f"ls /var/backups/backstride-before-update-from-{version}.tar"), "no backup before the update"
    )
    until_stored(gym, 5)
    say("an update whose service does not hold is taken back by itself")
    said = gym.run(f"{update} /root/broken.tar.gz", check=False)
    require("does not hold: going back to 9.0.1" in said and "exit code 1" in said, said)
    gym.until("systemctl is-active backstride-unit backstride-session", "all is back")
    until_stored(gym, 5)
    say("a roll back by hand")
    require(
        "did not hold" in gym.run(f"{update} /root/broken.tar.gz", check=False), "the broken release again"
    )
    gym.run(f"{update} --rollback")
    require(f"releases/{version}" in gym.run("readlink /opt/backstride/current"), "not rolled back")
    gym.until("systemctl is-active backstride-unit backstride-session", "all is back")
    until_stored(gym, 5)


def backup(gym: DebianMachine) -> None:
    say("backup, loss, restore")
    gym.run("backstride backup -o /root/hub.tar")
    gym.run(f"systemctl stop {' '.join(HUB_SERVICES)}")
    before = stored(gym)
    gym.run("rm -rf /etc/backstride /var/lib/backstride && backstride restore /root/hub.tar")
    gym.run(f"systemctl restart --no-block {' '.join(HUB_SERVICES)}")
    require(0 < stored(gym) <= before + 50, "the store came back otherwise")
    for service in HUB_SERVICES:
        gym.until(f"systemctl is-active {service}", f"{service} runs after the restore")
    until_stored(gym, 5)


def revoke(gym: DebianMachine) -> None:
    say("rotate, then revoke: the unit is out within seconds")
    gym.run("backstride unit rotate")
    gym.run("systemctl restart backstride-unit")
    until_stored(gym, 5)
    gym.run("backstride unit revoke unit-01")
    began = time.monotonic()
    while True:
        before = stored(gym)
        time.sleep(3)
        if stored(gym) == before:
            break
        require(time.monotonic() - began < 30, "a revoked unit goes on publishing")
    require("exit code" in gym.run("backstride unit rotate", check=False), "a revoked unit rotates")
    gym.run("systemctl restart --no-block backstride-unit")
    time.sleep(3)
    require(not gym.ok("systemctl is-active backstride-unit"), "a revoked unit is let in")


def uninstall(gym: DebianMachine, before: set[str]) -> None:
    say("uninstall: first without, then with everything")
    gym.run("systemctl stop virtual-gym")
    gym.run("cp -r /root/b/deploy /root/deploy; /root/deploy/raspberry-pi/install.sh --uninstall")
    require(gym.ok(f"test -e {UNIT}/unit.pem"), "the unit's key is gone without --purge")
    require(gym.ok("systemctl is-active backstride-session"), "the hub stopped with the unit")
    gym.run("/root/deploy/raspberry-pi/install.sh --uninstall --purge")
    gym.run("/root/deploy/hub/install.sh --uninstall --purge")
    ours = {path for path in gym.files() - before if "ackstride" in path and not path.startswith(("/root/", "/var/log/little", "/var/backups/", f"{UNIT}-gym", "/etc/little"))}  # fmt: skip
    require(not ours, f"left behind: {sorted(ours)[:10]}")
    require(
        not gym.ok("getent passwd | grep backstride || getent group | grep backstride"),
        "a user was left behind",
    )
    require(
        gym.ok("test -e /etc/bluetooth/main.conf && ! grep -qi backstride /etc/bluetooth/main.conf"),
        "main.conf",
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--base", type=Path, default=TOP / "build" / "deploy" / "debian")
    parser.add_argument(
        "--keep-bundles", action="store_true", help="use those of the last run: for work on this test"
    )
    asked = parser.parse_args()
    began = time.monotonic()
    make_base(asked.base)
    folder = asked.base.parent / "bundles"
    made = {name: folder / f"{name}.tar.gz" for name in ("first", "newer", "foreign", "broken")}
    if not (asked.keep_bundles and made["broken"].exists()):
        say("bundles: this release, a newer one, a broken one")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        bundles.first(made["first"])
        with tempfile.TemporaryDirectory() as work:
            bundles.next_of(made["first"], "9.0.1", made["newer"], Path(work))
            bundles.next_of(
                made["first"], "9.0.2", made["broken"], Path(work), broken="services/session/service.py"
            )
        shutil.copy(made["newer"], made["foreign"])
        right, wrong = bundles.make_key(folder, "release"), bundles.make_key(folder, "other")
        for name in ("newer", "broken"):
            bundles.sign(made[name], right)
        bundles.sign(made["foreign"], wrong)
    with machine(asked.base, asked.base.parent / "machine") as gym:
        before = gym.files()
        unpack(gym, made["first"])
        version = gym.run("cat /root/b/VERSION").strip()
        install(gym)
        enrol(gym)
        runs(gym)
        session(gym)
        restarts(gym)
        updates(gym, {name: path for name, path in made.items() if name != "first"}, version)
        backup(gym)
        revoke(gym)
        uninstall(gym, before)
    say(f"all of it, in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
