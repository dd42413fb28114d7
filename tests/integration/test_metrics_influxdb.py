"""The whole way from the bus into a real InfluxDB: exact counts and sums, whatever happens on the way."""

import asyncio
import os
import random
import signal
import sys
import tomllib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from influx_world import InfluxWorld, needs_influxdb
from ports import free_port
from victoria_world import VictoriaWorld, needs_victoriametrics

from device_adapters.bus.mqtt import MqttBus
from device_adapters.config import HubConfig, Influx
from device_adapters.contract.messages import StrapTelemetry
from device_adapters.contract.registry import STRAP_TELEMETRY
from services.broker import RunningBroker, start_broker
from services.metrics import schema, store_kind
from services.metrics.influx import open_influx
from services.metrics.line_protocol import packed
from services.metrics.points import Point
from services.metrics.service import spool_path
from services.metrics.spool import Spool

pytestmark = [needs_influxdb, pytest.mark.timeout(300)]
SEED = int(os.environ.get("SEED", "7"))


def bpm(seq: int) -> int:
    return 60 + seq % 97


class InfluxSite:
    """A broker, a unit's line to it, a database, and the metrics service as a process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.influx = InfluxWorld(folder / "influx")
        self._port = free_port()
        self._broker: RunningBroker | None = None
        self._service: asyncio.subprocess.Process | None = None
        self.unit = MqttBus(f"mqtt://127.0.0.1:{self._port}", client_id="unit-01")
        self._line = asyncio.create_task(self.unit.run())

    @property
    def config(self) -> HubConfig:
        return HubConfig(data=str(self.folder / "hub"))

    async def open(self) -> None:
        self._broker = await start_broker(self._port, self.folder / "broker")
        (self.folder / "hub.toml").write_text(
            f'data = "{self.folder}/hub"\n[broker]\nurl = "mqtt://127.0.0.1:{self._port}"\n'
            f'[influx]\nurl = "{self.influx.url}"\n'
        )
        assert tomllib.loads((self.folder / "hub.toml").read_text())
        await self.influx.open()
        await self.start()
        async with asyncio.timeout(60):
            while not self.unit.connected:
                await asyncio.sleep(0.01)

    async def start(self) -> None:
        """Start the service; return when the broker knows it, so that nothing is published to nobody."""
        log_file = self.folder / "metrics.log"
        log_file.touch()
        before = log_file.read_text().count("bus_connected")
        with log_file.open("a") as log:
            self._service = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.cli", "run", "metrics", "--config", self.folder / "hub.toml",
                stdout=log, stderr=log,
            )  # fmt: skip
        async with asyncio.timeout(60):
            while log_file.read_text().count("bus_connected") == before:
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        assert self._service is not None
        self._service.kill()
        await self._service.wait()

    async def stop(self) -> None:
        assert self._service is not None
        self._service.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            assert await self._service.wait() == 0, (self.folder / "metrics.log").read_text()[-2000:]

    async def send(self, numbers: Iterable[int]) -> None:
        topic = STRAP_TELEMETRY.topic("gym", "hr-01")
        for seq in numbers:
            frame = StrapTelemetry(
                strap="hr-01", boot="b1", seq=seq, at_ms=10**12 + seq // 3, hr_bpm=bpm(seq)
            )
            await self.unit.publish(topic, STRAP_TELEMETRY.encode(frame))

    async def has(self, n: int) -> None:
        """Wait until the database has at least `n` frames; then it must have exactly those."""
        async with asyncio.timeout(90):
            while await self.influx.number("SELECT count(hr_bpm) FROM strap") < n:
                await asyncio.sleep(0.1)
        assert await self.influx.number("SELECT count(hr_bpm) FROM strap") == n
        assert await self.influx.number("SELECT sum(hr_bpm) FROM strap") == sum(map(bpm, range(n)))
        assert await self.influx.number("SELECT sum(seq) FROM strap") == n * (n - 1) // 2

    async def close(self) -> None:
        self._line.cancel()
        await asyncio.wait([self._line])
        if self._service is not None and self._service.returncode is None:
            await self.kill()
        await self.influx.close()
        if self._broker is not None:
            await self._broker.stop()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[InfluxSite]:
    made = InfluxSite(tmp_path)
    try:
        await made.open()
        yield made
    finally:
        await made.close()


async def test_the_service_tells_of_itself_who_is_there(site: InfluxSite) -> None:
    async with asyncio.timeout(60):
        while not (rows := await site.influx.query("SELECT * FROM presence")):
            await asyncio.sleep(0.2)
    (row,) = rows[:1]
    assert (row["kind"], row["name"], row["link"], row["lost_s"]) == ("writer", "metrics", "connected", 0)
    assert row["disk_free_mb"] > 0


async def test_frames_arrive_exactly_and_a_stop_leaves_nothing_behind(site: InfluxSite) -> None:
    await site.send(range(2000))
    await site.send(range(500, 700))
    await site.stop()
    await site.has(2000)


async def test_nothing_is_lost_or_doubled_whatever_the_database_does(site: InfluxSite) -> None:
    total = 0

    async def more(n: int = 300) -> None:
        nonlocal total
        await site.send(range(total, total + n))
        total += n

    await more()
    await site.influx.kill()
    await more()
    await site.influx.start()
    await more()
    site.influx.thawed.clear()
    await more()
    site.influx.thawed.set()
    for status, headers in ((401, {}), (503, {}), (429, {"Retry-After": "1"}), (400, {})):
        site.influx.refusals.append((status, headers))
        await more()
    async with asyncio.timeout(60):
        while site.influx.refusals:
            await asyncio.sleep(0.1)
    await site.stop()
    spool = Spool(spool_path(site.config), 10**9)
    assert spool.depth() == (0, 0)  # the 400 named no line: nothing was put aside for it
    spool.close()
    await site.start()
    await site.has(total)


async def test_a_writer_killed_at_random_loses_and_doubles_nothing(site: InfluxSite) -> None:
    sys.stdout.write(f"SEED={SEED}\n")
    chance = random.Random(SEED)
    for round_ in range(6):
        sending = asyncio.create_task(site.send(range(round_ * 400, round_ * 400 + 400)))
        await asyncio.sleep(chance.uniform(0.05, 0.8))
        await site.kill()
        await site.start()
        await sending
    await site.has(2400)


async def test_lines_the_database_refuses_are_kept_apart_and_can_come_again(site: InfluxSite) -> None:
    def points(*values: float) -> list[Point]:
        return [
            Point(schema.STRAP, {"strap": "hr-02"}, {"hr_bpm": value}, n) for n, value in enumerate(values, 1)
        ]

    await site.send(range(100))
    await site.has(100)
    await site.stop()
    spool = Spool(spool_path(site.config), 10**9)
    spool.write(points(70, 71.5, 72))  # a float where the database has integers
    spool.close()
    await site.start()
    async with asyncio.timeout(60):
        while await site.influx.number("SELECT count(hr_bpm) FROM strap WHERE strap = 'hr-02'") < 2:
            await asyncio.sleep(0.1)
    await site.stop()
    spool = Spool(spool_path(site.config), 10**9)
    waiting, refused = spool.depth()
    (kept,) = spool.in_quarantine(10)
    spool.close()
    assert (waiting, refused) == (0, 1)
    assert kept.line == "strap,strap=hr-02 hr_bpm=71.5 2"
    assert "field type conflict" in kept.why


@needs_victoriametrics
async def test_the_untouched_v2_path_on_victoriametrics(tmp_path: Path) -> None:
    world = VictoriaWorld(tmp_path / "vm")
    await world.start()
    try:
        kind = await asyncio.to_thread(store_kind.ask, world.url)
        assert kind is not None
        assert "cannot forget" in store_kind.refusal(kind, Influx(url=world.url)), (
            "unless the operator sees to it"
        )
        lines = [f"strap,strap=hr-01 hr_bpm={bpm(n)}i {10**18 + n * 10**6}" for n in range(500)]
        async with open_influx(Influx(url=world.url), "") as post:
            for _ in range(2):  # as a writer that was killed before it knew
                assert (await post(packed(lines))).taken
        async with asyncio.timeout(60):
            while await world.number("sum(count_over_time(strap_hr_bpm[1h]))", 10**9 + 60) < 500:
                await asyncio.sleep(0.1)
        assert await world.number("sum(sum_over_time(strap_hr_bpm[1h]))", 10**9 + 60) == sum(
            map(bpm, range(500))
        )
    finally:
        await world.stop()
