"""What is odd about one device, or the unit itself, at present: an event when it is first seen, not again and again."""

from collections.abc import Callable

from device_adapters.clock import Clock
from device_adapters.contract.boundary import worded
from device_adapters.contract.keys import units
from device_adapters.contract.oddities import ALARMS, Odd
from device_adapters.safety.events import Note
from device_adapters.units import HOUR_MS

AGAIN_MS = HOUR_MS
"""One that was over and comes back is told again after this long."""


class Oddities:
    """Of one of them. `tell` hears of new ones; `changed`, that the keys are others."""

    def __init__(
        self, clock: Clock, tell: Callable[[Note], None], changed: Callable[[], None] = lambda: None
    ) -> None:
        self._clock = clock
        self._tell = tell
        self._changed = changed
        self._present: set[Odd] = set()
        self._told_ms: dict[Odd, int] = {}

    @property
    def keys(self) -> tuple[str, ...]:
        """The present ones, in order."""
        return tuple(sorted(self._present))

    def seen(self, odd: Odd, detail: str = "") -> None:
        """It is so from now on; told if it is new, or over for long."""
        if odd in self._present:
            return
        self._present.add(odd)
        now_ms = self._clock.now_ms()
        if now_ms - self._told_ms.get(odd, -AGAIN_MS) >= AGAIN_MS:
            self._told_ms[odd] = now_ms
            note = Note(kind="odd", cause=odd, severity="alarm" if odd in ALARMS else "warning")
            self._tell(worded(note, units.odd(odd, detail[:100])))
        self._changed()

    def over(self, odd: Odd) -> None:
        """It is so no more."""
        if odd in self._present:
            self._present.discard(odd)
            self._changed()

    def judge(self, odd: Odd, present: bool, detail: str = "") -> None:
        """It is so, or not."""
        if present:
            self.seen(odd, detail)
        else:
            self.over(odd)
