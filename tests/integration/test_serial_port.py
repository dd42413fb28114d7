"""The port itself, on a pseudo-terminal of the kernel: raw, ours alone, quick, and gone at once when it is pulled."""

import asyncio
import os
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from device_adapters.clock import SystemClock
from device_adapters.codecs import uuids
from device_adapters.codecs.ftms import control_point, treadmill_data
from device_adapters.errors import LinkError
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Arrangement
from device_adapters.serial.link import SerialLink
from device_adapters.serial.makes import make_of
from device_adapters.serial.port import is_virtual, open_port
from device_adapters.sim.serial_line import PtyLine, SerialLine
from device_adapters.sim.woodway import Woodway

WAIT_S = 10


class End:
    """What a port told."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.why = ""
        self.happened = asyncio.Event()

    def hear(self, data: bytes) -> None:
        self.heard += data
        self.happened.set()

    def end(self, why: str) -> None:
        self.why = why
        self.happened.set()

    async def next(self) -> None:
        async with asyncio.timeout(WAIT_S):
            await self.happened.wait()
        self.happened.clear()


def cable(folder: Path) -> PtyLine:
    line = PtyLine(SerialLine(Woodway(), SystemClock()), folder / "usb-FTDI")
    line.reappear()
    return line


async def test_a_cooked_terminal_is_raw_and_ours_alone_once_it_is_open(tmp_path: Path) -> None:
    line, end = cable(tmp_path), End()
    path = str(tmp_path / "usb-FTDI")
    cooked = os.open(path, os.O_RDWR | os.O_NOCTTY)
    mode = termios.tcgetattr(cooked)
    mode[3] = termios.ECHO | termios.ICANON
    termios.tcsetattr(cooked, termios.TCSANOW, mode)
    port = await open_port(path, 4800, end.hear, end.end)
    iflag, oflag, cflag, lflag, ispeed, ospeed, _ = termios.tcgetattr(cooked)
    assert (iflag, oflag, lflag, ispeed, ospeed) == (0, 0, 0, termios.B4800, termios.B4800)
    assert cflag & (termios.CS8 | termios.CREAD | termios.CLOCAL | termios.PARENB) == (
        termios.CS8 | termios.CREAD | termios.CLOCAL
    )
    assert port.kind == "virtual:pty"
    with pytest.raises(LinkError, match="another program"):
        await open_port(path, 4800, end.hear, end.end)
    code = (
        "import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    )
    other = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code, path], capture_output=True, check=False
    )
    assert other.returncode != 0
    port.close()
    os.close(cooked)
    (await open_port(path, 4800, end.hear, end.end)).close()
    line.vanish()


async def test_what_is_asked_is_answered_and_nothing_comes_back_by_itself(tmp_path: Path) -> None:
    line, end = cable(tmp_path), End()
    port = await open_port(str(tmp_path / "usb-FTDI"), 4800, end.hear, end.end)
    port.write(b"\xc1")
    await end.next()
    assert bytes(end.heard) == b"\xd10000"
    assert bytes(line.line.sent) == b"\xc1"
    port.close()
    port.write(b"\xc1")
    assert bytes(line.line.sent) == b"\xc1"
    line.vanish()


async def test_an_adapter_that_is_pulled_is_seen_at_once(tmp_path: Path) -> None:
    line, end = cable(tmp_path), End()
    port = await open_port(str(tmp_path / "usb-FTDI"), 4800, end.hear, end.end)
    line.vanish()
    await end.next()
    assert end.why
    port.write(b"\xaa")
    with pytest.raises(LinkError, match="plugged in"):
        await open_port(str(tmp_path / "usb-FTDI"), 4800, end.hear, end.end)


async def test_what_waited_in_the_line_before_it_was_opened_is_not_heard(tmp_path: Path) -> None:
    line, end = cable(tmp_path), End()
    other = os.open(tmp_path / "usb-FTDI", os.O_RDWR | os.O_NOCTTY)
    os.write(other, b"\xc1")
    await asyncio.sleep(0.2)
    port = await open_port(str(tmp_path / "usb-FTDI"), 4800, end.hear, end.end)
    await asyncio.sleep(0.2)
    assert bytes(end.heard) == b""
    port.close()
    os.close(other)
    line.vanish()


async def test_a_line_that_takes_no_more_has_ended(tmp_path: Path) -> None:
    end = End()
    host, unit = os.openpty()
    port = await open_port(os.ttyname(unit), 4800, end.hear, end.end)
    for _ in range(20_000):
        port.write(b"\xaa" * 5)
        if end.why:
            break
    assert end.why.startswith("writing")
    os.close(host)
    os.close(unit)


def test_no_real_port_is_virtual() -> None:
    assert is_virtual("/dev/pts/3")
    assert not is_virtual("/dev/ttyUSB0")


async def test_a_link_starts_and_stops_a_belt_over_the_kernel_s_own_terminal(tmp_path: Path) -> None:
    line, fears = cable(tmp_path), list[tuple[Cause, str]]()
    told, answers = list[int](), list[int]()
    make = make_of("woodway", Arrangement.BELT_REVERSED)
    link = SerialLink(make, SystemClock(), lambda cause, why: fears.append((cause, why)))
    await link.open(str(tmp_path / "usb-FTDI"), open_port)
    await link.subscribe(
        uuids.TREADMILL_DATA, lambda data: told.append(treadmill_data.decode(data).speed_ckmh or 0)
    )
    await link.subscribe(uuids.FITNESS_MACHINE_CONTROL_POINT, lambda data: answers.append(data[1]))
    assert await link.read(uuids.FIRMWARE_REVISION) == b"2.14"

    async def until(done: int, most_ckmh: int = 10_000, least_ckmh: int = 0) -> None:
        end_s = time.monotonic() + WAIT_S
        while len(answers) < done or not told or not least_ckmh <= told[-1] <= most_ckmh:
            assert time.monotonic() < end_s, (answers, told[-3:], fears)
            link.judged()
            await asyncio.sleep(0.1)

    await link.write(uuids.FITNESS_MACHINE_CONTROL_POINT, control_point.start_or_resume())
    await link.write(uuids.FITNESS_MACHINE_CONTROL_POINT, control_point.set_target_speed(100))
    await until(2, least_ckmh=90)
    assert line.line.machine.belt.signed_ckmh < -90
    await link.write(uuids.FITNESS_MACHINE_CONTROL_POINT, control_point.stop())
    await until(3, most_ckmh=0)
    assert (answers, fears) == ([7, 2, 8], [])
    link.close()
    line.vanish()
