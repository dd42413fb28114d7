"""The radio alone: subscribes to Treadmill Data of treadmills with bleak and does nothing with it.

It loads what bleak loads on a Pi, as the unit does: beside the virtual radio bleak alone would leave BlueZ out.

python bare_reader.py GYM_HOST:PORT READY_FILE ADDRESS...
"""

import asyncio
import sys
from pathlib import Path

import bleak.backends.bluezdbus.client
import bleak.backends.bluezdbus.scanner  # noqa: F401
from bleak import BleakClient, BleakScanner

from device_adapters.codecs.uuids import Characteristic, uuid128
from device_adapters.sim.adapter import open_virtual_radio


async def read_all(gym: str, ready: Path, addresses: list[str]) -> None:
    """Connect to all treadmills, one after the other, make the file `ready`, and read until killed."""
    radio = await open_virtual_radio(gym)
    with radio.install():
        clients = []
        async with BleakScanner() as scanner:
            while set(addresses) - {device.address for device in scanner.discovered_devices}:
                await asyncio.sleep(0.1)
            devices = {device.address: device for device in scanner.discovered_devices}
        for address in addresses:
            client = BleakClient(devices[address])
            await client.connect()
            await client.start_notify(uuid128(Characteristic.TREADMILL_DATA), lambda _who, _data: None)
            clients.append(client)
        ready.touch()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(read_all(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
