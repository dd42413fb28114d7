"""What Home Assistant would find on a real broker: devices, their templates on the unit's real messages, removal."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import jinja2
import msgspec
import pytest
from ports import free_port
from unit_world import world
from waiting import until

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.port import Incoming
from device_adapters.config import Strap, Treadmill, UnitConfig
from device_adapters.contract import messages as m
from device_adapters.contract.freshness import AGE_MAX_MS
from device_adapters.unit.home_assistant import HomeAssistant, announcements
from services.broker import RunningBroker, start_broker

TM, HR = (
    "homeassistant/device/backstride-gym-tm-01/config",
    "homeassistant/device/backstride-gym-hr-01/config",
)


def config(data: Path, *, on: bool = True, heart_rate: bool = False, straps: int = 1) -> UnitConfig:
    return UnitConfig(
        unit="unit-01",
        data=str(data),
        home_assistant=on,
        home_assistant_heart_rate=heart_rate,
        treadmill=(Treadmill(id="tm-01", address="F1:00:00:00:00:01"),),
        strap=(Strap(id="hr-01", address="F2:00:00:00:00:01"),) * straps,
    )


class DiscoveryListener:
    """A client like Home Assistant's: everything below its prefix, newest value by topic."""

    def __init__(self, url: str) -> None:
        self.retained: dict[str, bytes] = {}
        self.bus = MqttBus(url, client_id="home-assistant")
        self.bus.subscribe("homeassistant/#", self._take)
        self._line = asyncio.create_task(self.bus.run())

    def _take(self, message: Incoming) -> None:
        if message.payload:
            self.retained[message.topic] = message.payload
        else:
            self.retained.pop(message.topic, None)

    async def until(self, fact: Callable[[], bool]) -> None:
        await until(fact)

    async def leave(self) -> None:
        self._line.cancel()
        await asyncio.wait([self._line])


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[RunningBroker]:
    running = await start_broker(free_port(), tmp_path / "broker")
    yield running
    await running.stop()


async def announced(url: str, settings: UnitConfig) -> dict[str, bytes]:
    """What a Home Assistant that starts after the unit's announcement finds retained."""
    bus = MqttBus(url, client_id="unit-01")
    line = asyncio.create_task(bus.run())
    await HomeAssistant(settings, bus).run()
    listener = DiscoveryListener(url)
    await listener.until(lambda: listener.bus.connected)
    await listener.bus.publish("homeassistant/end", b"1")
    await listener.until(lambda: "homeassistant/end" in listener.retained)
    del listener.retained["homeassistant/end"]
    await listener.leave()
    line.cancel()
    await asyncio.wait([line])
    return listener.retained


async def test_devices_are_there_while_it_is_on_and_gone_when_it_is_off(
    broker: RunningBroker, tmp_path: Path
) -> None:
    assert (await announced(broker.url, config(tmp_path, on=False))) == {}
    assert set(await announced(broker.url, config(tmp_path))) == {TM, HR}
    assert set(await announced(broker.url, config(tmp_path, straps=0))) == {TM}
    assert set(await announced(broker.url, config(tmp_path))) == {TM, HR}
    assert (await announced(broker.url, config(tmp_path, on=False))) == {}
    assert not (tmp_path / "home_assistant.json").exists()


def moved(data: Path, *treadmills: str, unit: str = "unit-01") -> UnitConfig:
    return msgspec.structs.replace(
        config(data, straps=0), unit=unit,
        treadmill=tuple(Treadmill(id=id_, address="F1:00:00:00:00:01") for id_ in treadmills),
    )  # fmt: skip


async def test_a_treadmill_that_moved_to_another_unit_is_not_removed_by_the_old_one(
    broker: RunningBroker, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    gone = TM.replace("tm-01", "tm-02")
    assert set(await announced(broker.url, moved(one, "tm-01", "tm-02"))) == {TM, gone}
    theirs = await announced(broker.url, moved(two, "tm-01", unit="unit-02"))
    assert (await announced(broker.url, moved(one))) == {TM: theirs[TM]}  # what nobody has now is removed
    assert not (one / "home_assistant.json").exists()
    assert set(await announced(broker.url, moved(two, "tm-01", unit="unit-02"))) == {TM}


async def test_everything_is_told_again_after_a_broker_restart_and_when_home_assistant_comes_back(
    tmp_path: Path,
) -> None:
    port = free_port()
    first = await start_broker(port, tmp_path / "broker")
    bus = MqttBus(first.url, client_id="unit-01")
    keeping = [asyncio.create_task(job) for job in (bus.run(), HomeAssistant(config(tmp_path), bus).keep())]
    listener = DiscoveryListener(first.url)
    await listener.until(lambda: set(listener.retained) == {TM, HR})
    await first.stop()
    await listener.until(lambda: not listener.bus.connected)
    listener.retained.clear()
    second = await start_broker(port, tmp_path / "another")  # without the first one's memory
    await listener.until(lambda: set(listener.retained) == {TM, HR})
    listener.retained.clear()
    await listener.bus.publish("homeassistant/status", b"offline")
    await listener.bus.publish("homeassistant/status", b"online")
    await listener.until(lambda: {TM, HR} <= set(listener.retained))
    await listener.leave()
    for task in keeping:
        task.cancel()
    await asyncio.wait(keeping)
    await second.stop()


async def test_what_somebody_deletes_comes_back_and_what_is_gone_does_not(
    broker: RunningBroker, tmp_path: Path
) -> None:
    await announced(broker.url, config(tmp_path))
    bus = MqttBus(broker.url, client_id="unit-01")
    keeper = HomeAssistant(config(tmp_path, straps=0), bus)
    keeping = [asyncio.create_task(job) for job in (bus.run(), keeper.keep())]
    listener = DiscoveryListener(broker.url)
    await listener.until(lambda: set(listener.retained) == {TM})
    for _ in range(2):
        told = listener.retained.pop(TM)
        await listener.bus.publish(TM, b"", retain=True)
        await listener.until(lambda told=told: listener.retained == {TM: told})  # type: ignore[misc]
    await listener.leave()
    for task in keeping:
        task.cancel()
    await asyncio.wait(keeping)


def components(settings: UnitConfig, topic: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(announcements(settings)[topic])["components"]
    return found


def test_no_heart_rate_unless_allowed_and_nothing_that_can_be_commanded(tmp_path: Path) -> None:
    assert set(components(config(tmp_path), HR)) == {"battery", "link"}
    assert "hr_bpm" not in announcements(config(tmp_path))[HR].decode()
    allowed = config(tmp_path, heart_rate=True)
    assert set(components(allowed, HR)) == {"battery", "link", "heart_rate"}
    assert components(allowed, HR)["heart_rate"]["unit_of_measurement"] == "bpm"
    for payload in announcements(allowed).values():
        assert b"command" not in payload
        assert b"F1:00" not in payload
        assert b"F2:00" not in payload
    ids = [c["unique_id"] for topic in (TM, HR) for c in components(allowed, topic).values()]
    assert len(ids) == len(set(ids)) == 7
    assert {c["platform"] for topic in (TM, HR) for c in components(allowed, topic).values()} <= {
        "sensor",
        "binary_sensor",
    }


def shown(template: str, message: msgspec.Struct) -> str:
    value = json.loads(msgspec.json.encode(message))
    return rendered(template, value, "unknown")


def rendered(template: str, value: object, state: str) -> str:
    """As Home Assistant does it, whose `is_number` is this; `state`: what the entity shows so far."""
    environment = jinja2.Environment()  # noqa: S701 — Home Assistant's own
    environment.globals["is_number"] = lambda text: text.replace(".", "", 1).isdigit()
    return environment.from_string(template).render(value_json=value, this={"state": state})


def test_what_waited_for_the_broker_is_not_shown_as_now(tmp_path: Path) -> None:
    template = components(config(tmp_path), TM)["speed"]["value_template"]
    assert rendered(template, {"speed_kmh": 5.0, "age_ms": AGE_MAX_MS}, "1.0") == "5.0"
    assert rendered(template, {"speed_kmh": 5.0, "age_ms": AGE_MAX_MS + 1}, "1.0") == "1.0"
    assert rendered(template, {"speed_kmh": 5.0, "age_ms": 3_600_000}, "unavailable") == "None"


def test_templates_read_the_messages_as_they_are(tmp_path: Path) -> None:
    parts = components(config(tmp_path), TM)
    still = m.TreadmillTelemetry(treadmill="tm-01", boot="b", seq=1, at_ms=1, speed_kmh=0.0, incline_pct=1.5)
    bare = m.TreadmillTelemetry(treadmill="tm-01", boot="b", seq=1, at_ms=1)
    assert shown(parts["speed"]["value_template"], still) == "0.0"
    assert shown(parts["incline"]["value_template"], still) == "1.5"
    assert shown(parts["speed"]["value_template"], bare) == "None"
    state = m.TreadmillState(treadmill="tm-01", unit="u", boot="b", at_ms=1, link="connected")
    assert shown(parts["link"]["value_template"], state) == "ON"
    assert shown(parts["belt"]["value_template"], state) == "unknown"
    assert shown(parts["belt"]["value_template"], msgspec.structs.replace(state, belt="still")) == "still"
    assert shown(parts["link"]["value_template"], msgspec.structs.replace(state, link="lost")) == "OFF"
    availability = json.loads(announcements(config(tmp_path))[TM])["availability"][0]
    status = m.UnitStatus(unit="unit-01", online=True, boot="b", at_ms=0)
    assert availability["topic"] == "backstride/v1/gym/unit/unit-01/status"
    assert shown(availability["value_template"], status) == "online"
    assert shown(availability["value_template"], msgspec.structs.replace(status, online=False)) == "offline"


async def test_a_unit_announces_its_devices_and_speaks_on_the_topics_it_names(
    broker: RunningBroker, tmp_path: Path
) -> None:
    listener = DiscoveryListener(broker.url)
    said: dict[str, bytes] = {}
    listener.bus.subscribe("backstride/#", lambda message: said.__setitem__(message.topic, message.payload))
    await listener.until(lambda: listener.bus.connected)
    buses = MqttBus(broker.url, client_id="unit-01"), MqttBus(broker.url, client_id="test")
    async with world(tmp_path, buses=buses, home_assistant=True) as w:
        await w.ready()
        await listener.until(lambda: {TM, HR} <= listener.retained.keys())
        named = {
            part["state_topic"]
            for payload in listener.retained.values()
            for part in json.loads(payload)["components"].values()
        }
        await listener.until(lambda: named <= said.keys())
    await listener.leave()
