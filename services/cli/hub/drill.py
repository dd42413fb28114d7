"""`backstride hub drill`: a unit of the hub's own with a treadmill that is not there, for staff to practise on.

The unit is the one of a Pi, from the bus down to bleak's client; below that is memory. It ends by itself, with its
standard input, or with this process, and nothing of it stays on the disk.
"""

import asyncio
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from device_adapters import commissioning
from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig, Treadmill, UnitConfig
from device_adapters.drill import DRILL, RADIO, RIGHT
from device_adapters.sim.belt import BeltSpec
from device_adapters.sim.memory import MemoryAdapter
from device_adapters.sim.memory_treadmill import MemoryTreadmill
from device_adapters.unit import run_unit
from services.cli.simulated import simulated_record

ADDRESS = "D1:00:00:00:00:01"


async def drill(hub: HubConfig, minutes: float, typed: Callable[[], str], ready: Callable[[], None]) -> None:
    """Run for so long, or until `typed`, which blocks for a line, returns '' (its end). Errors as `run_unit`."""
    machine = MemoryTreadmill(ADDRESS, BeltSpec())
    with tempfile.TemporaryDirectory(prefix="backstride-drill-") as folder:
        treadmill = Treadmill(id=DRILL, address=ADDRESS)
        commissioning.write(Path(folder), simulated_record(treadmill))
        settings = UnitConfig(
            unit=DRILL, site=hub.site, radio=RADIO, data=folder, broker=hub.broker, treadmill=(treadmill,)
        )
        adapter = MemoryAdapter([machine.device], RADIO)
        time = asyncio.create_task(machine.run(), name="machine")
        unit = asyncio.create_task(run_unit(settings, SystemClock(), [adapter], ready), name="unit")
        words = asyncio.create_task(_obey(machine, typed), name="words")
        try:
            await asyncio.wait((unit, words), timeout=minutes * 60, return_when=asyncio.FIRST_COMPLETED)
            if unit.done():
                unit.result()
        finally:
            unit.cancel()
            await asyncio.wait([unit])  # its belt comes to rest first
            for task in (time, words):
                task.cancel()


async def _obey(machine: MemoryTreadmill, typed: Callable[[], str]) -> None:
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        line = "\n"
        while line and not loop.is_closed():
            line = typed()
            loop.call_soon_threadsafe(lines.put_nowait, line)

    # A daemon: a thread that waits for a terminal must not hold up the end.
    threading.Thread(target=read, name="terminal", daemon=True).start()
    while line := await lines.get():
        befall(machine, line.strip())


def befall(machine: MemoryTreadmill, word: str) -> None:
    """Let one of the drill's faults happen, or end all of them; any other word changes nothing."""
    match word:
        case "link_lost":
            machine.device.present = False
            machine.device.drop()
        case "ignore_stop":
            machine.belt.quirks.ignore_stop = True
        case "safety_key":
            machine.say(machine.computer.pull_key())
        case _ if word == RIGHT:
            machine.belt.quirks.ignore_stop = False
            machine.belt.insert_key()
            machine.device.present = True


def line_of_input() -> str:
    """The next line of standard input with its end; '' at its end. Blocks."""
    line = b""
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        line += byte
    return f"{line.decode(errors='replace')}\n" if byte else ""
