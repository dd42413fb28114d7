"""A treadmill that was renamed, a unit that was retired, a store with another name: nobody says for ever: it moves."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ports import free_port
from test_stop_command import stop
from typer.testing import CliRunner

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from services.broker import RunningBroker, start_broker
from services.cli.main import app
from services.console.live.live_state import LiveState


class GoneSite:
    """What units, services and belts have said on a real broker."""

    def __init__(self, broker: RunningBroker) -> None:
        self.broker = broker
        self.bus = MqttBus(broker.url, client_id="units")
        self.site = SiteBus(self.bus, "gym", on_malformed=lambda _topic, _error: None)
        self.line = asyncio.create_task(self.bus.run())

    async def unit(self, name: str, *treadmills: str, online: bool = True, at_ms: int = 10) -> None:
        status = m.UnitStatus(unit=name, online=online, boot="b", at_ms=at_ms, treadmills=treadmills)
        await self.site.publish(registry.UNIT_STATUS, status, name)

    async def treadmill(self, id_: str, unit: str, at_ms: int = 5) -> None:
        state = m.TreadmillState(
            treadmill=id_, unit=unit, boot="b", at_ms=at_ms, link="connected", belt="still"
        )
        await self.site.publish(registry.TREADMILL_STATE, state, id_)

    async def kept(self) -> set[str]:
        """Topics that the broker keeps something for."""
        found: set[str] = set()
        bus = MqttBus(self.broker.url, client_id="look")
        for kind in ("backstride/#", "homeassistant/#"):
            bus.subscribe(kind, lambda message: found.add(message.topic))
        line = asyncio.create_task(bus.run())
        done = asyncio.Event()
        bus.subscribe("end", lambda _: done.set())
        async with asyncio.timeout(60):
            while not bus.connected:
                await asyncio.sleep(0.02)
            while not done.is_set():
                await bus.publish("end", b"1")
                await asyncio.sleep(0.02)
        line.cancel()
        await asyncio.wait([line])
        return {topic.removeprefix("backstride/v1/gym/") for topic in found}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[GoneSite]:
    broker = await start_broker(free_port(), tmp_path / "broker")
    made = GoneSite(broker)
    async with asyncio.timeout(60):
        while not made.bus.connected:
            await asyncio.sleep(0.02)
    yield made
    made.line.cancel()
    await asyncio.wait([made.line])
    await broker.stop()


async def command(*words: str) -> tuple[int, str]:
    result = await asyncio.to_thread(CliRunner().invoke, app, list(words))
    return result.exit_code, f"{result.output}{result.exception or ''}"


async def test_stop_all_asks_only_what_living_units_have(site: GoneSite) -> None:
    await site.unit("unit-01", "tm-new")
    await site.treadmill("tm-old", "unit-01")
    await site.treadmill("tm-new", "unit-01")

    async def lives() -> None:
        while True:
            await asyncio.sleep(0.2)
            await site.treadmill("tm-new", "unit-01")

    alive = asyncio.create_task(lives())
    code, out = await stop("--all", "--broker", site.broker.url)
    assert (code, out.strip()) == (0, "tm-new: still (at rest)")
    code, out = await stop("tm-old", "--broker", site.broker.url)
    assert code == 1
    assert "tm-old: not delivered (no unit has this treadmill" in out
    alive.cancel()


async def test_a_unit_that_is_only_offline_still_counts_until_it_is_retired(site: GoneSite) -> None:
    await site.unit("unit-01", "tm-01", online=False)
    await site.treadmill("tm-01", "unit-01")
    await site.treadmill("tm-02", "unit-02")
    strap = m.StrapState(strap="hr-01", unit="unit-01", boot="b", at_ms=5, link="lost")
    await site.site.publish(registry.STRAP_STATE, strap, "hr-01")
    code, out = await stop("--all", "--broker", site.broker.url)
    assert code == 1
    assert "tm-01: not delivered (unit-01 does not answer" in out
    code, out = await command("unit", "retire", "unit-01", "--broker", site.broker.url, "--site", "gym")
    assert code == 0, out
    assert "unit-01: retired" in out
    assert await site.kept() == {"treadmill/tm-02/state"}


@pytest.mark.parametrize(
    ("kind", "name", "says"),
    [("unit", "unit-01", "unit-01 is online; switch it off first"),
     ("treadmill", "tm-01", "tm-01 is served by unit-01; take it out of that unit's settings"),
     ("store", "metrics", "metrics is online; stop it first")],
)  # fmt: skip
async def test_what_lives_is_not_forgotten(site: GoneSite, kind: str, name: str, says: str) -> None:
    await site.unit("unit-01", "tm-01")
    await site.treadmill("tm-01", "unit-01")
    store = m.StoreStatus(store="metrics", online=True, at_ms=1)
    await site.site.publish(registry.STORE_STATUS, store, "metrics")
    before = await site.kept()
    code, out = await command("fleet", "forget", kind, name, "--broker", site.broker.url)
    assert code != 0
    assert says in out
    assert await site.kept() == before


async def test_a_renamed_store_and_treadmill_are_forgotten_on_request(site: GoneSite) -> None:
    await site.unit("unit-01", "tm-new")
    await site.treadmill("tm-old", "unit-01")
    store = m.StoreStatus(store="old", online=False, at_ms=1)
    await site.site.publish(registry.STORE_STATUS, store, "old")
    for kind, name in (("treadmill", "tm-old"), ("store", "old")):
        code, out = await command("fleet", "forget", kind, name, "--broker", site.broker.url)
        assert code == 0, out
    assert await site.kept() == {"unit/unit-01/status"}


def state(id_: str, unit: str, at_ms: int = 5) -> m.TreadmillState:
    return m.TreadmillState(treadmill=id_, unit=unit, boot="b", at_ms=at_ms, link="connected")


def status(*treadmills: str, online: bool = True, at_ms: int = 10) -> m.UnitStatus:
    return m.UnitStatus(unit="unit-01", online=online, boot="b", at_ms=at_ms, treadmills=treadmills)


def test_the_floor_has_what_living_units_say_they_have() -> None:
    floor = LiveState("gym")
    floor.treadmill_state("tm-old", state("tm-old", "unit-01"), 0)
    assert floor.treadmill_ids() == ["tm-old"]  # its unit is not known yet
    floor.unit_status("unit-01", status("tm-new"), 0)
    assert floor.treadmill_ids() == ["tm-new"]
    floor.treadmill_state("tm-more", state("tm-more", "unit-01", at_ms=11), 0)
    assert floor.treadmill_ids() == ["tm-more", "tm-new"]  # told later than the unit's list
    floor.unit_status("unit-01", status("tm-new", online=False, at_ms=12), 0)
    assert floor.treadmill_ids() == ["tm-more", "tm-new", "tm-old"]  # who is offline vouches for nothing
    floor.treadmill_gone("tm-old")
    floor.treadmill_gone("tm-more")
    floor.treadmill_gone("tm-new")
    floor.unit_gone("unit-01")
    assert floor.treadmill_ids() == []
    assert floor.units(0) == []
