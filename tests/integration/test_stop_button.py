"""The stop button on a unit's pins (gpiozero's mock pins): normally closed to ground, open means stop."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin
from unit_world import BOOT, world

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.config import UnitConfig, load
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.errors import ConfigError
from device_adapters.safety.limits import Goal, Level

GPIO = 17


class Contact(MockPin):  # type: ignore[misc]  # gpiozero is untyped
    """A closed contact to ground is stronger than the pull-up."""

    closed = True

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if self.closed:
            self.drive_low()


@pytest.fixture
def pin() -> Iterator[Any]:
    before, Device.pin_factory = Device.pin_factory, MockFactory(pin_class=Contact)
    wire = Device.pin_factory.pin(GPIO)
    yield wire
    Device.pin_factory.reset()
    Device.pin_factory = before


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
