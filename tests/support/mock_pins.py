"""gpiozero's mock pins, wired as a test needs them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin

Wires = Callable[[int], Any]
"""The pin of a BCM number: `drive_high`, `drive_low`, `state`."""


class ClosedContact(MockPin):  # type: ignore[misc]  # gpiozero is untyped
    """A closed contact to ground is stronger than the pull-up."""

    closed = True
    unreadable = False

    def _get_state(self) -> object:
        if self.unreadable:
            raise OSError("its chip is gone")
        return super()._get_state()

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if self.closed:
            self.drive_low()


class OpenContact(MockPin):  # type: ignore[misc]
    """A contact that nobody presses."""


@contextmanager
def wired(kind: type[Any]) -> Iterator[Wires]:
    """Pins of this kind, for all of this process."""
    before, Device.pin_factory = Device.pin_factory, MockFactory(pin_class=kind)
    try:
        yield Device.pin_factory.pin
    finally:
        Device.pin_factory.reset()
        Device.pin_factory = before
