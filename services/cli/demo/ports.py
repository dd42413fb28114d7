"""What the demo makes sure of before it starts anything: its ports, and a broker that is not its own."""

import asyncio
import socket

from device_adapters.bus.port import Bus
from device_adapters.errors import ConfigError

BROKER_S = 5.0


async def reached(bus: Bus, url: str) -> None:
    """Wait until the broker at `url` takes `bus` in. ConfigError if it does not in BROKER_S."""
    up = asyncio.Event()
    bus.on_connection(lambda connected: up.set() if connected else None)
    if bus.connected:
        return
    try:
        async with asyncio.timeout(BROKER_S):
            await up.wait()
    except TimeoutError:
        raise ConfigError(
            f"--broker {url}: not reached in {BROKER_S:.0f} s; start it, or leave --broker out for one of the "
            "demo's own"
        ) from None


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(what: str, port: int, option: str) -> None:
    """ConfigError if the port is taken; `option` chooses another."""
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except OSError as e:
        raise ConfigError(
            f"{what} port {port} cannot be used ({e.strerror}); choose another with {option}"
        ) from e
