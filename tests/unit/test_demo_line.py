"""What the demo makes sure of before it starts anything."""

import socket

import pytest

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.errors import ConfigError
from services.cli.demo import ports


async def test_a_broker_that_is_not_there_is_said_before_anything_is_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ports, "BROKER_S", 0.05)
    with pytest.raises(ConfigError, match="--broker mqtt://hall:1883: not reached"):
        await ports.reached(MemoryBus(MemoryBroker(), client_id="demo"), "mqtt://hall:1883")


def test_a_port_that_is_taken_is_named_with_its_option() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            ConfigError, match=f"HTTP port {port} cannot be used .*choose another with --http-port"
        ):
            ports.require_free("HTTP", port, "--http-port")
    ports.require_free("HTTP", ports.free_port(), "--http-port")
