"""What a unit says of a treadmill, each time with a nonce that the holder of its lease gives back."""

from collections import deque
from typing import Any

from msgspec.structs import replace

from device_adapters.clock import Clock
from device_adapters.contract import boundary, messages, registry
from device_adapters.gate import Gate
from device_adapters.unit.reporter import Reporter

STATE_EVERY_MS = 5_000
"""The state is said at least this often, so that its frame count is never old."""

LEASED_STATE_EVERY_MS = 500
"""... and this often under a lease, whose holder answers with the nonce of what was said."""

NONCES_KEPT = 16
LONG_AGO_MS = -1_000_000


class TreadmillVoice:
    """The state of one treadmill as it was said last."""

    def __init__(self, state: messages.TreadmillState, reporter: Reporter, clock: Clock) -> None:
        self.state = state
        self._reporter = reporter
        self._clock = clock
        self._said_ms = LONG_AGO_MS
        self._nonces: deque[tuple[int, int]] = deque(maxlen=NONCES_KEPT)

    def changed(self, **fields: Any) -> None:
        """Something that the gate does not know is so from now on; it is said with the next state, which is due."""
        self.state = replace(self.state, **fields)
        self._said_ms = LONG_AGO_MS

    def said_ms(self, nonce: int) -> int:
        """When the state with this nonce was said (monotonic); long ago if it is not one of the last."""
        return dict(self._nonces).get(nonce, LONG_AGO_MS)

    def say(self, gate: Gate, *, frames: int, odd: tuple[str, ...]) -> None:
        """Say the state if it differs from what was said last, or if that was long ago."""
        now_ms = self._clock.now_ms()
        state = boundary.treadmill_state(self.state, gate.envelope, gate.conversation.held, now_ms)
        state = replace(state, odd=odd)
        every_ms = LEASED_STATE_EVERY_MS if state.lease_epoch and state.limits is not None else STATE_EVERY_MS
        if state == self.state and now_ms - self._said_ms < every_ms:
            return
        self._said_ms, nonce = now_ms, self.state.nonce + 1
        self._nonces.append((nonce, now_ms))
        self.state = replace(state, at_ms=self._clock.wall_ms(), frames=frames, nonce=nonce)
        self._reporter.state(registry.TREADMILL_STATE, self.state, self.state.treadmill)
