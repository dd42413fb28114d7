"""Wall times in a session's record: that of its first moment, carried on by the monotonic clock.

A Pi has no clock of its own, and the hub's is set now and then, by hours or by months. So durations in a record never
come from two looks at the wall clock. That it was set is noted once, with how far.
"""

from collections import OrderedDict

from device_adapters.clock import Clock
from device_adapters.contract.keys import sessions as keys
from device_adapters.contract.phrase import Phrase
from device_adapters.units import DAY_S

KNOWN_MAX = 1_000
STEP_MIN_MS = 1_000
"""Less is a clock that is kept by slewing."""


class SessionTimes:
    """Of all sessions of one service; the oldest of too many are forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offsets: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def at_ms(self, session: str) -> int:
        """This moment in the session's record, ms of the epoch; the wall clock's for no session."""
        offset_ms, now_ms = self._offset_ms(), self._clock.now_ms()
        if not session:
            return now_ms + offset_ms
        if session not in self._offsets:
            self._offsets[session] = offset_ms, offset_ms
            if len(self._offsets) > KNOWN_MAX:
                self._offsets.popitem(last=False)
        return now_ms + self._offsets[session][0]

    def stepped_ms(self, session: str) -> int:
        """How far the wall clock was set since the session began or since this was asked last; 0: it was not."""
        if session not in self._offsets:
            return 0
        first_ms, known_ms = self._offsets[session]
        offset_ms = self._offset_ms()
        self._offsets[session] = first_ms, offset_ms
        stepped_ms = offset_ms - known_ms
        return stepped_ms if abs(stepped_ms) >= STEP_MIN_MS else 0

    def _offset_ms(self) -> int:
        return self._clock.wall_ms() - self._clock.now_ms()


def told(stepped_ms: int) -> Phrase:
    """What staff read of it."""
    seconds = abs(stepped_ms) // 1000
    days, rest = divmod(seconds, DAY_S)
    long = (
        f"{days} d {rest // 3600} h" if days else f"{rest // 3600}:{rest % 3600 // 60:02d}:{rest % 60:02d} h"
    )
    return keys.clock_set_forward(long) if stepped_ms > 0 else keys.clock_set_back(long)
