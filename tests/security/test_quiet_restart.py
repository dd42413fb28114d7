"""The broker is never sent a SIGHUP, and is restarted only when no belt is leased and none moves."""

import asyncio
from pathlib import Path

import pytest
from session_floor import SITE, unexpected
from test_acl import CLIENTS
from tls_broker import MOSQUITTO, tls_broker
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import SystemClock
from device_adapters.config import Broker, HubConfig
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from services.hub.clients import Client, UnitDevice
from services.hub.quiet import QuietFloor, lists_of, wait_until_quiet
from services.hub.setup import set_up
from services.hub.site import Places, SiteConfig

DEPLOY = Path(__file__).parents[2] / "deploy"
HUP = ("HUP", "systemctl reload", "ExecReload=/")


def test_nothing_that_we_ship_sends_the_broker_a_sighup() -> None:
    """Neither an invitation, a revocation or a renewal, nor a timer: all of them only write files."""
    files = [
        file
        for file in DEPLOY.rglob("*")
        if file.is_file() and file.suffix in (".service", ".path", ".timer", ".sh", ".conf", ".yml", ".yaml")
    ]
    assert len(files) > 20
    for file in files:
        lines = [line for line in file.read_text().splitlines() if not line.lstrip().startswith("#")]
        assert not [line for line in lines if any(word in line for word in HUP)], file
    assert "ExecReload=" in (DEPLOY / "systemd/mosquitto.service.d/backstride.conf").read_text().splitlines()


def state(treadmill: str = "tm-01", **more: object) -> m.TreadmillState:
    values: dict[str, object] = {
        "unit": "unit-01",
        "boot": "b",
        "at_ms": 1,
        "link": "connected",
        "belt": "still",
        **more,
    }
    return m.TreadmillState(treadmill=treadmill, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "online", "busy"),
    [
        (state(), True, False),
        (state(lease_holder="session-a"), True, True),
        (state(session="s-1"), True, True),
        (state(belt="moving"), True, True),
        (state(belt="moving"), False, False),
        (state(belt="unknown", link="absent"), True, False),
    ],
)
async def test_what_a_restart_would_stop(said: m.TreadmillState, online: bool, busy: bool) -> None:
    floor, bus = QuietFloor(), MemoryBus(MemoryBroker(), client_id="unit-01")
    site, line = SiteBus(bus, SITE, unexpected), asyncio.create_task(bus.run())
    floor.listen(site)
    await until(lambda: bus.connected)
    status = m.UnitStatus(unit="unit-01", treadmills=("tm-01",), online=online, boot="b", at_ms=1)
    await site.publish(registry.UNIT_STATUS, status, "unit-01")
    await site.publish(registry.TREADMILL_STATE, said, "tm-01")
    for _ in range(100):
        await asyncio.sleep(0)
    assert floor.busy() == (["tm-01"] if busy else [])
    line.cancel()
    await asyncio.wait([line])


async def test_it_waits_for_the_last_leased_belt(tmp_path: Path) -> None:
    """On a real Mosquitto with the site's access list, with the rights of a command at the hub."""
    if MOSQUITTO is None:
        pytest.skip("NO MOSQUITTO ON THIS MACHINE: the quiet moment is not proved against it")
    unit = Client(name="unit-01", role="unit", treadmills=(UnitDevice("tm-01"),))
    clients = [*(client for client in CLIENTS if client.name != "unit-01"), unit]
    with tls_broker(tmp_path, SITE, clients) as broker:
        bus = MqttBus(broker.credentials("unit-01"), client_id="unit-01")
        site, told = SiteBus(bus, SITE, lambda *_: None), list[str]()
        tasks = [asyncio.create_task(bus.run())]
        try:
            await until(lambda: bus.connected, seconds=60)
            status = m.UnitStatus(unit="unit-01", online=True, boot="b", at_ms=1, treadmills=("tm-01",))
            await site.publish(registry.UNIT_STATUS, status, "unit-01")
            await site.publish(registry.TREADMILL_STATE, state(lease_holder="session-a"), "tm-01")
            config = HubConfig(site=SITE, broker=broker.credentials("cli", hub=True))
            waiting = asyncio.create_task(wait_until_quiet(config, SystemClock(), told.append))
            tasks.append(waiting)
            await until(lambda: told == ["waiting for tm-01"], seconds=60)
            assert not waiting.done()
            await site.publish(registry.TREADMILL_STATE, state(), "tm-01")
            async with asyncio.timeout(60):
                await waiting
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_broker_that_is_away_is_not_waited_for(tmp_path: Path) -> None:
    told: list[str] = []
    await wait_until_quiet(HubConfig(broker=Broker(url="mqtt://127.0.0.1:1")), SystemClock(), told.append)
    assert told == ["the broker is not reached: nothing to wait for"]


def test_a_renewal_that_is_not_due_wants_no_restart(tmp_path: Path) -> None:
    places = Places(tmp_path)
    set_up(places, SiteConfig("gym", ("hub.local",)), SystemClock())
    before = lists_of(places.broker)
    set_up(places, None, SystemClock())
    assert lists_of(places.broker) == before
