"""Somebody sets a clock while a session runs: the hub's, the unit's, or both. The record has the session as it was."""

import asyncio
import csv
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from fit_readers import activity_by_fit_tool
from session_floor import SITE, FloorDesk, SessionFloor
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.clock import ManualClock
from device_adapters.config import HubConfig
from services.console.event_words import sentence
from services.metrics.history import history_of
from services.metrics.sqlite import SqliteSink
from services.metrics.writer import Writer
from services.records import stores
from services.records.export import export
from services.records.form import Format
from services.session.journal import Journal
from services.session.service import SessionService
from services.texts.languages import speaking

HOUR_MS = 3_600_000
TCX = {"t": "http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"}


@dataclass
class UnitClock:
    """The monotonic time of `clock`, and a wall clock of its own."""

    clock: ManualClock
    offset_ms: int = 0

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def wall_ms(self) -> int:
        return self.clock.now_ms() + 1_700_000_000_000 + self.offset_ms

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


@dataclass
class SteppedHub:
    """Session and metrics service, a unit and a desk on one bus; virtual time."""

    data: Path
    clock: ManualClock
    unit_clock: UnitClock
    desk: FloorDesk

    async def run(self, ms: int) -> None:
        for _ in range(ms // 50):
            await self.clock.advance(50)
            await asyncio.sleep(0.004)  # the journal writes on a thread, whose time is not the clock's


@asynccontextmanager
async def hub(data: Path) -> AsyncIterator[SteppedHub]:
    clock, broker = ManualClock(now_ms=50_000), MemoryBroker()
    clock.set_wall(50_000)
    unit_clock = UnitClock(clock)
    buses = [MemoryBus(broker, client_id=name) for name in ("unit", "desk", "metrics", "session")]
    unit_bus, desk_bus, metrics_bus, session_bus = buses
    floor, desk = SessionFloor(unit_bus, unit_clock), FloorDesk(desk_bus)
    writer = Writer(metrics_bus, SITE, SqliteSink(data / "metrics.db"), clock)
    journal, ready = Journal(data / "sessions.db"), asyncio.Event()
    service = SessionService(session_bus, SITE, clock, journal, "session")
    jobs = [*(bus.run() for bus in buses[:3]), writer.run()]
    tasks = [asyncio.create_task(job) for job in jobs]
    await until(lambda: all(bus.connected for bus in buses[:3]))
    tasks += [asyncio.create_task(floor.run()), asyncio.create_task(service.run(ready.set))]
    await until(ready.is_set)
    made = SteppedHub(data, clock, unit_clock, desk)
    await made.run(600)
    yield made
    await until(lambda: not writer.waiting)
    tasks[-1].cancel()
    while not tasks[-1].done():
        await clock.advance(100)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await writer.close()
    journal.close()


WALK_MS = 20_000


async def walked(data: Path, hub_step_ms: int, unit_step_ms: int) -> str:
    """A session of twice WALK_MS and a stop, with the steps in its middle; its id."""
    async with hub(data) as site:
        reply = await site.desk.start()
        assert reply.ok, reply.text
        for _ in range(300):
            if site.desk.phase() == "running":
                break
            assert site.desk.phase() != "ended", site.desk.view().why
            await site.run(200)
        await site.run(WALK_MS)
        site.clock.set_wall(hub_step_ms)
        site.unit_clock.offset_ms += unit_step_ms
        await site.run(WALK_MS)
        assert site.desk.phase() == "running", site.desk.view().why
        await site.desk.ask("stop")
        for _ in range(120):
            if site.desk.phase() == "ended":
                break
            await site.run(500)
        assert site.desk.phase() == "ended", site.desk.view().why
        steps = [event for event in site.desk.events if event.kind == "clock_step"]
        assert [event.after["stepped_ms"] for event in steps] == ([hub_step_ms] if hub_step_ms else [])
        await asyncio.sleep(1)  # the writer gathers for half a second
        return reply.session


STEPS = [(0, 0), (0, 12_000), (0, -12_000)]
for far_ms in (120 * 24 * HOUR_MS, HOUR_MS, -HOUR_MS):
    STEPS += [(far_ms, far_ms), (far_ms, 0), (0, far_ms)]


@pytest.mark.parametrize(("hub_step_ms", "unit_step_ms"), STEPS)
async def test_every_form_of_the_record_has_the_durations_of_the_walk(
    tmp_path: Path, hub_step_ms: int, unit_step_ms: int
) -> None:
    session = await walked(tmp_path, hub_step_ms, unit_step_ms)
    record = stores.read(tmp_path, session, history_of(HubConfig(data=str(tmp_path))))
    lasted_s = (record.end_ms - record.begin_ms) / 1000
    assert 40 <= lasted_s <= 60
    assert 36 <= record.moving_s <= lasted_s + 1
    # mobility for novices: 1.0 km/h at first, at most 1.5
    assert 36 / 3.6 <= record.distance_m <= lasted_s * 1.5 / 3.6
    assert all(lap.begin_ms <= lap.end_ms for lap in record.laps)
    rows = list(csv.reader(io.StringIO(export(record, Format.CSV).decode())))
    assert len(rows) == len(record.samples) + 1 <= 62
    told = json.loads(export(record, Format.JSON))
    assert told["end_ms"] - told["begin_ms"] == record.end_ms - record.begin_ms
    laps = ET.fromstring(export(record, Format.TCX)).iterfind(".//t:Lap", TCX)  # noqa: S314 — our own
    assert sum(float(lap.findtext("t:TotalTimeSeconds", "", TCX)) for lap in laps) == pytest.approx(
        lasted_s, abs=1
    )
    activity = activity_by_fit_tool(export(record, Format.FIT))
    assert activity is not None
    if hub_step_ms:
        (moment,) = (one for one in record.moments if one.kind == "clock_step")
        assert "The hub's clock was set " in moment.text
        with speaking("de"):
            assert sentence("clock_step", moment.cause, moment.said or "").startswith(
                "Die Uhr des Hubs wurde um"
            )
