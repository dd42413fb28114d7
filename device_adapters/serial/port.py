"""A serial port, raw and without echo from its first instant, that nobody else may open meanwhile.

An echo can run a belt: some machines take their own bytes that come back for a test plug. One write at a time, of a
few bytes; what comes is handed on as it comes. A port that hangs up (its USB adapter was pulled) has ended at once;
a broken cable is mere silence. What its driver may hang in is done apart (serial/driver.py).
"""

import asyncio
import fcntl
import os
import termios
from collections.abc import Awaitable, Callable
from typing import Protocol

from device_adapters.errors import LinkError
from device_adapters.serial import driver

READ_MAX = 256
IFLAG, OFLAG, CFLAG, LFLAG, ISPEED, OSPEED, CC = range(7)


class Line(Protocol):
    """An open line: what is written to it, and what it hears."""

    kind: str

    def write(self, data: bytes) -> None:
        """Send these few bytes now."""
        ...

    def close(self) -> None:
        """Nothing is heard or sent any more."""
        ...


Heard = Callable[[bytes], None]
Ended = Callable[[str], None]
OpenLine = Callable[[str, int, Heard, Ended], Awaitable[Line]]
"""Opens a path at a rate of bits per second; `ended` hears why the line is gone. Raises LinkError."""


class Port:
    """An open port. `kind`: "serial", or "virtual:pty" for a pseudo-terminal, which no real machine is on."""

    def __init__(self, path: str, file: int, heard: Heard, ended: Ended) -> None:
        self.kind = "virtual:pty" if is_virtual(path) else "serial"
        self._path = path
        self._file = file
        self._heard = heard
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._file, self._read)
        self._open = True

    def write(self, data: bytes) -> None:
        """Send these few bytes. A line that does not take them has ended."""
        if not self._open:
            return
        try:
            sent = os.write(self._file, data)
        except OSError as e:
            self._end(f"writing: {e.strerror}")
            return
        if sent < len(data):
            self._end("writing: the line takes no more")

    def close(self) -> None:
        """Let go of the port, once."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._file)
            driver.closed(self._path, self._file)

    def _read(self) -> None:
        try:
            data = os.read(self._file, READ_MAX)
        except BlockingIOError:
            return
        except OSError as e:
            self._end(f"reading: {e.strerror}")
            return
        if data:
            self._heard(data)
        else:
            self._end("hung up")

    def _end(self, why: str) -> None:
        self.close()
        self._ended(why)


async def open_port(path: str, bits_per_s: int, heard: Heard, ended: Ended) -> Port:
    """The port at this path, raw and ours alone. LinkError if it does not open, or another program holds it."""
    return Port(path, await driver.opened(path, lambda: _opened(path, bits_per_s)), heard, ended)


def is_virtual(path: str) -> bool:
    """Is this a pseudo-terminal? No real machine is on one."""
    return os.path.realpath(path).startswith("/dev/pts/")


def _opened(path: str, bits_per_s: int) -> int:
    try:
        file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as e:
        raise LinkError(f"{path}: {e.strerror}; is its adapter plugged in?") from e
    try:
        _raw(file, bits_per_s)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.ioctl(file, termios.TIOCEXCL)
        termios.tcflush(file, termios.TCIOFLUSH)
    except (OSError, termios.error) as e:
        os.close(file)
        raise LinkError(f"{path}: {e}; does another program hold it?") from e
    return file


def _raw(file: int, bits_per_s: int) -> None:
    """8 data bits, no parity, 1 stop bit, no echo, no control characters, no modem lines."""
    rate = getattr(termios, f"B{bits_per_s}")
    mode = termios.tcgetattr(file)
    mode[IFLAG] = mode[OFLAG] = mode[LFLAG] = 0
    mode[CFLAG] = termios.CS8 | termios.CREAD | termios.CLOCAL
    mode[ISPEED] = mode[OSPEED] = rate
    mode[CC][termios.VMIN], mode[CC][termios.VTIME] = 1, 0
    termios.tcsetattr(file, termios.TCSANOW, mode)
