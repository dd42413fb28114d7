"""What a unit says of itself to a monitor: the pages, their text, the machine beneath."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from device_adapters.contract.messages import RadioHealth, UnitStatus
from device_adapters.errors import ConfigError
from device_adapters.host import measure
from device_adapters.unit.local_http import Page, serve
from device_adapters.unit.metrics import DeviceLine, text

STATUS = UnitStatus(
    unit="unit-01",
    online=True,
    boot="b",
    at_ms=0,
    version="0.1.0",
    python="3.11.7",
    uptime_s=90,
    radios=(
        RadioHealth(name="hci0", used=2, slots=5),
        RadioHealth(name="hci1", used=0, slots=5, up=False, why="gone"),
    ),
    outbox_depth=7,
    outbox_dropped=3,
    outbox_events_dropped=1,
    outbox_behind_s=12,
    clock_synchronised=True,
    clock_offset_ms=-4,
    load_1m=0.5,
    memory_used_mb=40,
    link_losses={"tm-01": 2},
)
DEVICES = (DeviceLine("tm-01", "treadmill", True, 400), DeviceLine("hr-01", "strap", False, 0))


def samples(page: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    }


def test_every_figure_of_the_status_is_on_the_page_with_ids_as_labels() -> None:
    found = samples(text(STATUS, DEVICES, broker_connected=False))
    tm, hr = (("device", "tm-01"), ("kind", "treadmill")), (("device", "hr-01"), ("kind", "strap"))
    assert found == {
        ("backstride_unit_info", (("python", "3.11.7"), ("unit", "unit-01"), ("version", "0.1.0"))): 1,
        ("backstride_uptime_seconds", ()): 90,
        ("backstride_broker_connected", ()): 0,
        ("backstride_outbox_messages", ()): 7,
        ("backstride_outbox_behind_seconds", ()): 12,
        ("backstride_outbox_dropped_total", (("kind", "telemetry"),)): 3,
        ("backstride_outbox_dropped_total", (("kind", "event"),)): 1,
        ("backstride_load1", ()): 0.5,
        ("backstride_memory_used_bytes", ()): 40 * 1024 * 1024,
        ("backstride_clock_synchronised", ()): 1,
        ("backstride_clock_offset_seconds", ()): -0.004,
        ("backstride_radio_up", (("radio", "hci0"),)): 1,
        ("backstride_radio_up", (("radio", "hci1"),)): 0,
        ("backstride_radio_links", (("radio", "hci0"),)): 2,
        ("backstride_radio_links", (("radio", "hci1"),)): 0,
        ("backstride_radio_slots", (("radio", "hci0"),)): 5,
        ("backstride_radio_slots", (("radio", "hci1"),)): 5,
        ("backstride_device_linked", tm): 1,
        ("backstride_device_linked", hr): 0,
        ("backstride_device_link_losses_total", tm): 2,
        ("backstride_device_link_losses_total", hr): 0,
        ("backstride_device_frames_total", tm): 400,
        ("backstride_device_frames_total", hr): 0,
    }


def test_the_machine_is_measured(tmp_path: Path) -> None:
    host = measure(tmp_path)
    assert host.memory_used_mb > 0
    assert host.disk_free_mb is not None
    assert host.python.startswith("3.")
    assert (host.clock_offset_ms is not None) == (host.clock_synchronised is True)
    assert measure(tmp_path / "not there").disk_free_mb is None


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    pages = {"/healthz": lambda: Page(503, "application/json", b"{}")}
    task = asyncio.create_task(serve("127.0.0.1", port, pages))
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            break
    yield port
    task.cancel()
    await asyncio.wait([task])


async def asked(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("request_", "status", "body"),
    [
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"503 Service Unavailable", b"{}"),
        (b"GET /healthz?x=1 HTTP/1.0\r\n\r\n", b"503 Service Unavailable", b"{}"),
        (b"HEAD /healthz HTTP/1.1\r\n\r\n", b"503 Service Unavailable", b""),
        (b"GET / HTTP/1.1\r\n\r\n", b"404 Not Found", b"not found\n"),
        (b"POST /healthz HTTP/1.1\r\n\r\n", b"405 Method Not Allowed", b"only GET and HEAD\n"),
        (b"\xff\xfe / HTTP/1.1\r\n\r\n", b"400 Bad Request", b"bad request\n"),
        (b"GET\r\n\r\n", b"400 Bad Request", b"bad request\n"),
        (b"GET / HTTP/1.1\r\n" + b"A" * 9000, b"400 Bad Request", b"bad request\n"),
        (b"", b"400 Bad Request", b"bad request\n"),
    ],
)
async def test_a_request_gets_its_answer(request_: bytes, status: bytes, body: bytes) -> None:
    async with served() as port:
        head, _, said = (await asked(port, request_)).partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"HTTP/1.1 " + status
    assert said == body


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigError, match=r"metrics_port .* choose another or leave it out"):
            await serve("127.0.0.1", taken.getsockname()[1], {})
