"""Rows of the fault matrix for which a demo gets surroundings that fail: each kind of a unit's death while a belt
moves that goes on when its link drops, a disk that hangs, a clock that is set, an old backlog.

All of it comes from `breaking/sitecustomize.py` and `slow_line.py`: the product knows nothing of them.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo_bus import DemoBus
from matrix_rows import RAMP_S, TOLD_S, WAY_S, MatrixRow
from ports import free_port
from slow_line import DELAY_MAX_S, GROWTH_S

from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.limits import Goal, Level

HERE = Path(__file__).parent
AGAIN_S = 1.0
"""A part of a unit that ended, and that a stop needs, begins again within this (SAFETY.md)."""

LINK_S = 3.0
"""To find a treadmill and to connect to it, on the virtual radio."""

RESTART_S = 8.0
"""From the end of a unit's process to the first link of the next, half a second's wait of the supervisor included:
measured 4.5 s on two busy cores."""

LEASE_S = 3.0
"""A lease whose renewals tell of a state that is older is over (SAFETY.md)."""

HUNG_S = 4.0
"""A disk hangs for so long before Stop is pressed."""

OLD_FRAMES = 50

DEATHS = (
    MatrixRow("error in a strap's adapter", "unit", "break", "strap", goes_on=True),
    MatrixRow("error in a treadmill's adapter", "unit", "break", "treadmill", frozenset({"link_lost"}), 5 + WAY_S,
        AGAIN_S + LINK_S + RAMP_S + TOLD_S),
    MatrixRow("error in the outbox", "unit", "break", "outbox", frozenset({"unit_stopping", "unit_restarted"}),
        RAMP_S + RESTART_S + WAY_S, WAY_S + RAMP_S + TOLD_S),
    MatrixRow("unit killed, belt goes on", "unit", "kill", "unit", frozenset({"unit_restarted"}), RESTART_S + WAY_S,
        RESTART_S + RAMP_S + TOLD_S),
)  # fmt: skip

SURROUNDINGS = (
    MatrixRow("the disk hangs at a start, then Stop", "disk", "hang", "disk", frozenset({"stop_pressed"}), WAY_S,
        WAY_S + RAMP_S + TOLD_S),
    MatrixRow("the disk hangs in a session, then Stop", "disk", "hang_later", "disk", frozenset({"stop_pressed"}),
        WAY_S,
        WAY_S + RAMP_S + TOLD_S),
    MatrixRow("the way to the unit grows to 4.5 s", "network", "slow", "delay", frozenset({"lease_expired"}),
        LEASE_S / GROWTH_S + WAY_S, LEASE_S / GROWTH_S + WAY_S + RAMP_S + TOLD_S),
    MatrixRow("the hub's clock steps by an hour", "hub", "clock", "3600", goes_on=True),
    MatrixRow("a backlog of an older boot arrives", "hub", "backlog", "older", goes_on=True),
)  # fmt: skip


@contextmanager
def surroundings(folder: Path, broker_port: int) -> Iterator[dict[str, str]]:
    """The environment of a demo on that broker's port whose surroundings fail when `folder` asks for it."""
    folder.mkdir(parents=True, exist_ok=True)
    unit_port = free_port()
    command = [sys.executable, str(HERE / "slow_line.py"), str(unit_port), str(broker_port), str(folder)]
    with subprocess.Popen(command) as line:
        try:
            yield environment(folder, unit_port)
        finally:
            line.kill()


def environment(folder: Path, unit_port: int) -> dict[str, str]:
    """What `breaking/sitecustomize.py` reads, and that it is read."""
    path = os.pathsep.join((str(HERE / "breaking"), os.environ.get("PYTHONPATH", str(HERE.parents[1]))))
    return {"PYTHONPATH": path, "BACKSTRIDE_BREAK": str(folder), "BACKSTRIDE_UNIT_PORT": str(unit_port)}


async def befall(bus: DemoBus, folder: Path, row: MatrixRow, treadmill: str) -> float:
    """Let it happen; when it has, by the monotonic clock."""
    match row.way:
        case "break":
            (folder / row.how).touch()
            await bus.until(lambda: not (folder / row.how).exists(), 30, f"{row.how} called")
        case "clock":
            (folder / "clock_s").write_text(row.how)
        case "slow":
            (folder / "delay").touch()
        case "hang_later":
            (folder / "disk").touch()
            await asyncio.sleep(HUNG_S)
            await bus.bus.publish(registry.STOP_ONE, m.Stop(by="fault-test"), treadmill)
        case "backlog":
            for message in old_frames(treadmill, time.time_ns() // 1_000_000 - 600_000):
                await bus.unit.publish(registry.TREADMILL_TELEMETRY, message, treadmill)
        case _:
            raise AssertionError(f"{row.name}: nothing befalls")
    return time.monotonic()


async def start_on_a_hung_disk(bus: DemoBus, folder: Path, treadmill: str, pressed_after_s: float) -> float:
    """A start while the unit's disk hangs, moving or not; when Stop was pressed, by the monotonic clock."""
    await bus.settle(1)
    (folder / "disk").touch()
    await bus.request(
        "start", treadmill, goal=Goal.KNEE_STRENGTH, level=Level.NOVICE, hr_max_bpm=185, screened=True
    )
    await asyncio.sleep(pressed_after_s)
    await bus.bus.publish(registry.STOP_ONE, m.Stop(by="fault-test"), treadmill)
    return time.monotonic()


async def heal(folder: Path) -> None:
    """Nothing fails any more, and what was under way has arrived."""
    under_way = (folder / "delay").exists()
    for asked in folder.iterdir():
        asked.unlink()
    if under_way:
        await asyncio.sleep(DELAY_MAX_S)


def old_frames(treadmill: str, at_ms: int) -> list[m.TreadmillTelemetry]:
    """What a unit kept from before its restart: another boot, higher numbers, ten minutes old and told to be."""
    return [
        m.TreadmillTelemetry(
            treadmill=treadmill,
            boot="older",
            seq=100_000 + n,
            at_ms=at_ms + 250 * n,
            speed_kmh=5.0,
            age_ms=600_000 - 250 * n,
        )
        for n in range(OLD_FRAMES)
    ]
