"""`make bluez-test`: our adapters over a real Linux Bluetooth stack, a clicker made by the kernel's uinput, and the
kernel's watchdog as an install sets it, in a throw-away virtual machine.

The machine is Debian's kernel (which has `hci_vhci`; the host's need not) under QEMU's software emulation, so it needs
neither KVM nor root. Its clock goes by the instructions that it has carried out, one a nanosecond while it works and as
the host's while it idles: it is as quick as a Raspberry Pi to whoever asks its clock, however slow or busy the host is,
and so bounds in seconds mean what they mean on a Pi. It has no disk image: its /usr, Python and this repository are the
host's own, read only over 9p. Last nobody feeds its watchdog any more, and it must reset. Ends with 0 if everything
was shown.
"""

import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KERNEL = ROOT / "build" / "bluez-kernel"
MODULES = (
    "virtio_pci",
    "9pnet_virtio",
    "9p",
    "cmac",
    "algif_hash",
    "algif_skcipher",
    "hci_vhci",
    "evdev",
    "uinput",
    "softdog",
)
WATCHDOG = ROOT / "deploy" / "raspberry-pi" / "watchdog.conf"
TOO_LONG_S = 900
"""Of the host's clock: only ends a machine that hangs."""

FOLDERS = ("bin", "dev", "proc", "sys", "run", "tmp", "var", "modules", "usr", "etc/bluetooth", "root")
FILES = {
    # Mosquitto leaves root for a user of its own; without `nobody` it would not start.
    "etc/passwd": "root:x:0:0:root:/:/bin/sh\nmosquitto:x:1:1::/:/bin/sh\nnobody:x:2:2::/:/bin/sh\n",
    "etc/group": "root:x:0:\nmosquitto:x:1:\nnogroup:x:2:\n",
    "etc/bluetooth/main.conf": "[Policy]\nAutoEnable=true\n",
    "etc/dbus.conf": """\
<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/>
<allow send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true" send_type="method_return"/><allow send_requested_reply="true" send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="method_return"/>
<allow receive_type="error"/><allow receive_type="signal"/></policy></busconfig>
""",
}


def said(*command: str | Path, cwd: Path | None = None) -> str:
    """What a command prints. Raises CalledProcessError."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=cwd).stdout


def fetch_kernel() -> str:
    """Unpack (not install) the kernel package of this Debian into `build/`, once; returns its version."""
    depends = said("apt-cache", "depends", "linux-image-amd64").split()
    package = next(
        word for word in depends if word.startswith("linux-image-") and word != "linux-image-amd64"
    )
    version = package.removeprefix("linux-image-")
    if not (KERNEL / version / ".ready").exists():
        print(f"== unpacking {package} into build/ (once; 70 MB)", flush=True)
        shutil.rmtree(KERNEL, ignore_errors=True)
        (KERNEL / version).mkdir(parents=True)
        with tempfile.TemporaryDirectory() as downloads:
            said("apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", package, cwd=Path(downloads))
            (archive,) = Path(downloads).glob("*.deb")
            said("dpkg-deb", "-x", archive, KERNEL / version)
        said("/sbin/depmod", "-b", KERNEL / version, version)
        (KERNEL / version / ".ready").touch()
    return version


def modules(version: str) -> list[Path]:
    """Files of the modules needed and of those they need, in order of loading."""
    files: dict[Path, None] = {}
    for module in MODULES:
        lines = said("/sbin/modprobe", "-d", KERNEL / version, "-S", version, "--show-depends", module)
        files |= dict.fromkeys(
            Path(line.split()[1]) for line in lines.splitlines() if line.startswith("insmod")
        )
    return list(files)


def shares() -> list[Path]:
    """Folders of the host that the guest sees at the same place."""
    wanted = (Path("/usr"), Path(sys.base_prefix).resolve(), ROOT)
    return [path for path in wanted if path == Path("/usr") or not path.is_relative_to("/usr")]


def write_initramfs(archive: Path, version: str, shared: Iterable[Path]) -> None:
    """The guest's root: busybox, the modules, and what `guest_init.sh` reads."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        for folder in FOLDERS:
            (root / folder).mkdir(parents=True)
        shutil.copy(shutil.which("busybox") or "/bin/busybox", root / "bin" / "busybox")
        shutil.copy(HERE / "guest_init.sh", root / "init")
        (root / "init").chmod(0o755)
        needed = modules(version)
        for file in needed:
            shutil.copy(file, root / "modules")
        (root / "modules" / "order").write_text("\n".join(file.name for file in needed) + "\n")
        lines = [f"share{index} {path}\n" for index, path in enumerate(shared)]
        (root / "etc" / "shares").write_text("".join(lines))
        (seconds,) = re.findall(r"^RuntimeWatchdogSec=(\d+)$", WATCHDOG.read_text(), re.MULTILINE)
        (root / "etc" / "watchdog_s").write_text(seconds)
        check = f"cd {ROOT}\nexport PYTHONPATH=tests/support\nexec .venv/bin/python -u tests/bluez/check_unit.py\n"
        (root / "etc" / "check").write_text(check)
        for name, text in FILES.items():
            (root / name).write_text(text)
        names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
        packed = subprocess.run(
            ("cpio", "-o", "-H", "newc", "--quiet"),
            input=names.encode(),
            cwd=root,
            check=True,
            capture_output=True,
        )
        archive.write_bytes(gzip.compress(packed.stdout, 1))


def run(version: str, initramfs: Path, shared: Iterable[Path]) -> bool:
    """Boot, pass the guest's output on, and return whether its check ended with 0."""
    command = [
        "qemu-system-x86_64", "-accel", "tcg,thread=single", "-icount", "shift=0,sleep=on", "-cpu", "max", "-m", "1024",
        "-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio",
        "-kernel", str(KERNEL / version / "boot" / f"vmlinuz-{version}"), "-initrd", str(initramfs),
        "-append", "console=ttyS0 panic=-1 quiet mitigations=off nokaslr tsc=reliable",
    ]  # fmt: skip
    for index, path in enumerate(shared):
        share = f"local,path={path},mount_tag=share{index},security_model=none,readonly=on,multidevs=remap"
        command += ["-virtfs", share]
    passed = reset = False
    guest = subprocess.Popen(
        ("timeout", "--foreground", str(TOO_LONG_S), *command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        text=True, errors="replace", bufsize=1,
    )  # fmt: skip
    try:
        for line in guest.stdout or ():
            print(line.rstrip(), flush=True)
            passed |= line.startswith("[vm] exit status 0")
            reset |= "softdog: Initiating system reboot" in line
    finally:
        guest.terminate()
        guest.wait()
    return passed and reset


def main() -> int:
    """Exit code 0 if everything was shown."""
    if os.uname().machine != "x86_64":
        print(
            "the virtual machine borrows this machine's /usr, so it needs Debian on x86-64; nothing was shown"
        )
        return 2
    began = time.monotonic()
    version = fetch_kernel()
    shared = shares()
    with tempfile.NamedTemporaryFile(suffix=".cpio.gz") as initramfs:
        write_initramfs(Path(initramfs.name), version, shared)
        passed = run(version, Path(initramfs.name), shared)
    verdict = "passed" if passed else "FAILED"
    print(f"== Bluetooth through BlueZ: {verdict} after {time.monotonic() - began:.0f} s")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
