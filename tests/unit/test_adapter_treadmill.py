"""A treadmill's adapter in virtual time: what it reads, says and writes, from a device in memory to the bus."""

import asyncio
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from memory_gym import (
    BEGIN,
    BOOT,
    DAY_MS,
    HALT,
    NOW_MS,
    REQUEST,
    MemoryGym,
    MemoryMachine,
    gym,
    kmh_of,
    record,
    speed,
)
from virtual_time import virtual
from waiting import until

from device_adapters import commissioning
from device_adapters.codecs import running_speed_cadence, uuids
from device_adapters.contract.oddities import Odd
from device_adapters.safety.hazards import Cause
from device_adapters.sim.memory import Device, Value
from device_adapters.unit.moving_mark import MovingMark


@virtual
async def test_a_belt_is_found_leased_started_and_stopped(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.ready()
        assert g.machine.taken == []
        await g.moving(1.5)
        assert [data for _, data in g.machine.taken][:3] == [REQUEST, BEGIN, speed(100)]
        await g.press_stop()
        await g.rest()
        assert g.machine.taken[-1][1] == HALT
        await until(lambda: g.states["tm-01"].belt == "still")
        assert g.states["tm-01"].latched == Cause.STOP_PRESSED


@virtual
async def test_what_it_says_of_a_machine(tmp_path: Path) -> None:
    async with gym(tmp_path, [MemoryMachine(model="VT-9")]) as g:
        await until(lambda: g.states and g.states["tm-01"].link == "connected")
        said = g.states["tm-01"]
        assert (said.treadmill, said.unit, said.boot) == ("tm-01", "unit-01", BOOT)
        assert (said.model, said.arrangement, said.commissioned) == ("VT-9", "member_turned", "")
        assert (said.radio, said.rssi_dbm) == ("memory", -60)
        assert (said.speed_min_kmh, said.speed_max_kmh, said.speed_step_kmh) == (0.8, 20, 0.1)
        assert (g.said[0].link, g.said[-1].link) == ("absent", "connected")
        assert g.unit.treadmills["tm-01"].linked


@virtual
async def test_each_record_is_told_once_in_order_with_its_time(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await until(lambda: len(g.telemetry) >= 12)
        told = g.telemetry[:12]
        assert [one.seq for one in told] == list(range(1, 13))
        assert {(one.treadmill, one.boot) for one in told} == {("tm-01", BOOT)}
        assert [b.at_ms - a.at_ms for a, b in pairwise(told)] == [200] * 11
        assert g.unit.treadmills["tm-01"].frames >= 12


@virtual
async def test_the_incline_told_is_the_deck_s_and_no_ramp_angle(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.ready()
        g.machine.tells = False
        await asyncio.sleep(1)
        g.telemetry.clear()
        g.machine.frame(speed_ckmh=0, incline_dpct=20, ramp_angle_ddeg=57, distance_m=7, elapsed_s=3)
        g.machine.frame(speed_ckmh=0, incline_dpct=None, ramp_angle_ddeg=57)
        await until(lambda: len(g.telemetry) == 2)
        assert [one.incline_pct for one in g.telemetry] == [2.0, None]
        assert (g.telemetry[0].speed_kmh, g.telemetry[0].distance_m, g.telemetry[0].elapsed_s) == (0, 7, 3)


@virtual
async def test_half_a_record_is_forgotten_with_its_link(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.ready()
        g.machine.tells = False
        g.machine.frame(distance_m=999, more_data=True)
        await asyncio.sleep(1)
        g.machine.device.drop()
        await until(lambda: g.machine.device.links == 2 and g.states["tm-01"].link == "connected")
        g.telemetry.clear()
        g.machine.frame(speed_ckmh=0)
        await until(lambda: g.telemetry)
        assert g.telemetry[0].distance_m is None


@virtual
async def test_a_record_in_two_parts_is_one(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.ready()
        g.machine.tells = False
        await asyncio.sleep(1)
        g.telemetry.clear()
        g.machine.frame(distance_m=12, more_data=True)
        g.machine.frame(speed_ckmh=0)
        await until(lambda: g.telemetry)
        assert [(one.speed_kmh, one.distance_m) for one in g.telemetry] == [(0, 12)]


async def _linked_again_with(g: MemoryGym, firmware: str) -> None:
    linked, g.machine.firmware = g.machine.device.links, firmware
    g.machine.device.drop()
    await until(lambda: g.machine.device.links > linked and g.states["tm-01"].link == "connected")


@virtual
async def test_a_firmware_that_is_not_the_commissioned_one_is_told_until_the_machine_has_it_again(
    tmp_path: Path,
) -> None:
    commissioning.write(tmp_path, record(model="VT-1", firmware="1.4 / B7"))
    async with gym(tmp_path) as g:
        await g.ready()
        assert g.states["tm-01"].firmware == "1.4 / B7"
        assert "another_machine" not in g.states["tm-01"].odd
        for firmware, odd in (("1.5", True), ("1.4", False)):
            await _linked_again_with(g, firmware)
            assert ("another_machine" in g.states["tm-01"].odd) is odd


@pytest.mark.parametrize(
    ("changes", "kmh"),
    [
        ({}, 3.5),
        ({"at_ms": NOW_MS - 184 * DAY_MS}, 3.0),
        ({"at_ms": NOW_MS + DAY_MS}, 3.0),
        ({"units_right": False}, 3.0),
        ({"stops_on_link_loss": False}, 3.0),
        ({"grade_right": False}, 3.0),
        ({"simulated": True}, 3.0),
        ({"address": "C0:00:00:00:09:99"}, 3.0),
        ({"model": "VT-1", "firmware": "1.4 / B7"}, 3.5),
        ({"model": "VT-2", "firmware": "1.4 / B7"}, 3.0),
        ({"model": "VT-1", "firmware": "1.3 / B7"}, 3.0),
    ],
)
@virtual
async def test_only_a_good_and_recent_record_of_this_machine_lets_it_go_faster(
    tmp_path: Path, changes: dict[str, Any], kmh: float
) -> None:
    commissioning.write(tmp_path, record(**changes))
    async with gym(tmp_path) as g:
        await g.ready()
        await g.hold()
        assert (await g.command("start")).outcome == "accepted"
        assert (await g.command("target", speed_kmh=3.5)).speed_kmh == kmh


@virtual
async def test_a_belt_that_falls_silent_is_stopped_as_soon_as_it_must_be(tmp_path: Path) -> None:
    """Ticks come ten times a second, not once in 0.8 s: nothing else tells a gate that time has passed."""
    late = []
    for wait_s in (0.0, 0.13, 0.26, 0.39, 0.52, 0.65):
        async with gym(tmp_path / str(wait_s)) as g:
            await g.moving(1.5)
            await asyncio.sleep(wait_s)
            g.machine.tells = False
            await asyncio.sleep(0.25)
            last_ms = max(one.at_ms for one in g.telemetry)
            await g.rest()
            told = next(event for event in g.events if event.cause == Cause.DATA_SILENT)
            late.append(told.at_ms - last_ms)
    assert max(late) - min(late) <= 150


@virtual
async def test_a_lease_that_ends_stops_the_belt(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.moving(1.5)
        await g.let_go()
        await g.rest()
        assert g.machine.taken[-1][1] == HALT
        assert Cause.LEASE_EXPIRED in g.causes("hazard")


@pytest.mark.parametrize("cause", [Cause.SAFETY_KEY, Cause.CONTROL_LOST, Cause.CONSOLE_STOP])
@virtual
async def test_machine_status_reaches_the_gate(tmp_path: Path, cause: Cause) -> None:
    async with gym(tmp_path) as g:
        await g.moving(1.5)
        computer = g.machine.computer
        press = {
            Cause.SAFETY_KEY: computer.pull_key,
            Cause.CONTROL_LOST: computer.revoke_control,
            Cause.CONSOLE_STOP: computer.press_stop,
        }[cause]
        g.machine.say(press())
        await until(lambda: g.states["tm-01"].latched == cause)
        await g.rest()


@virtual
async def test_a_refused_procedure_reaches_the_gate(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.moving(1.5)
        g.machine.refuses_writes = 0x0E
        await g.command("target", speed_kmh=2.0)
        await until(lambda: Cause.CONTROL_FAILED in g.causes("hazard"))
        g.machine.refuses_writes = None
        await g.rest()
        assert max(kmh_of(g.machine.taken)) <= 2.0


@virtual
async def test_a_lost_link_is_told_counted_and_starts_nothing(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.moving(1.5)
        g.machine.device.drop()
        await until(lambda: g.states["tm-01"].link == "lost")
        await until(lambda: g.machine.device.links == 2 and g.states["tm-01"].link == "connected")
        assert g.unit.treadmills["tm-01"].link_losses == 1
        await g.rest()
        written = len(g.machine.taken)
        await asyncio.sleep(20)
        assert g.machine.kmh == 0
        assert all(data[0] == 8 for _, data in g.machine.taken[written:])


@virtual
async def test_a_machine_without_a_control_point_is_only_read(tmp_path: Path) -> None:
    machine = MemoryMachine()
    values = machine.device.values[uuids.FITNESS_MACHINE_SERVICE]
    machine.device.values[uuids.FITNESS_MACHINE_SERVICE] = [
        each for each in values if each.uuid != uuids.FITNESS_MACHINE_CONTROL_POINT
    ]
    async with gym(tmp_path, [machine]) as g:
        await until(lambda: len(g.telemetry) > 3)
        assert g.states["tm-01"].speed_max_kmh is None
        await g.renew()
        assert (await g.command("start")).outcome == "refused"


@virtual
async def test_a_machine_whose_speed_range_is_cut_off_tells_no_speeds_and_is_not_started(
    tmp_path: Path,
) -> None:
    machine = MemoryMachine()
    values = machine.device.values[uuids.FITNESS_MACHINE_SERVICE]
    short = Value(uuids.SPEED_RANGE, ("read",), lambda: b"\x50\x00\xd0\x07")
    machine.device.values[uuids.FITNESS_MACHINE_SERVICE] = [
        short if each.uuid == uuids.SPEED_RANGE else each for each in values
    ]
    async with gym(tmp_path, [machine]) as g:
        await until(lambda: "tm-01" in g.states and Odd.RANGE_UNUSABLE in g.states["tm-01"].odd)
        await until(lambda: len(g.telemetry) > 3)
        state = g.states["tm-01"]
        assert (state.speed_min_kmh, state.speed_max_kmh, state.speed_step_kmh) == (None, None, None)
        await g.renew()
        assert (await g.command("start")).outcome == "refused"


@virtual
async def test_its_state_is_said_when_it_changes_and_at_least_each_5_s(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.ready()
        g.said.clear()
        await asyncio.sleep(21)
        gaps = [b.at_ms - a.at_ms for a, b in pairwise(g.said)]
        assert 3 <= len(gaps) <= 5
        assert max(gaps) <= 6_000
        assert g.said[-1].frames > g.said[0].frames


@virtual
async def test_a_foot_pod_s_cadence_goes_with_the_belt_s_record(tmp_path: Path) -> None:
    pod = Device(
        "E0:00:00:00:03:01",
        {uuids.RUNNING_SPEED_AND_CADENCE_SERVICE: [Value(uuids.RSC_MEASUREMENT, ("notify",))]},
    )
    async with gym(tmp_path, footpod=pod) as g:
        await until(lambda: g.states and g.states["tm-01"].footpod == "connected")
        step = running_speed_cadence.RscMeasurement(speed_256ths=256, cadence_per_min=55)
        pod.notify(uuids.RSC_MEASUREMENT, running_speed_cadence.encode(step))
        await until(lambda: g.telemetry and g.telemetry[-1].cadence_spm is not None)
        assert g.telemetry[-1].cadence_spm == step.steps_per_min
        assert g.telemetry[-1].step_cm is None, "this pod tells no stride"

        def step_is(cm: int | None) -> bool:
            return g.telemetry[-1].step_cm == cm

        for stride_cm, step_cm in ((86, 43), (500, None), (0, None)):
            told = running_speed_cadence.RscMeasurement(
                speed_256ths=256, cadence_per_min=55, stride_cm=stride_cm
            )
            pod.notify(uuids.RSC_MEASUREMENT, running_speed_cadence.encode(told))
            await until(partial(step_is, step_cm))
        pod.drop()
        await until(lambda: g.telemetry[-1].cadence_spm is None, seconds=10)


@virtual
async def test_power_in_the_place_of_a_foot_pod_s_cadence_is_left_out_and_told(tmp_path: Path) -> None:
    """A Stryd can be set to tell 80 W as 8; on a belt at 2 km/h that would be steps of 2 m."""
    pod = Device(
        "E0:00:00:00:03:01",
        {
            uuids.DEVICE_INFORMATION_SERVICE: [Value(uuids.MANUFACTURER_NAME, ("read",), lambda: b"Stryd")],
            uuids.RUNNING_SPEED_AND_CADENCE_SERVICE: [Value(uuids.RSC_MEASUREMENT, ("notify",))],
        },
    )
    async with gym(tmp_path, footpod=pod) as g:
        await until(lambda: g.states and g.states["tm-01"].footpod == "connected")
        await g.moving(2.0)

        async def told(cadence: int) -> int | None:
            for _ in range(8):
                step = running_speed_cadence.RscMeasurement(speed_256ths=142, cadence_per_min=cadence)
                pod.notify(uuids.RSC_MEASUREMENT, running_speed_cadence.encode(step))
                await asyncio.sleep(1)
            return g.telemetry[-1].cadence_spm

        assert await told(12) is None
        assert Odd.CADENCE_MAY_BE_POWER in g.states["tm-01"].odd
        assert await told(40) == 80
        assert Odd.CADENCE_MAY_BE_POWER not in g.states["tm-01"].odd


async def marked(g: MemoryGym, data: Path) -> bool:
    await asyncio.sleep(1.5)
    return MovingMark(data, "tm-01").is_set


@virtual
async def test_a_held_belt_is_marked_on_disk_and_a_free_one_is_not(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.ready()
        assert not await marked(g, tmp_path)
        await g.moving(1.5)
        assert await marked(g, tmp_path)
        await g.press_stop()
        await g.rest()
        await g.let_go()
        await asyncio.sleep(10)
        assert await marked(g, tmp_path), "a locked belt is stopped by whoever comes after a crash"
        assert (await g.command("clear", by="Kim")).outcome == "accepted"
        assert not await marked(g, tmp_path)


@virtual
async def test_a_unit_that_finds_a_mark_stops_the_belt_at_its_first_link(tmp_path: Path) -> None:
    MovingMark(tmp_path, "tm-01").set(True)
    machine = MemoryMachine()
    assert machine.belt.start()
    machine.belt.step(3_000)
    machine.belt.set_speed(300)
    machine.belt.step(5_000)
    assert machine.kmh == 3.0
    async with gym(tmp_path, [machine]) as g:
        await g.rest()
        assert HALT in [data for _, data in machine.taken]
        assert max(kmh_of(machine.taken), default=0) <= 3.0
        await until(lambda: Cause.UNIT_RESTARTED in g.causes())


@virtual
async def test_a_range_that_cannot_be_is_only_read(tmp_path: Path) -> None:
    machine = MemoryMachine()
    machine.range = replace(machine.range, min_ckmh=0, max_ckmh=0)
    async with gym(tmp_path, [machine]) as g:
        await until(lambda: len(g.telemetry) > 3)
        assert g.states["tm-01"].link == "connected"
        await g.renew()
        assert (await g.command("start")).outcome == "refused"
        await asyncio.sleep(5)
        assert g.machine.kmh == 0


@virtual
async def test_a_treadmill_left_free_locks_itself_and_is_cleared_by_a_person(tmp_path: Path) -> None:
    async with gym(tmp_path, lock_after_s=45) as g:
        await g.ready()
        await asyncio.sleep(43)
        assert (g.states["tm-01"].latched, g.machine.taken) == ("", [])
        await until(lambda: g.states["tm-01"].latched == Cause.LEFT_FREE)
        assert HALT in [data for _, data in g.machine.taken]
        await until(lambda: g.states["tm-01"].belt == "still")
        await asyncio.sleep(10)
        await g.claim()
        assert (await g.command("clear", by="Kim")).outcome == "accepted"
        await until(lambda: g.states["tm-01"].lease_holder == "test")
        await asyncio.sleep(60)
        assert g.states["tm-01"].latched == ""


@pytest.mark.parametrize("moves", [True, False])
@virtual
async def test_a_treadmill_in_use_or_of_a_site_without_the_wish_does_not_lock_itself(
    tmp_path: Path, moves: bool
) -> None:
    async with gym(tmp_path, lock_after_s=45 if moves else None) as g:
        await g.ready()
        if moves:
            g.machine.computer.press_speed(300)
        await asyncio.sleep(100)
        assert (g.states["tm-01"].latched, g.machine.taken) == ("", [])
