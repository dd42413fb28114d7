"""The process of a unit's stop lines as it is shipped, on mock pins that record each change: CONFIG PINS [SILENT_MS].

PINS gets a line for each change of a pin: monotonic seconds, BCM number, 1 or 0. PINS.beats gets one for each beat that
was heard, and for each time that the machine woke the process late: monotonic seconds, and how late in seconds. With
SILENT_MS a unit may be silent for that long.
"""

import select
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin

from device_adapters.safety.stop_line import LineWish
from device_adapters.stop_line import beat, process
from services.cli.roles.table import ROLES

understood = beat.wishes


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


def noted(packet: bytes) -> dict[str, LineWish] | None:
    """A beat is heard."""
    print(time.monotonic(), 0, file=BEATS, flush=True)
    return understood(packet)


def slept(reading: list[Any], writing: list[Any], failing: list[Any], seconds: float) -> object:
    """Wait as asked; if the machine made more of it, that is written down."""
    began = time.monotonic()
    ready = select.select(reading, writing, failing, seconds)
    now = time.monotonic()
    if now - began > seconds:
        print(now, now - began - seconds, file=BEATS, flush=True)
    return ready


if __name__ == "__main__":
    with Path(sys.argv[2]).open("a") as PINS, Path(f"{sys.argv[2]}.beats").open("a") as BEATS:
        vars(beat)["wishes"] = noted
        vars(process)["select"] = SimpleNamespace(select=slept)
        if sys.argv[3:]:
            vars(process)["SILENT_MS"] = int(sys.argv[3])
        Device.pin_factory = MockFactory(pin_class=RecordedPin)
        ROLES["stopline"](Path(sys.argv[1]))
