"""A clicker: the USB or Bluetooth button that a member holds, which Linux lists as a keyboard.

Each key stops but those that were named to slow down or to be held, so that a key nobody thought of stops too. Linux
may list one clicker as several devices (keys, media keys): all of them are heard, and none by anybody else.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Collection
from pathlib import Path

from device_adapters.unit import input_events

LOOK_AGAIN_S = 0.5
BATTERY_LOOK_S = 60.0
LOW_PCT = 15
"""A clicker's battery is said to be low from here on. Judgement: most fall from there within days."""


class Clicker:
    """The clicker called `name`, by its name or Bluetooth address."""

    def __init__(
        self,
        name: str,
        slower_keys: Collection[int] = (),
        hold_keys: Collection[int] = (),
        *,
        devices: Path = input_events.LIST,
        nodes: Path = input_events.NODES,
        power: Path = input_events.POWER,
        grab: Callable[[int], None] = input_events.grab,
    ) -> None:
        self._name = name
        self._slower_keys = frozenset(slower_keys)
        self._hold_keys = frozenset(hold_keys)
        self._down: set[int] = set()
        self._devices = devices
        self._nodes = nodes
        self._power = power
        self._grab = grab
        self._open: list[int] = []
        self.why = ""

    @property
    def works(self) -> bool:
        """Is it there, and heard?"""
        return bool(self._open)

    @property
    def held(self) -> bool:
        """Is one of the keys that are to be held down, as far as is heard?"""
        return bool(self._down)

    async def watch_battery(self, low: Callable[[int], None]) -> None:
        """Say once, until it is charged, that its battery is low. Many clickers tell Linux nothing of it."""
        said = False
        while True:
            found = [d for d in input_events.listed(self._devices) if d.unique and d.is_called(self._name)]
            told = [input_events.battery_pct(d.unique, self._power) for d in found]
            left = min((pct for pct in told if pct is not None), default=None)
            if left is not None and left <= LOW_PCT and not said:
                low(left)
            said = said if left is None else left <= LOW_PCT
            await asyncio.sleep(BATTERY_LOOK_S)

    async def run(
        self, stop: Callable[[], None], slower: Callable[[], None], told: Callable[[bool], None]
    ) -> None:
        """Hear it until cancelled: `stop` and `slower` for each key that goes down, `told` whenever it comes or goes.
        What it is that it lacks is in `why`.
        """
        said: bool | None = None
        loop = asyncio.get_running_loop()
        while True:
            self._open = self._opened()
            if self.works is not said:
                said = self.works
                told(said)
            if not self.works:
                await asyncio.sleep(LOOK_AGAIN_S)
                continue
            gone = asyncio.Event()
            for fd in self._open:
                loop.add_reader(fd, self._read, fd, stop, slower, gone)
            try:
                await self._whole(gone)
            finally:
                for fd in self._open:
                    loop.remove_reader(fd)
                    os.close(fd)
                self._open = []
                self._down.clear()

    async def _whole(self, gone: asyncio.Event) -> None:
        """Until it is gone, or Linux has made more or less of it than is open: some tell their keys one by one."""
        there = self._found()
        while self._found() == there:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await gone.wait()
                return

    def _found(self) -> list[input_events.InputDevice]:
        return input_events.all_of(input_events.listed(self._devices), self._name)

    def _opened(self) -> list[int]:
        """All or none: of half a clicker nobody knows which key works, and two of one name are nobody's."""
        found = self._found()
        self.why = "" if found else "not plugged in, out of range, asleep or switched off"
        if len({device.body for device in found}) > 1:
            self.why = "there are two of that name: give the Bluetooth address of each, or use different ones"
            return []
        fds: list[int] = []
        try:
            for device in found:
                fds.append(input_events.opened(self._nodes / device.node, self._grab))
        except OSError as e:
            self.why = f"{e.strerror}: {device.node}"
            for fd in fds:
                os.close(fd)
            return []
        return fds

    def _read(
        self, fd: int, stop: Callable[[], None], slower: Callable[[], None], gone: asyncio.Event
    ) -> None:
        try:
            data = os.read(fd, input_events.READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            gone.set()
            return
        for key, down in input_events.changes(data):
            if key in self._hold_keys:
                (self._down.add if down else self._down.discard)(key)
            elif down:
                if not key:  # what was dropped may have been a key that went up
                    self._down.clear()
                (slower if key in self._slower_keys else stop)()
