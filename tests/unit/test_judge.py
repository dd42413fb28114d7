"""The loop that judges a unit's belts: what fails at one of them stops that one, and the others are judged on."""

import asyncio
from pathlib import Path

import pytest
from memory_gym import MemoryMachine, gym
from virtual_time import virtual
from waiting import until

from device_adapters.gate import Gate
from device_adapters.safety.hazards import Cause

STOP_S = 8.0
"""A whole stop takes no longer."""


@virtual
async def test_a_belt_that_cannot_be_judged_rests_and_the_other_is_judged_on(tmp_path: Path) -> None:
    def fails() -> None:
        raise RuntimeError("a bug")

    async with gym(tmp_path, [MemoryMachine(1), MemoryMachine(2)]) as g:
        await g.moving(1.5, "tm-01")
        await g.moving(2.0, "tm-02")
        g.unit.treadmills["tm-01"].gate.tick = fails  # type: ignore[method-assign]
        await until(lambda: g.machine.kmh == 0, seconds=STOP_S)
        await until(lambda: "gate_restarted" in [event.kind for event in g.events])
        assert g.states["tm-01"].latched == Cause.UNIT_RESTARTED
        assert (g.machines[1].kmh, g.states["tm-02"].latched) == (2.0, "")
        await g.let_go()
        await until(lambda: g.machines[1].kmh == 0, seconds=STOP_S)
        assert {event.treadmill for event in g.events if event.cause == Cause.LEASE_EXPIRED} == {"tm-02"}


@virtual
async def test_what_fails_beside_the_gate_stops_the_belt_by_the_gate(tmp_path: Path) -> None:
    def fails() -> None:
        raise RuntimeError("a bug")

    async with gym(tmp_path, [MemoryMachine(1)]) as g:
        await g.moving(1.5, "tm-01")
        adapter = g.unit.treadmills["tm-01"]
        gate = adapter.gate
        adapter.held = fails
        await until(lambda: g.machine.kmh == 0, seconds=STOP_S)
        await until(lambda: g.states["tm-01"].latched == Cause.UNIT_RESTARTED)
        assert adapter.gate is gate
        await asyncio.sleep(5)
        assert [event.cause for event in g.events if event.kind == "hazard"] == [Cause.UNIT_RESTARTED]


@virtual
async def test_gates_that_fail_one_after_the_other_still_write_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each new one would have waited for a frame for longer than it lived."""
    ticks = Gate.tick

    def fails(gate: Gate) -> None:
        ticks(gate)
        raise RuntimeError("a bug")

    async with gym(tmp_path, [MemoryMachine(1)]) as g:
        await g.moving(1.5, "tm-01")
        monkeypatch.setattr(g.machine, "tell", lambda: None)
        monkeypatch.setattr(Gate, "tick", fails)
        await until(lambda: g.machine.kmh == 0, seconds=STOP_S)
        monkeypatch.undo()
