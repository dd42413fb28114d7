"""A whole unit in virtual time: how it ends, what it says of itself, and what of it depends on what."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from memory_gym import HALT, MemoryMachine, Strap1, gym, kmh_of
from virtual_time import virtual
from waiting import until

from device_adapters.safety.hazards import Cause
from device_adapters.unit.moving_mark import MovingMark


@virtual
async def test_a_unit_that_is_ended_brings_its_belts_to_rest_first(tmp_path: Path) -> None:
    machines = [MemoryMachine(1), MemoryMachine(2)]
    async with gym(tmp_path, machines) as g:
        await g.ready("tm-02")
        await g.moving(1.5)
        assert g.running is not None
        g.running.cancel()
        await asyncio.sleep(0.5)
        assert not g.running.done()
        await asyncio.wait([g.running])
        assert machines[0].kmh == 0
        assert machines[0].taken[-1][1] == HALT
        assert machines[0].device.client is None
        assert g.states["tm-01"].latched == Cause.UNIT_STOPPING
        assert next(e for e in g.events if e.cause == Cause.UNIT_STOPPING).after["by"] == "unit-01"


@virtual
async def test_a_unit_leaves_a_belt_that_will_not_stop_after_a_time(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await g.moving(1.5)
        g.machine.belt.quirks.ignore_stop = True
        assert g.running is not None
        began_s = asyncio.get_running_loop().time()
        g.running.cancel()
        await asyncio.wait([g.running])
        assert 9 <= asyncio.get_running_loop().time() - began_s <= 15
        assert HALT in [data for _, data in g.machine.taken]
        assert max(kmh_of(g.machine.taken)) <= 1.5


@virtual
async def test_a_unit_with_nothing_moving_ends_at_once(tmp_path: Path) -> None:
    async with gym(tmp_path, straps=[Strap1(1)]) as g:
        await g.ready()
        assert g.running is not None
        began_s = asyncio.get_running_loop().time()
        g.running.cancel()
        await asyncio.wait([g.running])
        assert asyncio.get_running_loop().time() - began_s <= 5
        assert not any(data[0] in (2, 3, 7) for _, data in g.machine.taken)


@virtual
async def test_it_says_how_it_is_every_5_s_and_at_once_when_a_radio_fails(tmp_path: Path) -> None:
    async with gym(tmp_path, straps=[Strap1(1)]) as g:
        await until(lambda: g.statuses and g.statuses[-1].radios and g.statuses[-1].radios[0].used == 2)
        said = g.statuses[-1]
        assert (said.unit, said.online, said.boot) == ("unit-01", True, "boot-1")
        radio = said.radios[0]
        assert (radio.name, radio.used, radio.slots, radio.up) == ("memory", 2, 20, True)
        await asyncio.sleep(20)
        at_ms = [one.at_ms for one in g.statuses[-4:]]
        assert all(5_000 <= b - a <= 5_600 for a, b in pairwise(at_ms))
        g.adapter.pull()
        await until(lambda: not g.statuses[-1].radios[0].up, seconds=2)
        assert g.statuses[-1].radios[0].why
        assert g.states["tm-01"].link == "lost"
        g.adapter.plugged = True
        await until(lambda: g.states["tm-01"].link == "connected", seconds=300)
        await until(lambda: g.statuses[-1].radios[0].up)


@virtual
async def test_one_strap_that_is_away_holds_up_nobody(tmp_path: Path) -> None:
    strap = Strap1(1)
    strap.device.present = False
    async with gym(tmp_path, straps=[strap, Strap1(2)]) as g:
        await g.ready()
        await until(lambda: g.hearts)
        assert {one.strap for one in g.hearts} == {"hr-02"}


@pytest.mark.parametrize("moving", [True, False])
def test_a_mark_is_read_by_the_unit_that_comes_after(tmp_path: Path, moving: bool) -> None:
    assert not MovingMark(tmp_path, "tm-01").is_set
    MovingMark(tmp_path, "tm-01").set(True)
    MovingMark(tmp_path, "tm-01").set(moving)
    assert MovingMark(tmp_path, "tm-01").is_set is moving
    assert not MovingMark(tmp_path, "tm-02").is_set
