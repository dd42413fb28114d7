"""Faults of databases, with real ones and the metrics service as processes: what is in them afterwards, to the row.

A database that is away for three hours is one to which three hours of measurements come at once: the clocks of what is
sent are shifted, the test is not three hours long.
"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from influx_world import InfluxWorld
from ports import free_port

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import SystemClock
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.limits import Goal, Level
from services.broker import start_broker

AWAY_H = 3
EVERY_MS = 10_000
MINUTE_MS = 60_000
BEFORE_MS = 10 * MINUTE_MS
READY_S, BACK_S = 60, 180
TREADMILLS = ("tm-01", "tm-02")
POLICY_OF_MINUTES = '"1m"'
AWAY = f"database away for {AWAY_H} h (clocks shifted)"
SHARED = "two sites in one InfluxDB, killed"
REDIRECTS = "database that redirects, or a page in its place"


@dataclass(frozen=True, slots=True)
class StoreOutcome:
    """Rows that there should be and that there are, measured and minute means; `whole`: each is as it should be."""

    name: str
    raw: tuple[int, int]
    minutes: tuple[int, int]
    whole: bool

    @property
    def green(self) -> bool:
        """Is nothing missing, doubled or another's?"""
        return self.whole and self.raw[0] == self.raw[1] > 0 and self.minutes[0] == self.minutes[1] > 0


async def database_away_for_hours(folder: Path) -> StoreOutcome:
    """Two writers of one site, one into a database that is killed for three hours: both databases are equal then."""
    now_ms = SystemClock().wall_ms() // MINUTE_MS * MINUTE_MS
    begin_ms, away_ms = now_ms - AWAY_H * 3_600_000 - BEFORE_MS, now_ms - AWAY_H * 3_600_000
    async with (
        _broker(folder) as url,
        _database(folder / "steady") as steady,
        _database(folder / "away") as away,
    ):
        async with (
            _writer(folder / "a", url, "gym", steady, "backstride"),
            _writer(folder / "b", url, "gym", away, "backstride"),
        ):
            early = range(begin_ms, away_ms, EVERY_MS)
            await _send(url, "gym", early, 0)
            await _until(away, "treadmill", len(early) * len(TREADMILLS))
            await away.kill()
            late = range(away_ms, now_ms, EVERY_MS)
            await _send(url, "gym", late, len(early))
            expected = (len(early) + len(late)) * len(TREADMILLS)
            await _until(steady, "treadmill", expected)
            await away.start()
            await _until(away, "treadmill", expected)
            minutes = (now_ms - begin_ms) // MINUTE_MS * len(TREADMILLS)
            for world in (steady, away):
                await _until(world, f"{POLICY_OF_MINUTES}.treadmill", minutes)
                await _until(world, f"{POLICY_OF_MINUTES}.session", minutes)
        same = [await _rows(steady, source) == await _rows(away, source) for source in SOURCES]
        there = len(await _rows(away, "treadmill"))
        means = len(await _rows(away, f"{POLICY_OF_MINUTES}.treadmill"))
    return StoreOutcome(AWAY, (expected, there), (minutes, means), all(same))


async def two_sites_in_one_database_server(folder: Path) -> StoreOutcome:
    """Two sites with devices of the same names in one InfluxDB, which is killed under them: each has its own, whole."""
    now_ms = SystemClock().wall_ms() // MINUTE_MS * MINUTE_MS
    times = range(now_ms - 30 * MINUTE_MS, now_ms, EVERY_MS)
    sites = {"gym": ("backstride", 0.0), "north": ("north", 5.0)}
    async with _broker(folder) as url, _database(folder / "one", *(b for b, _ in sites.values())) as world:
        async with (
            _writer(folder / "gym", url, "gym", world, "backstride"),
            _writer(folder / "north", url, "north", world, "north"),
        ):
            half = len(times) // 2
            for site, (_, faster) in sites.items():
                await _send(url, site, times[:half], 0, faster)
            for (
                bucket,
                _,
            ) in sites.values():  # an InfluxDB killed while it makes a shard cannot read it ever again
                await _until(world, "treadmill", 1, bucket)
            await world.kill()
            for site, (_, faster) in sites.items():
                await _send(url, site, times[half:], half, faster)
            await world.start()
            each, minutes = len(times) * len(TREADMILLS), 30 * len(TREADMILLS)
            for bucket, _ in sites.values():
                await _until(world, "treadmill", each, bucket)
                await _until(world, f"{POLICY_OF_MINUTES}.treadmill", minutes, bucket)
        speeds = {
            bucket: {row["speed_kmh"] for row in await _rows(world, "treadmill", bucket)}
            for bucket, _ in sites.values()
        }
        own = all(
            values == {_speed(n, faster) for n in range(len(times))}
            for values, (_, faster) in zip(speeds.values(), sites.values(), strict=True)
        )
        there = sum([len(await _rows(world, "treadmill", bucket)) for bucket, _ in sites.values()])
        means = sum([len(await _rows(world, f"{POLICY_OF_MINUTES}.treadmill", b)) for b, _ in sites.values()])
    return StoreOutcome(SHARED, (2 * each, there), (2 * minutes, means), own)


async def database_that_redirects(folder: Path) -> StoreOutcome:
    """Sent on by 301, 302 and 308, answered by a page with 200: each is named, and nothing is lost."""
    now_ms = SystemClock().wall_ms() // MINUTE_MS * MINUTE_MS
    begin_ms = now_ms - 10 * MINUTE_MS
    each_ms = (now_ms - begin_ms) // len(NOT_STORED)
    named: list[bool] = []
    async with _broker(folder) as url, _database(folder / "one") as world:
        async with _writer(folder / "a", url, "gym", world, "backstride"), _statuses(url, "gym") as faults:
            sent = 0
            for nth, (status, words) in enumerate(NOT_STORED.items()):
                world.refused_with = status
                times = range(begin_ms + nth * each_ms, begin_ms + (nth + 1) * each_ms, EVERY_MS)
                await _send(url, "gym", times, sent)
                named.append(await _told(faults, words))
                sent += len(times)
            nothing = not await _rows(world, "treadmill")
            world.refused_with = None
            expected, minutes = sent * len(TREADMILLS), 10 * len(TREADMILLS)
            await _until(world, "treadmill", expected)
            await _until(world, f"{POLICY_OF_MINUTES}.treadmill", minutes)
        there = len(await _rows(world, "treadmill"))
        means = len(await _rows(world, f"{POLICY_OF_MINUTES}.treadmill"))
    return StoreOutcome(REDIRECTS, (expected, there), (minutes, means), nothing and all(named))


NOT_STORED = {
    301: "answers 301 and sends on",
    302: "answers 302 and sends on",
    308: "answers 308 and sends on",
    200: "no InfluxDB (status 200",
}
"""What a database that is none answers, and the words in which the store's status must name it."""

SOURCES = ("treadmill", "session", f"{POLICY_OF_MINUTES}.treadmill", f"{POLICY_OF_MINUTES}.session")


FAULTS: dict[str, Callable[[Path], Awaitable[StoreOutcome]]] = {
    AWAY: database_away_for_hours,
    SHARED: two_sites_in_one_database_server,
    REDIRECTS: database_that_redirects,
}


async def measure(folder: Path, names: Collection[str]) -> list[StoreOutcome]:
    """Those faults, at once: most of their time they wait for a minute's quiet."""
    places = {name: folder / str(nth) for nth, name in enumerate(FAULTS)}
    return list(await asyncio.gather(*(FAULTS[name](places[name]) for name in names)))


def _speed(nth: int, faster: float) -> float:
    return round(1.0 + faster + nth % 17 / 10, 2)


async def _send(url: str, site: str, times: Iterable[int], first: int, faster: float = 0.0) -> None:
    """As a unit that sends what it kept: each frame with the time at which it was measured, and its age."""
    bus = MqttBus(url, client_id=f"unit-of-{site}")
    line = asyncio.create_task(bus.run())
    try:
        async with asyncio.timeout(READY_S):
            while not bus.connected:
                await asyncio.sleep(0.02)
        for nth, at_ms in enumerate(times, first):
            for treadmill in TREADMILLS:
                for channel, message in _said(treadmill, nth, at_ms, _speed(nth, faster)):
                    topic = channel.topic(site, treadmill)
                    await bus.publish(topic, channel.encode(message), retain=channel.retain)
    finally:
        line.cancel()
        await asyncio.wait([line])


def _said(treadmill: str, nth: int, at_ms: int, speed: float) -> Iterable[tuple[Any, Any]]:
    frame = m.TreadmillTelemetry(treadmill=treadmill, boot="b", seq=nth, at_ms=at_ms, speed_kmh=speed)
    yield registry.TREADMILL_TELEMETRY, frame
    view = m.SessionView(
        session=f"s-{treadmill}", treadmill=treadmill, at_ms=at_ms, phase="running", programme="p",
        goal=Goal.MOBILITY, level=Level.NOVICE, measured_kmh=speed, target_kmh=speed,
    )  # fmt: skip
    yield registry.SESSION_VIEW, view


@asynccontextmanager
async def _broker(folder: Path) -> AsyncIterator[str]:
    port = free_port()
    broker = await start_broker(port, folder / "broker")
    try:
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        await broker.stop()


@asynccontextmanager
async def _database(folder: Path, *buckets: str) -> AsyncIterator[InfluxWorld]:
    """Set up as an operator does it, bucket by bucket."""
    world = InfluxWorld(folder)
    await world.open()
    try:
        for bucket in buckets or ("backstride",):
            config = folder / f"{bucket}.toml"
            config.write_text(
                f'data = "{folder}"\n[influx]\nurl = "{world.database_url}"\nbucket = "{bucket}"\n'
            )
            words = [
                sys.executable,
                "-m",
                "services.cli",
                "provision",
                "influx",
                "--config",
                str(config),
                "--yes",
            ]
            await asyncio.to_thread(subprocess.run, words, check=True, capture_output=True, timeout=READY_S)
        yield world
    finally:
        await world.close()


@asynccontextmanager
async def _writer(folder: Path, url: str, site: str, world: InfluxWorld, bucket: str) -> AsyncIterator[None]:
    """The metrics service as a process; it has heard the broker when this begins."""
    folder.mkdir(parents=True)
    config, log = folder / "hub.toml", folder / "metrics.log"
    config.write_text(
        f'site = "{site}"\ndata = "{folder}"\n[broker]\nurl = "{url}"\n[metrics]\nname = "m-{folder.name}"\n'
        f'[influx]\nurl = "{world.url}"\nbucket = "{bucket}"\n'
    )
    with log.open("w") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli", "run", "metrics", "--config", config, stdout=out, stderr=out
        )
    try:
        async with asyncio.timeout(READY_S):
            while "bus_connected" not in log.read_text():
                await asyncio.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


@asynccontextmanager
async def _statuses(url: str, site: str) -> AsyncIterator[list[str]]:
    """What the site's stores say is wrong with them, the newest last."""
    bus, faults = MqttBus(url, client_id=f"looks-at-{site}"), list[str]()
    heard = SiteBus(bus, site, on_malformed=lambda _topic, _error: None)
    heard.subscribe(registry.STORE_STATUS, lambda _id, status: faults.append(status.fault))
    line = asyncio.create_task(bus.run())
    try:
        yield faults
    finally:
        line.cancel()
        await asyncio.wait([line])


async def _told(faults: list[str], words: str) -> bool:
    """Does a store come to say these words?"""
    begun = len(faults)
    try:
        async with asyncio.timeout(BACK_S):
            while not any(words in fault for fault in faults[begun:]):
                await asyncio.sleep(0.1)
    except TimeoutError:
        return False
    return True


async def _until(world: InfluxWorld, source: str, count: int, database: str = "backstride") -> None:
    """Wait until there are so many rows, or give up: what there is then is what is told."""
    try:
        async with asyncio.timeout(BACK_S):
            while len(await _rows(world, source, database)) < count:
                await asyncio.sleep(1)
    except TimeoutError:
        return


async def _rows(world: InfluxWorld, source: str, database: str = "backstride") -> list[dict[str, Any]]:
    told = await world.series(f"SELECT * FROM {source}", database=database)  # noqa: S608  names of this file
    return [dict(zip(one["columns"], row, strict=True)) for one in told for row in one["values"]]
