"""A unit whose certificate was revoked is soon told as what it is: not online."""

import asyncio
from pathlib import Path

import pytest
from session_floor import SITE
from test_acl import CLIENTS
from tls_broker import MOSQUITTO, TlsBroker, tls_broker

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.port import Will
from device_adapters.clock import SystemClock
from device_adapters.config import Broker
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from services.cli.hub.fleet_status import listen_to_all
from services.cli.hub_line import Hub
from services.console.live.live_state import LiveState
from services.console.operator import things
from services.rules.unit_health import SILENT_S

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="NEEDS mosquitto")
TOPIC = registry.UNIT_STATUS.topic(SITE, "unit-01")
BOUND_S = 60


def status(*, online: bool = True, at_ms: int | None = None) -> m.UnitStatus:
    now_ms = SystemClock().wall_ms()
    return m.UnitStatus(unit="unit-01", online=online, boot="b", at_ms=now_ms if at_ms is None else at_ms)


async def _says(line: Broker, said: m.UnitStatus) -> None:
    """A unit that comes, says how it is, and stays until this is cancelled."""
    will = Will(TOPIC, registry.UNIT_STATUS.encode(status(online=False)), retain=True)
    bus = MqttBus(line, client_id="unit-01", will=will)
    running = asyncio.create_task(bus.run())
    try:
        async with asyncio.timeout(BOUND_S):
            while not bus.connected:
                await asyncio.sleep(0.05)
            await bus.publish(TOPIC, registry.UNIT_STATUS.encode(said), qos=1, retain=True)
        await asyncio.Event().wait()
    finally:
        running.cancel()
        await asyncio.wait([running])


async def _told(broker: TlsBroker) -> list[tuple[str, bool]]:
    units, _ = await listen_to_all(Hub(broker.credentials("cli", hub=True), SITE))
    return [(unit.unit, unit.online) for unit in units]


async def _until_told(broker: TlsBroker, online: bool) -> None:
    async with asyncio.timeout(BOUND_S):
        while await _told(broker) != [("unit-01", online)]:
            await asyncio.sleep(0.1)


async def test_it_is_not_online_once_the_broker_has_its_lists(tmp_path: Path) -> None:
    with tls_broker(tmp_path, SITE, [c for c in CLIENTS if c.name.startswith("unit")]) as broker:
        line = broker.credentials("unit-01")
        unit = asyncio.create_task(_says(line, status()))
        try:
            await _until_told(broker, online=True)
            broker.revoke(line)
            broker.stop()
            broker.start()
            await _until_told(broker, online=False)
            assert not unit.done()
        finally:
            unit.cancel()
            await asyncio.wait([unit])


async def test_nor_if_the_broker_died_and_kept_what_it_had_said(tmp_path: Path) -> None:
    with tls_broker(tmp_path, SITE, [c for c in CLIENTS if c.name.startswith("unit")]) as broker:
        kept = registry.UNIT_STATUS.encode(status(at_ms=SystemClock().wall_ms() - round(SILENT_S * 2000)))
        bus = MqttBus(broker.credentials("unit-01"), client_id="unit-01")
        running = asyncio.create_task(bus.run())
        async with asyncio.timeout(BOUND_S):
            while not bus.connected:
                await asyncio.sleep(0.05)
            await bus.publish(TOPIC, kept, qos=1, retain=True)
        running.cancel()
        await asyncio.wait([running])
        assert await _told(broker) == [("unit-01", False)]


def test_the_operators_page_believes_no_old_word() -> None:
    floor = LiveState(SITE)
    floor.bus = True
    floor.unit_status("unit-01", status(), 0)
    late_ms = round(SILENT_S * 1000) + 1
    assert [things.unit(said).verdict for said in floor.units(late_ms - 1)] == ["ok"]
    assert [things.unit(said).verdict for said in floor.units(late_ms)] == ["fail"]
    floor.unit_status("unit-01", status(), late_ms)
    assert [said.online for said in floor.units(late_ms)] == [True]
    floor.bus = False
    assert [said.online for said in floor.units(3 * late_ms)] == [True], "nobody can be heard now"
