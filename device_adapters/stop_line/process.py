"""The process that holds stop lines closed. One thread, one loop of 50 ms; it waits for nothing and touches no network.

Whatever ends it opens its lines; what freezes it ends it (its supervisor's watchdog), or, where the line pulses, lets
the relay drop by itself.
"""

import contextlib
import select
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from device_adapters.clock import Clock
from device_adapters.config import Treadmill, UnitConfig
from device_adapters.errors import ConfigError
from device_adapters.pins import pin
from device_adapters.safety.stop_line import SILENT_MS, LineWish, StopLine, Why, heard, unheard
from device_adapters.stop_line import beat, record

LOOP_S = 0.05
RECORD_EVERY_MS = 5_000
"""A line that is open for want of a record looks for one this often."""

log = structlog.get_logger()


@dataclass
class HeldLine:
    """One line: its treadmill, its pin, what it is."""

    treadmill: Treadmill
    output: Any
    data: Path
    line: StopLine = field(default_factory=StopLine)
    looked_ms: int | None = None
    looking: threading.Thread | None = None
    armed: bool = False

    def is_armed(self, clock: Clock) -> bool:
        """Asked before it closes: does its record hold, as far as is known? It is read seldom, in a thread of its own:
        no line waits for a disk.
        """
        now_ms = clock.now_ms()
        due = self.looked_ms is None or now_ms - self.looked_ms >= RECORD_EVERY_MS
        if not self.line.closed and due and (self.looking is None or not self.looking.is_alive()):
            self.looked_ms = now_ms
            self.looking = threading.Thread(target=self.look, args=(clock,), daemon=True)
            self.looking.start()
        return self.armed

    def look(self, clock: Clock) -> None:
        """Read its record. Blocks."""
        try:
            fitted = record.read(self.data, self.treadmill.id, self.treadmill.known_by)
        except ConfigError as e:
            log.error("stop line", treadmill=self.treadmill.id, code=e.code, why=str(e))  # noqa: TRY400
            fitted = None
        self.armed = fitted is not None and fitted.holds(clock.wall_ms())

    def becomes(self, line: StopLine) -> None:
        """A new state, shown at the pin at once."""
        if line.why is not self.line.why:
            log.info("stop line", treadmill=self.treadmill.id, why=line.why or "closed")
        self.line = line
        if not line.closed and self.output.is_active:
            self.output.off()

    def show(self, *, pulses: bool) -> None:
        """Hold it: steadily, or by an edge in each turn of the loop."""
        if self.line.closed:
            self.output.value = not self.output.is_active if pulses else True


def run(config: UnitConfig, clock: Clock, ready: Callable[[], None], alive: Callable[[], None]) -> None:
    """Hold the lines of this unit's treadmills until SystemExit or KeyboardInterrupt; then all are open. Raises
    ConfigError if a pin or the socket cannot be had.
    """
    lines = {
        t.id: HeldLine(t, _output(t.stop_line_gpio, t.id), Path(config.data))
        for t in config.treadmill
        if t.stop_line_gpio is not None
    }
    if not lines:
        raise ConfigError("no treadmill has a stop_line_gpio: there is no line to hold")
    try:
        try:
            ear = beat.listening(Path(config.stop_line_socket))
        except OSError as e:
            raise ConfigError(f"stop_line_socket {config.stop_line_socket}: {e}") from e
        for held in lines.values():  # nothing waits yet: none is closed
            held.look(clock)
        with contextlib.closing(ear):
            ready()
            LineKeeper(lines, config, clock, ear).keep(alive)
    finally:
        for held in lines.values():
            held.output.off()
            held.output.close()


def _output(gpio: int, treadmill: str) -> Any:
    what = f"the stop line of {treadmill}"
    return pin(gpio, what, lambda gpiozero: gpiozero.DigitalOutputDevice(gpio, initial_value=False))


class LineKeeper:
    """Hears one unit: the one that connected last."""

    def __init__(
        self, lines: dict[str, HeldLine], config: UnitConfig, clock: Clock, ear: socket.socket
    ) -> None:
        self._lines = lines
        self._delay_ms = round(config.stop_line_delay_s * 1000)
        self._pulses = config.stop_line_pulses
        self._clock = clock
        self._ear = ear
        self._unit: socket.socket | None = None
        self._heard_ms = clock.now_ms()

    def keep(self, alive: Callable[[], None]) -> None:
        """Go round until something ends it."""
        try:
            while True:
                self._turn()
                alive()
                select.select([self._ear, *([self._unit] if self._unit else [])], [], [], LOOP_S)
        finally:
            if self._unit is not None:
                self._unit.close()

    def _turn(self) -> None:
        self._accept()
        self._hear()
        if self._clock.now_ms() - self._heard_ms > SILENT_MS:
            self._unheard(Why.UNIT_SILENT)
        for held in self._lines.values():
            held.show(pulses=self._pulses)

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            unit, _ = self._ear.accept()
            unit.setblocking(False)
            if self._unit is not None:
                self._gone()
            self._unit = unit

    def _hear(self) -> None:
        while self._unit is not None:
            try:
                packet = self._unit.recv(beat.PACKET_MAX)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            if not packet:
                self._gone()
                return
            self._beat(packet)

    def _beat(self, packet: bytes) -> None:
        said = beat.wishes(packet)
        if said is None:
            return
        now_ms = self._heard_ms = self._clock.now_ms()
        for treadmill, held in self._lines.items():
            wish = said.get(treadmill)
            held.becomes(
                unheard(held.line, Why.UNIT_SILENT)
                if wish is None
                else heard(
                    held.line, wish, now_ms, delay_ms=self._delay_ms, armed=self._may_close(held, wish)
                )
            )
        if self._unit is not None:
            with contextlib.suppress(OSError):
                self._unit.send(beat.packed({t: held.line.why for t, held in self._lines.items()}))

    def _may_close(self, held: HeldLine, wish: LineWish) -> bool:
        return wish is LineWish.CLOSE and held.is_armed(self._clock)

    def _gone(self) -> None:
        if self._unit is not None:
            self._unit.close()
            self._unit = None
        self._unheard(Why.UNIT_GONE)

    def _unheard(self, why: Why) -> None:
        for held in self._lines.values():
            held.becomes(unheard(held.line, why))
