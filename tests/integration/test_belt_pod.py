"""A CSC sensor on the belt's roller, on the virtual air: it turns as the true belt does, or otherwise."""

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import tomli_w
from unit_world import World, world

from device_adapters.belt_sensor_record import Counted, read, write
from device_adapters.clock import SystemClock
from device_adapters.sim.gym import Gym
from device_adapters.sim.layout import GymConfig
from device_adapters.sim.wheel_sensor import PER_M, VirtualWheelSensor
from device_adapters.unit import belt_pod

ADDRESS = "F4:00:00:00:00:01"


def count(data: Path) -> None:
    turned = round(3.2 * 10 * PER_M)
    counted = Counted(treadmill="tm-01", at_ms=0, by="Kim", belt_m=3.2, turns=10, pulses=turned)
    write(data, counted, pod=True)


@contextlib.asynccontextmanager
async def rolling(tmp_path: Path) -> AsyncIterator[tuple[World, VirtualWheelSensor]]:
    count(tmp_path)
    async with world(tmp_path, straps=0, wheel_sensors=1) as w:
        sensor = w.gym.station("tm-01").wheel_sensor
        assert sensor is not None
        await w.until(lambda: bool(sensor.connections))
        yield w, sensor


def hazards(w: World) -> list[str]:
    return [e.cause for e in w.events if e.kind == "hazard"]


async def test_a_true_belt_is_left_alone_and_one_that_runs_at_4_5_and_tells_3_0_is_stopped(
    tmp_path: Path,
) -> None:
    async with rolling(tmp_path) as (w, sensor):
        await w.run_at(3.0)
        await asyncio.sleep(5)
        assert hazards(w) == []
        sensor.share = 1.5
        await w.until(lambda: w.states["tm-01"].latched == "overspeed")
        await w.until(lambda: w.belt_ckmh() == 0)


@pytest.mark.parametrize("stands", [True, False])
async def test_a_roller_that_stands_or_is_silent_while_the_machine_says_it_moves_stops_the_belt(
    tmp_path: Path, stands: bool
) -> None:
    async with rolling(tmp_path) as (w, sensor):
        await w.run_at(3.0)
        if stands:
            sensor.share = 0
        else:
            sensor.silent = True
        await w.until(lambda: w.states["tm-01"].latched == "belt_stands")
        await w.until(lambda: w.belt_ckmh() == 0)


async def test_a_sensor_that_is_lost_is_told_and_stops_nothing_and_holds_up_no_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(belt_pod, "UNHEARD_MS", 3_000)
    async with rolling(tmp_path) as (w, _):
        await w.run_at(3.0)
        w.gym.inject("ws-01", b"link_lost")
        await w.until(lambda: "belt_sensor_unheard" in w.states["tm-01"].odd)
        told = next(e for e in w.events if e.cause == "belt_sensor_unheard")
        assert (told.kind, told.severity, told.treadmill) == ("odd", "alarm", "tm-01")
        assert ADDRESS in told.text
        await asyncio.sleep(4)
        assert hazards(w) == []
        assert w.belt_ckmh() == 300
        w.gym.inject("ws-01", b"none")
        await w.until(lambda: "belt_sensor_unheard" not in w.states["tm-01"].odd)
        w.gym.inject("ws-01", b"link_lost")
        assert (await w.command("stop")).outcome == "accepted"
        await w.until(lambda: w.states["tm-01"].belt == "still")
        assert hazards(w) == []


@contextlib.asynccontextmanager
async def at_command(tmp_path: Path, address: str, *more: str) -> AsyncIterator[tuple[Gym, Process]]:
    """`backstride belt-sensor` beside a gym with a wheel sensor and a foot pod."""
    async with Gym(GymConfig(treadmills=1, straps=0, wheel_sensors=1, footpods=1), SystemClock()) as gym:
        running = asyncio.create_task(gym.run())
        port = await gym.adapters.open("127.0.0.1", 0)
        settings = tmp_path / "unit.toml"
        treadmill = {"id": "tm-01", "address": "F1:00:00:00:00:01", "belt_sensor_address": address}
        unit = {"unit": "unit-01", "radio": f"virtual:127.0.0.1:{port}", "data": str(tmp_path)}
        settings.write_text(tomli_w.dumps({**unit, "treadmill": [treadmill]}))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli", "belt-sensor", "tm-01", "--config", str(settings),
            "--belt-m", "3.2", "--by", "Kim", *more,
            stdin=PIPE, stdout=PIPE, stderr=STDOUT,
        )  # fmt: skip
        try:
            yield gym, process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            running.cancel()
            await asyncio.wait([running])


async def said_until(process: Process, word: bytes) -> bytes:
    assert process.stdout is not None
    said = b""
    async with asyncio.timeout(40):
        while word not in said and (more := await process.stdout.read(200)):
            said += more
    return said


async def test_its_revolutions_are_counted_against_turns_of_the_belt(tmp_path: Path) -> None:
    async with at_command(tmp_path, ADDRESS, "--turns", "10") as (gym, process):
        sensor = gym.station("tm-01").wheel_sensor
        assert sensor is not None
        assert process.stdin is not None
        await said_until(process, b"passes the front")
        await asyncio.sleep(2)  # until it has told its count, once a second
        process.stdin.write(b"\n")
        await said_until(process, b"10 times more")
        sensor.roll(38_400, 300)  # 32 m
        await asyncio.sleep(2)
        process.stdin.write(b"\n")
        assert b"160 revolutions in 10 turns of 3.2 m: 5.00 per metre" in await said_until(process, b"kept")
        assert await process.wait() == 0
    counted = read(tmp_path, "tm-01", pod=True)
    assert counted is not None
    assert (counted.pulses, counted.by) == (160, "Kim")
    assert read(tmp_path, "tm-01") is None


@pytest.mark.parametrize(
    ("address", "turns", "why"),
    [
        ("F3:00:00:00:00:01", "10", b"tells the belt's speed by itself: there is nothing to count"),
        (ADDRESS, "9", b"--turns 9: a pod tells once a second; give 10 or more"),
    ],
)
async def test_what_cannot_be_counted_is_said(tmp_path: Path, address: str, turns: str, why: bytes) -> None:
    async with at_command(tmp_path, address, "--turns", turns) as (_, process):
        assert why in b" ".join((await said_until(process, why)).split())
        assert await process.wait() != 0
    assert read(tmp_path, "tm-01", pod=True) is None
