"""The adapter of a pod on a belt, in memory and in virtual time: what it reads, and what is told of one that is of no
use.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from memory_gym import MemoryGym, gym
from virtual_time import virtual
from waiting import until

from device_adapters.belt_sensor_record import Counted, path_of, write
from device_adapters.codecs import cycling_speed_cadence, running_speed_cadence, uuids
from device_adapters.codecs.cycling_speed_cadence import CscMeasurement
from device_adapters.codecs.running_speed_cadence import RscMeasurement
from device_adapters.contract.oddities import Odd
from device_adapters.sim.memory import Device, Value

ADDRESS = "E0:00:00:00:04:01"
PER_M = 5.0


class Pod:
    """On the air; tells once a second what `share` of the true belt's way makes, by speed or by revolutions."""

    def __init__(self, *, by_speed: bool) -> None:
        self.share = 1.0
        self.battery = 90
        self.garbles = False
        self._by_speed = by_speed
        self._way_m = 0.0
        service, value = (
            (uuids.RUNNING_SPEED_AND_CADENCE_SERVICE, uuids.RSC_MEASUREMENT)
            if by_speed
            else (uuids.CYCLING_SPEED_AND_CADENCE_SERVICE, uuids.CSC_MEASUREMENT)
        )
        self._value = value
        self.device = Device(
            ADDRESS,
            {
                service: [Value(value, ("notify",))],
                uuids.BATTERY_SERVICE: [Value(uuids.BATTERY_LEVEL, ("read",), lambda: bytes([self.battery]))],
            },
        )

    async def run(self, g: MemoryGym) -> None:
        event = turns = 0
        while True:
            for _ in range(10):
                await asyncio.sleep(0.1)
                self._way_m += g.machine.belt.speed_ckmh * self.share / 3_600
                if int(self._way_m * PER_M) > turns:
                    turns = int(self._way_m * PER_M)
                    event = round(asyncio.get_running_loop().time() * 1024) % 2**16
            speed = round(g.machine.belt.speed_ckmh * self.share * 256 / 360)
            rsc = running_speed_cadence.encode(RscMeasurement(speed_256ths=speed, cadence_per_min=0))
            csc = cycling_speed_cadence.encode(
                CscMeasurement(wheel_revolutions=turns, last_wheel_event_1024ths=event)
            )
            data = rsc if self._by_speed else csc
            self.device.notify(self._value, data[:2] if self.garbles else data)


def count(data: Path) -> None:
    write(data, Counted(treadmill="tm-01", at_ms=0, by="Kim", belt_m=3.2, turns=10, pulses=160), pod=True)


@contextlib.asynccontextmanager
async def telling(data: Path, pod: Pod) -> AsyncIterator[MemoryGym]:
    async with gym(data, belt_pod=pod.device) as g:
        runs = asyncio.create_task(pod.run(g))
        await until(lambda: pod.device.client is not None)
        yield g
        runs.cancel()
        await asyncio.wait([runs])


@pytest.mark.parametrize("by_speed", [True, False])
@pytest.mark.parametrize(("share", "latched"), [(1.0, ""), (1.5, "overspeed"), (0.0, "belt_stands")])
@virtual
async def test_a_belt_is_judged_by_its_pod(
    tmp_path: Path, by_speed: bool, share: float, latched: str
) -> None:
    count(tmp_path)
    pod = Pod(by_speed=by_speed)
    async with telling(tmp_path, pod) as g:
        await g.moving(3.0)
        await asyncio.sleep(10)
        assert g.causes("hazard") == []
        pod.share = share
        await asyncio.sleep(8)
        assert g.states["tm-01"].latched == latched
        if latched:
            await g.rest()
        found = next(iter(g.unit.treadmills.values())).contradicted
        assert found == (pytest.approx((300, 300 * share), abs=45) if latched else None)


@virtual
async def test_revolutions_that_nobody_counted_are_told_once(tmp_path: Path) -> None:
    pod = Pod(by_speed=False)
    async with telling(tmp_path, pod) as g:
        await g.moving(3.0)
        pod.device.drop()
        await asyncio.sleep(20)
        (told,) = [e for e in g.events if e.cause == "belt_sensor"]
        assert (told.kind, told.severity, told.treadmill) == ("settings", "alarm", "tm-01")
        assert "nobody counted its wheel revolutions: backstride belt-sensor tm-01" in told.text
        assert Odd.BELT_SENSOR_UNHEARD in g.states["tm-01"].odd
        assert g.causes("hazard") == []


@virtual
async def test_a_pod_that_tells_speeds_needs_no_count(tmp_path: Path) -> None:
    pod = Pod(by_speed=True)
    async with telling(tmp_path, pod) as g:
        await g.moving(3.0)
        pod.share = 1.5
        await until(lambda: g.states["tm-01"].latched == "overspeed")
        assert "belt_sensor" not in g.causes()


@virtual
async def test_a_record_that_cannot_be_read_is_told_and_the_pod_left_alone(tmp_path: Path) -> None:
    count(tmp_path)
    path_of(tmp_path, "tm-01", pod=True).write_text("{")
    pod = Pod(by_speed=False)
    async with gym(tmp_path, belt_pod=pod.device) as g:
        await until(lambda: "belt_sensor" in g.causes("settings"))
        await g.moving(3.0)
        assert pod.device.links == 0


@virtual
async def test_a_low_battery_is_told_while_it_is_low(tmp_path: Path) -> None:
    pod = Pod(by_speed=True)
    async with telling(tmp_path, pod) as g:
        await g.ready()
        pod.battery = 15
        await asyncio.sleep(310)
        assert Odd.BELT_SENSOR_BATTERY in g.states["tm-01"].odd
        assert any("15 %" in e.text for e in g.events if e.cause == "belt_sensor_battery")
        pod.battery = 16
        await asyncio.sleep(310)
        assert Odd.BELT_SENSOR_BATTERY not in g.states["tm-01"].odd


@pytest.mark.parametrize("why", ["asleep", "garbles", "neither", "lost"])
@virtual
async def test_a_pod_that_is_not_heard_under_way_is_told_and_stops_nothing(tmp_path: Path, why: str) -> None:
    count(tmp_path)
    pod = Pod(by_speed=False)
    pod.device.present = why != "asleep"
    pod.garbles = why == "garbles"
    if why == "neither":
        pod.device.values = {uuids.BATTERY_SERVICE: pod.device.values[uuids.BATTERY_SERVICE]}
    async with gym(tmp_path, belt_pod=pod.device) as g:
        runs = asyncio.create_task(pod.run(g)) if why != "neither" else None
        await g.ready()
        await asyncio.sleep(30)
        assert g.states["tm-01"].odd == ()  # a pod sleeps at rest
        await g.moving(3.0)
        if why == "lost":
            pod.device.present = False
            pod.device.drop()
        await asyncio.sleep(15)
        assert Odd.BELT_SENSOR_UNHEARD in g.states["tm-01"].odd
        assert g.causes("hazard") == []
        assert g.machine.kmh == 3.0
        pod.device.present, pod.garbles = True, False
        if runs is not None:
            await until(lambda: Odd.BELT_SENSOR_UNHEARD not in g.states["tm-01"].odd, seconds=40)
            runs.cancel()
            await asyncio.wait([runs])
        assert g.causes("hazard") == []
