"""The session service and a desk in memory and in virtual time, beside the unit of `memory_gym`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from memory_gym import MemoryGym
from session_floor import SITE, FloorDesk
from waiting import until

from device_adapters.bus.memory import MemoryBus
from services.session.journal import Journal
from services.session.service import SessionService


@asynccontextmanager
async def hub(data: Path, unit: MemoryGym, bus: MemoryBus | None = None) -> AsyncIterator[FloorDesk]:
    """A session service beside a unit, and a desk that asks it. `bus`: the service's, where it is no plain one."""
    bus, desk_bus = (
        bus or MemoryBus(unit.broker, client_id="session"),
        MemoryBus(unit.broker, client_id="desk"),
    )
    journal = Journal(data / "sessions.db")
    service = SessionService(bus, SITE, unit.clock, journal, "session-a")
    ready = asyncio.Event()
    desk = FloorDesk(desk_bus)
    tasks = [asyncio.create_task(desk_bus.run()), asyncio.create_task(service.run(ready.set))]
    await ready.wait()
    await until(lambda: desk_bus.connected)
    try:
        yield desk
    finally:
        for task in reversed(tasks):
            task.cancel()
            await asyncio.wait([task])
        journal.close()


async def running(desk: FloorDesk, unit: MemoryGym, treadmill: str, **changes: Any) -> None:
    """A session that runs on this treadmill."""
    await unit.ready(treadmill)
    await asyncio.sleep(1)
    reply = await desk.start(treadmill, **changes)
    assert reply.ok, reply.text
    await until(lambda: desk.phase(treadmill) == "running")
