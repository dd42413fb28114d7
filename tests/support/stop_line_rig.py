"""A stop line's own process beside a test, and what its pin did when."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from device_adapters.clock import SystemClock
from device_adapters.safety.stop_line import SILENT_MS
from device_adapters.stop_line.record import Fitted, write

CHILD = Path(__file__).with_name("stop_line_child.py")
BEGINS_S = 60.0


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

    def silence_s(self, opening: float) -> float:
        """How long no beat had been heard when it opened."""
        return opening - max(at for at, late_s in self._beats() if not late_s and at <= opening)

    def excused(self, opening: float) -> bool:
        """It opened because the unit was not heard for as long as it may be silent: on this machine a unit that is
        healthy may get no turn for that long.
        """
        return self.silence_s(opening) * 1000 > SILENT_MS

    def took_s(self, opening: float) -> float:
        """How long after the last beat it opened, without what the machine made its own process oversleep."""
        silence_s = self.silence_s(opening)
        return silence_s - sum(late_s for at, late_s in self._beats() if opening - silence_s < at <= opening)

    def _beats(self) -> list[tuple[float, float]]:
        """When each was heard, with 0; and when it woke late, with how late."""
        rows = Path(f"{self._path}.beats").read_text().splitlines(keepends=True)
        return [(float(at), float(late)) for at, late in (row.split() for row in rows if row.endswith("\n"))]


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
def stop_line(config: Path, pins: Path, silent_ms: int = SILENT_MS) -> Iterator[LinePins]:
    """Its process, until the end of the block. A unit may be silent for `silent_ms`."""
    words = [sys.executable, str(CHILD), str(config), str(pins), str(silent_ms)]
    process = subprocess.Popen(words, cwd=CHILD.parents[2])
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
