"""The process of a unit's stop lines as it is shipped, on mock pins that record each change: CONFIG PINS.

PINS gets a line for each change of a pin: monotonic seconds, BCM number, 1 or 0.
"""

import sys
import time
from pathlib import Path
from typing import Any

from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin

from services.cli.roles.table import ROLES


class RecordedPin(MockPin):  # type: ignore[misc]  # gpiozero is untyped
    """A pin whose changes are written down by the process itself, at once."""

    def _set_state(self, value: bool) -> None:
        before = self.state
        super()._set_state(value)
        if self.state != before:
            print(
                time.monotonic(), self.info.name.removeprefix("GPIO"), int(self.state), file=PINS, flush=True
            )

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        print(time.monotonic(), self.info.name.removeprefix("GPIO"), int(self.state), file=PINS, flush=True)


if __name__ == "__main__":
    with Path(sys.argv[2]).open("a") as PINS:
        Device.pin_factory = MockFactory(pin_class=RecordedPin)
        ROLES["stopline"](Path(sys.argv[1]))
