"""`backstride belt-sensor`: count the pulses of a sensor on a belt, or a pod's wheel revolutions, against turns of the
belt that a person counts.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import typer

from device_adapters.belt_sensor_record import Counted, write
from device_adapters.ble.link import connect
from device_adapters.clock import SystemClock
from device_adapters.codecs import cycling_speed_cadence, uuids
from device_adapters.codecs.cycling_speed_cadence import CscMeasurement
from device_adapters.config import UnitConfig, load
from device_adapters.errors import BackstrideError, ConfigError, LinkError
from device_adapters.safety.pulses import Pulses
from device_adapters.unit.belt_sensor import sensor_input
from services import logs
from services.cli.devices.adapters import scanning, until_heard
from services.cli.first_error import first
from services.cli.typed import typed

POD_TURNS_LEAST = 10
"""A pod tells once a second: fewer turns are counted too roughly."""

Count = Callable[[], int]
"""How many pulses or revolutions came so far."""


def belt_sensor(treadmill: str, config: Path, belt_m: float, turns: int, by: str) -> int:
    """Count, show and keep it; 1 if nobody was at the keyboard. ConfigError where there is no such sensor, or nothing
    of it to count; LinkError for a pod that is not heard, or is lost.
    """
    settings = load(config, UnitConfig)
    found = next((t for t in settings.treadmill if t.id == treadmill), None)
    if found is not None and found.belt_sensor_address:
        if turns < POD_TURNS_LEAST:
            raise ConfigError(f"--turns {turns}: a pod tells once a second; give {POD_TURNS_LEAST} or more")
        counting, what = _at_pod(settings, found.belt_sensor_address.upper()), "revolutions"
    elif found is not None and found.belt_sensor_gpio is not None:
        counting, what = _at_pin(found.belt_sensor_gpio, treadmill), "pulses"
    else:
        raise ConfigError(f"{config}: {treadmill} has no belt_sensor_gpio and no belt_sensor_address")
    logs.configure("error")
    try:
        pulses = asyncio.run(_counted(counting, turns))
    except* BackstrideError as group:
        raise first(group) from None
    if pulses is None:
        return 1
    if pulses < turns:
        raise ConfigError(
            f"{pulses} {what} in {turns} turns: see the sensor's distance, its wires and its magnet"
        )
    counted = Counted(
        treadmill=treadmill,
        at_ms=SystemClock().wall_ms(),
        by=by.strip(),
        belt_m=belt_m,
        turns=turns,
        pulses=pulses,
    )
    path = write(Path(settings.data), counted, pod=bool(found.belt_sensor_address))
    typer.echo(f"{pulses} {what} in {turns} turns of {belt_m:g} m: {counted.pulses_per_m:.2f} per metre")
    typer.echo(f"kept: {path}. Restart the unit.")
    return 0


async def _counted(counting: AbstractAsyncContextManager[Count], turns: int) -> int | None:
    async with counting as count:
        typer.echo("Nobody on the belt. Chalk a mark across it, start it by hand at 3 km/h.")
        typer.echo("Enter when the mark passes the front; ", nl=False)
        if await typed() is None:
            return None
        before = count()
        typer.echo(f"and Enter when it has passed {turns} times more. ", nl=False)
        if await typed() is None:
            return None
        return count() - before


@asynccontextmanager
async def _at_pin(gpio: int, treadmill: str) -> AsyncIterator[Count]:
    """As the unit counts: what bounces is one pulse."""
    clock = SystemClock()
    seen = Pulses(1, clock.now_ms())
    sensor = sensor_input(gpio, treadmill)
    sensor.when_activated = lambda: seen.came(clock.now_ms())
    try:
        yield lambda: seen.count
    finally:
        sensor.close()


@asynccontextmanager
async def _at_pod(settings: UnitConfig, address: str) -> AsyncIterator[Count]:
    clock, told = SystemClock(), list[CscMeasurement]()
    async with scanning(settings, clock) as air:
        typer.echo(f"Listening for {address}; turn the belt by hand if it sleeps.")
        await until_heard(air, address)
        async with connect(air, address) as link:
            if link.has(uuids.RSC_MEASUREMENT):
                raise ConfigError(f"{address} tells the belt's speed by itself: there is nothing to count")
            await link.subscribe(
                uuids.CSC_MEASUREMENT, lambda data: told.append(cycling_speed_cadence.decode(data))
            )

            def count() -> int:
                if link.gone.is_set():
                    raise LinkError(f"the link to {address} was lost: count again")
                return abs(told[-1].since(told[0])[0]) if told else 0

            yield count
