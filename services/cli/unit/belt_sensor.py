"""`backstride belt-sensor`: count the pulses of a sensor on a belt, against turns of the belt that a person counts."""

import sys
from pathlib import Path

import typer

from device_adapters.belt_sensor_record import Counted, write
from device_adapters.clock import SystemClock
from device_adapters.config import UnitConfig, load
from device_adapters.errors import ConfigError
from device_adapters.safety.pulses import Pulses
from device_adapters.unit.belt_sensor import sensor_input


def belt_sensor(treadmill: str, config: Path, belt_m: float, turns: int, by: str) -> int:
    """Count, show and keep it; 1 if nobody was at the keyboard. ConfigError where there is no such sensor."""
    settings = load(config, UnitConfig)
    found = next((t for t in settings.treadmill if t.id == treadmill), None)
    if found is None or found.belt_sensor_gpio is None:
        raise ConfigError(f"{config}: {treadmill} has no belt_sensor_gpio")
    clock = SystemClock()
    counting = _Counter(clock)
    sensor = sensor_input(found.belt_sensor_gpio, treadmill)
    sensor.when_activated = counting.came
    typer.echo("Nobody on the belt. Chalk a mark across it, start it by hand at 3 km/h.")
    typer.echo("Enter when the mark passes the front; ", nl=False)
    try:
        if not sys.stdin.readline():
            return 1
        before = counting.pulses
        typer.echo(f"and Enter when it has passed {turns} times more. ", nl=False)
        if not sys.stdin.readline():
            return 1
        pulses = counting.pulses - before
    finally:
        sensor.close()
    if pulses < turns:
        raise ConfigError(f"{pulses} pulses in {turns} turns: see the sensor's distance and its wires")
    counted = Counted(
        treadmill=treadmill, at_ms=clock.wall_ms(), by=by.strip(), belt_m=belt_m, turns=turns, pulses=pulses
    )
    path = write(Path(settings.data), counted)
    typer.echo(f"{pulses} pulses in {turns} turns of {belt_m:g} m: {counted.pulses_per_m:.2f} per metre")
    typer.echo(f"kept: {path}. Restart the unit.")
    return 0


class _Counter:
    """Counts as the unit does: what bounces is one pulse."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock
        self._seen = Pulses(1, clock.now_ms())

    def came(self) -> None:
        self._seen.came(self._clock.now_ms())

    @property
    def pulses(self) -> int:
        return self._seen.count
