"""The metrics service: one process that stores what a site measures and decides.

Embedded store: bus → SQLite. Database: bus → spool → database; a message is acknowledged once it is in the spool.
"""

import asyncio
import contextlib
import random
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from device_adapters.bus.certificate import days_left
from device_adapters.bus.mqtt import MqttBus
from device_adapters.clock import Clock, SystemClock
from device_adapters.config import HubConfig, Metrics
from device_adapters.errors import ConfigError, StorageError
from services.metrics.history import minutes_of
from services.metrics.influx_extra import required
from services.metrics.known_store import known
from services.metrics.minute_maker import MinuteMaker
from services.metrics.presence import Presence
from services.metrics.roll_rows import WriterHealth
from services.metrics.shipper import Shipper
from services.metrics.sinks import Sink
from services.metrics.spool import Spool
from services.metrics.sqlite import SqliteSink
from services.metrics.thinning import Keep
from services.metrics.writer import Writer
from services.store_folder import measured_store, store_folder

log = structlog.get_logger("metrics")

ABSENCE_MAX_S = 3600
"""For so long the broker keeps what this service misses."""

FINISH_MAX_S = 5.0
DRAIN_MAX_S = 5.0
WATCH_S = 2.0
ASK_AGAIN_S = 10.0
THIN_FIRST_S = 300.0
THIN_LOOK_S = 60.0
THIN_PAUSE_S = 0.1


def spool_path(config: HubConfig) -> Path:
    """Where a writer keeps what the database has not taken."""
    return store_folder(Path(config.data)) / f"spool-{config.metrics.name}.db"


async def run_metrics(config: HubConfig, ready: Callable[[], None]) -> None:
    """Run until cancelled; then store what is on its way. Calls `ready` at each connection to the broker.

    Raises StorageError if the store cannot be opened, ConfigError for a token that cannot be read.
    """
    async with contextlib.AsyncExitStack() as stack:
        sink: Sink
        way = None
        if config.influx.url:
            sink, way = await stack.enter_async_context(_database(config, SystemClock()))
        else:
            sink = SqliteSink(measured_store(Path(config.data)), keep_of(config.metrics))
        await _run(config, sink, way, ready)


@dataclass(frozen=True, slots=True)
class _Way:
    """From the spool on; no minutes in a database that does not speak InfluxQL."""

    shipper: Shipper
    minutes: MinuteMaker


@contextlib.asynccontextmanager
async def _database(config: HubConfig, clock: Clock) -> AsyncIterator[tuple[Spool, _Way]]:
    required()
    from services.metrics import store_kind
    from services.metrics.influx import open_influx, token_of

    token = token_of(config.influx)
    there = await asyncio.to_thread(store_kind.ask, config.influx.url)
    if there is not None and (why := store_kind.refusal(there, config.influx)):
        raise ConfigError(why)
    spool = Spool(spool_path(config), config.influx.spool_mb * 1_000_000)
    maker = MinuteMaker(spool, minutes_of(config), clock)
    async with open_influx(config.influx, token) as post:
        yield spool, _Way(Shipper(spool, known(config.influx, post), clock, random.random), maker)


async def _run(config: HubConfig, sink: Sink, way: _Way | None, ready: Callable[[], None]) -> None:
    name = config.metrics.name
    presence = Presence(config.site, name, SystemClock())
    client = f"{name}-{config.site}"
    bus = MqttBus(config.broker, client_id=client, will=presence.will, session_expiry_s=ABSENCE_MAX_S)
    writer = Writer(
        bus,
        config.site,
        sink,
        SystemClock(),
        name=name,
        group=config.metrics.group,
        on_fault=presence.store_fails,
        own=(lambda: _own(config)) if way is not None else None,
    )
    bus.on_connection(lambda up: ready() if up else None)
    try:
        async with asyncio.TaskGroup() as group:
            lines = [
                group.create_task(bus.run(), name="bus"),
                group.create_task(writer.run(), name="writer"),
                group.create_task(presence.run(bus), name="presence"),
            ]
            if isinstance(sink, SqliteSink):
                lines.append(group.create_task(_thin(writer, sink, SystemClock()), name="thinning"))
            if way is not None:
                lines.append(group.create_task(way.shipper.run(), name="shipper"))
                lines.append(group.create_task(_minutes(way.minutes, config), name="minutes"))
                lines.append(group.create_task(_watch(way, writer, presence), name="watch"))
            try:
                await asyncio.Event().wait()
            finally:
                await presence.leave(bus)
                await writer.finish(FINISH_MAX_S)
                if way is not None:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(DRAIN_MAX_S):
                            await way.shipper.drained()
                for line in lines:
                    line.cancel()
    finally:
        await writer.close()
        log.info(
            "metrics_ended",
            stored=writer.stored,
            duplicates=writer.duplicates,
            malformed=writer.malformed,
            dropped=writer.dropped,
        )


def keep_of(settings: Metrics) -> Keep:
    """What the embedded store keeps by its settings."""
    return Keep(
        raw_days=settings.raw_days,
        minutes_days=settings.minutes_days,
        bytes_max=settings.store_mb * 1_000_000,
    )


async def _thin(writer: Writer, sink: SqliteSink, clock: Clock) -> None:
    """Without end: a little at a time while there is something old, else a look now and then."""
    await clock.sleep(THIN_FIRST_S)
    while True:
        more = False
        try:
            more = await writer.beside(lambda: sink.thin(clock.wall_ms(), clock.now_ms()))
        except StorageError as e:
            log.warning("store_not_thinned", code=e.code, why=str(e))
        await clock.sleep(THIN_PAUSE_S if more else THIN_LOOK_S)


def _own(config: HubConfig) -> WriterHealth:
    """What this service says of itself in its roll call."""
    try:
        free_mb = shutil.disk_usage(config.data).free // 1_000_000
    except OSError:
        free_mb = None
    return WriterHealth(config.metrics.name, certificate_days=days_left(config.broker), disk_free_mb=free_mb)


async def _minutes(maker: MinuteMaker, config: HubConfig) -> None:
    """Make minutes once it is known that what answers can be asked for means."""
    from services.metrics import store_kind

    while (kind := await asyncio.to_thread(store_kind.ask, config.influx.url)) is None:
        await asyncio.sleep(ASK_AGAIN_S)
    await (maker.run() if kind.forgets else maker.none_wanted())


async def _watch(way: _Way, writer: Writer, presence: Presence) -> None:
    """Say loudly, once each time, when the database fails and when it is back; keep health and status true."""
    said, shipper = "", way.shipper
    while True:
        writer.health.spooled, writer.health.quarantined = await asyncio.to_thread(shipper.depth)
        writer.health.failing = bool(shipper.failing)
        refused = _refused(writer.health.quarantined, shipper.refusing)
        presence.database_fails(shipper.failing or refused or _no_minutes(way.minutes.failing))
        if bool(shipper.failing) != bool(said):
            await writer.tell_store(shipper.failing)
        said = shipper.failing
        await asyncio.sleep(WATCH_S)


def _refused(lines: int, why: str) -> str:
    """What the status says of lines in quarantine; '' for none."""
    if not lines:
        return ""
    because = f" ({why[:200]})" if why else ""
    return f"the database refused {lines} lines{because}: see `backstride metrics quarantine list`"


def _no_minutes(why: str) -> str:
    """What the status says of minute means that cannot be made; '' if they can."""
    return f"minute means wait: {why}; run `backstride provision influx`" if why else ""
