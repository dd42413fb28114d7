"""The metrics service writes its roll call over the bus, alone and in a group of writers; retired units are off it."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.clock import ManualClock
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.limits import Goal, Level
from services.metrics import schema
from services.metrics.points import Point
from services.metrics.roll_rows import WriterHealth
from services.metrics.writer import HEALTH_S, Writer


class Kept:
    """A store that keeps points in a list."""

    def __init__(self) -> None:
        self.points: list[Point] = []

    def write(self, points: Sequence[Point]) -> int:
        self.points += points
        return 0

    def close(self) -> None:
        """Nothing is open."""

    def roll(self) -> dict[str, dict[str, Any]]:
        """The newest rows, by name."""
        rows = [point for point in self.points if point.measurement is schema.PRESENCE]
        newest = max((point.at_ms for point in rows), default=0)
        return {p.tags["name"]: {**p.tags, **p.fields} for p in rows if p.at_ms == newest}


@pytest.mark.parametrize("group", ["", "writers"])
async def test_every_writer_knows_the_whole_site_and_forgets_what_is_taken_back(group: str) -> None:
    clock, broker = ManualClock(), MemoryBroker()
    unit = MemoryBus(broker, client_id="unit")
    stores = [Kept() for _ in range(2 if group else 1)]
    buses = [MemoryBus(broker, client_id=f"w-{n}", session_expiry_s=60) for n in range(len(stores))]
    writers = [
        Writer(bus, "gym", store, clock, name=f"w-{n}", group=group, own=lambda n=n: WriterHealth(f"w-{n}"))  # type: ignore[misc]
        for n, (bus, store) in enumerate(zip(buses, stores, strict=True))
    ]
    runs = [unit.run(), *(bus.run() for bus in buses), *(writer.run() for writer in writers)]
    lines = [asyncio.create_task(run) for run in runs]

    async def goes_on() -> None:
        await clock.advance(500)
        await asyncio.sleep(0.002)

    async def say(channel: Any, id: str, message: Any) -> None:
        await unit.publish(channel.topic("gym", id), channel.encode(message), retain=channel.retain)

    try:
        await until(lambda: all(bus.connected for bus in (unit, *buses)), meanwhile=goes_on)
        boot = {"boot": "b", "at_ms": clock.wall_ms()}
        await say(registry.UNIT_STATUS, "unit-01", m.UnitStatus(
            unit="unit-01", online=True, treadmills=("tm-01",), straps=("hr-01",), **boot))  # type: ignore[arg-type]  # fmt: skip
        await say(registry.TREADMILL_STATE, "tm-01", m.TreadmillState(
            treadmill="tm-01", unit="unit-01", link="connected", belt="still", **boot))  # type: ignore[arg-type]  # fmt: skip
        await say(registry.STRAP_STATE, "hr-01", m.StrapState(
            strap="hr-01", unit="unit-01", link="connected", **boot))  # type: ignore[arg-type]  # fmt: skip
        view = m.SessionView(session="s-1", treadmill="tm-01", at_ms=clock.wall_ms(), phase="running", programme="p",
                             goal=Goal.MOBILITY, level=Level.NOVICE, elapsed_s=2.0, total_s=60.0)  # fmt: skip
        await say(registry.SESSION_VIEW, "tm-01", view)
        everything = {"unit-01", "tm-01", "hr-01"}
        await until(lambda: all(everything <= set(store.roll()) for store in stores), meanwhile=goes_on)
        for n, store in enumerate(stores):
            assert set(store.roll()) == {f"w-{n}", *everything}
            assert store.roll()["tm-01"]["began_ms"] == view.at_ms - 2000
            assert store.roll()[f"w-{n}"]["link"] == "connected"
        rows = [point for store in stores for point in store.points if point.measurement is schema.SESSION]
        assert [row.fields["left_s"] for row in rows] == [58.0]

        await unit.publish(registry.TREADMILL_STATE.topic("gym", "tm-01"), b"", retain=True)
        await unit.publish(registry.UNIT_STATUS.topic("gym", "unit-01"), b"", retain=True)
        await unit.publish(registry.STRAP_STATE.topic("gym", "hr-01"), b"", retain=True)
        await until(
            lambda: all(set(store.roll()) == {f"w-{n}"} for n, store in enumerate(stores)), meanwhile=goes_on
        )
        buses[0].cut()
        await until(lambda: stores[0].roll().get("w-0", {}).get("lost_s", 0) > 0, meanwhile=goes_on)
        assert set(stores[0].roll()) == {"w-0"}
    finally:
        for line in lines:
            line.cancel()
        await asyncio.wait(lines)
        for writer in writers:
            await writer.close()
    times = sorted({p.at_ms for p in stores[0].points if p.measurement is schema.PRESENCE})
    assert {(b - a) // 1000 for a, b in pairwise(times)} <= {HEALTH_S, HEALTH_S + 1}
