"""The metrics service: one process that stores a site's telemetry and events."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from device_adapters.bus.mqtt import MqttBus
from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig
from services.metrics.presence import Presence
from services.metrics.sinks import SqliteSink
from services.metrics.writer import Writer

log = structlog.get_logger("metrics")

ABSENCE_MAX_S = 3600
"""For so long the broker keeps what this service misses."""

FINISH_MAX_S = 5.0


async def run_metrics(config: HubConfig, ready: Callable[[], None]) -> None:
    """Run until cancelled; then store what is on its way. Calls `ready` at each connection to the broker.

    Raises StorageError if the store cannot be opened.
    """
    sink = SqliteSink(Path(config.data) / "metrics.db")
    presence = Presence(config.site, "metrics", SystemClock())
    client = f"metrics-{config.site}"
    bus = MqttBus(config.broker, client_id=client, will=presence.will, session_expiry_s=ABSENCE_MAX_S)
    writer = Writer(bus, config.site, sink, SystemClock())
    bus.on_connection(lambda up: ready() if up else None)
    try:
        async with asyncio.TaskGroup() as group:
            lines = [
                group.create_task(bus.run(), name="bus"),
                group.create_task(writer.run(), name="writer"),
                group.create_task(presence.run(bus), name="presence"),
            ]
            try:
                await asyncio.Event().wait()
            finally:
                await presence.leave(bus)
                await writer.finish(FINISH_MAX_S)
                for line in lines:
                    line.cancel()
    finally:
        await writer.close()
        log.info(
            "metrics_ended",
            stored=writer.stored,
            duplicates=writer.duplicates + sink.duplicates,
            malformed=writer.malformed,
            dropped=writer.dropped,
        )
