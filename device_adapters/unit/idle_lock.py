"""A treadmill that nobody uses locks itself, where the site wishes: whoever wants it next has it cleared first.

After 45 s a tread lock answers what children did at treadmills left unlocked (US CPSC, Peloton Tread+, 2021). It needs
no hub and no sign-in beyond that of every clear.
"""

from device_adapters.clock import Clock
from device_adapters.safety.envelope_state import Phase, State, speed_now


class IdleLock:
    """Of one treadmill. `after_s`: how long it may stand free and unlocked, in s; None: for ever."""

    def __init__(self, after_s: int | None, clock: Clock) -> None:
        self._after_s = after_s
        self._clock = clock
        self._since_ms: int | None = None

    def due(self, state: State) -> bool:
        """Is it to be locked now?"""
        now_ms = self._clock.now_ms()
        free = state.phase is Phase.OBSERVING and not state.latched and state.machine is not None
        if self._after_s is None or not free or speed_now(state, now_ms):
            self._since_ms = None
            return False
        if self._since_ms is None:
            self._since_ms = now_ms
        return now_ms - self._since_ms >= self._after_s * 1000
