"""The gate: the only door to a treadmill's control point.

It joins the envelope (what may be written) to the control-point conversation (how it is written). No byte leaves
but through `_write`, which takes `Admitted` values only. It does no input or output itself: the adapter hands it
what happened and writes what comes out, so the same gate runs on a Pi, in tests and in simulated time.
"""

from collections.abc import Callable
from dataclasses import dataclass

from device_adapters.clock import Clock
from device_adapters.codecs.ftms import control_point as codec
from device_adapters.codecs.ftms.machine_status import MachineStatus, StatusCode
from device_adapters.errors import DecodeError
from device_adapters.link import control_point as talk
from device_adapters.safety import envelope
from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.envelope_state import Machine
from device_adapters.safety.events import (
    Answer,
    Claimed,
    EnvelopeEvent,
    Hazard,
    Linked,
    Measured,
    Note,
    Ordered,
    Tick,
    Unlinked,
    Write,
)
from device_adapters.safety.hazards import Cause

RELINK = "The treadmill's control point is silent; its link is made anew. Nothing resumes."


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where a gate's results go: bytes for 0x2AD9, answers to commands, decisions to record, a link to give up."""

    send: Callable[[bytes], None]
    answer: Callable[[Answer], None]
    note: Callable[[Note], None]
    relink: Callable[[], None]


class Gate:
    """One belt's gate. Every method is called from one event loop and returns at once."""

    def __init__(self, boot: str, clock: Clock, outlets: Outlets, *, was_moving: bool = False) -> None:
        self._clock = clock
        self._outlets = outlets
        self.envelope = envelope.boot_state(boot, was_moving=was_moving)
        self.conversation = talk.State()

    def linked(self, machine: Machine) -> None:
        """The treadmill is connected and its ranges were read. Writes nothing."""
        self._envelope(Linked(machine))

    def unlinked(self) -> None:
        """The link is gone."""
        self._conversation(talk.Dropped())
        self._envelope(Unlinked())

    def claim(self, claim: Claimed) -> None:
        """A lease arrived."""
        self._envelope(claim)

    def order(self, order: Ordered) -> None:
        """A command arrived."""
        self._envelope(order)

    def stop(self, cause: Cause, who: str = "") -> None:
        """Stop the belt: always taken, whoever asks."""
        self._envelope(Hazard(cause, who))

    def measured(self, measured: Measured) -> None:
        """The belt told its speed."""
        self._envelope(measured)

    def indicated(self, data: bytes) -> None:
        """An answer from the control point, by indication or notification."""
        try:
            response = codec.decode_response(data)
        except DecodeError as e:
            self._outlets.note(Note(kind="control_point", cause="malformed", text=str(e), severity="warning"))
            return
        self._conversation(talk.Answered(response.request, response.result))

    def write_failed(self, data: bytes, att_error: int | None) -> None:
        """The write of `data` failed; `att_error` is the ATT error code if there was one."""
        self._conversation(talk.WriteFailed(data[0], att_error))

    def status(self, status: MachineStatus) -> None:
        """Machine Status told of something done at the treadmill itself (FTMS v1.0.1 §4.17)."""
        match status.code:
            case StatusCode.CONTROL_PERMISSION_LOST:
                self._conversation(talk.ControlTaken())
                self._envelope(Hazard(Cause.CONTROL_LOST))
            case StatusCode.STOPPED_BY_SAFETY_KEY:
                self._envelope(Hazard(Cause.SAFETY_KEY))
            case StatusCode.RESET:
                self._envelope(Hazard(Cause.MACHINE_REBOOT))
            case StatusCode.STOPPED_OR_PAUSED_BY_USER:
                self._envelope(Hazard(Cause.CONSOLE_STOP))

    def tick(self) -> None:
        """Time passed; call at least 5 times a second while `busy`, once a second otherwise."""
        self._conversation(talk.Tick())
        self._envelope(Tick())

    @property
    def busy(self) -> bool:
        """Is there a lease, a moving belt of ours, or a procedure in flight?"""
        return self.envelope.phase != 0 or self.conversation.flying is not None

    def _envelope(self, event: EnvelopeEvent) -> None:
        self.envelope, effects = envelope.step(self.envelope, event, self._clock.now_ms())
        for effect in effects:
            if isinstance(effect, Write):
                self._write(effect.admitted)
            elif isinstance(effect, Answer):
                self._outlets.answer(effect)
            else:
                self._outlets.note(effect)

    def _write(self, admitted: Admitted) -> None:
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
        self._conversation(talk.Want(data, first=admitted.verb in (Verb.HALT, Verb.PAUSE)))

    def _conversation(self, event: talk.Event) -> None:
        self.conversation, effects = talk.step(self.conversation, event, self._clock.now_ms())
        for effect in effects:
            match effect:
                case talk.Send(data):
                    self._outlets.send(data)
                case talk.Failed(op, why):
                    self._failed(op, why)
                case talk.Relink(why):
                    note = Note(kind="relink", cause=why, text=RELINK, severity="warning")
                    self._outlets.note(note)
                    self._outlets.relink()

    def _failed(self, op: int, why: str) -> None:
        """A belt that does not take what it was told is stopped; a halt that fails is asked for again anyway."""
        name = codec.OpCode(op).name.lower()
        note = Note(kind="control_point", cause=why, text=f"{name}: {why}", severity="warning")
        self._outlets.note(note)
        if op != codec.OpCode.STOP_OR_PAUSE and op != codec.OpCode.REQUEST_CONTROL:
            self._envelope(Hazard(Cause.CONTROL_FAILED, who=f"{name}: {why}"))
