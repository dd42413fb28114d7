"""A stop line's own process beside a test, and what its pin did when."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from device_adapters.clock import SystemClock
from device_adapters.stop_line.record import Fitted, write

CHILD = Path(__file__).with_name("stop_line_child.py")
BEGINS_S = 20.0


class LinePins:
    """What the process wrote down of its pins."""

    def __init__(self, path: Path, process: "subprocess.Popen[bytes]") -> None:
        self._path = path
        self.process = process

    def changes(self, gpio: int) -> list[tuple[float, bool]]:
        """Monotonic seconds, and whether it was high from then on."""
        rows = (line.split() for line in self._path.read_text().splitlines()) if self._path.exists() else ()
        return [(float(at), value == "1") for at, number, value in rows if int(number) == gpio]

    def closed(self, gpio: int) -> bool:
        """Is the line held closed?"""
        changes = self.changes(gpio)
        return bool(changes) and changes[-1][1]

    def openings(self, gpio: int) -> list[float]:
        """When it opened, after it had been closed."""
        changes = self.changes(gpio)
        return [at for (_, was), (at, is_high) in pairwise(changes) if was and not is_high]


def fit(data: Path, treadmill: str, address: str, *, stays_at_rest: bool = True, days_ago: int = 0) -> None:
    """The record that arms a line."""
    write(
        data,
        Fitted(
            treadmill=treadmill, address=address, at_ms=SystemClock().wall_ms() - days_ago * 86_400_000, by="Kim",
            circuit="stop", belt="brakes", from_kmh=6, rest_s=1.9, stays_at_rest=stays_at_rest,
        ),
    )  # fmt: skip


@contextmanager
def stop_line(config: Path, pins: Path) -> Iterator[LinePins]:
    """Its process, until the end of the block."""
    process = subprocess.Popen([sys.executable, str(CHILD), str(config), str(pins)], cwd=CHILD.parents[2])
    try:
        end = time.monotonic() + BEGINS_S
        while not (pins.exists() and pins.read_text()):
            assert process.poll() is None, "it ended"
            assert time.monotonic() < end, "it did not begin"
            time.sleep(0.05)
        yield LinePins(pins, process)
    finally:
        process.kill()
        process.wait()
