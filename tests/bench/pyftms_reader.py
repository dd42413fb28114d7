"""The reading job of a unit as a plain script does it: pyftms reads treadmills, paho publishes what it says.

python pyftms_reader.py GYM_HOST:PORT MQTT_PORT ADDRESS...
"""

import asyncio
import json
import sys
import time

import pyftms  # type: ignore[import-not-found]  # lives in an environment of its own
from bleak import BleakScanner
from paho.mqtt import client as paho

from device_adapters.sim.adapter import open_virtual_radio


async def read_all(gym: str, mqtt_port: int, addresses: list[str]) -> None:
    """Connect to all treadmills, one after the other, and publish each update until killed."""
    line = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    line.connect("127.0.0.1", mqtt_port)
    line.loop_start()
    radio = await open_virtual_radio(gym)
    with radio.install():  # pyftms never says which backend
        machines = []
        async with BleakScanner() as scanner:
            while missing := set(addresses) - {device.address for device in scanner.discovered_devices}:
                await asyncio.sleep(0.1)
            devices = {device.address: device for device in scanner.discovered_devices}
        assert not missing
        for address in addresses:
            machine = pyftms.get_client(
                devices[address], pyftms.MachineType.TREADMILL, on_ftms_event=Publisher(line, address).take
            )
            await machine.connect()
            machines.append(machine)
        await asyncio.Event().wait()


class Publisher:
    """One treadmill's updates as JSON, numbered."""

    def __init__(self, line: paho.Client, address: str) -> None:
        self._line = line
        self._topic = f"peer/{address.replace(':', '')}"
        self._seq = 0

    def take(self, event: pyftms.FtmsEvents) -> None:
        """What changed since the last frame; pyftms says nothing of frames that change nothing."""
        if event.event_id == "update":
            self._seq += 1
            message = {"seq": self._seq, "at_ms": round(time.time() * 1000), **event.event_data}
            self._line.publish(self._topic, json.dumps(message), qos=1)


if __name__ == "__main__":
    asyncio.run(read_all(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
