"""A clicker made by the kernel's uinput: what Linux lists, in the place of something in a hand."""

import fcntl
import os
import struct

from device_adapters.unit.input_events import EV_KEY, EV_SYN, EVENT

SET_EVBIT, SET_KEYBIT, DEV_SETUP = 0x40045564, 0x40045565, 0x405C5503
DEV_CREATE, DEV_DESTROY = 0x5501, 0x5502
SETUP = struct.Struct("=HHHH80sI")
BUS_BLUETOOTH = 5


class InputKey:
    """One that is plugged in, called `name`, with these keys."""

    def __init__(self, name: str, *keys: int) -> None:
        self._fd = os.open("/dev/uinput", os.O_WRONLY | os.O_NONBLOCK)
        fcntl.ioctl(self._fd, SET_EVBIT, EV_KEY)
        for key in keys:
            fcntl.ioctl(self._fd, SET_KEYBIT, key)
        fcntl.ioctl(self._fd, DEV_SETUP, SETUP.pack(BUS_BLUETOOTH, 1, 1, 1, name.encode(), 0))
        fcntl.ioctl(self._fd, DEV_CREATE)

    def goes(self, key: int, *, down: bool) -> None:
        """The key goes down, or up."""
        os.write(self._fd, EVENT.pack(0, 0, EV_KEY, key, down) + EVENT.pack(0, 0, EV_SYN, 0, 0))

    def pull(self) -> None:
        """Out of range, or its battery is empty."""
        fcntl.ioctl(self._fd, DEV_DESTROY)
        os.close(self._fd)
