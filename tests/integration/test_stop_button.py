"""The stop button on a unit's pins (gpiozero's mock pins): normally closed to ground, open means stop."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero import Device
from mock_pins import ClosedContact, Wires, wired
from unit_world import BOOT, World, world

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.config import UnitConfig, load
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.errors import ConfigError
from device_adapters.safety.limits import Goal, Level

GPIO = 17


@pytest.fixture
def pins() -> Iterator[Wires]:
    with wired(ClosedContact) as wires:
        yield wires


@pytest.fixture
def pin(pins: Wires) -> Any:
    return pins(GPIO)


async def test_an_open_contact_stops_every_belt_of_the_unit_and_the_site(tmp_path: Path, pin: Any) -> None:
    async with world(tmp_path, treadmills=2, straps=0, stop_button_gpio=GPIO) as w:
        passed_on: list[m.Stop] = []
        w.bus.subscribe(registry.STOP_ALL, lambda _id, message: passed_on.append(message))
        await w.run_at(1.5)
        await w.ready("tm-02")
        pin.drive_high()
        await w.until(lambda: w.belt_ckmh() == 0)
        await w.until(lambda: w.states["tm-01"].latched == "stop_pressed")
        await w.until(lambda: [s.by for s in passed_on] == ["button on unit-01"])


async def test_a_contact_that_is_read_no_more_is_open(
    tmp_path: Path, pin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, straps=0, stop_button_gpio=GPIO) as w:
        await w.run_at(1.5)
        monkeypatch.setattr(ClosedContact, "unreadable", True)
        await w.until(lambda: w.states["tm-01"].latched == "stop_pressed")
        await w.until(lambda: w.belt_ckmh() == 0)


async def test_nothing_moves_while_the_contact_is_open(tmp_path: Path, pin: Any) -> None:
    async with world(tmp_path, straps=0, stop_button_gpio=GPIO) as w:
        await w.run_at(1.5)
        pin.drive_high()
        await w.until(lambda: w.states["tm-01"].latched != "" and w.states["tm-01"].setpoint_kmh is None)
        await w.let_go()
        assert (await w.command("clear", by="Kim")).outcome == "accepted"
        lease = m.Lease(
            epoch=2, beat=1, holder="again", boot=BOOT, session="s-2", goal=Goal.MOBILITY, level=Level.NOVICE
        )  # fmt: skip
        await w.bus.publish(registry.LEASE, lease, "tm-01")
        await w.until(lambda: w.states["tm-01"].latched == "stop_pressed")
        assert w.belt_ckmh() == 0


async def test_without_a_broker_it_stops_even_a_belt_that_was_started_by_hand(
    tmp_path: Path, pin: Any
) -> None:
    broker = MemoryBroker()
    buses = MemoryBus(broker, client_id="unit"), MemoryBus(broker, client_id="test")
    async with world(tmp_path, straps=0, buses=buses, stop_button_gpio=GPIO) as w:
        await w.ready()
        buses[0].cut()
        w.gym.inject("tm-01", b"console_speed:2.0")
        await w.until(lambda: w.belt_ckmh() == 200)
        pin.drive_high()
        await w.until(lambda: w.unit.treadmills["tm-01"].gate.envelope.latched == "stop_pressed")
        await w.until(lambda: w.belt_ckmh() == 0)


async def test_a_cut_wire_is_seen_at_the_start(tmp_path: Path, pin: Any) -> None:
    pin.closed = False
    async with world(tmp_path, straps=0, stop_button_gpio=GPIO) as w:
        await w.until(lambda: any(e.cause == "stop_pressed" for e in w.events))


async def test_a_closed_contact_stops_nothing(tmp_path: Path, pin: Any) -> None:
    async with world(tmp_path, straps=0, stop_button_gpio=GPIO) as w:
        await w.run_at(1.5)
        assert not [e for e in w.events if e.kind == "hazard"]


@pytest.mark.parametrize("missing", ["pins", "library"])
async def test_a_button_that_cannot_be_read_is_an_alarm_and_the_unit_goes_on(
    tmp_path: Path, pin: Any, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    if missing == "library":
        monkeypatch.setitem(sys.modules, "gpiozero", None)
    else:
        monkeypatch.setattr(Device, "pin_factory", None)
    async with world(tmp_path, straps=0, stop_button_gpio=GPIO) as w:
        await w.until(lambda: bool([e for e in w.events if e.kind == "stop_button"]))
        alarm = next(e for e in w.events if e.kind == "stop_button")
        assert alarm.severity == "alarm"
        assert "GPIO 17" in alarm.text
        assert "this unit's stop button does nothing" in alarm.text
        await w.run_at(1.5)


def test_a_pin_that_no_header_has_is_refused_in_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "unit.toml"
    path.write_text('unit = "unit-01"\nstop_button_gpio = 40\n')
    with pytest.raises(ConfigError, match="stop_button_gpio"):
        load(path, UnitConfig)


OWN = 27
SLOWER = 22
AT_HAND: dict[str, dict[str, object]] = {"tm-01": {"stop_button_gpio": OWN, "slower_button_gpio": SLOWER}}


async def two_moving(w: World) -> None:
    await w.run_at(1.5)
    await w.run_at(2.0, "tm-02")


async def test_a_treadmills_own_button_stops_that_one_and_no_other(tmp_path: Path, pins: Wires) -> None:
    async with world(tmp_path, treadmills=2, straps=0, at_hand=AT_HAND) as w:
        passed_on: list[m.Stop] = []
        w.bus.subscribe(registry.STOP_ALL, lambda _id, message: passed_on.append(message))
        await two_moving(w)
        pins(OWN).drive_high()
        await w.until(lambda: w.belt_ckmh() == 0)
        await w.until(lambda: w.states["tm-01"].latched == "stop_pressed")
        assert [e.after["by"] for e in w.events if e.cause == "stop_pressed"] == ["button of tm-01"]
        assert (w.belt_ckmh("tm-02"), w.states["tm-02"].latched, passed_on) == (200, "", [])


async def test_a_treadmills_own_button_holds_it_while_its_contact_is_open(
    tmp_path: Path, pins: Wires
) -> None:
    async with world(tmp_path, straps=0, at_hand=AT_HAND) as w:
        await w.ready()
        pins(OWN).drive_high()
        await w.until(lambda: w.states["tm-01"].latched == "stop_pressed")
        await w.until(lambda: w.unit.treadmills["tm-01"].at_rest)
        assert (await w.command("clear", by="Kim")).outcome == "accepted"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await w.run_at(1.5)
        assert w.belt_ckmh() == 0


async def test_slower_takes_a_tenth_or_a_fifth_of_a_km_h_off_for_good(tmp_path: Path, pins: Wires) -> None:
    pins(SLOWER).closed = False
    async with world(tmp_path, treadmills=1, straps=0, at_hand=AT_HAND) as w:
        await w.run_at(3.0)
        await w.until(lambda: w.unit.treadmills["tm-01"].gate.envelope.measured_ckmh == 300)
        pins(SLOWER).drive_low()
        await w.until(lambda: w.belt_ckmh() == 270)
        pins(SLOWER).drive_high()
        assert (await w.command("target", speed_kmh=4.0)).speed_kmh == 2.7
        assert [e.cause for e in w.events if e.kind == "hazard"] == ["slower_pressed"]
        await w.until(lambda: w.unit.treadmills["tm-01"].gate.envelope.measured_ckmh == 270)
        pins(SLOWER).drive_low()
        await w.until(lambda: w.belt_ckmh() == 240)


async def test_with_a_button_of_its_own_a_lost_broker_only_freezes_that_treadmill(
    tmp_path: Path, pins: Wires
) -> None:
    broker = MemoryBroker()
    buses = MemoryBus(broker, client_id="unit"), MemoryBus(broker, client_id="test")
    async with world(tmp_path, treadmills=2, straps=0, buses=buses, at_hand=AT_HAND) as w:
        await two_moving(w)
        buses[0].cut()
        await w.until(lambda: w.unit.treadmills["tm-02"].gate.envelope.latched == "broker_lost")
        assert w.unit.treadmills["tm-01"].gate.envelope.latched == ""


async def test_a_treadmills_button_that_cannot_be_read_is_told_of_that_treadmill(
    tmp_path: Path, pins: Wires, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    async with world(tmp_path, straps=0, at_hand=AT_HAND) as w:
        await w.until(lambda: len([e for e in w.events if e.kind == "stop_button"]) == 2)
        told = {e.text.split(" on GPIO")[0]: e.treadmill for e in w.events if e.kind == "stop_button"}
        assert told == {"the stop button of tm-01": "tm-01", "the slower button of tm-01": "tm-01"}
