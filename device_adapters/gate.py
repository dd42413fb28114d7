"""The gate: the only door to a treadmill's control point.

It joins the envelope (what may be written) to the control-point conversation (how it is written). No byte leaves
but through `_write`, which takes `Admitted` values only. It does no input or output itself: the adapter hands it
what happened and writes what comes out, so the same gate runs on a Pi, in tests and in simulated time.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from device_adapters.clock import Clock
from device_adapters.codecs.ftms import control_point as codec
from device_adapters.codecs.ftms.machine_status import MachineStatus, StatusCode
from device_adapters.contract.boundary import worded
from device_adapters.contract.keys import units
from device_adapters.errors import DecodeError
from device_adapters.link import control_point, talk
from device_adapters.safety import envelope
from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.envelope_state import Machine, Phase
from device_adapters.safety.events import (
    Answer,
    Claimed,
    Eased,
    EnvelopeEvent,
    Frozen,
    Hazard,
    Held,
    Linked,
    Marked,
    Measured,
    Note,
    Ordered,
    Proven,
    Reachable,
    Tick,
    Unlinked,
    Untaken,
    Write,
)
from device_adapters.safety.hazards import Cause
from device_adapters.safety.lease import fresh_until

VERBS = {
    codec.OpCode.START_OR_RESUME: Verb.BEGIN,
    codec.OpCode.SET_TARGET_SPEED: Verb.SPEED,
    codec.OpCode.SET_TARGET_INCLINE: Verb.INCLINE,
    codec.OpCode.STOP_OR_PAUSE: Verb.HALT,
}


def _nothing() -> None:
    """What an outlet without an end does."""


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where a gate's results go: bytes for 0x2AD9, answers to commands, decisions to record, a link to give up,
    indications to be asked for again, bytes that still wait to be forgotten.
    """

    send: Callable[[bytes], None]
    answer: Callable[[Answer], None]
    note: Callable[[Note], None]
    relink: Callable[[], None]
    resubscribe: Callable[[], None] = _nothing
    forget: Callable[[], None] = _nothing


class Gate:
    """One belt's gate. Every method is called from one event loop and returns at once.

    `marks`: a start waits until `marked(True)` has said that the next process would know of this belt.
    """

    def __init__(
        self, boot: str, clock: Clock, outlets: Outlets, *, was_moving: bool = False, marks: bool = False
    ) -> None:
        self._clock = clock
        self._outlets = outlets
        self._work: deque[EnvelopeEvent | talk.Event] = deque()
        self._under_way: EnvelopeEvent | talk.Event | None = None
        self.envelope = envelope.boot_state(boot, was_moving=was_moving)
        self.conversation = talk.ControlPointState()
        if marks:
            self._do(Marked(on_disk=was_moving))

    def successor(self, *, at_once: bool) -> "Gate":
        """Another in the place of this one, which failed: it stops the belt, `at_once` or as a frame shows it."""
        gate = Gate(self.envelope.boot, self._clock, self._outlets, was_moving=True)
        now_ms = self._clock.now_ms()
        gate.envelope = envelope.succeeding(gate.envelope, self.envelope, now_ms, at_once=at_once)
        gate.conversation = talk.ControlPointState(held=self.conversation.held)
        return gate

    def linked(self, machine: Machine) -> None:
        """The treadmill is connected and its ranges were read. Writes nothing that no stop asked for."""
        self._do(Linked(machine))

    def reachable(self) -> None:
        """Its control point can be written to; who it is may be read later. A stop that waits goes out."""
        self._do(Reachable())

    def unlinked(self) -> None:
        """The link is gone."""
        self._do(talk.Dropped(), Unlinked())

    def marked(self, on_disk: bool) -> None:
        """Is the mark of this belt on the disk?"""
        self._do(Marked(on_disk))

    def proven(self, commissioned: bool) -> None:
        """What the commissioning record is worth now."""
        self._do(Proven(commissioned))

    def freeze(self, for_ms: int) -> None:
        """Let nothing rise for so long."""
        self._do(Frozen(for_ms))

    def claim(self, claim: Claimed) -> None:
        """A lease arrived."""
        self._do(claim)

    def order(self, order: Ordered) -> None:
        """A command arrived."""
        self._do(order)

    def stop(self, cause: Cause, who: str = "") -> None:
        """Stop the belt: always taken, whoever asks."""
        self._do(Hazard(cause, who))

    def slower(self, who: str) -> None:
        """Slow a belt of ours down a little, for good."""
        self._do(Eased(who))

    def holds(self, held: bool | None) -> None:
        """Does a hand hold this treadmill's button now? None: it has none, or one that cannot be read."""
        if held is not self.envelope.held:
            self._do(Held(held))

    def measured(self, measured: Measured) -> None:
        """The belt told its speed."""
        self._do(measured)

    def indicated(self, data: bytes) -> None:
        """An answer from the control point, by indication or notification."""
        try:
            response = codec.decode_response(data)
        except DecodeError as e:
            self._outlets.note(Note(kind="control_point", cause="malformed", text=str(e), severity="warning"))
            return
        self._do(talk.Responded(response.request, response.result))

    def write_failed(self, data: bytes, att_error: int | None) -> None:
        """The write of `data` failed; `att_error` is the ATT error code if there was one."""
        self._do(talk.WriteFailed(data[0], att_error))

    def status(self, status: MachineStatus) -> None:
        """Machine Status told of something done at the treadmill itself (FTMS v1.0.1 §4.17)."""
        match status.code:
            case StatusCode.CONTROL_PERMISSION_LOST:
                self._do(talk.ControlTaken(), Hazard(Cause.CONTROL_LOST))
            case StatusCode.STOPPED_BY_SAFETY_KEY:
                self._do(Hazard(Cause.SAFETY_KEY))
            case StatusCode.RESET:
                self._do(Hazard(Cause.MACHINE_REBOOT))
            case StatusCode.STOPPED_OR_PAUSED_BY_USER:
                self._do(Hazard(Cause.CONSOLE_STOP))

    def tick(self) -> None:
        """Time passed; call at least 5 times a second while `busy`, once a second otherwise."""
        self._do(Tick(waits=self.conversation.flying is not None), talk.ControlPointTick())

    @property
    def busy(self) -> bool:
        """Is there a lease, a moving belt of ours, or a procedure in flight?"""
        return self.envelope.phase is not Phase.OBSERVING or self.conversation.flying is not None

    def _do(self, *events: EnvelopeEvent | talk.Event) -> None:
        """Carry out events and all that follows from them, one after the other: what an event leads to is decided on
        what the one before it has left, and nothing that waits goes out before a failure was heard.
        """
        self._work.extend(events)
        if self._under_way is not None:
            return
        try:
            while self._work or (self.conversation.flying is None and self.conversation.queue):
                event = self._under_way = self._work.popleft() if self._work else talk.Advance()
                if isinstance(event, talk.Event):
                    self._converse(event)
                else:
                    self._judge(event)
        finally:
            self._under_way = None

    def _judge(self, event: EnvelopeEvent) -> None:
        stopped = self.envelope.phase is Phase.STOPPING
        self.envelope, effects = envelope.step(self.envelope, event, self._clock.now_ms())
        stops = self.envelope.phase is Phase.STOPPING
        if stops and not stopped:
            self._outlets.forget()
            self._work.append(talk.Purge())
        for effect in effects:
            if isinstance(effect, Write):
                self._write(effect.admitted, effect.until_ms)
            elif isinstance(effect, Answer):
                self._outlets.answer(effect)
            else:
                self._outlets.note(effect)
        if isinstance(event, Claimed):
            self._work.append(talk.LeaseRenewed(fresh_until(self.envelope.lease)))
        if isinstance(event, Untaken) and not stops and not event.answered:
            self._work.append(talk.Obeyed())

    def _write(self, admitted: Admitted, until_ms: int | None = None) -> None:
        """A fall, and the first speed of a belt that may remember another, wait for no answer to what went before."""
        match admitted.verb:
            case Verb.BEGIN:
                data = codec.start_or_resume()
            case Verb.SPEED:
                data = codec.set_target_speed(admitted.value)
            case Verb.INCLINE:
                data = codec.set_target_incline(admitted.value)
            case Verb.HALT:
                data = codec.stop()
            case Verb.PAUSE:
                data = codec.pause()
        halts = admitted.verb in (Verb.HALT, Verb.PAUSE)
        speed, begun = admitted.verb is Verb.SPEED, self.envelope.moving_seen
        lower, soon = speed and until_ms is None and begun, speed and not begun
        self._do(talk.Want(data, first=halts, lower=lower, soon=soon, until_ms=until_ms))

    def _converse(self, event: talk.Event) -> None:
        self.conversation, effects = control_point.step(self.conversation, event, self._clock.now_ms())
        for effect in effects:
            match effect:
                case talk.Send(data):
                    self._outlets.send(data)
                case talk.Failed():
                    self._failed(effect)
                case talk.Resubscribe():
                    self._outlets.resubscribe()
                case talk.Relink(why):
                    note = Note(kind="relink", cause=why, severity="warning")
                    self._outlets.note(worded(note, units.control_point_silent()))
                    self._outlets.relink()

    def _failed(self, failed: talk.Failed) -> None:
        """Something came to nothing: the envelope judges by the belt whether it matters. A halt is asked for again
        anyway.
        """
        op = codec.OpCode(failed.op)
        text = f"{op.name.lower()}: {failed.why}"
        self._outlets.note(Note(kind="control_point", cause=failed.why, text=text, severity="warning"))
        if op in VERBS:
            self._work.append(Untaken(VERBS[op], failed.why, failed.answered))
