"""A sensor of our own on a belt: pulses at a pin, and what they make of what the machine tells."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from device_adapters.belt_sensor_record import read
from device_adapters.clock import Clock
from device_adapters.config import Treadmill
from device_adapters.errors import ConfigError
from device_adapters.pins import pin
from device_adapters.safety.envelope_state import State
from device_adapters.safety.events import Note
from device_adapters.safety.hazards import Cause
from device_adapters.safety.pulses import Pulses
from device_adapters.safety.second_opinion import Opinion, judged

log = structlog.get_logger()


class BeltSensor:
    """That of one treadmill. Raises ConfigError where its pin cannot be read or nobody counted its pulses."""

    def __init__(self, treadmill: Treadmill, gpio: int, data: Path, clock: Clock) -> None:
        counted = read(data, treadmill.id)
        if counted is None:
            raise ConfigError(
                f"belt sensor of {treadmill.id}: nobody counted its pulses: backstride belt-sensor {treadmill.id}"
            )
        self._clock = clock
        self._pulses = Pulses(counted.pulses_per_m, clock.now_ms())
        self._opinion = Opinion()
        self._input = sensor_input(gpio, treadmill.id)
        self._input.when_activated = self._came

    def _came(self) -> None:  # in a thread of gpiozero's
        self._pulses.came(self._clock.now_ms())

    def judged(self, state: State) -> Cause | None:
        """What is wrong with the belt by what is seen of it now."""
        now_ms = self._clock.now_ms()
        self._opinion, cause = judged(self._opinion, state, self._pulses.speed_ckmh(now_ms), now_ms)
        return cause

    def close(self) -> None:
        """Let the pin go; others may have it."""
        self._input.close()


def sensor_input(gpio: int, treadmill: str) -> Any:
    """The pin of a belt sensor; ConfigError if it cannot be read."""
    what = f"the belt sensor of {treadmill}"
    return pin(gpio, what, lambda gpiozero: gpiozero.DigitalInputDevice(gpio, pull_up=True))


def sensor_of(config: Treadmill, data: Path, clock: Clock, tell: Callable[[Note], None]) -> BeltSensor | None:
    """The sensor of a treadmill that has one. One that cannot be read is told loudly; the belt is then judged by the
    machine's word alone.
    """
    gpio = config.belt_sensor_gpio
    if gpio is None:
        return None
    try:
        return BeltSensor(config, gpio, data, clock)
    except ConfigError as e:
        log.error("belt sensor", treadmill=config.id, code=e.code, why=str(e))  # noqa: TRY400
        tell(Note(kind="settings", cause="belt_sensor", text=str(e)[:200], severity="alarm"))
        return None
