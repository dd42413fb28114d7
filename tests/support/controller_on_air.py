"""A Bluetooth controller for a Linux kernel, on a virtual gym's air."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bumble import hci
from bumble.transport import open_transport

from device_adapters.sim.controller import SimController
from device_adapters.sim.gym import Gym

PUBLIC_ADDRESS = "C0:FF:EE:00:00:01/P"
"""A controller without an address of its own is not taken by bluetoothd."""

AIR_S = 0.01
"""Real air takes time; without it BlueZ now and then takes a new connection for one that it has already."""

FADE_S = 0.3


@asynccontextmanager
async def kernel_adapter(gym: Gym, name: str, line: str) -> AsyncIterator[None]:
    """The kernel at the other end of `line` (bumble's name of a transport) has a controller on the gym's air."""
    gym.link.latency_s = AIR_S
    async with await open_transport(line) as transport:
        controller = SimController(name, gym.link)
        controller.public_address = hci.Address(PUBLIC_ADDRESS)
        gym.link.on_address_changed(controller)
        controller.host = transport.sink
        transport.source.set_packet_sink(controller)
        yield
        controller.unplug()


async def fade(gym: Gym) -> None:
    """Real air is never the same twice; BlueZ says nothing more of a device whose signal is."""
    while True:
        for controller in gym.link.controllers:
            controller.rssi_dbm = -60 - random.randrange(12)
        await asyncio.sleep(FADE_S)
