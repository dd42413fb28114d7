"""Is this a measurement of now? The one rule for whoever is steered by measurements or shows them. Pure.

A unit keeps what it measures while nobody takes it, and sends it later: such a message is stored and never steers. Its
age is what the message tells, by the unit's monotonic clock, and the time since it came, by the receiver's. Wall
clocks label records and are not asked here: they may jump.
"""

from dataclasses import dataclass

from device_adapters.safety.envelope_state import FRESH_MS
from device_adapters.units import DAY_MS

AGE_MAX_MS = FRESH_MS
AGE_TOLD_MS = 100
"""A shorter wait is told as none: what is sent at once is as it was made."""

AGE_UNKNOWN_MS = 7 * DAY_MS
"""Told where nobody knows: the message was left by a process that has ended. Older than all that a unit keeps."""


@dataclass(slots=True)
class Freshness:
    """Of one device: the boot of its unit that counts, and the last number of it."""

    live: str = ""
    _boot: str = ""
    _seq: int = -1
    _came_ms: int = 0

    def said(self, boot: str) -> None:
        """The unit says of itself which of its starts is the present one: what others left behind is past."""
        self.live = boot

    def age_ms(self, boot: str, seq: int, told_ms: int, now_ms: int) -> int | None:
        """The age of a measurement that is about now, ≥ 0. None for one that is past: too old, of another start of
        the unit, repeated or overtaken.

        Nothing is refused for ever: a number that falls, or another start of which the unit has said nothing, counts
        once the line that it does not fit has been silent for 3 s.
        """
        if told_ms > AGE_MAX_MS or (self.live and boot != self.live):
            return None
        fits = seq > self._seq if boot == self._boot else boot == self.live or not self._boot
        if not fits and now_ms - self._came_ms <= AGE_MAX_MS:
            return None
        self._boot, self._seq, self._came_ms = boot, seq, now_ms
        return max(0, told_ms)


def aged(payload: bytes, age_ms: int) -> bytes:
    """A measurement's JSON that tells its age. What is sent at once, and what is no JSON object, stays as it is."""
    if age_ms < AGE_TOLD_MS or not payload.endswith(b"}") or payload == b"{}":
        return payload
    return b'%b,"age_ms":%d}' % (payload[:-1], age_ms)
