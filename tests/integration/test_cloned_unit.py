"""Two machines with one card: named to the operator, in the fleet, and by the doctor on each of them."""

import asyncio
import contextlib
from pathlib import Path

import pytest
from ports import free_port

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import SystemClock
from device_adapters.config import Broker, UnitConfig
from device_adapters.contract import registry
from device_adapters.contract.oddities import Odd
from device_adapters.unit import odd_file
from device_adapters.unit.service import run_unit
from services.broker import start_broker
from services.cli.hub.fleet_status import trouble
from services.cli.unit.doctor_checks import oddities
from services.console.live.live_state import LiveState
from services.console.operator import things

pytestmark = pytest.mark.broker


async def test_a_cloned_unit_is_named_on_the_operators_page_and_by_the_doctor(tmp_path: Path) -> None:
    broker = await start_broker(free_port(), tmp_path / "broker")
    clock, floor = SystemClock(), LiveState("gym")
    bus = MqttBus(broker.url, client_id="console")
    site = SiteBus(bus, "gym", lambda _topic, _error: None)
    site.subscribe(registry.UNIT_STATUS, lambda id_, said: floor.unit_status(id_, said, clock.now_ms()))
    places = [tmp_path / name for name in ("card", "clone")]
    tasks = [asyncio.create_task(bus.run())]
    for place in places:
        config = UnitConfig(unit="unit-01", data=str(place), broker=Broker(url=broker.url))
        tasks.append(asyncio.create_task(run_unit(config, clock, (), lambda: None)))
    try:
        async with asyncio.timeout(120):
            while not (
                floor.units(clock.now_ms()) and Odd.ANOTHER_UNIT in floor.units(clock.now_ms())[0].odd
            ):
                await asyncio.sleep(0.1)
            while not all(odd_file.read(place) for place in places):
                await asyncio.sleep(0.1)
        assert "Two machines" in things.unit(floor.units(clock.now_ms())[0]).troubles[0].text
        assert any("Two machines" in text for text in trouble(floor.units(clock.now_ms())[0]))
        for place in places:
            (found,) = oddities(odd_file.read(place))
            assert (found.verdict, "unit-01: Two machines" in found.text) == ("fail", True)
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(60):
                await asyncio.wait(tasks)
        await broker.stop()
