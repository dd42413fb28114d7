"""A device's link is kept: longer waits each time it fails, but for a belt that is ours to stop."""

import asyncio
import random

import pytest
from virtual_time import LoopClock, virtual
from waiting import until

from device_adapters.ble.keep import keep_connected
from device_adapters.ble.link import Link
from device_adapters.ble.radio import Radio
from device_adapters.errors import LinkError
from device_adapters.sim.memory import Device, MemoryAdapter

ADDRESS = "C0:00:00:00:01:01"
MAKE_S = 0.5
"""More than a device in memory takes to be found and linked."""

EARLY, LATE = 0.5, 1.5
"""What chance makes of a wait, at the least and at the most."""


class LostLinks:
    """Each link is lost as soon as it stands. `lost_s`: when; from loss number `moves_after` on the belt is ours."""

    def __init__(self, moves_after: int) -> None:
        self.lost_s: list[float] = []
        self._moves_after = moves_after

    def moving(self) -> bool:
        return len(self.lost_s) > self._moves_after

    async def serve(self, _link: Link) -> None:
        self.lost_s.append(asyncio.get_running_loop().time())
        raise LinkError("lost")

    async def waits_s(self, count: int) -> list[float]:
        """Between each loss and the next link."""
        adapter, clock = MemoryAdapter([Device(ADDRESS, {}, name="Belt")]), LoopClock()
        radio = Radio("memory", 2, clock, adapter.backends)
        keeps = keep_connected(radio, ADDRESS, self.serve, treadmill=True, moving=self.moving)
        works = [asyncio.create_task(radio.run()), asyncio.create_task(keeps)]
        try:
            await until(lambda: len(self.lost_s) > count, seconds=600)
        finally:
            for work in works:
                work.cancel()
            await asyncio.wait(works)
        return [b - a for a, b in zip(self.lost_s, self.lost_s[1:], strict=False)][:count]


@pytest.mark.parametrize("chance", [EARLY, LATE])
@virtual
async def test_a_belt_of_ours_is_never_waited_for_longer_than_a_second(
    monkeypatch: pytest.MonkeyPatch, chance: float
) -> None:
    monkeypatch.setattr(random, "uniform", lambda _low, _high: chance)
    waits = await LostLinks(moves_after=0).waits_s(10)
    assert max(waits) <= 1.0 + MAKE_S
    assert min(waits[3:]) >= 1.0


@virtual
async def test_one_that_is_nobody_s_is_waited_for_longer_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda _low, _high: LATE)
    waits = await LostLinks(moves_after=99).waits_s(9)
    wanted = [1.5 * min(15.0, 0.25 * 2**n) for n in range(9)]
    assert all(0 <= wait - least <= MAKE_S for wait, least in zip(waits, wanted, strict=True))
