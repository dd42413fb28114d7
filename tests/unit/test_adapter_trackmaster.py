"""A Trackmaster on its cable, from the bus down to its belt, in virtual time: forward only, and what it says of itself.

The rig holds every byte that was ever on the line to the allowed ones.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from memory_woodway import PATH, WoodwayGym, woodway_gym
from virtual_time import virtual
from waiting import until

from device_adapters.safety.hazards import Cause
from device_adapters.sim.woodway import WoodwayQuirks


@asynccontextmanager
async def trackmaster_gym(data: Path, **changes: Any) -> AsyncIterator[WoodwayGym]:
    quirks = WoodwayQuirks(**{"dialect": "trackmaster", **changes})
    async with woodway_gym(data, quirks, arrangement="member_turned", protocol="trackmaster") as w:
        yield w


@virtual
async def test_it_is_found_leased_started_and_stopped_and_runs_forward(tmp_path: Path) -> None:
    async with trackmaster_gym(tmp_path) as w:
        await w.gym.ready()
        said = w.gym.states["tm-01"]
        assert (said.arrangement, said.profile, said.firmware) == (
            "member_turned",
            "Trackmaster (serial)",
            "",
        )
        assert said.commissioned
        await w.moving(3.0)
        orders = [frame for frame in w.frames if frame[0] < 0xC0]
        assert orders[:3] == [b"\xaa", b"\xa30005", b"\xa0"]
        assert 2.7 < w.kmh <= 3.0
        await asyncio.sleep(10)
        assert w.gym.telemetry[-1].speed_kmh == pytest.approx(w.kmh, abs=0.1)
        assert w.gym.states["tm-01"].latched == ""
        await w.gym.press_stop()
        assert await w.rest() < 4
        assert w.machine.trips == 0


FAULTS: dict[str, tuple[Cause, float, float]] = {
    "cable cut": (Cause.LINE_SILENT, 2.4, 3.4),
    "adapter pulled": (Cause.LINK_LOST, 2.4, 3.4),
    "garbage": (Cause.LINE_GARBLED, 1.9, 3.4),
    "echo": (Cause.LINE_GARBLED, 1.9, 3.4),
    "stopped at its console": (Cause.WATCHDOG_TRIPPED, 1.8, 3.4),
    "timer disarmed": (Cause.WATCHDOG_OFF, 2.1, 4.4),
    "set faster": (Cause.SET_DIFFERS, 2.9, 4.4),
    "set speed out of range": (Cause.LINE_GARBLED, 2.9, 4.4),
    "a Woodway's reverse": (Cause.LINE_GARBLED, 1.9, 3.4),
}
"""What is latched, seconds until the belt rests, and the longest that it may take, from 3 km/h at a machine's 1.5 km/h
per second. The table of docs/safety-evidence.md is of these.
"""


DIALECT = (Cause.WATCHDOG_OFF, 0.3, 2.0)
"""Of a Woodway in the place of a Trackmaster, at its first speed: likewise, since it moved."""


@pytest.mark.parametrize("fault", FAULTS)
@virtual
async def test_each_fault_ends_at_rest(tmp_path: Path, fault: str) -> None:
    cause, told_s, longest_s = FAULTS[fault]
    async with trackmaster_gym(tmp_path) as w:
        await w.moving(3.0)
        match fault:
            case "cable cut":
                w.line.cut = True
            case "adapter pulled":
                w.ports.pull(PATH)
            case "garbage":
                w.line.garbage = True
            case "echo":
                w.line.echoes = True
            case "stopped at its console":
                w.machine.press_stop()
            case "timer disarmed":
                w.line.instead[0xC0] = b"\xd03"
            case "set faster":
                w.line.instead[0xC3] = b"\xd30118"
            case "set speed out of range":
                w.line.instead[0xC3] = b"\xd3z.14"
            case "a Woodway's reverse":
                w.line.instead[0xC1] = b"\xd13018"
        rest_s = await w.rest()
        assert rest_s == pytest.approx(told_s, abs=0.1)
        assert rest_s <= longest_s
        await until(lambda: w.gym.states["tm-01"].latched == cause, seconds=5)
        w.line.mend()
        w.ports.plug(PATH)
        await asyncio.sleep(10)
        assert w.kmh == 0
        assert w.gym.states["tm-01"].latched == cause


@virtual
async def test_a_start_that_does_not_arm_its_timer_is_taken_back(tmp_path: Path) -> None:
    async with trackmaster_gym(tmp_path, starts_unwatched=True) as w:
        await w.gym.ready()
        await w.gym.hold()
        await w.gym.command("start")
        await until(lambda: w.gym.states["tm-01"].latched == Cause.WATCHDOG_OFF)
        assert w.kmh < 1.0
        assert await w.rest() < 2


@virtual
async def test_a_bit_that_flips_in_a_speed_is_seen_in_what_it_was_set_to(tmp_path: Path) -> None:
    async with trackmaster_gym(tmp_path) as w:
        await w.moving(2.0)
        await asyncio.sleep(3)
        w.machine.quirks.flips = 0x01
        fastest = 0.0
        await w.gym.command("target", speed_kmh=2.25)
        while w.gym.states["tm-01"].latched == "":
            await asyncio.sleep(0.05)
            fastest = max(fastest, w.kmh)
        assert w.gym.states["tm-01"].latched in (Cause.SET_DIFFERS, Cause.OVERSPEED, Cause.OFF_RAMP)
        assert await w.rest() < 5
        assert fastest < 5.5


@virtual
async def test_a_woodway_in_its_place_is_stopped_within_its_first_step(tmp_path: Path) -> None:
    """It is told forward as it is; its running is a Trackmaster's running without a timer."""
    async with trackmaster_gym(tmp_path, dialect="woodway") as w:
        await w.gym.ready()
        await w.gym.hold()
        await w.gym.command("start")
        cause, told_s, longest_s = DIALECT
        await until(lambda: w.kmh > 0)
        moved_ms = w.gym.clock.now_ms()
        await until(lambda: w.gym.states["tm-01"].latched == cause)
        assert 0 <= w.kmh <= 1.0
        await w.rest()
        rest_s = (w.gym.clock.now_ms() - moved_ms) / 1000
        assert rest_s == pytest.approx(told_s, abs=0.1)
        assert rest_s <= longest_s


@virtual
async def test_one_that_is_set_to_km_h_runs_slower_than_it_is_told(tmp_path: Path) -> None:
    async with trackmaster_gym(tmp_path, in_kmh=True) as w:
        await w.gym.ready()
        await w.gym.hold()
        await w.gym.command("start")
        await until(lambda: w.kmh > 0.4)
        await w.gym.command("target", speed_kmh=3.0)
        await asyncio.sleep(20)
        assert 0 < w.kmh <= 3.0 / 1.6


@virtual
async def test_no_byte_of_another_direction_goes_out_whatever_is_asked(tmp_path: Path) -> None:
    async with trackmaster_gym(tmp_path) as w:
        await w.moving(1.0)
        for kmh in (0.0, -0.0, 0.05, -3.0, 20.0, 9.98):
            await w.gym.command("target", speed_kmh=kmh)
            await asyncio.sleep(2)
        assert all(frame[1:2] == b"0" for frame in w.frames if frame[0] == 0xA3)
        assert w.kmh >= 0
