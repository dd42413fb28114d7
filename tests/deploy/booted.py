"""A Debian with its own systemd, booted in namespaces by systemd-nspawn: where units are held to what they say.

Of any release that the mirror of this machine's apt has. No network but loopback.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chroot import SQLITE, DebianMachine, mirror

PACKAGES = (
    "bluez", "ca-certificates", "dbus", "mosquitto", "openssl", "procps", "python3", "python3-venv", "restic",
    "systemd", "systemd-sysv",
)  # fmt: skip
BOOT_MAX_S = 90.0


def make_base(base: Path, release: str) -> None:
    """Bootstrap it with what our installers would fetch, once; a minute or two."""
    if (base / ".complete").exists():
        return
    _, address = mirror()
    print(f"== a Debian {release} with systemd in {base}", flush=True)
    subprocess.run(["rm", "-rf", str(base)], check=True)
    base.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", release, str(base), address],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    (base / ".complete").touch()


@contextmanager
def booted(base: Path, root: Path, neighbour: DebianMachine | None = None) -> Iterator[DebianMachine]:
    """A fresh copy that runs, on a network of its own or on its neighbour's; everything in it ends with this."""
    network = "--private-network" if neighbour is None else f"--network-namespace-path={neighbour.network}"
    subprocess.run(["rm", "-rf", str(root)], check=True)
    subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(root)], check=True)
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (root / "etc/machine-id").write_text("")
    (root / "usr/bin/sqlite").write_text(SQLITE)
    (root / "usr/bin/sqlite").chmod(0o755)
    log = root.with_name(f"{root.name}.log")
    with log.open("wb") as console:
        holder = subprocess.Popen(
            ["systemd-nspawn", "--quiet", f"--directory={root}", "--boot", network, "--register=no",
             "--keep-unit", f"--machine={root.name}", "--console=pipe"],
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            stdin=subprocess.DEVNULL, stdout=console, stderr=console,
        )  # fmt: skip
    try:
        gym = DebianMachine(root, _first_process(holder))
        gym.until("systemctl is-system-running | grep -E 'running|degraded'", "Debian boots", BOOT_MAX_S)
        yield gym
    finally:
        holder.terminate()  # it kills what is in there
        try:
            holder.wait(30)
        except subprocess.TimeoutExpired:
            holder.kill()
            holder.wait()
        subprocess.run(["rm", "-rf", str(root)], check=False)


def _first_process(holder: subprocess.Popen[bytes]) -> int:
    """The host's number of the new systemd."""
    end = time.monotonic() + BOOT_MAX_S
    while time.monotonic() < end:
        if holder.poll() is not None:
            raise SystemExit(
                "systemd-nspawn ended at once: run it as root, on a machine that allows namespaces"
            )
        for child in Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text().split():
            if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                return int(child)
        time.sleep(0.1)
    raise SystemExit("systemd did not start")
