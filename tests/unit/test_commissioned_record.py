"""A commissioning record that is good no more while its treadmill is in use: the whole unit, in virtual time."""

import asyncio
from pathlib import Path

import pytest
from memory_gym import NOW_MS, MemoryGym, gym, record
from virtual_time import virtual
from waiting import until

from device_adapters import commissioning
from device_adapters.commissioning import VALID_MS
from device_adapters.safety.hazards import Cause

PROVEN_KMH, UNPROVEN_KMH = 3.5, 3.0
LASTS_S = 60


async def taken(g: MemoryGym, epoch: int) -> float | None:
    """The target that a new lease is given, of 3.5 km/h."""
    await g.hold(epoch=epoch, session=f"s-{epoch}")
    assert (await g.command("start", epoch=epoch)).outcome == "accepted"
    target = await g.command("target", epoch=epoch, speed_kmh=PROVEN_KMH)
    return target.speed_kmh


async def freed(g: MemoryGym) -> None:
    """At rest, cleared and leased by nobody."""
    await g.rest()
    await g.let_go()
    await until(lambda: g.states["tm-01"].belt == "still")
    await asyncio.sleep(10)
    assert (await g.command("clear", by="Kim", epoch=0, beat=0)).outcome == "accepted"


@virtual
async def test_a_record_that_ends_while_its_treadmill_is_linked_ends_at_the_next_lease(
    tmp_path: Path,
) -> None:
    commissioning.write(tmp_path, record(at_ms=NOW_MS - VALID_MS + LASTS_S * 1000))
    async with gym(tmp_path) as g:
        await g.ready()
        assert await taken(g, 1) == PROVEN_KMH
        await g.press_stop()
        await freed(g)
        await asyncio.sleep(LASTS_S)
        assert g.machine.device.links == 1
        assert await taken(g, 2) == UNPROVEN_KMH


@pytest.mark.parametrize("denies", [Cause.MPH_FIRMWARE, Cause.OFF_RAMP, Cause.OVERSPEED])
@virtual
async def test_what_a_machine_does_against_its_record_ends_it_here_and_after_a_restart(
    tmp_path: Path, denies: Cause
) -> None:
    commissioning.write(tmp_path, record())
    async with gym(tmp_path) as g:
        await g.ready()
        assert await taken(g, 1) == PROVEN_KMH
        g.unit.treadmills["tm-01"].stop(denies, "")
        await freed(g)
        assert await taken(g, 2) == UNPROVEN_KMH
        await g.press_stop()
        await freed(g)
    async with gym(tmp_path) as g:
        await g.ready()
        assert await taken(g, 1) == UNPROVEN_KMH


@virtual
async def test_a_stop_that_says_nothing_of_the_machine_leaves_its_record_good(tmp_path: Path) -> None:
    commissioning.write(tmp_path, record())
    async with gym(tmp_path) as g:
        await g.ready()
        assert await taken(g, 1) == PROVEN_KMH
        await g.press_stop()
        await freed(g)
        assert await taken(g, 2) == PROVEN_KMH
