"""The metrics service as a process on a real Mosquitto: exact rows, and nothing lost that the broker took."""

import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from ports import free_port

from device_adapters.bus.mqtt import MqttBus
from device_adapters.contract.messages import StrapTelemetry, TreadmillTelemetry
from device_adapters.contract.registry import STRAP_TELEMETRY, TREADMILL_TELEMETRY
from services.broker import RunningBroker, start_broker
from services.metrics.sqlite import SqliteSink

needs_mosquitto = pytest.mark.skipif(
    shutil.which("mosquitto", path="/usr/bin:/usr/sbin:/usr/local/sbin") is None,
    reason="NO MOSQUITTO ON THIS MACHINE: apt install mosquitto",
)

SERVICE = """
import asyncio, signal, sys
from device_adapters.config import Broker, HubConfig
from services.metrics.service import run_metrics

async def main(url, data):
    service = asyncio.ensure_future(
        run_metrics(HubConfig(data=data, broker=Broker(url=url)), lambda: print("ready", flush=True))
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, service.cancel)
    await asyncio.wait([service])
    assert service.cancelled(), service.exception()

asyncio.run(main(*sys.argv[1:]))
"""


class MetricsHub:
    """A broker, a unit's connection, and the metrics service as a process that can be stopped and killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._services: list[asyncio.subprocess.Process] = []
        self._broker: RunningBroker | None = None
        self.unit = MqttBus(f"mqtt://127.0.0.1:{self._port}", client_id="unit-01")
        self._line = asyncio.create_task(self.unit.run())

    async def open(self) -> None:
        self._broker = await start_broker(self._port, self._folder / "broker")
        while not self.unit.connected:
            await asyncio.sleep(0.01)

    async def start_metrics(self) -> None:
        service = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SERVICE, f"mqtt://127.0.0.1:{self._port}", self._folder,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._services.append(service)
        assert service.stdout is not None
        while b"ready" not in await service.stdout.readline():
            assert service.returncode is None

    async def stop_metrics(self) -> None:
        service = self._services[-1]
        service.send_signal(signal.SIGTERM)
        _, complaints = await service.communicate()
        assert service.returncode == 0, complaints.decode()

    async def kill_metrics(self) -> None:
        self._services[-1].kill()
        await self._services[-1].communicate()

    async def send(self, frames: Iterable[int]) -> None:
        """Frames of a treadmill and of a strap; returns when the broker has acknowledged them."""
        for seq in frames:
            treadmill = TreadmillTelemetry(
                treadmill="tm-01", boot="b1", seq=seq, at_ms=seq, speed_kmh=seq % 7 / 2
            )
            strap = StrapTelemetry(strap="hr-01", boot="b1", seq=seq, at_ms=seq, hr_bpm=100)
            await asyncio.gather(
                self.unit.publish(
                    TREADMILL_TELEMETRY.topic("gym", "tm-01"), TREADMILL_TELEMETRY.encode(treadmill)
                ),
                self.unit.publish(STRAP_TELEMETRY.topic("gym", "hr-01"), STRAP_TELEMETRY.encode(strap)),
            )

    def rows_and_gaps(self, device: str) -> tuple[int, int]:
        sink = SqliteSink(self._folder / "metrics.db")
        try:
            return sink.stored(device), sink.gaps(device)
        finally:
            sink.close()

    async def close(self) -> None:
        self._line.cancel()
        await asyncio.wait([self._line])
        for service in self._services:
            if service.returncode is None:
                service.kill()
                await service.communicate()
        if self._broker is not None:
            await self._broker.stop()


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[MetricsHub]:
    made = MetricsHub(tmp_path)
    await made.open()
    await made.start_metrics()
    yield made
    await made.close()


@needs_mosquitto
async def test_frames_and_their_duplicates_make_exactly_one_row_each(hub: MetricsHub) -> None:
    await hub.send(range(1000))
    await hub.send(range(300, 600))
    await hub.stop_metrics()
    assert hub.rows_and_gaps("tm-01") == (1000, 0)
    assert hub.rows_and_gaps("hr-01") == (1000, 0)


@needs_mosquitto
async def test_a_missing_frame_is_one_gap(hub: MetricsHub) -> None:
    await hub.send([*range(50), *range(51, 100)])
    await hub.stop_metrics()
    assert hub.rows_and_gaps("tm-01") == (99, 1)


@needs_mosquitto
async def test_a_stop_right_after_the_last_frame_loses_none(hub: MetricsHub) -> None:
    for start in range(0, 600, 200):
        await hub.send(range(start, start + 200))
        await hub.stop_metrics()
        assert hub.rows_and_gaps("tm-01") == (start + 200, 0)
        await hub.start_metrics()


@needs_mosquitto
async def test_killed_and_returned_it_has_everything_the_broker_took(hub: MetricsHub) -> None:
    for start in (0, 300):
        sending = asyncio.create_task(hub.send(range(start, start + 300)))
        await asyncio.sleep(0.05)
        await hub.kill_metrics()
        await sending
        await hub.start_metrics()
    await hub.send(range(600, 610))
    await hub.stop_metrics()
    assert hub.rows_and_gaps("tm-01") == (610, 0)
    assert hub.rows_and_gaps("hr-01") == (610, 0)
