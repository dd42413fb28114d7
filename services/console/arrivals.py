"""How old a measurement already is when it arrives. Pure.

A unit keeps what it measures while the broker is away and sends it later, oldest first. Such a frame arrives now but
shows the past. Clocks of unit and hub need not agree, so the fastest delivery seen lately is taken as no delay.
"""

from dataclasses import dataclass

WINDOW_MS = 30_000
"""A unit's clock that is set back makes its frames look late for at most two windows."""

BOOTS_LEFT_MAX = 8
"""Earlier starts of a unit that are remembered: what they left on its disk comes while it is sending anew."""


@dataclass(slots=True)
class Arrivals:
    """The measurements of one device, in order, each with its delay beyond the fastest of the last two windows."""

    _boot: str = ""
    _boots_left: tuple[str, ...] = ()
    _seq: int = -1
    _least_ms: int = 0
    _least_before_ms: int = 0
    _window_ends_ms: int = 0

    def late_ms(self, boot: str, seq: int, measured_at_ms: int, arrived_ms: int) -> int | None:
        """How late it is, ≥ 0, or None for one that is not newer than the last (delivery may repeat) or
        from before the unit's last start.

        `measured_at_ms` is the sender's clock, `arrived_ms` ours; their zeros need not agree.
        """
        delay_ms = arrived_ms - measured_at_ms
        if boot in self._boots_left:
            return None
        if boot != self._boot:
            self._boots_left = (*self._boots_left, self._boot)[-BOOTS_LEFT_MAX:]
            self._boot = boot
            self._least_ms = self._least_before_ms = delay_ms
            self._window_ends_ms = arrived_ms + WINDOW_MS
        elif seq <= self._seq:
            return None
        elif arrived_ms >= self._window_ends_ms:
            self._least_before_ms, self._least_ms = self._least_ms, delay_ms
            self._window_ends_ms = arrived_ms + WINDOW_MS
        self._seq = seq
        self._least_ms = min(self._least_ms, delay_ms)
        return delay_ms - min(self._least_ms, self._least_before_ms)
