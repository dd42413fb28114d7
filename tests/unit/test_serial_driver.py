"""A serial port whose driver hangs holds up nobody: on a pseudo-terminal whose open or close does not return."""

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from device_adapters.errors import LinkError
from device_adapters.serial import driver
from device_adapters.serial.port import open_port

AT_ONCE_S = 2.0
"""Far less than a driver hangs, on a machine that has other things to do."""


@pytest.fixture
def port() -> Iterator[str]:
    """The name of a serial port with somebody at its other end."""
    host, unit = os.openpty()
    yield os.ttyname(unit)
    os.close(host)
    os.close(unit)


@contextmanager
def hangs(call: str, monkeypatch: pytest.MonkeyPatch, path: str) -> Iterator[list[int]]:
    """While within, `os.open` or `os.close` of this path does not return; its calls so far."""
    real, free, calls = getattr(os, call), threading.Event(), list[int]()

    def hanging(what: str | int, *more: int) -> object:
        name = what if isinstance(what, str) else str(Path(f"/proc/self/fd/{what}").readlink())
        if name == path:
            calls.append(threading.get_ident())
            free.wait(10)
        return real(what, *more)

    monkeypatch.setattr(os, call, hanging)
    try:
        yield calls
    finally:
        free.set()
        monkeypatch.undo()


def heard(_data: bytes) -> None:
    """Nothing is said here."""


def ended(_why: str) -> None:
    """Nor does it end."""


async def test_a_close_that_hangs_holds_up_nobody(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    held = await open_port(port, 4800, heard, ended)
    with hangs("close", monkeypatch, port) as calls:
        began_s = time.monotonic()
        held.close()
        assert time.monotonic() - began_s < AT_ONCE_S
        while not calls:
            await asyncio.sleep(0.01)
        assert calls != [threading.get_ident()]
        opening = asyncio.create_task(open_port(port, 4800, heard, ended))
        await asyncio.sleep(0.05)
        assert not opening.done()
    (await opening).close()


@pytest.mark.parametrize("call", ["open", "close"])
async def test_a_line_whose_driver_hangs_is_given_up_in_time_and_tried_by_one_thread(
    port: str, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(driver, "OPEN_S", 0.05)
    if call == "close":
        held = await open_port(port, 4800, heard, ended)
    with hangs(call, monkeypatch, port) as calls:
        if call == "close":
            held.close()
        began_s = time.monotonic()
        with pytest.raises(LinkError, match="does not open"):
            await open_port(port, 4800, heard, ended)
        for _ in range(5):
            with pytest.raises(LinkError, match="its driver hangs; pull"):
                await open_port(port, 4800, heard, ended)
        assert time.monotonic() - began_s < 0.05 + AT_ONCE_S
        assert len(calls) == 1
    await opens_again(port)


async def test_what_opens_after_nobody_waits_for_it_is_closed(
    port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hangs("open", monkeypatch, port) as calls:
        waiting = asyncio.create_task(open_port(port, 4800, heard, ended))
        while not calls:
            await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled()
    await opens_again(port)


async def opens_again(path: str) -> None:
    """Soon after its driver answers again; it would not while another file of ours held it."""
    end_s = time.monotonic() + 60
    while True:
        try:
            (await open_port(path, 4800, heard, ended)).close()
        except LinkError:
            assert time.monotonic() < end_s
            await asyncio.sleep(0.02)
        else:
            return
