"""A machine under QEMU with a disk image, a console that is watched, and a network on which only this machine is."""

import re
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import AF_UNIX, socket

MEMORY_MB = 1024
"""Of the smallest Pi that Raspberry Pi OS (64 bit) is at ease on."""

SHOWN_LINES = 40
WITH_US = ("setpriv", "--pdeathsig", "KILL")
"""Words before a command that ends when this program does, however."""

POWER_OFF_MAX_S = 90.0
CLOCK_BEHIND = "2025-01-01T00:00:00"
"""A Pi's clock at its first start is that of its image."""

COMMAND_LINE = (
    "root=LABEL=rootfs rw console=ttyS0 quiet net.ifnames=0 panic=-1 mitigations=off apparmor=0 audit=0 "
    "systemd.journald.forward_to_console=1 systemd.journald.max_level_console=info systemd.show_status=0"
)
CPU = "Nehalem"
"""Without what newer ones have, of which an emulator makes a lot of work."""


@dataclass
class EmulatedMachine:
    """One that runs; `lines` of its console, each with its second since the start."""

    process: subprocess.Popen[str]
    monitor: Path
    began: float
    lines: list[tuple[float, str]] = field(default_factory=list)

    def seen(self, pattern: str) -> float | None:
        """When the console first said something like it, seconds since the start."""
        wanted = re.compile(pattern)
        return next((at_s for at_s, line in self.lines if wanted.search(line)), None)

    def until(self, pattern: str, what: str, limit_s: float) -> float:
        """Wait for it. SystemExit with the console's last lines after `limit_s`, or when the machine has ended."""
        end = time.monotonic() + limit_s
        while (at_s := self.seen(pattern)) is None:
            if self.process.poll() is not None:
                raise SystemExit(f"FAILED: the machine ended before this: {what}\n{self.tail()}")
            if time.monotonic() > end:
                raise SystemExit(f"FAILED: not within {limit_s:.0f} s: {what}\n{self.tail()}")
            time.sleep(0.2)
        return at_s

    def tail(self) -> str:
        """The console's last lines."""
        return "\n".join(f"{at_s:7.1f} {line}" for at_s, line in self.lines[-SHOWN_LINES:])

    def power_off(self) -> None:
        """Press the power button, and wait until it is off. SystemExit if it does not end."""
        with socket(AF_UNIX) as line:
            line.connect(str(self.monitor))
            line.sendall(b"system_powerdown\n")
            try:
                self.process.wait(POWER_OFF_MAX_S)
            except subprocess.TimeoutExpired:
                raise SystemExit(f"FAILED: it does not switch itself off\n{self.tail()}") from None


@contextmanager
def emulated(
    image: Path, kernel: tuple[Path, Path], folder: Path, within: Sequence[str]
) -> Iterator[EmulatedMachine]:
    """Switch it on. `within`: words before QEMU's own, such as those that enter a network; `folder`: for its sockets,
    `radio` is its second serial line. Its console is kept in `folder`/console.log. It is off after this."""
    monitor, radio = folder / "monitor", folder / "radio"
    command = [
        *within, *WITH_US, "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-smp", "2", "-cpu", CPU, "-m", str(MEMORY_MB),
        "-nodefaults", "-no-reboot", "-display", "none", "-rtc", f"base={CLOCK_BEHIND}",
        "-serial", "stdio", "-serial", f"unix:{radio},server=on,wait=off",
        "-monitor", f"unix:{monitor},server=on,wait=off",
        "-drive", f"file={image},if=virtio,format=raw,cache=unsafe", "-device", "virtio-rng-pci",
        "-netdev", "user,id=lan", "-device", "virtio-net-pci,netdev=lan",
        "-kernel", str(kernel[0]), "-initrd", str(kernel[1]), "-append", COMMAND_LINE,
    ]  # fmt: skip
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", bufsize=1,
    )  # fmt: skip
    made = EmulatedMachine(process, monitor, time.monotonic())
    watching = threading.Thread(target=_watch, args=(made, folder / "console.log"))
    watching.start()
    try:
        yield made
    finally:
        process.kill()
        process.wait()
        watching.join()


def _watch(machine: EmulatedMachine, log: Path) -> None:
    with log.open("w", buffering=1) as kept:
        for line in machine.process.stdout or ():
            at_s = time.monotonic() - machine.began
            machine.lines.append((at_s, line.rstrip()))
            kept.write(f"{at_s:7.1f} {line}")
