"""A unit's side of its stop lines: a beat from the loop that judges, and what is done when a line is not closed.

Nothing here waits: a process that does not answer is one whose lines are open.
"""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from device_adapters.clock import Clock
from device_adapters.config import UnitConfig
from device_adapters.contract.boundary import worded
from device_adapters.contract.keys import units
from device_adapters.gate import Gate
from device_adapters.safety.envelope_state import Phase
from device_adapters.safety.events import Note
from device_adapters.safety.hazards import Cause
from device_adapters.safety.stop_line import HARMLESS, Why, wish
from device_adapters.stop_line import beat

if TYPE_CHECKING:
    import socket

CONNECT_EVERY_MS = 500
ANSWERS_MS = 2_000


class LinedBelt(Protocol):
    """A treadmill with a line."""

    gate: Gate

    def stop(self, cause: Cause, who: str) -> None:
        """Stop its belt for this cause, in the name of `who`."""


class StopLines:
    """Those of one unit. `told` records a note of a treadmill."""

    def __init__(
        self,
        config: UnitConfig,
        belts: Mapping[str, LinedBelt],
        clock: Clock,
        told: Callable[[Note, str], None],
    ) -> None:
        self._path = Path(config.stop_line_socket)
        self._belts = {t.id: belts[t.id] for t in config.treadmill if t.stop_line_gpio is not None}
        self._clock = clock
        self._told = told
        self._socket: socket.socket | None = None
        self._tried_ms: int | None = None
        self._answered_ms = clock.now_ms()
        self._why: dict[str, Why | None] = dict.fromkeys(self._belts, Why.STARTING)

    @property
    def there(self) -> bool:
        """Has any of its treadmills a line?"""
        return bool(self._belts)

    def beat(self) -> None:
        """All belts were judged: say what their gates want, and hear what their lines are."""
        now_ms = self._clock.now_ms()
        self._connect(now_ms)
        if self._socket is not None:
            wishes = {treadmill: wish(belt.gate.envelope, now_ms) for treadmill, belt in self._belts.items()}
            try:
                with contextlib.suppress(BlockingIOError):
                    self._socket.send(beat.packed(wishes))
                self._hear(now_ms)
            except OSError:
                self._end(now_ms)
        if now_ms - self._answered_ms > ANSWERS_MS:
            for treadmill in self._belts:
                self._is(treadmill, Why.NO_ANSWER)
        for treadmill, belt in self._belts.items():
            if self._why[treadmill] and belt.gate.envelope.phase in (Phase.READY, Phase.MOVING):
                belt.stop(Cause.STOP_LINE_OPEN, f"stop line of {treadmill}")

    def close(self) -> None:
        """The unit ends: its lines open."""
        self._end(self._clock.now_ms())

    def _connect(self, now_ms: int) -> None:
        if self._socket is not None or (
            self._tried_ms is not None and now_ms - self._tried_ms < CONNECT_EVERY_MS
        ):
            return
        self._tried_ms = now_ms
        self._socket = beat.connected(self._path)

    def _hear(self, now_ms: int) -> None:
        while self._socket is not None:
            try:
                packet = self._socket.recv(beat.PACKET_MAX)
            except BlockingIOError:
                return
            if not packet:
                self._end(now_ms)
                return
            said = beat.lines(packet)
            if said is None:
                continue
            self._answered_ms = now_ms
            for treadmill in self._belts:
                self._is(treadmill, said.get(treadmill, Why.NOT_ARMED))

    def _end(self, now_ms: int) -> None:
        """The process is gone, and its lines are open."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._answered_ms = now_ms - ANSWERS_MS - 1

    def _is(self, treadmill: str, why: Why | None) -> None:
        was, self._why[treadmill] = self._why[treadmill], why
        if why is was:
            return
        if why is None:
            if was not in (Why.STARTING, Why.AT_REST):
                self._told(Note(kind="stop_line_closed", cause=""), treadmill)
            return
        if why in (Why.STARTING, Why.AT_REST):
            return
        note = Note(kind="stop_line", cause=str(why), severity="warning" if why in HARMLESS else "alarm")
        self._told(worded(note, units.stop_line(why)), treadmill)
