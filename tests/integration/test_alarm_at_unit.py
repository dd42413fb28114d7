"""Light and sounder on a unit's pins (gpiozero's mock pins): on while a belt needs a hand, off for one that stops."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero import Device
from mock_pins import OpenContact, Wires, wired
from unit_world import World, world

from device_adapters.safety.hazards import Cause

LIGHT, SOUNDER = 5, 6
SETTINGS: dict[str, object] = {"alarm_light_gpio": LIGHT, "alarm_sounder_gpio": SOUNDER}


@pytest.fixture
def pins() -> Iterator[Wires]:
    with wired(OpenContact) as wires:
        yield wires


def shown(pins: Wires) -> tuple[bool, bool]:
    return bool(pins(LIGHT).state), bool(pins(SOUNDER).state)


async def test_a_lost_link_lights_and_sounds_until_the_belt_rests_and_lights_until_it_is_cleared(
    tmp_path: Path, pins: Wires
) -> None:
    async with world(tmp_path, straps=0, settings=SETTINGS) as w:
        await w.run_at(1.5)
        assert shown(pins) == (False, False)
        w.gym.inject("tm-01", b"link_lost")
        await w.until(lambda: shown(pins) == (True, True))
        w.gym.inject("tm-01", b"none")
        await w.until(lambda: w.belt_ckmh() == 0)
        await w.until(lambda: shown(pins) == (True, False))
        await w.let_go()
        assert (await w.command("clear", by="Kim")).outcome == "accepted"
        await w.until(lambda: shown(pins) == (False, False))


async def test_a_belt_that_does_not_obey_stop_sounds(tmp_path: Path, pins: Wires) -> None:
    async with world(tmp_path, straps=0, settings=SETTINGS) as w:
        await w.run_at(1.5)
        w.gym.inject("tm-01", b"ignore_stop")
        press_stop(w)
        await w.until(lambda: shown(pins) == (True, True))


async def test_a_belt_that_stops_as_it_is_told_needs_no_hand(tmp_path: Path, pins: Wires) -> None:
    async with world(tmp_path, straps=0, settings=SETTINGS) as w:
        await w.run_at(1.5)
        press_stop(w)
        await w.until(lambda: w.states["tm-01"].latched == "stop_pressed" and w.belt_ckmh() == 0)
        await w.until(lambda: w.unit.treadmills["tm-01"].at_rest)
        assert [s.state for gpio in (LIGHT, SOUNDER) for s in pins(gpio).states if s.state] == []


async def test_without_its_pins_it_is_told_and_the_unit_goes_on(
    tmp_path: Path, pins: Wires, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    async with world(tmp_path, straps=0, settings=SETTINGS) as w:
        await w.until(lambda: any(e.cause == "pin" for e in w.events))
        told = next(e for e in w.events if e.cause == "pin")
        assert (told.kind, told.severity) == ("settings", "alarm")
        assert "the alarm's light on GPIO 5" in told.text
        await w.run_at(1.5)


def press_stop(w: World) -> None:
    w.unit.treadmills["tm-01"].stop(Cause.STOP_PRESSED, "Kim")
