"""A unit with one Woodway or Trackmaster treadmill on its cable, in virtual time, over a line in memory."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from memory_gym import DAY_MS, NOW_MS, MemoryGym, gym
from virtual_time import LoopClock
from waiting import until

from device_adapters import commissioning
from device_adapters.config import Treadmill
from device_adapters.sim.reversible_belt import ReversibleBelt
from device_adapters.sim.serial_line import MemoryPorts, SerialLine
from device_adapters.sim.woodway import Woodway, WoodwayQuirks

PATH = "/dev/serial/by-id/usb-FTDI_FTHCUWVA-if00-port0"
LINK = f"serial:{PATH}"
FRAME = re.compile(rb"\xaa|\xa2|\xa0|\xc0|\xc1|\xc2|\xc3|\xa3.[0-9]{3}", re.DOTALL)


TRACKMASTERS = {"address": f"{LINK}#member_turned", "model": "Trackmaster (serial)"}


def asked(sent: bytes) -> list[bytes]:
    """What was ever on the line, request by request. AssertionError at a byte that is none of the allowed."""
    frames, at = [], 0
    while at < len(sent):
        frame = FRAME.match(sent, at)
        assert frame is not None, f"not allowed: {sent[at:].hex(' ')} after {sent[:at][-12:].hex(' ')}"
        frames.append(frame.group())
        at = frame.end()
    return frames


def assert_only_allowed(sent: bytes, digit: bytes = b"3") -> None:
    """One direction, 1 to 62 tenths, and a start only behind AA, stopped, 0 and its speed."""
    frames = asked(sent)
    for frame in frames:
        assert frame[0] != 0xA3 or (frame[1:2] == digit and 1 <= int(frame[2:]) <= 62), frame
    orders = [frame for frame in frames if frame[0] in (0xAA, 0xA3, 0xA0)]
    for place, frame in enumerate(orders):
        if frame == b"\xa0":
            assert [each[0] for each in orders[place - 2 : place]] == [0xAA, 0xA3], orders[: place + 1]


@dataclass
class WoodwayGym:
    """The unit as a gym of its own, its cable and its machine."""

    gym: MemoryGym
    line: SerialLine
    ports: MemoryPorts

    @property
    def machine(self) -> Woodway:
        return self.line.machine

    @property
    def kmh(self) -> float:
        """The true belt, + forward."""
        self.line.catch_up()
        return self.line.machine.belt.signed_ckmh / 100

    @property
    def frames(self) -> list[bytes]:
        return asked(bytes(self.line.sent))

    def hears(self, data: bytes) -> None:
        """Answers to somebody else reach the unit."""
        self.ports.ends[PATH].hears(data)

    async def moving(self, kmh: float = 2.0) -> None:
        """A belt of ours that runs at about `kmh`."""
        await self.gym.ready()
        await self.gym.hold()
        started = await self.gym.command("start")
        assert started.outcome == "accepted", started.cause
        assert (await self.gym.command("target", speed_kmh=kmh)).outcome in ("accepted", "clamped")
        await until(lambda: abs(self.kmh) > kmh - 0.25)

    async def rest(self, seconds: float = 60) -> float:
        """Until the belt stands; after how many virtual seconds."""
        began_ms = self.gym.clock.now_ms()
        await until(lambda: self.kmh == 0, seconds=seconds)
        return (self.gym.clock.now_ms() - began_ms) / 1000


def record(**changes: Any) -> commissioning.Record:
    """A good record of this machine, made yesterday."""
    values: dict[str, Any] = {
        "treadmill": "tm-01", "address": f"{LINK}#belt_reversed", "at_ms": NOW_MS - DAY_MS, "by": "Kim",
        "units_right": True, "speed_min_kmh": 0.8, "speed_max_kmh": 9.98, "accel_kmh_s": 1, "decel_kmh_s": 1,
        "stop_s": 2, "stops_on_link_loss": True, "grade_right": True, "simulated": True, **changes,
    }  # fmt: skip
    return commissioning.Record(**values)


@asynccontextmanager
async def woodway_gym(
    data: Path,
    quirks: WoodwayQuirks | None = None,
    *,
    arrangement: str = "belt_reversed",
    protocol: Literal["woodway", "trackmaster"] = "woodway",
    proven: bool = True,
    belt: ReversibleBelt | None = None,
) -> AsyncIterator[WoodwayGym]:
    """A running unit. At its end no other byte than the allowed ones was ever on the line."""
    if proven:
        commissioning.write(data, record(**(TRACKMASTERS if protocol == "trackmaster" else {})))
    line = SerialLine(Woodway(belt, quirks), LoopClock())
    ports = MemoryPorts({PATH: line})
    treadmill = Treadmill(id="tm-01", link=LINK, protocol=protocol, arrangement=arrangement)
    async with gym(data, [], more_treadmills=(treadmill,), open_line=ports.open) as made:
        yield WoodwayGym(made, line, ports)
    assert_only_allowed(bytes(line.sent), b"3" if arrangement == "belt_reversed" else b"0")
