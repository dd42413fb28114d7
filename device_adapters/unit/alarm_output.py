"""Light and sounder on the unit's pins: on while any of its belts needs a hand (safety/alarm.py says when)."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from device_adapters.config import UnitConfig
from device_adapters.pins import pin
from device_adapters.safety.alarm import alarm
from device_adapters.safety.envelope_state import State

LOOK_S = 0.2


async def keep(config: UnitConfig, belts: Callable[[], Iterable[State]]) -> None:
    """Show it until cancelled, then switch both off. Raises ConfigError if a pin cannot be had."""
    light, sounder = _output(config.alarm_light_gpio, "the alarm's light"), None
    try:
        sounder = _output(config.alarm_sounder_gpio, "the alarm's sounder")
        while True:
            alarms = [alarm(belt) for belt in belts()]
            _show(light, any(each.light for each in alarms))
            _show(sounder, any(each.sound for each in alarms))
            await asyncio.sleep(LOOK_S)
    finally:
        for output in (light, sounder):
            if output is not None:
                output.close()


def _output(gpio: int | None, what: str) -> Any:
    if gpio is None:
        return None
    return pin(gpio, what, lambda gpiozero: gpiozero.DigitalOutputDevice(gpio))


def _show(output: Any, on: bool) -> None:
    if output is not None and output.is_active is not on:
        output.value = on
