"""A bare Debian in a folder: namespaces of its own for processes, mounts and the network, and nothing of ours.

Python is there from the start, for the little systemd; everything else comes by our installers.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = ("python3", "python3-venv", "mosquitto", "bluez", "dbus", "ca-certificates", "openssl")
HERE = Path(__file__).parent
SQLITE = "#!/bin/sh\n" + (
    "exec python3 -c 'import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])' \"$@\""
    + "\n"
)
INIT = """
set -e
mount --make-rprivate /
mount -t proc proc {root}/proc
mount --bind /dev {root}/dev
mount -t tmpfs tmpfs {root}/run
mount -t tmpfs tmpfs {root}/tmp
ip link set lo up 2>/dev/null || python3 - <<'LO'
import fcntl, socket, struct
with socket.socket() as s:
    fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))
LO
exec chroot {root} /usr/bin/python3 /opt/little-systemd/little_systemd.py
"""


def mirror() -> tuple[str, str]:
    """(release, address) that this machine's own apt uses."""
    query = ["apt-get", "indextargets", "--format", "$(CODENAME) $(SITE) $(BASE_URI)", "Created-By: Packages"]
    for line in subprocess.run(query, check=True, capture_output=True, text=True).stdout.splitlines():
        release, _, base = line.split(" ")
        if "/dists/" in base and "-" not in release:
            return release, base.partition("dists/")[0]
    raise SystemExit("apt on this machine names no Debian mirror")


def make_base(base: Path) -> None:
    """Bootstrap Debian with the packages fetched that our installers will ask for, once; about a minute."""
    if (base / ".complete").exists():
        return
    release, address = mirror()
    print(f"== a bare Debian {release} in {base}", flush=True)
    subprocess.run(["rm", "-rf", str(base)], check=True)
    base.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["debootstrap", "--variant=minbase", "--include=ca-certificates,python3", release, str(base), address],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    # Fetched, not installed: the test itself has no network, so whatever it takes from elsewhere would fail.
    fetch = [
        "chroot",
        str(base),
        "apt-get",
        "install",
        "-y",
        "-q",
        "--no-install-recommends",
        "--download-only",
    ]
    subprocess.run([*fetch, *PACKAGES], check=True, stdout=subprocess.DEVNULL)
    (base / ".complete").touch()


class DebianMachine:
    """A copy of the bare Debian, running."""

    def __init__(self, root: Path, pid: int) -> None:
        self.root = root
        self._pid = pid

    @property
    def network(self) -> Path:
        """Its network as the kernel names it."""
        return Path(f"/proc/{self._pid}/ns/net")

    def run(self, command: str, *, check: bool = True, user: str = "root", quiet: bool = True) -> str:
        """A shell command in there; its output. SystemExit with everything it said if it fails."""
        enter = ["nsenter", "-t", str(self._pid), "-m", "-p", "-n", "-u", "-r", "-w"]
        env = ["env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/root", "LANG=C.UTF-8"]
        who = [] if user == "root" else ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        done = subprocess.run(
            [*enter, *env, *who, "bash", "-c", command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise SystemExit(f"FAILED ({done.returncode}): {command}\n{done.stdout}\n{self.logs()}")
        if not quiet:
            print(done.stdout, end="", flush=True)
        return done.stdout if done.returncode == 0 or check else f"{done.stdout}\nexit code {done.returncode}"

    def ok(self, command: str, *, user: str = "root") -> bool:
        """Does it succeed?"""
        return "exit code" not in self.run(f"{command} >/dev/null 2>&1 && echo fine", check=False, user=user)

    def until(self, command: str, what: str, limit_s: float = 60.0) -> float:
        """Wait until it succeeds; how many seconds that took."""
        began = time.monotonic()
        while not self.ok(command):
            if time.monotonic() - began > limit_s:
                raise SystemExit(f"FAILED: not within {limit_s:.0f} s: {what}\n{self.logs()}")
            time.sleep(0.2)
        return time.monotonic() - began

    def logs(self) -> str:
        """The last lines of every service."""
        return self.run("tail -n 12 /var/log/little-systemd/* 2>/dev/null", check=False)

    def files(self) -> set[str]:
        """Every path, but for what every machine changes by itself."""
        out = self.run(
            "find / -xdev \\( -path /proc -o -path /dev -o -path /run -o -path /tmp \\) -prune -o -print"
        )
        return set(out.splitlines())

    def put(self, source: Path, place: str) -> None:
        """Copy a file or folder in."""
        target = f"{self.root}{place}"
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-r", str(source), target], check=True)


@contextmanager
def machine(base: Path, root: Path) -> Iterator[DebianMachine]:
    """Start a fresh copy with no network but loopback; everything in it ends with this."""
    subprocess.run(["rm", "-rf", str(root)], check=True)
    subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(root)], check=True)
    place = root / "opt" / "little-systemd"
    place.mkdir(parents=True)
    shutil.copy(HERE / "little_systemd.py", place)
    shim = 'exec python3 /opt/little-systemd/little_systemd.py "$@"'
    files = {
        "usr/bin/systemctl": shim,
        "usr/sbin/policy-rc.d": "exit 101",
    }
    for name, line in files.items():
        (root / name).write_text(f"#!/bin/sh\n{line}\n")
        (root / name).chmod(0o755)
    (root / "usr/bin/sqlite").write_text(SQLITE)
    (root / "usr/bin/sqlite").chmod(0o755)
    (root / "etc" / "hosts").write_text("127.0.0.1 localhost\n")
    command = [
        "unshare",
        "--mount",
        "--pid",
        "--net",
        "--uts",
        "--fork",
        "--kill-child",
        "bash",
        "-c",
        INIT.format(root=root),
    ]
    holder = subprocess.Popen(command)
    try:
        yield DebianMachine(root, _inside(holder))
    finally:
        holder.kill()  # unshare heeds nothing less; its children end with it
        holder.wait()
        subprocess.run(["rm", "-rf", str(root)], check=False)


def _inside(holder: subprocess.Popen[bytes]) -> int:
    """The host's number of the first process of the new namespaces, once it serves."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if holder.poll() is not None:
            raise SystemExit(
                "this machine allows no namespaces or chroot (unshare failed): run it as root on a real one"
            )
        pids = [int(pid) for pid in _children(holder.pid)]
        while pids and (deeper := _children(pids[0])) and _name(pids[0]) == "unshare":
            pids = deeper
        if (
            pids
            and _name(pids[0]) == "python3"
            and Path(f"/proc/{pids[0]}/root/run/little-systemd.sock").exists()
        ):
            return pids[0]
        time.sleep(0.1)
    raise SystemExit("the machine did not start")


def _children(pid: int) -> list[int]:
    out = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in out]


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()
