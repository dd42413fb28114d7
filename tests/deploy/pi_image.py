"""A card as Raspberry Pi OS (64 bit, trixie) has it, for an emulated machine: a boot partition of FAT with cloud-init's
files, and a root file system.

It is Debian trixie, of which Raspberry Pi OS is made, for amd64, of which this machine can run the bootstrap. What
Raspberry Pi OS adds is put in: where cloud-init's seed is, that it waits for the boot partition, and netplan's renderer.
Nothing of ours is in it: that comes by the card's files. Of what the installer asks of Debian, BlueZ is left out.
"""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from chroot import mirror
from debian_mirror import index

PACKAGES = (
    "ca-certificates", "cloud-init", "curl", "dbus", "e2fsprogs", "fdisk", "initramfs-tools", "iproute2", "kmod", "linux-image-amd64",
    "netplan.io", "network-manager", "openssh-server", "openssl", "procps", "python3", "sudo", "systemd",
    "systemd-sysv", "systemd-timesyncd", "udev", "wpasupplicant",
)  # fmt: skip
FROM_MIRROR = ("bluez", "dbus", "ca-certificates", "python3", "python3-venv")
"""What `deploy/raspberry-pi/install.sh` asks of Debian."""

MIRROR_PORT = 8098
HUB = "10.0.2.2"
"""The machine that runs QEMU, as its user network shows it to the guest."""

BOOT_MB, ROOT_MB = 128, 3072
FILES = {
    # Raspberry Pi OS: the seed is in the boot partition, which is waited for.
    "etc/cloud/cloud.cfg.d/99_raspberry-pi.cfg": """\
datasource_list: [ NoCloud, None ]
datasource:
  NoCloud:
    seedfrom: file:///boot/firmware
""",
    "etc/systemd/system/cloud-init-main.service.d/boot-firmware.conf": (
        "[Unit]\nRequiresMountsFor=/boot/firmware\n"
    ),
    "etc/fstab": "LABEL=rootfs / ext4 defaults,noatime 0 1\nLABEL=bootfs /boot/firmware vfat defaults 0 2\n",
    "usr/lib/netplan/00-network-manager-all.yaml": "network:\n  version: 2\n  renderer: NetworkManager\n",
    # This place: its own mirror of Debian's packages and its own clock, and a radio on the second serial line.
    "etc/apt/sources.list": f"deb [trusted=yes] http://{HUB}:{MIRROR_PORT}/ ./\n",
    "etc/systemd/timesyncd.conf.d/place.conf": f"[Time]\nNTP={HUB}\nFallbackNTP=\n",
    "etc/systemd/system/radio.service": """\
[Unit]
Description=The Bluetooth controller on the second serial line, as a Pi's own is on one
[Service]
ExecStart=/usr/bin/btattach -P h4 -S 115200 -B /dev/ttyS1
Restart=always
RestartSec=1
""",
    "etc/systemd/system/radio.path": """\
[Unit]
Description=BlueZ, which speaks to that controller, is there
[Path]
PathExists=/usr/bin/btattach
[Install]
WantedBy=multi-user.target
""",
    "etc/hostname": "raspberrypi\n",
    "etc/machine-id": "",
}


def make_base(base: Path) -> None:
    """Bootstrap it, and fetch what the installer will ask a mirror for, once; some minutes."""
    if (base / ".complete").exists():
        return
    _, address = mirror()
    print(f"== Debian trixie as Raspberry Pi OS has it, in {base}", flush=True)
    subprocess.run(["rm", "-rf", str(base)], check=True)
    base.parent.mkdir(parents=True, exist_ok=True)
    words = [
        "debootstrap",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        "trixie",
        str(base),
        address,
    ]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    _furnish(base)
    (base / ".complete").touch()


def _furnish(base: Path) -> None:
    """What Raspberry Pi OS and this place add; and the mirror's packages, in a folder beside it."""
    fetch = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "--download-only", *FROM_MIRROR]
    subprocess.run(["chroot", str(base), "apt-get", "clean"], check=True)
    subprocess.run(["chroot", str(base), *fetch], check=True, stdout=subprocess.DEVNULL)
    packages = base.with_name(f"{base.name}-mirror")
    shutil.rmtree(packages, ignore_errors=True)
    packages.mkdir()
    for package in (base / "var/cache/apt/archives").glob("*.deb"):
        shutil.move(package, packages)
    index(packages)
    for name, text in FILES.items():
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_text(text)
    (base / "boot/firmware").mkdir(exist_ok=True)
    shutil.rmtree(base / "var/lib/apt/lists")
    for verb, unit in (("enable", "radio.path"), ("disable", "systemd-networkd.service")):
        words = ["chroot", str(base), "systemctl", verb, unit]
        subprocess.run(words, check=True, capture_output=True)


def write_card(base: Path, image: Path, boot: Mapping[str, Path]) -> None:
    """A card with two partitions, as an imager writes it; `boot`: name → file of the boot partition."""
    parts = {name: image.with_suffix(f".{name}") for name in ("boot", "root")}
    for part, size_mb in ((parts["boot"], BOOT_MB), (parts["root"], ROOT_MB)):
        part.unlink(missing_ok=True)
        with part.open("wb") as file:
            file.truncate(size_mb << 20)
    subprocess.run(["/sbin/mkfs.vfat", "-n", "bootfs", parts["boot"]], check=True, capture_output=True)
    for name, source in boot.items():
        subprocess.run(["mcopy", "-i", parts["boot"], source, f"::{name}"], check=True)
    subprocess.run(["/sbin/mkfs.ext4", "-q", "-L", "rootfs", "-d", base, parts["root"]], check=True)
    table = f"label: dos\nstart=1MiB, size={BOOT_MB}MiB, type=c\nstart={BOOT_MB + 1}MiB, type=83\n"
    with image.open("wb") as whole:
        whole.truncate((BOOT_MB + ROOT_MB + 1) << 20)
    subprocess.run(["/sbin/sfdisk", "-q", image], input=table.encode(), check=True)
    for part, at_mb in ((parts["boot"], 1), (parts["root"], BOOT_MB + 1)):
        words = [f"if={part}", f"of={image}", "bs=1M", f"seek={at_mb}", "conv=notrunc,sparse", "status=none"]
        subprocess.run(["dd", *words], check=True)
        part.unlink()


def kernel(base: Path) -> tuple[Path, Path]:
    """Kernel and initial memory disk: a Pi's firmware loads them from the boot partition, QEMU by itself."""
    (linux,) = (base / "boot").glob("vmlinuz-*")
    return linux, linux.with_name(linux.name.replace("vmlinuz", "initrd.img"))
