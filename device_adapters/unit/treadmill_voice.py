"""What a unit says of a treadmill, each time with a nonce that the holder of its lease gives back."""

from collections import deque
from typing import Any, Protocol

import structlog
from msgspec.structs import replace

from device_adapters.clock import Clock
from device_adapters.commissioning import Record
from device_adapters.config import Treadmill
from device_adapters.contract import boundary, messages, registry
from device_adapters.gate import Gate
from device_adapters.safety.events import Answer, Note
from device_adapters.safety.limits import Arrangement
from device_adapters.unit.reporter import Reporter

STATE_EVERY_MS = 5_000
"""The state is said at least this often, so that its frame count is never old."""

LEASED_STATE_EVERY_MS = 500
"""... and this often under a lease, whose holder answers with the nonce of what was said."""

NONCES_KEPT = 16
LONG_AGO_MS = -1_000_000

log = structlog.get_logger()


def first_state(config: Treadmill, boot: str, unit: str, record: Record | None) -> messages.TreadmillState:
    """What is so before its first link. `record`: of its commissioning."""
    return messages.TreadmillState(
        treadmill=config.id,
        unit=unit,
        boot=boot,
        at_ms=0,
        link="absent",
        arrangement=Arrangement(config.arrangement).value,
        commissioned="" if record is None else record.date,
    )


class SpokenOf(Protocol):
    """A belt, as far as its state tells of it."""

    gate: Gate

    @property
    def frames(self) -> int:
        """Records read since the unit started."""

    @property
    def odd(self) -> tuple[str, ...]:
        """Keys of what is odd about it now."""


class TreadmillVoice:
    """Of one treadmill; `state`: as it was said last. All is said after this turn's writes are out."""

    def __init__(
        self, state: messages.TreadmillState, belt: SpokenOf, reporter: Reporter, clock: Clock
    ) -> None:
        self.state = state
        self._belt = belt
        self._reporter = reporter
        self._afterwards = reporter.afterwards.do
        self._clock = clock
        self._saying = False
        self._said_ms = LONG_AGO_MS
        self._nonces: deque[tuple[int, int]] = deque(maxlen=NONCES_KEPT)

    def changed(self, **fields: Any) -> None:
        """Something that the gate does not know is so from now on; it is said with the next state, which is due."""
        self.state = replace(self.state, **fields)
        self._said_ms = LONG_AGO_MS

    def said_ms(self, nonce: int) -> int:
        """When the state with this nonce was said (monotonic); long ago if it is not one of the last."""
        return dict(self._nonces).get(nonce, LONG_AGO_MS)

    def answer(self, answer: Answer) -> None:
        """The answer to a command."""
        message = boundary.result_message(answer, self.state.treadmill, self._clock.wall_ms())
        self._afterwards(lambda: self._reporter.decision(registry.RESULT, message, self.state.treadmill))

    def tell(self, note: Note) -> None:
        """Something happened, in the session and at the time of now."""
        treadmill, session, at_ms = self.state.treadmill, self.state.session, self._clock.wall_ms()

        def told() -> None:
            self._reporter.event(note, treadmill=treadmill, session=session, at_ms=at_ms)
            log.info("safety", treadmill=treadmill, kind=note.kind, cause=str(note.cause))

        self._afterwards(told)

    def say_soon(self) -> None:
        """Say the state if it differs from what was said last, or if that was long ago."""
        if not self._saying:
            self._saying = True
            self._afterwards(self._say)

    def _say(self) -> None:
        self._saying = False
        gate, now_ms = self._belt.gate, self._clock.now_ms()
        state = boundary.treadmill_state(self.state, gate.envelope, gate.conversation.held, now_ms)
        state = replace(state, odd=self._belt.odd)
        every_ms = LEASED_STATE_EVERY_MS if state.lease_epoch and state.limits is not None else STATE_EVERY_MS
        if state == self.state and now_ms - self._said_ms < every_ms:
            return
        self._said_ms, nonce = now_ms, self.state.nonce + 1
        self._nonces.append((nonce, now_ms))
        self.state = replace(state, at_ms=self._clock.wall_ms(), frames=self._belt.frames, nonce=nonce)
        self._reporter.state(registry.TREADMILL_STATE, self.state, self.state.treadmill)
