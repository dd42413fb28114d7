"""Pins of a Raspberry Pi's header. Nothing but this module imports gpiozero, and only when a pin is configured."""

import warnings
from collections.abc import Callable
from typing import Any

from device_adapters.errors import ConfigError

FIX = (
    "check the wiring, install `gpiozero` and `lgpio`, let the unit's user into the group `gpio`, and restart the "
    "unit; until then {what} does nothing"
)


def pin(gpio: int, what: str, make: Callable[[Any], Any]) -> Any:
    """What `make` makes of gpiozero for BCM pin `gpio`. Raises ConfigError, in which it is called `what`."""
    try:
        with warnings.catch_warnings():
            # It warns of each library that it finds missing; what counts is whether one is left.
            warnings.simplefilter("ignore")
            import gpiozero

            return make(gpiozero)
    except Exception as e:  # each pin library raises errors of its own
        raise ConfigError(f"{what} on GPIO {gpio}: {e}; {FIX.format(what=what)}") from e
