"""The broker is gone while a hand can stop a belt at the unit: nothing rises until it is back or the belt stops."""

import asyncio
from pathlib import Path

import pytest
from memory_gym import MemoryGym, gym, kmh_of
from virtual_time import virtual

from device_adapters.safety.hazards import Cause
from device_adapters.unit.hand_stops import HandStops

BACK_S, FROZEN_S = 1.0, 3.0
"""A broker that is started again; what a lost one holds back meanwhile."""


@pytest.fixture(autouse=True)
def hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A button in reach that works: `tests/integration/test_stop_button.py` has a real one."""
    monkeypatch.setattr(HandStops, "works", lambda _self, _treadmill: True)


async def rising(g: MemoryGym) -> None:
    """A belt of ours on its way up, well below its target."""
    await g.moving(1.5)
    await asyncio.sleep(6)
    assert (await g.command("target", speed_kmh=3.0)).speed_kmh == 3.0
    await asyncio.sleep(0.5)
    assert g.machine.kmh < 2.5


@virtual
async def test_with_a_button_nothing_rises_while_the_broker_is_gone_and_the_belt_runs_on(
    tmp_path: Path,
) -> None:
    async with gym(tmp_path) as g:
        await rising(g)
        g.unit_bus.cut()
        await asyncio.sleep(0.1)
        written = len(g.machine.taken)
        await asyncio.sleep(BACK_S)
        g.unit_bus.mend()
        await asyncio.sleep(FROZEN_S - BACK_S - 0.2)
        assert not kmh_of(g.machine.taken[written:])
        await asyncio.sleep(6)
        assert (g.machine.kmh, g.states["tm-01"].latched) == (3.0, "")
        assert Cause.BROKER_LOST not in g.causes()


@virtual
async def test_a_broker_that_stays_away_leaves_the_lease_to_run_out(tmp_path: Path) -> None:
    async with gym(tmp_path) as g:
        await rising(g)
        before = g.machine.kmh
        g.unit_bus.cut()
        await asyncio.sleep(0.5)
        written = len(g.machine.taken)
        await g.rest()
        speeds = kmh_of(g.machine.taken[written:])
        assert speeds == sorted(speeds, reverse=True)
        assert max(speeds) <= before + 0.3
        assert g.unit.treadmills["tm-01"].gate.envelope.latched == Cause.LEASE_EXPIRED
