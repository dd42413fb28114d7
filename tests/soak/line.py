"""`make soak-line`: stop lines of a running demo, each change of their pins recorded by the lines' own process.

First a soak: sessions are guided, stopped, cleared, and the session service and the broker are killed. The unit's gate
is healthy throughout, so a line that opens even once is a fault. Then the unit is killed and frozen under a moving
belt, in turn: both lines must be open within 1 s each time. Ends with 0 if all held.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "fault"), str(TESTS / "integration")]

from demo_bus import DemoBus, demo_bus  # noqa: E402
from demo_process import RunningDemo  # noqa: E402
from lined_demo import PINS, lined_demo  # noqa: E402
from stop_line_rig import LinePins  # noqa: E402

from device_adapters.contract import messages as m  # noqa: E402
from device_adapters.contract import registry  # noqa: E402

Way = Callable[[], Awaitable[None]]
OPEN_S = 1.0
WALKED_S = 20.0
BACK_S = 60.0


class LineSoak:
    """One run. `openings` are those of a healthy unit; `took_ms`, of a dead or frozen one."""

    def __init__(self, demo: RunningDemo, line: LinePins, bus: DemoBus) -> None:
        self._demo = demo
        self._line = line
        self._bus = bus
        self.rounds = 0
        self.openings = 0
        self.took_ms: dict[str, list[int]] = {"SIGKILL": [], "SIGSTOP": []}

    async def healthy(self, seconds: float) -> None:
        """Sessions that end in each way in which the unit's own gate ends them."""
        ways: tuple[Way, ...] = (
            self._stop_pressed,
            self._service_killed,
            self._session_stopped,
            self._broker_killed,
        )
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await self.closed()
            before = self._opened()
            for treadmill in PINS:
                await self._bus.start(treadmill)
            for treadmill in PINS:
                await self._bus.moving(treadmill)
            await asyncio.sleep(WALKED_S)
            way = ways[self.rounds % len(ways)]
            await way()
            await asyncio.gather(*(self._cleared(treadmill) for treadmill in PINS))
            opened = self._opened() - before
            self.openings += opened
            self.rounds += 1
            print(f"round {self.rounds}: {way.__name__[1:]}, opened {opened} times", flush=True)

    async def dead(self, times: int) -> None:
        """The unit dies, or stands still, while a belt of its own moves."""
        for nth in range(times):
            await self.closed()
            await self._bus.start("tm-01")
            await self._bus.moving("tm-01")
            number = (signal.SIGKILL, signal.SIGSTOP)[nth % 2]
            unit, at = self._demo.pids["unit"], time.monotonic()
            os.kill(unit, number)
            await self._bus.until(
                lambda: not any(self._line.closed(pin) for pin in PINS.values()), 5, "both lines open"
            )
            took_ms = max(round((self._line.openings(pin)[-1] - at) * 1000) for pin in PINS.values())
            self.took_ms[number.name].append(took_ms)
            print(f"{number.name}: open after {took_ms} ms", flush=True)
            if number is signal.SIGSTOP:
                os.kill(unit, signal.SIGCONT)
            await self._bus.at_rest("tm-01", BACK_S)
            await self._cleared("tm-01")

    async def closed(self) -> None:
        await self._bus.until(
            lambda: all(self._line.closed(pin) for pin in PINS.values()), BACK_S, "both lines closed"
        )

    def _opened(self) -> int:
        return sum(len(self._line.openings(pin)) for pin in PINS.values())

    async def _cleared(self, treadmill: str) -> None:
        bus = self._bus
        await bus.at_rest(treadmill, BACK_S)
        await bus.until(
            lambda: bool(bus.states[treadmill].latched) or not bus.states[treadmill].lease_holder,
            BACK_S,
            f"{treadmill} in nobody's hands",
        )
        await bus.clear(treadmill)

    async def _stop_pressed(self) -> None:
        await self._bus.bus.publish(registry.STOP_ALL, m.Stop(by="soak"))

    async def _session_stopped(self) -> None:
        for treadmill in PINS:
            await self._bus.request("stop", treadmill)

    async def _service_killed(self) -> None:
        self._bus.kill("session")

    async def _broker_killed(self) -> None:
        self._bus.kill("broker")


async def soak(folder: Path, seconds: float, kills: int) -> bool:
    """Did all hold?"""
    with lined_demo(folder) as (demo, line):
        async with demo_bus(demo.mqtt_url, demo.data) as bus:
            run = LineSoak(demo, line, bus)
            await run.healthy(seconds)
            await run.dead(kills)
    slowest_ms = max((ms for each in run.took_ms.values() for ms in each), default=0)
    print(f"{run.rounds} rounds of a healthy unit: its lines opened {run.openings} times")
    for name, took_ms in run.took_ms.items():
        print(
            f"{name}: {len(took_ms)} times, open after {min(took_ms, default=0)} to {max(took_ms, default=0)} ms"
        )
    return run.rounds > 0 and not run.openings and slowest_ms <= OPEN_S * 1000


def main() -> int:
    """Exit code 0 if all held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long the unit is healthy")
    parser.add_argument("--kills", type=int, default=8, help="SIGKILL and SIGSTOP of the unit, in turn")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return 0 if asyncio.run(soak(Path(folder), given.seconds, given.kills)) else 1


if __name__ == "__main__":
    sys.exit(main())
