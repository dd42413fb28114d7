"""Erasure and retention in a real InfluxDB: what has to go is gone from every series, what has to stay is there."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from influx_world import InfluxWorld, needs_influxdb
from members_rig import BEGIN_MS, WREN, screening, session

from device_adapters.config import HubConfig, Influx
from device_adapters.contract import messages as m
from device_adapters.errors import StorageError
from device_adapters.units import DAY_MS
from services.members.model import Purpose, SessionRecord
from services.metrics import points
from services.metrics.forget_influx import InfluxMeasured
from services.metrics.history import history_of
from services.metrics.influxql import InfluxQL
from services.metrics.line_protocol import line
from services.metrics.measured import Window
from services.privacy import wishes
from services.privacy.hub import HubStores, opened
from services.privacy.retention import retain

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]
BEATS = (101, 103, 108)


@dataclass
class InfluxHouse:
    """A hub whose measurements are in InfluxDB, and its clock."""

    world: InfluxWorld
    hub: HubStores
    config: HubConfig
    clock: list[int]
    members: int = 0

    def member(self, *purposes: Purpose) -> str:
        self.members += 1
        id_ = self.hub.members.create(replace(WREN, alias=f"Wren {self.members}"), by="Anna")
        self.hub.members.screen(id_, screening())
        for purpose in (Purpose.SESSION_RECORDS, *purposes):
            self.hub.members.consent(id_, purpose, text_version="1", by="Anna")
        return id_

    async def train(self, member: str, day: float, strap: str) -> SessionRecord:
        done = session(day, session=f"s-{member[2:]}-{day:g}", strap=strap)
        self.hub.members.record(member, done)
        lines = [line(point) for point in _points(member, done)]
        await asyncio.to_thread(InfluxQL(self.config.influx, "").write, lines)
        return done

    async def beats(self, done: SessionRecord) -> list[int]:
        window = Window(done.strap, done.began_ms, done.ended_ms)
        found = await asyncio.to_thread(self.hub.measured.heart_rates, window)
        return [bpm for _, bpm in found]

    async def hearts(self, done: SessionRecord) -> tuple[float, float]:
        """Of its machine and of its own rows."""
        when = f"time >= {done.began_ms}ms AND time <= {done.ended_ms}ms"
        one, two = [
            await self.world.number(f'SELECT count("hr_bpm") FROM "{name}" WHERE "hr_bpm" > 0 AND {when}')  # noqa: S608
            for name in ("treadmill_heart", "session")
        ]
        return one, two


def _points(member: str, done: SessionRecord) -> list[points.Point]:
    rows: list[points.Point] = []
    for n, bpm in enumerate(BEATS):
        at_ms = done.began_ms + n * 1000
        common: dict[str, Any] = {"boot": done.session, "seq": n, "at_ms": at_ms}
        beat = m.StrapTelemetry(strap=done.strap, hr_bpm=bpm, rr_ms=(600.0,), **common)
        rows += points.strap_frame(done.strap, beat)
        frame = m.TreadmillTelemetry(treadmill="tm-01", speed_kmh=2.0, **common)
        rows += points.treadmill_frame("tm-01", frame)
        grips = m.TreadmillHeart(treadmill="tm-01", hr_bpm=bpm, **common)
        rows += points.treadmill_heart("tm-01", grips)
        view = m.SessionView(
            session=done.session, treadmill="tm-01", at_ms=at_ms, phase="running" if n < 2 else "ended", programme="p",
            goal=done.goal, level=done.level, member=member, hr_bpm=bpm, measured_kmh=2.0,
        )  # fmt: skip
        rows += points.session_view("tm-01", view)
    said = m.Event(
        id=f"e-{done.session}", at_ms=done.ended_ms, source="session", kind="feedback", treadmill="tm-01",
        after={"member": member, "rpe": 11}, before={"member": member},
    )  # fmt: skip
    return [*rows, *points.event("", said)]


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path) -> AsyncIterator[InfluxHouse]:
    world = InfluxWorld(tmp_path / "influx")
    await world.open()
    try:
        config = HubConfig(data=str(tmp_path / "hub"), influx=Influx(url=world.url))
        clock = [BEGIN_MS]
        with opened(config, lambda: clock[0]) as hub:
            yield InfluxHouse(world, hub, config, clock)
    finally:
        await world.close()


@needs_influxdb
async def test_an_erased_member_is_in_no_series_and_no_event(house: InfluxHouse) -> None:
    wren, other = house.member(Purpose.HEART_RATE), house.member(Purpose.HEART_RATE)
    done, kept = await house.train(wren, 0, "hr-01"), await house.train(other, 1, "hr-02")
    assert await house.beats(done) == list(BEATS)
    await house.world.query(
        f"SELECT mean(measured_kmh) AS measured_kmh INTO minutes FROM session WHERE member = '{wren}' "  # noqa: S608
        "GROUP BY time(1m), *",
        post=True,
    )
    await asyncio.to_thread(wishes.erase, house.hub, wren, by="Anna")
    assert await house.beats(done) == []
    assert await house.hearts(done) == (0, 0)
    for name in ("session", "session_end"):
        assert await house.world.query(f"SHOW SERIES FROM {name} WHERE member = '{wren}'") == []
        assert await house.world.query(f"SHOW SERIES FROM {name} WHERE member = '{other}'")
    events = await house.world.query("SELECT * FROM event")
    assert len(events) == 2
    assert wren not in str(events).replace(done.session, "")
    assert other in str(events)
    assert '"rpe":11' in str(events)
    # What the belt did is nobody's, and stays; the other's session is whole.
    frames = await asyncio.to_thread(history_of(house.config).frames, "tm-01", done.began_ms, done.ended_ms)
    assert [frame.speed_kmh for frame in frames] == [2.0] * 3
    assert await house.beats(kept) == list(BEATS)
    assert await house.hearts(kept) == (3, 3)
    ended = await asyncio.to_thread(history_of(house.config).find, kept.session)
    assert ended is not None
    assert ended.member == other


@needs_influxdb
async def test_heart_rates_go_at_once_without_consent_and_after_90_days(house: InfluxHouse) -> None:
    without, consenting = house.member(), house.member(Purpose.HEART_RATE)
    mine, theirs = await house.train(without, 0, "hr-01"), await house.train(consenting, 1, "hr-02")
    house.clock[0] = BEGIN_MS + 2 * DAY_MS

    def job(*, dry_run: bool) -> Any:
        return retain(house.hub, by="night", dry_run=dry_run)

    planned = await asyncio.to_thread(job, dry_run=True)
    assert (planned.heart_rates_without_consent, planned.heart_rates_old) == (9, 0)
    assert await house.beats(mine) == list(BEATS)
    assert await asyncio.to_thread(job, dry_run=False) == planned
    assert (await house.beats(mine), await house.hearts(mine)) == ([], (0, 0))
    assert (await house.beats(theirs), await house.hearts(theirs)) == (list(BEATS), (3, 3))
    history = history_of(house.config)
    ended = await asyncio.to_thread(history.find, mine.session)
    assert ended is not None
    rows = await asyncio.to_thread(history.rows, ended.key)
    assert [(row.measured_kmh, row.hr_bpm) for row in rows] == [(2.0, None)] * 3

    house.clock[0] = theirs.ended_ms + 90 * DAY_MS + 1
    told = await asyncio.to_thread(job, dry_run=False)
    assert (told.heart_rates_old, told.sessions_summed_up) == (9, 1)
    assert (await house.beats(theirs), await house.hearts(theirs)) == ([], (0, 0))
    assert (await asyncio.to_thread(job, dry_run=False)).heart_rates_old == 0


async def test_influxdb_2_is_asked_to_delete_in_the_bucket_and_in_that_of_the_minutes() -> None:
    asked: list[tuple[str, str]] = []

    async def ping(_request: web.Request) -> web.Response:
        return web.Response(status=204, headers={"X-Influxdb-Version": "v2.7.1"})

    async def delete(request: web.Request) -> web.Response:
        body = await request.json()
        assert request.headers["Authorization"] == "Token secret"
        assert body["start"].endswith("Z")
        asked.append((request.query["bucket"], body["predicate"]))
        return web.Response(status=404 if request.query["bucket"].endswith("_1m") else 204)

    async def query(_request: web.Request) -> web.Response:
        return web.json_response({"results": [{"statement_id": 0}]})

    app = web.Application()
    app.router.add_get("/ping", ping)
    app.router.add_post("/api/v2/delete", delete)
    app.router.add_get("/query", query)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        measured = InfluxMeasured(Influx(url=f"http://{host}:{port}", bucket="gym"), "secret")
        await asyncio.to_thread(measured.forget_member, "m-12ab")
        assert asked == [
            (bucket, f'_measurement="{name}" AND member="m-12ab"')
            for name in ("session", "session_end")
            for bucket in ("gym", "gym_1m")
        ]
        with pytest.raises(StorageError, match="is no pseudonym"):
            await asyncio.to_thread(measured.forget_member, 'm" OR true')
    finally:
        await runner.cleanup()
