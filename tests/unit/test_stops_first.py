"""A stop for all reaches every belt before a word is written, said or logged of any; then all of it is."""

import asyncio
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog
from memory_gym import MemoryGym, MemoryMachine, gym
from virtual_time import virtual
from waiting import until

from device_adapters.codecs import uuids
from device_adapters.codecs.ftms.control_point import OpCode
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.hazards import Cause
from device_adapters.unit.afterwards import TURNS, Afterwards

BELTS = 6


@dataclass
class SeenWrites:
    """How much had been recorded, said and logged of the stop when each belt was told."""

    cause: str
    words: int = 0
    before: dict[int, int] = field(default_factory=dict)

    def log(self, _logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        self.words += entry.get("kind") == "hazard" and entry.get("cause") == self.cause
        raise structlog.DropEvent

    def event(self, _id: str, event: m.Event) -> None:
        self.words += event.kind == "hazard" and event.cause == self.cause

    def state(self, _id: str, state: m.TreadmillState) -> None:
        self.words += state.latched == self.cause

    def told(self, number: int, write: Callable[[bytes], None]) -> Callable[[bytes], None]:
        def written(data: bytes) -> None:
            if data[0] in (OpCode.SET_TARGET_SPEED, OpCode.STOP_OR_PAUSE):
                self.before.setdefault(number, self.words)
            write(data)

        return written


@contextmanager
def watching(g: MemoryGym, cause: Cause) -> Iterator[SeenWrites]:
    seen, old = SeenWrites(cause), structlog.get_config()["processors"]
    for number, machine in enumerate(g.machines):
        point = machine.device.value(uuids.FITNESS_MACHINE_CONTROL_POINT)
        assert point.write is not None
        point.write = seen.told(number, point.write)
    g.bus.subscribe(registry.EVENT, seen.event)
    g.bus.subscribe(registry.TREADMILL_STATE, seen.state)
    structlog.configure(processors=[seen.log])
    try:
        yield seen
    finally:
        structlog.configure(processors=old)


async def all_moving(g: MemoryGym) -> None:
    for number in range(1, len(g.machines) + 1):
        await g.moving(1.5, f"tm-{number:02d}")


async def stop_all(g: MemoryGym) -> None:
    await g.bus.publish(registry.STOP_ALL, m.Stop(by="Kim"))


async def broker_lost(g: MemoryGym) -> None:
    g.broker.stop()


async def unit_ends(g: MemoryGym) -> None:
    assert g.running is not None
    g.running.cancel()


@pytest.mark.parametrize(
    ("deed", "cause"),
    [
        (stop_all, Cause.STOP_PRESSED),
        (broker_lost, Cause.BROKER_LOST),
        (unit_ends, Cause.UNIT_STOPPING),
    ],
)
@virtual
async def test_every_belt_is_told_before_a_word_is_said_of_any(
    tmp_path: Path, deed: Callable[[MemoryGym], Any], cause: Cause
) -> None:
    async with gym(tmp_path, [MemoryMachine(n) for n in range(1, BELTS + 1)]) as g:
        await all_moving(g)
        with watching(g, cause) as seen:
            await deed(g)
            await until(lambda: len(seen.before) == BELTS)
            assert seen.before == dict.fromkeys(range(BELTS), 0)
            g.broker.start()
            await g.rest()
            if deed is not unit_ends:
                await until(
                    lambda: len([e for e in g.events if e.kind == "hazard" and e.cause == cause]) == BELTS
                )
                await until(lambda: all(state.latched == cause for state in g.states.values()))


@virtual
async def test_a_belt_whose_gate_fails_keeps_no_other_from_being_told(tmp_path: Path) -> None:
    """And is brought to rest itself, by a gate that begins anew."""

    def fails(*_: object) -> None:
        raise RuntimeError("a bug")

    async with gym(tmp_path, [MemoryMachine(n) for n in range(1, 4)]) as g:
        await all_moving(g)
        g.unit.treadmills["tm-01"].gate.stop = fails  # type: ignore[assignment,method-assign]
        await stop_all(g)
        await g.rest()
        await until(lambda: "gate_restarted" in [event.kind for event in g.events])
        assert all(machine.kmh == 0 for machine in g.machines)


async def test_each_word_waits_for_turns_of_its_own_and_one_that_fails_keeps_no_other_back() -> None:
    afterwards, said = Afterwards(), list[str]()

    def fails() -> None:
        raise RuntimeError("a bug")

    afterwards.do(lambda: said.append("first"))
    for _ in range(TURNS - 1):
        await asyncio.sleep(0)
    afterwards.do(fails)
    afterwards.do(lambda: said.append("second"))
    await asyncio.sleep(0)
    assert said == ["first"]
    for _ in range(TURNS):
        await asyncio.sleep(0)
    assert said == ["first", "second"]
    afterwards.do(fails)
    afterwards.do(lambda: said.append("last"))
    afterwards.do_all()
    assert said[-1] == "last"
