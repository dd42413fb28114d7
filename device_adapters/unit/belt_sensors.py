"""Which sensor of our own a treadmill's belt has, by its settings and what was counted."""

from collections.abc import Callable
from pathlib import Path

import structlog

from device_adapters.belt_sensor_record import read
from device_adapters.ble.radio import Air
from device_adapters.clock import Clock
from device_adapters.config import Treadmill
from device_adapters.errors import ConfigError
from device_adapters.safety.events import Note
from device_adapters.unit.belt_pod import BeltPod
from device_adapters.unit.belt_sensor import BeltSensor, PulseSensor, uncounted
from device_adapters.unit.oddities import Oddities

__all__ = ["BeltPod", "BeltSensor", "sensor_of"]

log = structlog.get_logger()


def sensor_of(
    config: Treadmill, data: Path, air: Air, clock: Clock, odd: Oddities, tell: Callable[[Note], None]
) -> BeltSensor | None:
    """The sensor of a treadmill that has one. One that cannot be read is told loudly; the belt is then judged by the
    machine's word alone.
    """

    def fault(e: ConfigError) -> None:
        log.error("belt sensor", treadmill=config.id, code=e.code, why=str(e))
        tell(Note(kind="settings", cause="belt_sensor", text=str(e)[:200], severity="alarm"))

    try:
        if config.belt_sensor_address:
            counted = read(data, config.id, pod=True)
            return BeltPod(config, None if counted is None else counted.pulses_per_m, air, clock, odd, fault)
        if config.belt_sensor_gpio is None:
            return None
        counted = read(data, config.id)
        if counted is None:
            raise uncounted(config.id, "pulses")
        return PulseSensor(config.id, config.belt_sensor_gpio, counted.pulses_per_m, clock)
    except ConfigError as e:
        fault(e)
        return None
