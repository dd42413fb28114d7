"""The client libraries that a bus runs on: what holds on one must hold on the other. And how tests wait for a bus."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import pytest

from device_adapters.bus.mqtt import MqttBus

Client = Literal["mqtt5", "paho"]
CLIENTS: tuple[Client, ...] = ("mqtt5", "paho")
by_each_client = pytest.mark.parametrize("client", CLIENTS)


@asynccontextmanager
async def nothing_escapes() -> AsyncIterator[list[dict[str, object]]]:
    """No exception reaches the event loop itself."""
    escaped: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: escaped.append(context))
    try:
        yield escaped
    finally:
        loop.set_exception_handler(None)
    assert escaped == []


@asynccontextmanager
async def running(bus: MqttBus) -> AsyncIterator[None]:
    task = asyncio.create_task(bus.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
