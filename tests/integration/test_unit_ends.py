"""A unit that must end stops its belts first, on links that it keeps for that; whatever makes it end."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from unit_world import World, world

from device_adapters.unit import service as unit_module
from device_adapters.unit.kept import keep_at_work

PATIENCE_S = 60.0


async def test_a_supervisor_that_fails_ends_the_unit_with_its_belt_at_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail, seen = asyncio.Event(), list[World]()

    async def keep(name: str, work: Callable[[], Awaitable[None]], *rest: object) -> None:
        if name != "roaming":
            return await keep_at_work(name, work, *rest)  # type: ignore[arg-type]
        await fail.wait()
        raise RuntimeError("the supervisor itself")

    monkeypatch.setattr(unit_module, "keep_at_work", keep)

    async def until_it_ends() -> None:
        async with world(tmp_path) as w:
            seen.append(w)
            await w.run_at(1.5)
            fail.set()
            await asyncio.sleep(PATIENCE_S)

    with pytest.raises(ExceptionGroup):
        await until_it_ends()
    assert seen[0].belt_ckmh() == 0


async def test_a_unit_that_is_cancelled_again_and_again_still_stops_first(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.run_at(1.5)
        (unit,) = [t for t in asyncio.all_tasks() if "Unit.run" in repr(t.get_coro())]
        for _ in range(3):
            unit.cancel()
            await asyncio.sleep(0.05)
        assert not unit.done()
        await asyncio.wait([unit], timeout=PATIENCE_S)
        assert w.belt_ckmh() == 0


async def test_each_part_that_fails_is_told_once_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(self: object) -> None:
        del self
        raise ExceptionGroup("of", [OSError("its own")])

    monkeypatch.setattr("device_adapters.unit.roaming.Roaming.run", fails)
    monkeypatch.setattr("device_adapters.unit.home_assistant.HomeAssistant.keep", fails)
    monkeypatch.setattr("device_adapters.unit.footpod.FootpodAdapter.run", fails)
    async with world(tmp_path, footpods=1) as w:
        await w.run_at(1.0)
        failed = {"home_assistant", "roaming"}
        await w.until(lambda: {e.cause for e in w.events if e.kind == "part_failed"} == failed, PATIENCE_S)
        await w.until(lambda: "adapter_failed" in w.states["tm-01"].odd)
        assert w.belt_ckmh() == 100
        assert w.states["tm-01"].latched == ""
