"""The broker that comes with the product, and a gym's own with users and TLS."""

import asyncio
import contextlib
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bus_clients import Client, by_each_client
from ports import free_port
from structlog.testing import capture_logs

from device_adapters.bus import owed
from device_adapters.bus.mqtt import MqttBus
from device_adapters.config import Broker
from device_adapters.errors import BusError, BusLostError, BusRefusedError, ConfigError
from services.broker import Kind, RunningBroker, broker_command, start_broker, wait_ready

MOSQUITTO = shutil.which("mosquitto", path="/usr/bin:/usr/sbin:/usr/local/sbin")
needs_mosquitto = pytest.mark.skipif(
    MOSQUITTO is None, reason="NO MOSQUITTO ON THIS MACHINE: apt install mosquitto"
)


@contextlib.asynccontextmanager
async def running(bus: MqttBus) -> AsyncIterator[asyncio.Event]:
    up = asyncio.Event()
    bus.on_connection(lambda connected: up.set() if connected else up.clear())
    task = asyncio.create_task(bus.run())
    try:
        yield up
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.parametrize("kind", [pytest.param("mosquitto", marks=needs_mosquitto), "embedded"])
async def test_it_starts_stops_and_gives_its_port_back(kind: Kind, tmp_path: Path) -> None:
    port = free_port()
    for _ in range(2):
        broker = await start_broker(port, tmp_path / "broker", kind)
        async with running(MqttBus(broker.url, client_id="x")) as up:
            await asyncio.wait_for(up.wait(), 10)
        await broker.stop()
        await broker.stop()
        assert broker.process.returncode is not None


@pytest.mark.parametrize("kind", [pytest.param("mosquitto", marks=needs_mosquitto), "embedded"])
async def test_it_listens_on_loopback_only(kind: Kind, tmp_path: Path) -> None:
    port = free_port()
    broker = await start_broker(port, tmp_path, kind)
    with socket.socket() as other:  # all of 127.0.0.0/8 is this machine, and only 127.0.0.1 is the broker's
        assert other.connect_ex(("127.0.0.2", port)) != 0
    await broker.stop()


@pytest.mark.parametrize("kind", ["mosquitto", "embedded"])
def test_a_taken_port_is_named_with_the_way_out(kind: Kind, tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"{port}.*--mqtt-port"):
            broker_command(port, tmp_path, kind)


async def test_a_broker_that_ends_at_once_is_noticed(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "raise SystemExit(3)")
    with pytest.raises(BusError, match="code 3"):
        await wait_ready(free_port(), process)


def frozen(pid: int) -> bool:
    """Has every thread of the process stopped? A signal needs a moment to reach all of them."""
    threads = Path(f"/proc/{pid}/task").glob("*/stat")
    return all(stat.read_text().rpartition(")")[2].split()[0] == "T" for stat in threads)


@by_each_client
@pytest.mark.parametrize("kind", [pytest.param("mosquitto", marks=needs_mosquitto), "embedded"])
async def test_a_broker_that_freezes_counts_as_lost(
    kind: Kind, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owed, "ANSWER_MAX_S", 0.2)
    monkeypatch.setattr(owed, "TICK_S", 0.05)
    broker = await start_broker(free_port(), tmp_path, kind)
    bus = MqttBus(Broker(url=broker.url, client=client), client_id="x")
    async with running(bus) as up:
        await asyncio.wait_for(up.wait(), 10)
        broker.process.send_signal(signal.SIGSTOP)
        while not frozen(broker.process.pid):
            await asyncio.sleep(0.01)
        with pytest.raises(BusLostError, match="no answer"):
            await bus.publish("t", b"x")
        assert not bus.connected
        monkeypatch.setattr(owed, "ANSWER_MAX_S", 5.0)
        broker.process.send_signal(signal.SIGCONT)
        await asyncio.wait_for(up.wait(), 60)
        await bus.publish("t", b"x")
    await broker.stop()


@needs_mosquitto
@by_each_client
async def test_urgent_messages_do_not_wait_for_a_place_in_the_brokers_window(
    tmp_path: Path, client: Client
) -> None:
    port = free_port()
    config = tmp_path / "narrow.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nuser root\nallow_anonymous true\nmax_inflight_messages 4\n"
    )
    process = await asyncio.create_subprocess_exec(str(MOSQUITTO), "-c", config, stderr=subprocess.DEVNULL)
    broker = RunningBroker(port, "a narrow one", process)
    await wait_ready(port, process)
    line = Broker(url=broker.url, client=client)
    bus, hub = MqttBus(line, client_id="unit"), MqttBus(line, client_id="hub")
    received: list[bytes] = []
    hub.subscribe("#", lambda message: received.append(message.payload))
    async with running(bus) as up, running(hub) as hub_up, asyncio.timeout(60):
        await up.wait()
        await hub_up.wait()
        broker.process.send_signal(signal.SIGSTOP)
        sends = [asyncio.create_task(bus.publish("t", b"telemetry")) for _ in range(50)]
        await asyncio.sleep(0)
        sends.append(asyncio.create_task(bus.publish("e", b"stopped", urgent=True)))
        await asyncio.sleep(0)
        broker.process.send_signal(signal.SIGCONT)
        await asyncio.gather(*sends)
        while len(received) < 51:
            await asyncio.sleep(0.01)
    assert received.index(b"stopped") <= 4
    await broker.stop()


@by_each_client
async def test_a_server_that_is_no_broker_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.setattr(owed, "ANSWER_MAX_S", 0.2)
    with socket.socket() as silent, capture_logs() as logs:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        line = Broker(url=f"mqtt://127.0.0.1:{silent.getsockname()[1]}", client=client)
        async with running(MqttBus(line, client_id="x")), asyncio.timeout(60):
            while not logs:
                await asyncio.sleep(0.01)
    assert "does not answer in MQTT 5; check broker.url" in logs[0]["why"]


@needs_mosquitto
@by_each_client
async def test_users_and_tls(tmp_path: Path, client: Client) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("NO OPENSSL ON THIS MACHINE: TLS to the broker is not proved")
    port = free_port()
    users = tmp_path / "users"
    _make_credentials(tmp_path, users)
    config = tmp_path / "gym.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nuser root\nallow_anonymous false\npassword_file {users}\n"
        f"cafile {tmp_path}/cert.pem\ncertfile {tmp_path}/cert.pem\nkeyfile {tmp_path}/key.pem\n"
    )
    process = await asyncio.create_subprocess_exec(str(MOSQUITTO), "-c", config, stderr=subprocess.DEVNULL)
    broker = RunningBroker(port, "a gym's", process)
    await wait_ready(port, process)
    password = tmp_path / "password"
    password.write_text("wrong\n")
    settings = Broker(
        url=f"mqtts://localhost:{port}",
        client=client,
        username="unit-01",
        password_file=str(password),
        ca_file=str(tmp_path / "cert.pem"),
    )
    bus = MqttBus(settings, client_id="unit-01")
    got: asyncio.Queue[bytes] = asyncio.Queue()
    bus.subscribe("large", lambda message: got.put_nowait(message.payload))
    with capture_logs() as logs:
        async with running(bus) as up, asyncio.timeout(60):
            while not logs:
                await asyncio.sleep(0.01)
            assert not up.is_set()
    assert logs[0]["code"] == BusRefusedError.code
    assert "check username, password" in logs[0]["why"]
    async with running(bus) as up:
        password.write_text("right\n")
        await asyncio.wait_for(up.wait(), 10)
        large = bytes(range(256)) * 2000
        for _ in range(3):
            await bus.publish("large", large)
            assert await asyncio.wait_for(got.get(), 10) == large
    await broker.stop()


def _make_credentials(folder: Path, users: Path) -> None:
    subprocess.run(["mosquitto_passwd", "-b", "-c", users, "unit-01", "right"], check=True)
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out", folder / "cert.pem",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip


@by_each_client
@pytest.mark.parametrize("kind", ["mosquitto", "embedded"])
async def test_a_cloned_unit_is_named_as_the_double(tmp_path: Path, kind: Kind, client: Client) -> None:
    broker = await start_broker(free_port(), tmp_path, kind)
    line = Broker(url=broker.url, client=client)
    twins = [MqttBus(line, client_id="unit-unit-01", jitter=lambda: 0.0) for _ in range(2)]
    with capture_logs() as logs:
        tasks = [asyncio.create_task(twin.run()) for twin in twins]
        async with asyncio.timeout(100):
            while not any("a second machine connects as unit-unit-01" in one.get("why", "") for one in logs):
                await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await broker.stop()
