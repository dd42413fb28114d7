"""A stop button on the unit's own pins: the stop that needs neither network nor broker.

The contact is normally closed, between the pin and ground: pressing it, pulling its plug and cutting its wire all
open it, and open means stop. Nothing but this module imports gpiozero, and only when a button is configured.
"""

import asyncio
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

from device_adapters.errors import ConfigError

BOUNCE_S = 0.02
LOOK_AGAIN_S = 0.5
"""The contact is also looked at this often, so that a lost edge delays a stop and does not swallow it."""

FIX = (
    "check the wiring, install `gpiozero` and `lgpio`, let the unit's user into the group `gpio`, and restart the "
    "unit; until then this unit's stop button does nothing"
)


class StopButton:
    """The button on BCM pin `gpio`. Raises ConfigError if that pin cannot be read."""

    def __init__(self, gpio: int) -> None:
        self._contact = _open(gpio)

    @property
    def is_open(self) -> bool:
        """Is the contact open: pressed, unplugged or cut?"""
        return not self._contact.is_pressed

    async def run(self, opened: Callable[[], Awaitable[None]], still_open: Callable[[], None]) -> None:
        """Call `opened` when the contact opens (or is open at the start), `still_open` while it is, until cancelled."""
        loop, edge, was_open = asyncio.get_running_loop(), asyncio.Event(), False

        def wake() -> None:  # in a thread of gpiozero's
            loop.call_soon_threadsafe(edge.set)

        self._contact.when_released = wake
        try:
            while True:
                is_open = self.is_open or edge.is_set()
                edge.clear()
                if is_open and was_open:
                    still_open()
                elif is_open:
                    await opened()
                was_open = is_open
                try:
                    async with asyncio.timeout(LOOK_AGAIN_S):
                        await edge.wait()
                except TimeoutError:
                    continue
        finally:
            self._contact.close()


def _open(gpio: int) -> Any:
    try:
        with warnings.catch_warnings():
            # It warns of each library that it finds missing; what counts is whether one is left.
            warnings.simplefilter("ignore")
            from gpiozero import Button

            return Button(gpio, pull_up=True, bounce_time=BOUNCE_S)
    except Exception as e:  # each pin library raises errors of its own
        raise ConfigError(f"stop button on GPIO {gpio}: {e}; {FIX}") from e
