"""Two sites in one InfluxDB 2 (its API by a stand-in, its store a real 1.6.7): each has its own points and minutes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from influx2_stand_in import OPERATOR, Influx2
from influx_world import InfluxWorld, needs_influxdb
from typer.testing import CliRunner

from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig, load
from device_adapters.errors import StorageError
from services.cli.main import app
from services.metrics import schema
from services.metrics.history import READER_FILE, minutes_of
from services.metrics.influx import open_influx, token_of
from services.metrics.influxql import InfluxQL
from services.metrics.minute_maker import MinuteMaker
from services.metrics.points import Point
from services.metrics.shipper import Shipper
from services.metrics.spool import Spool

pytestmark = [needs_influxdb, pytest.mark.timeout(300)]
MINUTE_MS = 60_000


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Influx2]:
    world = InfluxWorld(tmp_path / "influx")
    await world.open()
    made = Influx2(world.database_url)
    await made.open()
    try:
        yield made
    finally:
        await made.close()
        await world.close()


class SharedSite:
    """Provisioned as an operator does it."""

    def __init__(self, folder: Path, server: Influx2, bucket: str) -> None:
        folder.mkdir()
        self._folder, self._bucket = folder, bucket
        self._file, self._admin = folder / "hub.toml", folder / "admin.token"
        self._file.write_text(
            f'site = "{bucket}"\ndata = "{folder}"\n[influx]\nurl = "{server.url}"\nbucket = "{bucket}"\n'
            f'token_file = "{folder}/influx-writer.token"\n'
        )
        self._admin.write_text(OPERATOR)

    async def provision(self) -> None:
        words = ["provision", "influx", "--config", str(self._file), "--admin-token-file", str(self._admin)]
        done = await asyncio.to_thread(CliRunner().invoke, app, words)
        assert done.exit_code == 0, (done.output, done.exception)

    @property
    def settings(self) -> HubConfig:
        return load(self._file, HubConfig)

    def database(self, token: str = READER_FILE) -> InfluxQL:
        return InfluxQL(self.settings.influx, (self._folder / token).read_text().strip())

    async def ship(self, points: list[Point]) -> int:
        """Deliver by the writer's token, make the minutes by theirs; how many means were written."""
        spool, settings = Spool(self._folder / "spool.db", 10**7), self.settings
        spool.write(points)
        async with open_influx(settings.influx, token_of(settings.influx)) as post:
            shipper = Shipper(spool, post, SystemClock(), lambda: 0.0)
            task = asyncio.create_task(shipper.run())
            async with asyncio.timeout(60):
                await shipper.drained()
            task.cancel()
        assert shipper.failing == ""
        made = await MinuteMaker(spool, minutes_of(settings), SystemClock()).make_due(quiet_ms=0)
        spool.close()
        return made


def frames(now_ms: int, faster: float, count: int = 10) -> list[Point]:
    now_ms = now_ms // MINUTE_MS * MINUTE_MS
    return [
        Point(schema.TREADMILL, {"treadmill": "tm-01"}, {"speed_kmh": faster + n, "seq": n},
              (now_ms - n * MINUTE_MS) * 1_000_000)
        for n in range(count)
    ]  # fmt: skip


async def test_each_site_has_its_own_and_reads_no_others(server: Influx2, tmp_path: Path) -> None:
    gym, north = (
        SharedSite(tmp_path / "gym", server, "backstride"),
        SharedSite(tmp_path / "north", server, "north"),
    )
    now_ms = SystemClock().wall_ms()
    await gym.provision()
    await gym.ship(frames(now_ms, 0.0))
    await north.provision()
    assert await north.ship(frames(now_ms, 100.0)) == 10
    assert await gym.ship(frames(now_ms, 0.5)[:1]) == 1, "the first one's minutes are still made"
    for site, least in ((gym, 0.0), (north, 100.0)):
        database = site.database()
        speeds = [
            row["speed_kmh"]
            for row in await asyncio.to_thread(database.rows, "SELECT speed_kmh FROM treadmill")
        ]
        assert sorted(speeds)[1:] == [least + n for n in range(1, 10)]
    assert len(await minutes(north)) == 10
    theirs = InfluxQL(gym.settings.influx, (tmp_path / "north" / READER_FILE).read_text().strip())
    with pytest.raises(StorageError, match="database not found"):
        await asyncio.to_thread(theirs.rows, "SELECT speed_kmh FROM treadmill")


async def minutes(site: SharedSite) -> list[dict[str, object]]:
    """Of the site's bucket of minutes, by InfluxQL's name of it."""
    settings = site.settings
    named = type(settings.influx)(
        url=settings.influx.url, org=settings.influx.org, bucket=f"{settings.site}/1m"
    )
    database = InfluxQL(named, (Path(settings.data) / READER_FILE).read_text().strip())
    return await asyncio.to_thread(database.rows, "SELECT speed_kmh FROM treadmill")
