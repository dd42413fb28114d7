"""One past in both stores: the embedded one and Debian's InfluxDB. The same questions, the same answers."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from fit_readers import activity_by_garmin
from influx_world import InfluxWorld, needs_influxdb
from recorded_session import points_of, recorded
from session_rig import programme, step

from device_adapters.config import HubConfig, Influx
from device_adapters.errors import StorageError
from device_adapters.units import DAY_MS
from services.history.model import Ended
from services.history.reader import History
from services.metrics import schema
from services.metrics.history import history_of
from services.metrics.line_protocol import line
from services.metrics.points import Point
from services.metrics.sqlite import SqliteSink
from services.programme.model import ForTime
from services.provisioning.history import day
from services.provisioning.visits import SeededGym
from services.records.export import export
from services.records.form import Format
from services.records.stores import read

pytestmark = [needs_influxdb, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

GYM = SeededGym(end_ms=20_000 * DAY_MS, days=14, members=8)
FROM_MS = GYM.end_ms - GYM.days * DAY_MS


@dataclass(frozen=True)
class Stores:
    """The same points in both."""

    points: tuple[Point, ...]
    embedded: History
    database: History
    database_url: str

    @property
    def both(self) -> tuple[History, History]:
        return self.embedded, self.database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stores(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stores]:
    folder = tmp_path_factory.mktemp("past")
    points = tuple(p for nth in range(GYM.days) for p in day(GYM, nth))
    sink = SqliteSink(folder / "metrics.db")
    sink.write(sorted(points, key=lambda p: p.measurement.name))
    sink.close()
    world = InfluxWorld(folder / "influx")
    await world.open()
    try:
        await _write(world, points)
        settings = Influx(url=world.database_url)
        yield Stores(
            points,
            history_of(HubConfig(data=str(folder))),
            history_of(HubConfig(data=str(folder), influx=settings)),
            world.database_url,
        )
    finally:
        await world.close()


async def _write(world: InfluxWorld, points: tuple[Point, ...]) -> None:
    body = io.BytesIO("\n".join(map(line, points)).encode())
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{world.database_url}/write", params={"db": "backstride"}, data=body) as reply,
    ):
        assert reply.status == 204, await reply.text()


async def ended(history: History, member: str = "") -> tuple[Ended, ...]:
    return await asyncio.to_thread(history.ended, FROM_MS, GYM.end_ms, member)


async def test_both_tell_the_sessions_that_ended(stores: Stores) -> None:
    embedded, database = [await ended(history) for history in stores.both]
    assert sorted(embedded, key=lambda e: e.session) == sorted(database, key=lambda e: e.session)
    assert [e.at_ms for e in database] == sorted(e.at_ms for e in database)
    assert len(embedded) == sum(p.measurement is schema.SESSION_END for p in stores.points) > 10


async def test_both_tell_a_member_s_sessions_and_nobody_else_s(stores: Stores) -> None:
    member = (await ended(stores.embedded))[0].member
    embedded, database = [await ended(history, member) for history in stores.both]
    assert embedded == database
    assert {e.member for e in embedded} == {member}
    assert await ended(stores.database, "m-nobody") == await ended(stores.embedded, "m-nobody") == ()


async def test_both_tell_a_session_second_by_second(stores: Stores) -> None:
    for one in (await ended(stores.embedded))[:5]:
        found = [await asyncio.to_thread(history.find, one.session) for history in stores.both]
        assert found == [one, one]
        rows, same = [await asyncio.to_thread(history.rows, one.key) for history in stores.both]
        wanted = [
            p for p in stores.points if p.measurement is schema.SESSION and p.fields["session"] == one.session
        ]
        assert rows == same
        assert [r.measured_kmh for r in rows] == [p.fields["measured_kmh"] for p in wanted]
        assert [r.hr_bpm for r in rows] == [p.fields["hr_bpm"] for p in wanted]
        said, again = [await asyncio.to_thread(history.said, one.key) for history in stores.both]
        assert said == again
        assert next(s.kind for s in said if s.session == one.session) in ("session_phase", "refused")


async def test_both_tell_what_the_treadmill_told(stores: Stores) -> None:
    one = (await ended(stores.embedded))[0]
    frames, same = [
        await asyncio.to_thread(history.frames, one.treadmill, one.at_ms - 600_000, one.at_ms)
        for history in stores.both
    ]
    assert frames == same
    assert len(frames) > 5
    told = [
        point.fields["incline_pct"]
        for point in stores.points
        if point.measurement is schema.TREADMILL
        and point.tags["treadmill"] == one.treadmill
        and one.at_ms - 600_000 <= point.at_ns // 1_000_000 <= one.at_ms
    ]
    assert [f.incline_pct for f in frames] == told


@pytest.mark.parametrize("evil", ["' OR 1=1 --", '"; DROP MEASUREMENT session', "$member", "x' OR 'a'='a"])
async def test_a_value_is_never_part_of_the_question(evil: str, stores: Stores) -> None:
    for history in stores.both:
        assert await asyncio.to_thread(history.find, evil) is None
        assert await ended(history, evil) == ()
        assert await ended(history)


async def test_a_store_that_cannot_be_read_says_what_to_do(stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "metrics.db").write_bytes(b"this is no database, however long one looks at it")
    with pytest.raises(StorageError, match=r"metrics\.db.*give the hub's data folder"):
        history_of(HubConfig(data=str(tmp_path))).find("s-1")
    assert history_of(HubConfig(data=str(tmp_path / "new"))).find("s-1") is None
    nobody = HubConfig(influx=Influx(url="http://127.0.0.1:1"))
    with pytest.raises(StorageError, match=r"no usable answer.*see that the database runs"):
        history_of(nobody).find("s-1")
    wrong = HubConfig(influx=Influx(url=stores.database_url, bucket="other"))
    with pytest.raises(StorageError, match="database not found: other"):
        history_of(wrong).find("s-1")


async def test_a_record_comes_from_the_database_as_from_the_embedded_store(
    stores: Stores, tmp_path: Path
) -> None:
    walk = recorded(tmp_path, programme(step(200, ForTime(20)), step(300, ForTime(20))))
    async with aiohttp.ClientSession() as http:
        body = io.BytesIO("\n".join(map(line, points_of(walk, counts_steps=True))).encode())
        async with http.post(f"{stores.database_url}/write", params={"db": "backstride"}, data=body) as reply:
            assert reply.status == 204
    embedded = await asyncio.to_thread(read, tmp_path, "s-1", history_of(HubConfig(data=str(tmp_path))))
    (tmp_path / "metrics.db").unlink()
    database = await asyncio.to_thread(read, tmp_path, "s-1", stores.database)
    assert database == embedded
    assert activity_by_garmin(export(database, Format.FIT)).seconds == len(embedded.samples) > 40
