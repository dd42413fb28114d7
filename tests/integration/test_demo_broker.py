"""The demo's broker lets nobody do what a gym's would not: what works beside a demo works beside a hub."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from demo_process import RunningDemo
from waiting import until

from device_adapters.bus.mqtt import MqttBus
from device_adapters.config import Broker
from device_adapters.contract import registry
from device_adapters.contract.discovery import ANNOUNCEMENT
from device_adapters.errors import BusRefusedError

pytestmark = [pytest.mark.demo, pytest.mark.timeout(300)]
SITE = "gym"


@asynccontextmanager
async def user(demo: RunningDemo, name: str) -> AsyncIterator[tuple[MqttBus, set[str]]]:
    """A program under this name, and the topics that come to it of all there are."""
    bus, heard = (
        MqttBus(Broker(demo.mqtt_url, username=name), client_id=f"test-{name or 'nobody'}"),
        set[str](),
    )
    bus.subscribe("#", lambda incoming: heard.add(incoming.topic))
    line = asyncio.create_task(bus.run())
    try:
        await until(lambda: bus.connected)
        yield bus, heard
    finally:
        line.cancel()
        await asyncio.wait([line])


async def test_home_assistant_finds_every_device_and_hears_no_heart(demo: RunningDemo) -> None:
    wanted = {ANNOUNCEMENT.topic(SITE, id) for id in ("tm-01", "tm-02", "hr-01", "hr-02")}
    wanted |= {registry.TREADMILL_TELEMETRY.topic(SITE, "tm-01"), registry.STRAP_STATE.topic(SITE, "hr-01")}
    beats = registry.STRAP_TELEMETRY.topic(SITE, "hr-01")
    async with user(demo, "home-assistant") as (_, heard), user(demo, "home-assistant-hearts") as (_, hearts):
        await until(lambda: wanted <= heard and beats in hearts)
        assert not any(
            topic.startswith(f"backstride/v1/{SITE}/strap/") and "telemetry" in topic for topic in heard
        )
        assert not any(topic.endswith(("/session", "/event", "/lease")) for topic in heard)


@pytest.mark.parametrize("name", ["", "nobody", "unit-02"])
async def test_who_is_not_on_the_list_hears_and_does_nothing(demo: RunningDemo, name: str) -> None:
    async with user(demo, name) as (bus, heard), user(demo, "viewer") as (_, seen):
        for channel in (
            registry.STOP_ALL,
            registry.SESSION_REQUEST,
            registry.COMMAND,
            registry.TREADMILL_STATE,
        ):
            with pytest.raises(BusRefusedError):
                await bus.publish(channel.topic(SITE, "tm-01"), b"{}")
        await until(lambda: registry.TREADMILL_TELEMETRY.topic(SITE, "tm-01") in seen)
        assert heard == set()
