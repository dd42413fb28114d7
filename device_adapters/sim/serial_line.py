"""The line of a virtual serial treadmill: what was ever on it, and what goes wrong with it.

`SerialLine` is the cable. In memory (`MemoryLine`) a unit's link is at its other end, with the time that bytes take at
4800 baud; over a pseudo-terminal (`PtyLine`) whatever opens one.
"""

import asyncio
import os
import pty
import termios
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from device_adapters.clock import Clock
from device_adapters.errors import LinkError
from device_adapters.serial.port import Ended, Heard
from device_adapters.sim.woodway import Woodway

BYTE_S = 10 / 4800
"""8N1: ten bits for each byte."""

ADAPTER_S = 0.004
GARBAGE = bytes((0x54, 0x1B, 0x99, 0x30, 0xFE))


class SerialLine:
    """A cable and its machine. `sent` is all that was ever written to it. `cut`: nothing passes; `deaf`: no answer
    comes back; `garbage`: before each answer; `echoes`: what is sent comes back; `doubles`: each answer comes twice.
    `late_s`: answers take so much longer. `loses`: requests by their first byte that are not heard; `instead`: what is
    answered to those in the place of the truth.
    """

    def __init__(self, machine: Woodway, clock: Clock) -> None:
        self.machine = machine
        self.sent = bytearray()
        self.loses: set[int] = set()
        self.instead: dict[int, bytes] = {}
        self.mend()
        self._clock = clock
        self._at_ms = clock.now_ms()

    def catch_up(self) -> None:
        """Bring the machine to now."""
        now_ms = self._clock.now_ms()
        dt_ms, self._at_ms = now_ms - self._at_ms, now_ms
        if dt_ms > 0:
            self.machine.step(dt_ms)

    def mend(self) -> None:
        """A whole cable again."""
        self.cut = self.deaf = self.garbage = self.echoes = self.doubles = False
        self.late_s = 0.0
        self.loses.clear()
        self.instead.clear()

    def passes(self, data: bytes) -> bytes:
        """Bytes are sent; what comes back."""
        self.sent += data
        self.catch_up()
        if self.cut or data[0] in self.loses:
            return b""
        answer = self.machine.take(data)
        answer = self.machine.said() + self.instead.get(data[0], answer)
        if self.deaf:
            return b""
        noise = GARBAGE if self.garbage else b""
        return (data if self.echoes else b"") + noise + answer * (1 + self.doubles)


class MemoryLine:
    """A unit's end of a line, in its own loop's time. `kind` as a pseudo-terminal's: no real machine is on it."""

    kind = "virtual:memory"

    def __init__(self, line: SerialLine, heard: Heard, ended: Ended) -> None:
        self._line = line
        self._heard = heard
        self._ended = ended
        self._open = True
        self._free_at = 0.0

    def write(self, data: bytes) -> None:
        """Send: it is there once all its bits are."""
        if self._open:
            self._later(len(data), lambda: self._arrived(data))

    def close(self) -> None:
        """Nothing is heard or sent any more."""
        self._open = False

    def pull(self) -> None:
        """Its adapter is pulled out."""
        if self._open:
            self._open = False
            self._ended("hung up")

    def _later(self, count: int, then: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self._free_at = max(self._free_at, loop.time()) + count * BYTE_S
        loop.call_at(self._free_at, then)

    def _arrived(self, data: bytes) -> None:
        answer = self._line.passes(data)
        if answer:
            asyncio.get_running_loop().call_later(
                len(answer) * BYTE_S + ADAPTER_S + self._line.late_s, self.hears, answer
            )

    def hears(self, data: bytes) -> None:
        """What the machine said reaches the unit."""
        if self._open and not self._line.cut:
            self._heard(data)


class MemoryPorts:
    """Lines by their paths, for units in this process; a path without one is not plugged in."""

    def __init__(self, lines: dict[str, SerialLine]) -> None:
        self.lines = lines
        self.ends: dict[str, MemoryLine] = {}
        self.unplugged: set[str] = set()

    async def open(self, path: str, bits_per_s: int, heard: Heard, ended: Ended) -> MemoryLine:
        """As `serial.port.open_port`."""
        if path not in self.lines or path in self.unplugged or bits_per_s != 4800:
            raise LinkError(f"{path}: nothing is plugged in there")
        end = self.ends[path] = MemoryLine(self.lines[path], heard, ended)
        return end

    def pull(self, path: str) -> None:
        """Pull the adapter out."""
        self.unplugged.add(path)
        self.ends[path].pull()

    def plug(self, path: str) -> None:
        """Put the adapter of this path back."""
        self.unplugged.discard(path)


class PtyLine:
    """A line on a pseudo-terminal, at the name `path` (a symbolic link to it) while it is plugged in."""

    def __init__(self, line: SerialLine, path: Path) -> None:
        self.line = line
        self._path = path
        self._ends: tuple[int, int] | None = None

    async def start(self) -> None:
        """Put the adapter in."""
        self.reappear()

    def stop(self) -> None:
        """Take the adapter away, as `vanish`."""
        self.vanish()

    def reappear(self) -> None:
        """Put the adapter in, if it is not."""
        if self._ends is not None:
            return
        host, unit = pty.openpty()
        _raw(unit)
        os.set_blocking(host, False)
        self._ends = host, unit
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        self._path.symlink_to(os.ttyname(unit))
        asyncio.get_running_loop().add_reader(host, self._read)

    def vanish(self) -> None:
        """Pull it out: whoever has it open sees it hang up."""
        if self._ends is None:
            return
        (host, unit), self._ends = self._ends, None
        asyncio.get_running_loop().remove_reader(host)
        self._path.unlink(missing_ok=True)
        os.close(host)
        os.close(unit)

    def _read(self) -> None:
        if self._ends is None:
            return
        host = self._ends[0]
        with suppress(OSError):
            answer = self.line.passes(os.read(host, 256))
            if answer:
                os.write(host, answer)


def _raw(file: int) -> None:
    """Or it would echo the machine's own answers back to it."""
    mode = termios.tcgetattr(file)
    mode[0] = mode[1] = mode[3] = 0
    termios.tcsetattr(file, termios.TCSANOW, mode)
