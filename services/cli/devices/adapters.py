"""The Bluetooth adapters that a unit's settings name: real ones by BlueZ, virtual ones by the gym's address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from device_adapters.ble.adapter import Adapter
from device_adapters.ble.radio import Radio
from device_adapters.ble.radios import Radios
from device_adapters.clock import Clock
from device_adapters.config import RadioConfig, UnitConfig
from device_adapters.errors import LinkError

VIRTUAL = "virtual:"
HEARD_WITHIN_S = 20.0


def adapters_of(config: UnitConfig) -> tuple[Adapter, ...]:
    """One for each radio, in their order."""
    return tuple(_adapter(radio) for radio in config.all_radios)


def _adapter(radio: RadioConfig) -> Adapter:
    if radio.name.startswith(VIRTUAL):
        from device_adapters.sim.adapter import VirtualAdapter, open_virtual_radio

        address = radio.name.removeprefix(VIRTUAL)
        return VirtualAdapter(radio.name, radio.slots, lambda: open_virtual_radio(address, radio.slots))
    from device_adapters.ble.bluez import BluezAdapter

    return BluezAdapter(radio.name, radio.slots)


async def close_stale_links(config: UnitConfig) -> None:
    """What BlueZ still holds of this unit's devices from a process that died. Virtual radios hold nothing."""
    if all(radio.name.startswith(VIRTUAL) for radio in config.all_radios):
        return
    from device_adapters.ble import bluez

    treadmills = [a for t in config.treadmill for a in (t.address, t.footpod, t.belt_sensor_address) if a]
    await bluez.close_stale_links(treadmills + [s.address for s in config.strap])


@asynccontextmanager
async def scanning(config: UnitConfig, clock: Clock) -> AsyncIterator[Radios]:
    """All radios of a unit, scanning, for a command that a person waits for: LinkError as soon as one fails."""
    adapters = adapters_of(config)
    try:
        for adapter in adapters:
            await adapter.renew()
        air = Radios([Radio(a.name, a.slots, clock, a.backends) for a in adapters], clock)
        async with asyncio.TaskGroup() as tasks:
            scans = [tasks.create_task(radio.run(), name=radio.name) for radio in air.radios]
            try:
                yield air
            finally:
                for scan in scans:
                    scan.cancel()
    finally:
        for adapter in adapters:
            await adapter.close()


async def until_heard(air: Radios, address: str) -> None:
    """Wait for a device; LinkError if it is not heard in time."""
    try:
        async with asyncio.timeout(HEARD_WITHIN_S):
            while address not in air.heard():
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise LinkError(
            f"{address} was not heard for {HEARD_WITHIN_S:.0f} s; wake it up, and stop the unit if that holds it"
        ) from None
