"""A Bluetooth controller for an emulated machine, on a virtual gym's air: dongle.py SOCKET, QEMU's second serial line.

A process of its own, as the gym is to a unit: one treadmill, somebody on it, and their strap.
"""

import asyncio
import sys

from controller_on_air import fade, kernel_adapter

from device_adapters.clock import SystemClock
from device_adapters.sim.gym import Gym
from device_adapters.sim.layout import GymConfig


async def main(socket: str) -> None:
    """Until it is ended."""
    gym = Gym(GymConfig(treadmills=1, straps=1), SystemClock())
    async with gym, kernel_adapter(gym, "dongle", f"unix:{socket}"):
        await asyncio.gather(gym.run(), fade(gym))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
