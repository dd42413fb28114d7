"""Buttons on the unit's own pins: the stop that needs neither network nor broker, Slower, and one to be held.

A stop's contact is normally closed, between the pin and ground: pressing it, pulling its plug and cutting its wire all
open it, and open means stop. That of Slower is normally open: one that is cut slows nothing, and is not seen. One that
is to be held is normally open too: held is closed, so that letting go, pulling its plug and cutting its wire are one.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from device_adapters.pins import pin

BOUNCE_S = 0.02
LOOK_AGAIN_S = 0.5
"""The contact is also looked at this often, so that a lost edge delays a stop and does not swallow it."""


class StopButton:
    """The button on BCM pin `gpio`, called `what`. Raises ConfigError if that pin cannot be read."""

    def __init__(self, gpio: int, what: str) -> None:
        self._contact = _contact(gpio, what)

    @property
    def is_open(self) -> bool:
        """Is the contact open: pressed, unplugged or cut?"""
        return not _closed(self._contact)

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


class HoldButton:
    """The button to be held on BCM pin `gpio`, called `what`. Raises ConfigError if that pin cannot be read."""

    def __init__(self, gpio: int, what: str) -> None:
        self._contact = _contact(gpio, what)

    @property
    def held(self) -> bool | None:
        """Is it closed now? None: it cannot be read, which is no hand that let go."""
        return _read(self._contact)

    def close(self) -> None:
        """Let the pin go; others may have it."""
        self._contact.close()


async def slower_presses(gpio: int, what: str) -> AsyncIterator[None]:
    """Each press of the normally-open button on BCM pin `gpio`. Raises ConfigError if that pin cannot be read."""
    loop, pressed, contact = asyncio.get_running_loop(), asyncio.Event(), _contact(gpio, what)

    def wake() -> None:  # in a thread of gpiozero's
        loop.call_soon_threadsafe(pressed.set)

    contact.when_pressed = wake
    try:
        while True:
            await pressed.wait()
            pressed.clear()
            yield
    finally:
        contact.close()


def _closed(contact: Any) -> bool:
    """Is it closed now? One that is read no more is open, which stops: whoever judges belts asks this each time."""
    return bool(_read(contact))


def _read(contact: Any) -> bool | None:
    try:
        return bool(contact.is_pressed)
    except Exception:  # noqa: BLE001  each pin library raises errors of its own
        return None


def _contact(gpio: int, what: str) -> Any:
    return pin(gpio, what, lambda gpiozero: gpiozero.Button(gpio, pull_up=True, bounce_time=BOUNCE_S))
