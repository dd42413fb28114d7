"""The limits of the latency benchmark, as plain scripts do it with bleak and paho and nothing else.

python bare_client.py gym GYM_HOST:PORT MQTT_PORT READY_FILE ADDRESS...
    each notification is published as it is; what arrives on bare/set/<address> is written to the control point;
    bare/stop writes a stop to all of them at once
python bare_client.py relay MQTT_PORT READY_FILE
    what arrives on bare/ask/<address> is published on bare/set/<address>: the second hop over the broker
"""

import asyncio
import sys
from pathlib import Path

from bleak import BleakClient, BleakScanner
from paho.mqtt import client as paho

from device_adapters.codecs.uuids import Characteristic, uuid128
from device_adapters.sim.adapter import open_virtual_radio

DATA, CONTROL = uuid128(Characteristic.TREADMILL_DATA), uuid128(Characteristic.FITNESS_MACHINE_CONTROL_POINT)
REQUEST_CONTROL, STOP = b"\x00", b"\x08\x01"


def mqtt(port: str) -> paho.Client:
    """A connected client with a thread of its own, as paho's examples have it."""
    line = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    line.connect("127.0.0.1", int(port))
    line.loop_start()
    return line


async def gym(where: str, mqtt_port: str, ready: Path, addresses: list[str]) -> None:
    """Connect to all treadmills, one after the other; then read and write until killed."""
    line, loop = mqtt(mqtt_port), asyncio.get_running_loop()
    clients: dict[str, BleakClient] = {}
    writes: set[asyncio.Task[None]] = set()

    def write(address: str, request: bytes) -> None:
        task = asyncio.create_task(clients[address].write_gatt_char(CONTROL, request, response=True))
        writes.add(task)
        task.add_done_callback(writes.discard)

    def told(topic: str, payload: bytes) -> None:
        for address in addresses if topic == "bare/stop" else [topic.rpartition("/")[2]]:
            if address in clients:
                write(address, STOP if topic == "bare/stop" else payload)

    radio = await open_virtual_radio(where)
    with radio.install():
        async with BleakScanner() as scanner:
            while set(addresses) - {device.address for device in scanner.discovered_devices}:
                await asyncio.sleep(0.1)
            devices = {device.address: device for device in scanner.discovered_devices}
        for address in addresses:
            client = BleakClient(devices[address])
            await client.connect()
            topic = f"bare/data/{address}"
            await client.start_notify(DATA, lambda _of, data, t=topic: line.publish(t, bytes(data), qos=1))
            await client.start_notify(CONTROL, lambda _of, _data: None)
            await client.write_gatt_char(CONTROL, REQUEST_CONTROL, response=True)
            clients[address] = client
        line.on_message = lambda _c, _u, message: loop.call_soon_threadsafe(
            told, message.topic, message.payload
        )
        line.subscribe([("bare/stop", 1), ("bare/set/+", 1)])
        ready.touch()
        await asyncio.Event().wait()


async def relay(mqtt_port: str, ready: Path) -> None:
    """Pass on until killed."""
    line = mqtt(mqtt_port)
    line.on_message = lambda _c, _u, message: line.publish(
        message.topic.replace("ask", "set"), message.payload, qos=1
    )
    line.subscribe("bare/ask/+", 1)
    ready.touch()
    await asyncio.Event().wait()


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "relay":
        asyncio.run(relay(rest[0], Path(rest[1])))
    else:
        asyncio.run(gym(rest[0], rest[1], Path(rest[2]), rest[3:]))
