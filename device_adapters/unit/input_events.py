"""Linux's input devices (include/uapi/linux/input.h): which there are, to have one alone, what is pressed on it."""

import fcntl
import os
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

LIST = Path("/proc/bus/input/devices")
NODES = Path("/dev/input")
POWER = Path("/sys/class/power_supply")
EVENT = struct.Struct("@llHHi")
READ_BYTES = EVENT.size * 64
EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
DOWN, UP = 1, 0
GRAB = 0x40044590
"""EVIOCGRAB."""

KEY_NAMES = {
    1: "esc", 28: "enter", 30: "a", 48: "b", 52: "period", 57: "space", 63: "F5", 103: "up", 104: "page up",
    105: "left", 106: "right", 108: "down", 109: "page down", 113: "mute", 114: "volume down", 115: "volume up",
    116: "power", 158: "back", 163: "next", 164: "play or pause", 165: "previous", 172: "home", 212: "camera",
    272: "left mouse button", 273: "right mouse button",
}  # fmt: skip
"""What is printed on the keys of clickers, by their numbers."""


@dataclass(frozen=True, slots=True)
class InputDevice:
    """One that Linux lists. `unique`: its Bluetooth address, empty for most others; `node`: its name in /dev/input;
    `socket`: where it is plugged in.
    """

    name: str
    unique: str
    node: str
    socket: str = ""

    @property
    def body(self) -> str:
        """The same for all that Linux makes of one thing in a hand."""
        return self.unique.casefold() or self.socket

    def is_called(self, wanted: str) -> bool:
        """By name or Bluetooth address."""
        return wanted.casefold() in (self.name.casefold(), self.unique.casefold())


def all_of(devices: Sequence[InputDevice], wanted: str) -> list[InputDevice]:
    """Those that are called so, with what else Linux makes of the same things."""
    bodies = {device.body for device in devices if device.is_called(wanted)} - {""}
    return [device for device in devices if device.is_called(wanted) or device.body in bodies]


def listed(path: Path = LIST) -> list[InputDevice]:
    """Every device that tells of keys; none where there is no list."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [device for block in text.split("\n\n") if (device := _device(block)) is not None]


def _device(block: str) -> InputDevice | None:
    name = re.search(r'^N: Name="(.*)"$', block, re.MULTILINE)
    unique = re.search(r"^U: Uniq=(.*)$", block, re.MULTILINE)
    socket = re.search(r"^P: Phys=(.*?)(?:/input\d+)?$", block, re.MULTILINE)
    node = re.search(r"^H: Handlers=.*\b(event\d+)\b", block, re.MULTILINE)
    if name is None or node is None or not re.search(r"^B: KEY=", block, re.MULTILINE):
        return None
    return InputDevice(
        name[1].strip(), unique[1].strip() if unique else "", node[1], socket[1] if socket else ""
    )


def battery_pct(unique: str, power: Path = POWER) -> int | None:
    """The charge that a Bluetooth device tells Linux, in percent; None where it tells none."""
    try:
        return int((power / f"hid-{unique.lower()}-battery" / "capacity").read_text())
    except (OSError, ValueError):
        return None


def grab(fd: int) -> None:
    """Be told alone of what is pressed on it: no login prompt gets it as well. OSError where another has it."""
    fcntl.ioctl(fd, GRAB, 1)


def opened(node: Path, take: Callable[[int], None] = grab) -> int:
    """A descriptor of the node, that nobody else hears. OSError where it cannot be had."""
    fd = os.open(node, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        take(fd)
    except OSError:
        os.close(fd)
        raise
    return fd


def pressed(data: bytes) -> list[int]:
    """The numbers of the keys that went down; 0 where the kernel had to drop events, so that one may be missing."""
    return [key for key, down in changes(data) if down]


def changes(data: bytes) -> list[tuple[int, bool]]:
    """The numbers of the keys that went down (True) or up, in order; 0 goes down where the kernel dropped events."""
    found = []
    for _s, _us, kind, code, value in EVENT.iter_unpack(data[: len(data) // EVENT.size * EVENT.size]):
        if kind == EV_KEY and value in (DOWN, UP):
            found.append((code, value == DOWN))
        elif kind == EV_SYN and code == SYN_DROPPED:
            found.append((0, True))
    return found
