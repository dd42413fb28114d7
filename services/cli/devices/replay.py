"""`backstride replay`: a captured device on a virtual radio, read by the unit's own adapters."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from device_adapters import capture as files
from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.port import Incoming
from device_adapters.clock import Clock, SystemClock
from device_adapters.config import Strap, Treadmill, UnitConfig
from device_adapters.contract import registry
from device_adapters.errors import ConfigError
from device_adapters.outbox import Outbox
from device_adapters.sim.adapter import VirtualAdapter
from device_adapters.sim.air import SimLink
from device_adapters.sim.captured import CapturedDevice
from device_adapters.sim.radio import VirtualRadio
from device_adapters.unit import Unit
from services import logs

ADDRESS = "F0:00:00:00:00:01"
DEVICE = "captured"
SETTLE_S = 0.5
"""After its last frame: the way through radio, adapter and bus takes milliseconds."""

LINKED_WITHIN_S = 20.0

Record = dict[str, object]


def replay(file: Path, speed: float) -> int:
    """Print one JSON object per measurement; 0 if there was any."""
    logs.configure("error")
    capture = files.read(file)
    if capture.header.kind == "other":
        raise ConfigError(f"{file}: neither a treadmill's nor a strap's; no adapter reads it")
    said = asyncio.run(play(capture, speed, SystemClock(), _print))
    known = f"{capture.header.model or 'no model'}, handled as {capture.header.profile}"
    counts = f"{len(capture.frames)} frames of a {capture.header.kind} ({known}): {said} records"
    print(counts, file=sys.stderr)  # noqa: T201
    return int(not said)


def _print(record: Record) -> None:
    print(json.dumps(record), flush=True)  # noqa: T201


async def play(capture: files.Capture, speed: float, clock: Clock, show: Callable[[Record], None]) -> int:
    """Run a whole unit on a radio of its own with the captured device, until that has said everything.

    Returns how many records `show` was given; it ends early once that raises BrokenPipeError.
    """
    link, broker = SimLink(), MemoryBroker()
    device = CapturedDevice(link, ADDRESS, capture, clock)
    adapter = VirtualAdapter("replay", 1, lambda: VirtualRadio.on_link(link, 1))
    bus, ear = MemoryBus(broker, client_id="unit"), MemoryBus(broker, client_id="replay")
    listener = Listener(show, speed)
    for channel in (registry.TREADMILL_TELEMETRY, registry.STRAP_TELEMETRY):
        ear.subscribe(channel.topic("gym", DEVICE), listener.take)
    with tempfile.TemporaryDirectory(prefix="backstride-replay-") as data:
        outbox = Outbox(Path(data) / "outbox.db", bus, clock)
        unit = Unit(_settings(capture, data), "replay", bus, outbox, clock, [adapter])
        await device.start()
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(work) for work in (ear.run(), bus.run(), outbox.run(), unit.run())]
            await _speak(device, speed, clock, listener.closed)
            for task in reversed(running):
                task.cancel()
                await asyncio.wait([task])
        device.stop()
    return listener.shown


async def _speak(device: CapturedDevice, speed: float, clock: Clock, closed: asyncio.Event) -> None:
    async with asyncio.timeout(LINKED_WITHIN_S):
        await device.wait_read()
    speaking, end = asyncio.create_task(device.play(speed)), asyncio.create_task(closed.wait())
    await asyncio.wait((speaking, end), return_when=asyncio.FIRST_COMPLETED)
    if speaking.done():
        speaking.result()
        await clock.sleep(SETTLE_S)
    for task in (speaking, end):
        task.cancel()
        await asyncio.wait([task])


class Listener:
    """Telemetry as people look at it: seconds since the first record, on the capture's own clock; no ids."""

    def __init__(self, show: Callable[[Record], None], speed: float) -> None:
        self._show = show
        self._speed = speed
        self._first_ms: int | None = None
        self._seen = 0
        self.shown = 0
        self.closed = asyncio.Event()

    def take(self, incoming: Incoming) -> None:
        """A message; one that comes again is passed over."""
        said = msgspec.json.decode(incoming.payload)
        at_ms, seq = said.pop("at_ms"), said.pop("seq")
        for id_ in ("boot", "treadmill", "strap"):
            said.pop(id_, None)
        if seq <= self._seen or self.closed.is_set():
            return
        self._seen = seq
        self._first_ms = at_ms if self._first_ms is None else self._first_ms
        try:
            self._show({"t_s": round((at_ms - self._first_ms) * self._speed / 1000, 2), **said})
        except BrokenPipeError:
            self.closed.set()
        else:
            self.shown += 1


def _settings(capture: files.Capture, data: str) -> UnitConfig:
    if capture.header.kind == "treadmill":
        return UnitConfig(unit="replay", data=data, treadmill=(Treadmill(id=DEVICE, address=ADDRESS),))
    return UnitConfig(unit="replay", data=data, strap=(Strap(id=DEVICE, address=ADDRESS),))
