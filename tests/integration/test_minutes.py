"""Minute means, on a real InfluxDB 1.6.7: each is made of all that came, however late it came."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from influx_world import InfluxWorld, needs_influxdb
from typer.testing import CliRunner

from device_adapters.clock import SystemClock
from device_adapters.config import Influx
from device_adapters.errors import StorageError
from device_adapters.units import DAY_MS
from services.cli.main import app
from services.metrics import minutes, schema
from services.metrics.influx import open_influx
from services.metrics.influxql import InfluxQL
from services.metrics.line_protocol import line, packed
from services.metrics.minute_maker import MinuteMaker, Minutes
from services.metrics.points import Point
from services.metrics.shipper import Shipper
from services.metrics.spool import Spool
from services.provisioning.history import day
from services.provisioning.visits import SeededGym

pytestmark = [needs_influxdb, pytest.mark.timeout(300)]
HOUR_MS = 3_600_000
GYM = SeededGym(end_ms=20_700 * DAY_MS, days=1, members=20)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[InfluxWorld]:
    made = InfluxWorld(tmp_path / "influx")
    await made.open()
    try:
        yield made
    finally:
        await made.close()


async def with_policy(world: InfluxWorld) -> None:
    await world.query('CREATE RETENTION POLICY "1m" ON "backstride" DURATION INF REPLICATION 1', post=True)


def frame(treadmill: str, at_ms: int, speed: float) -> Point:
    return Point(
        schema.TREADMILL,
        {"treadmill": treadmill},
        {"speed_kmh": speed, "seq": 1, "hr_bpm": 90},
        at_ms * 1_000_000,
    )


async def ship(world: InfluxWorld, spool: Spool, points: list[Point]) -> MinuteMaker:
    """Deliver, and make what has to be made anew."""
    spool.write(points)
    async with open_influx(Influx(url=world.url), "") as post:
        shipper = Shipper(spool, post, SystemClock(), lambda: 0.0)
        task = asyncio.create_task(shipper.run())
        async with asyncio.timeout(60):
            await shipper.drained()
        task.cancel()
    maker = MinuteMaker(spool, Minutes(InfluxQL(Influx(url=world.url), "")), SystemClock())
    await maker.make_due(quiet_ms=0)
    return maker


async def speeds(world: InfluxWorld, treadmill: str = "tm-01") -> dict[int, float]:
    """Mean speed by its minute, ms."""
    asked = f"SELECT speed_kmh FROM \"1m\".treadmill WHERE treadmill = '{treadmill}'"  # noqa: S608
    return {row["time"] // 1_000_000: row["speed_kmh"] for row in await world.query(asked)}


@pytest.mark.parametrize("late_h", [1, 3, 24, 24 * 60])
async def test_what_comes_hours_late_is_in_the_mean_of_its_minute(
    world: InfluxWorld, tmp_path: Path, late_h: int
) -> None:
    await with_policy(world)
    spool = Spool(tmp_path / "spool.db", 10**7)
    now_ms = SystemClock().wall_ms() // 60_000 * 60_000
    then_ms = now_ms - late_h * HOUR_MS
    await ship(world, spool, [frame("tm-01", then_ms + 1000, 2.0), frame("tm-01", now_ms, 5.0)])
    assert await speeds(world) == {then_ms: 2.0, now_ms: 5.0}
    await ship(world, spool, [frame("tm-01", then_ms + 2000, 4.0), frame("tm-02", then_ms, 1.0)])
    assert await speeds(world) == {then_ms: 3.0, now_ms: 5.0}
    assert await speeds(world, "tm-02") == {then_ms: 1.0}
    assert spool.untouched_for(0, 10**15, 10) == []
    spool.close()


async def test_a_day_of_a_gym_has_its_means_and_no_hearts(world: InfluxWorld, tmp_path: Path) -> None:
    await with_policy(world)
    points = list(day(GYM, 0))
    spool = Spool(tmp_path / "spool.db", 10**8)
    maker = await ship(world, spool, points)
    expected: dict[tuple[str, int], list[float]] = {}
    for point in points:
        if point.measurement is schema.TREADMILL:
            key = (point.tags["treadmill"], point.at_ms // 60_000 * 60_000_000_000)
            expected.setdefault(key, []).append(float(point.fields["speed_kmh"]))
    rows = await world.query('SELECT "speed_kmh" FROM "1m"."treadmill" GROUP BY *')
    assert len(rows) == len(expected) > 100
    for row in rows:
        told = expected[row["treadmill"], row["time"]]
        assert row["speed_kmh"] == pytest.approx(sum(told) / len(told))
    assert maker.made >= len(expected)
    for measurement in minutes.MEASUREMENTS:
        kept = await world.query(f'SHOW FIELD KEYS FROM "1m"."{measurement.name}"')
        assert {row["fieldKey"] for row in kept} <= set(minutes.fields(measurement))
        assert not [row for row in kept if "hr" in row["fieldKey"]]
    spool.close()


async def test_a_minute_that_is_touched_while_it_is_made_is_made_again(
    world: InfluxWorld, tmp_path: Path
) -> None:
    spool = Spool(tmp_path / "spool.db", 10**7)
    with pytest.raises(StorageError, match="retention policy not found"):
        await ship(world, spool, [frame("tm-01", 60_000, 2.0)])
    ((minute, nth),) = spool.untouched_for(0, 10**15, 10)
    assert minute == 1
    await with_policy(world)
    spool.write([frame("tm-01", 61_000, 3.0)])
    parcel = spool.next()
    assert parcel is not None
    spool.delivered(parcel, [], 0)
    spool.made([(minute, nth)])
    assert spool.untouched_for(0, 10**15, 10) == [(1, nth + 1)], "it was touched after it was looked at"
    spool.close()
    again = Spool(tmp_path / "spool.db", 10**7)
    assert again.untouched_for(60_000, 59_000, 10) == [], "not yet quiet"
    assert again.untouched_for(60_000, 60_000, 10) == [(1, nth + 1)]
    assert again.untouched_for(60_000, -1, 10) == [(1, nth + 1)], "touched in times to come: a clock was set"
    again.close()


async def test_a_past_one_is_made_by_command(world: InfluxWorld, tmp_path: Path) -> None:
    await with_policy(world)
    async with open_influx(Influx(url=world.url), "") as post:
        reply = await post(packed([line(frame("tm-01", GYM.end_ms + n * HOUR_MS, n)) for n in range(30)]))
        assert reply.taken
    config = tmp_path / "hub.toml"
    config.write_text(f'data = "{tmp_path}"\n[influx]\nurl = "{world.url}"\n')
    words = [
        "metrics",
        "minutes",
        "--config",
        str(config),
        "--since",
        "2026-09-04T06:00",
        "--until",
        "2026-09-05",
    ]
    done = await asyncio.to_thread(CliRunner().invoke, app, words)
    assert done.exit_code == 0, done.exception
    assert "18 minute means" in done.output
    told = await speeds(world)
    assert sorted(told.values()) == [float(n) for n in range(6, 24)]
    wrong = await asyncio.to_thread(CliRunner().invoke, app, [*words[:-3], "4.9.", *words[-2:]])
    assert "write it as 2026-09-04" in str(wrong.exception)


async def test_where_no_means_can_be_asked_for_nothing_piles_up(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db", 10**7)
    spool.write([frame("tm-01", n * 60_000, 2.0) for n in range(2500)])
    parcel = spool.next()
    assert parcel is not None
    spool.delivered(parcel, [], 0)
    maker = MinuteMaker(spool, Minutes(InfluxQL(Influx(url="http://127.0.0.1:9"), "")), SystemClock())
    task = asyncio.create_task(maker.none_wanted())
    async with asyncio.timeout(60):
        while spool.untouched_for(0, 10**15, 1):
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    spool.close()
