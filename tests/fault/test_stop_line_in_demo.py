"""A unit of the demo with a stop line: its belts move in sessions, then it is frozen or killed. The pin is recorded by
the line's own process.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_bus import DemoBus, demo_bus
from demo_process import RunningDemo
from lined_demo import PINS, lined_demo
from stop_line_rig import LinePins

pytestmark = [pytest.mark.demo, pytest.mark.timeout(400)]

OPEN_S = 1.0
HEALTHY_S = 10.0
TRIES = 5


@pytest.fixture
def gym(tmp_path: Path) -> Iterator[tuple[RunningDemo, LinePins]]:
    with lined_demo(tmp_path) as both:
        yield both


async def healthy(bus: DemoBus, line: LinePins) -> None:
    """A session whose unit is healthy: no line opens. Where the machine itself kept the unit silent, once more."""
    for _ in range(TRIES):
        opened = {pin: len(line.openings(pin)) for pin in PINS.values()}
        await bus.start("tm-01")
        await bus.moving("tm-01")
        await asyncio.sleep(HEALTHY_S)
        since = [at for pin, known in opened.items() for at in line.openings(pin)[known:]]
        if not since:
            return
        assert all(line.excused(at) for at in since), [line.silence_s(at) for at in since]
        await bus.at_rest("tm-01", 60)
        await cleared(bus, line)
    raise AssertionError(f"{TRIES} times the unit got no turn on this machine")


async def cleared(bus: DemoBus, line: LinePins) -> None:
    await bus.clear("tm-01")
    await bus.until(lambda: all(line.closed(pin) for pin in PINS.values()), 30, "both lines closed again")


async def test_a_healthy_unit_holds_its_lines_and_a_frozen_and_a_killed_one_does_not(
    gym: tuple[RunningDemo, LinePins],
) -> None:
    demo, line = gym
    async with demo_bus(demo.mqtt_url, demo.data) as bus:
        await bus.until(lambda: all(line.closed(pin) for pin in PINS.values()), 60, "both lines closed")
        for number in (signal.SIGSTOP, signal.SIGKILL):
            await healthy(bus, line)
            unit = demo.pids["unit"]
            os.kill(unit, number)
            await bus.until(lambda: not any(line.closed(pin) for pin in PINS.values()), 30, "both lines open")
            took_s = [line.took_s(line.openings(pin)[-1]) for pin in PINS.values()]
            assert max(took_s) <= OPEN_S, took_s
            if number is signal.SIGSTOP:
                os.kill(unit, signal.SIGCONT)
            await bus.at_rest("tm-01", 60)
            await bus.until(lambda: bool(bus.states["tm-01"].latched), 30, "latched")
            assert not line.closed(PINS["tm-01"])  # not before a person has cleared it
            await cleared(bus, line)
        told = {e.cause for e in bus.events if e.kind == "stop_line"}
        assert {"unit_silent", "unit_gone"} <= told
