"""Everything in `deploy/` that a tool can judge without running it: units, scripts, compose, Ansible, D-Bus policy."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from defusedxml import ElementTree

TOP = Path(__file__).parents[2]
DEPLOY = TOP / "deploy"
EXPOSURE_MAX = 2.0
TOOLS = TOP / "build" / "ansible-venv" / "bin"


def run(*words: str | Path, cwd: Path = TOP, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env={**os.environ, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"FAILED: {' '.join(str(word) for word in words)}\n{done.stdout}")
    return done.stdout


def exposure(path: Path) -> float:
    """What systemd makes of a service, 0 to 10."""
    said = run("systemd-analyze", "security", "--offline=true", "--no-pager", path)
    level = re.search(r"exposure level for .*: ([0-9.]+)", said)
    if level is None:
        raise SystemExit(f"FAILED: {path.name}: no level\n{said}")
    return float(level[1])


def exposures() -> dict[str, float]:
    """Of each service that we ship. A timer or path has none but that of its service."""
    return {path.name: exposure(path) for path in sorted((DEPLOY / "systemd").glob("*.service"))}


def started() -> set[str]:
    """What our units start, as paths below the root."""
    services = [path.read_text() for path in (DEPLOY / "systemd").glob("*.service")]
    return {
        found for text in services for found in re.findall(r"^Exec\w+=[-+!@:]*/(\S+)", text, re.MULTILINE)
    }


def units() -> None:
    """Each unit file is understood whole, in a tree where what it starts is there; and lets little through."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        place = root / "etc/systemd/system"
        place.mkdir(parents=True)
        for command in {"usr/sbin/mosquitto", *started()}:
            (root / command).parent.mkdir(parents=True, exist_ok=True)
            (root / command).write_text("#!/bin/sh\n")
            (root / command).chmod(0o755)
        (root / "lib/systemd").mkdir(parents=True)
        run("cp", "-r", "/lib/systemd/system", root / "lib/systemd")
        run("cp", "-r", f"{DEPLOY}/systemd/.", place)
        mosquitto = "[Service]\nExecStart=/usr/sbin/mosquitto\n"
        (place / "mosquitto.service").write_text(mosquitto)
        (place / "bluetooth.service").write_text(mosquitto)
        (place / "dbus.service").write_text(mosquitto)
        names = sorted(path.name for path in (DEPLOY / "systemd").iterdir() if path.is_file())
        for name in (*names, "mosquitto.service"):
            said = run("systemd-analyze", "verify", "--man=no", f"--root={root}", name)
            ours = [line for line in said.splitlines() if "backstride" in line or "mosquitto" in line]
            if ours:
                raise SystemExit("FAILED: systemd-analyze verify\n" + "\n".join(ours))
    for name, level in exposures().items():
        print(f"   {name}: exposure {level}", flush=True)
        if level > EXPOSURE_MAX:
            raise SystemExit(f"FAILED: {name}: systemd-analyze security says {level}, at most {EXPOSURE_MAX}")


def scripts() -> None:
    """Shell without the usual traps."""
    run("shellcheck", "-x", *sorted(DEPLOY.rglob("*.sh")))


def compose() -> None:
    """`docker compose config` takes it, with the older program of Debian or the newer."""
    said = run("docker-compose", "config", cwd=DEPLOY)
    for wanted in ("broker:", "influxdb:", "grafana:", "session:", "metrics:", "console:", "enrol:"):
        if f"\n  {wanted}" not in said:
            raise SystemExit(f"FAILED: compose has no {wanted}")
    if re.search(r"image: \S+:latest|image: [^:\s]+$", said, re.MULTILINE):
        raise SystemExit("FAILED: an image without a version")


def ansible() -> None:
    """The role is clean, and says what it would do."""
    path = f"{TOOLS}:{os.environ['PATH']}"
    folder = DEPLOY / "ansible"
    run(TOOLS / "ansible-lint", "--offline", "--strict", cwd=folder, PATH=path)
    with tempfile.TemporaryDirectory() as work:
        bundle = Path(work) / "backstride-9-aarch64.tar.gz"
        (Path(work) / "backstride-9").mkdir()
        (Path(work) / "backstride-9" / "VERSION").write_text("9\n")
        run("tar", "-C", work, "-czf", bundle, "backstride-9")
        local = "{ansible_connection: local, ansible_python_interpreter: '{{ ansible_playbook_python }}'}"
        inventory = Path(work) / "inventory.yml"
        inventory.write_text(
            f"all:\n  children:\n    hub: {{hosts: {{localhost: {local}}}}}\n    units:\n"
            f"      vars: {{backstride_unit_bundle: {bundle}}}\n      hosts: {{unit-01: {local}}}\n"
        )
        run(
            TOOLS / "ansible-playbook",
            "-i",
            inventory,
            "units.yml",
            "--check",
            "-e",
            "ansible_become=false",
            cwd=folder,
            PATH=path,
        )


def policy() -> None:
    """The D-Bus policy is XML, and names one user and nothing but sending to BlueZ."""
    root = ElementTree.parse(DEPLOY / "raspberry-pi" / "org.backstride.unit.conf").getroot()
    rules = [(p.get("user"), rule.tag, rule.get("send_destination")) for p in root for rule in p]
    if not rules or set(rules) != {("backstride-unit", "allow", "org.bluez")}:
        raise SystemExit(f"FAILED: D-Bus policy: {rules}")


def main() -> int:
    for check in (units, scripts, compose, ansible, policy):
        print(f"== {check.__name__}: {(check.__doc__ or '').splitlines()[0]}", flush=True)
        check()
    return 0


if __name__ == "__main__":
    sys.exit(main())
