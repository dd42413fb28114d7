"""A gate with a fake machine at the other end of its outlets: bytes in, bytes out, nothing of ours replaced."""

from collections.abc import Callable

from envelope_rig import MACHINE, claim

from device_adapters.clock import ManualClock
from device_adapters.gate import Gate, Outlets
from device_adapters.safety.events import Answer, Claimed, Measured, Note, Ordered
from device_adapters.safety.limits import Goal, Level

# FTMS v1.0.1 §4.16, byte by byte.
REQUEST, START, STOP, PAUSE = b"\x00", b"\x07", b"\x08\x01", b"\x08\x02"
SUCCESS, NOT_PERMITTED, FAILED = 1, 5, 4


class FakeMachine:
    """A treadmill's control point: it takes bytes and answers on the next turn, as told by `result`."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.unanswered: list[bytes] = []
        self.belt_ckmh = 0
        self.deck_dpct = 0
        self.result = SUCCESS
        self.silent = False

    def send(self, data: bytes) -> None:
        self.taken.append(data)
        if not self.silent:
            self.unanswered.append(data)

    def obey(self, data: bytes) -> None:
        if data == START:
            self.belt_ckmh = 80
        elif data[0] == 2:
            self.belt_ckmh = int.from_bytes(data[1:], "little")
        elif data[0] == 3:
            self.deck_dpct = int.from_bytes(data[1:], "little", signed=True)
        elif data[0] == 8:
            self.belt_ckmh = 0


class SteppedClock(ManualClock):
    """Nobody sleeps on it: it moves without an event loop."""

    def step(self, ms: int) -> None:
        self._now_ms += ms


class GateSite:
    """A gate, its machine and a clock moved by hand. `outlets`: those that most tests leave unconnected."""

    def __init__(self, *, was_moving: bool = False, **outlets: Callable[[], None]) -> None:
        self.clock = SteppedClock(50_000)
        self.machine = FakeMachine()
        self.answers: list[Answer] = []
        self.notes: list[Note] = []
        self.relinks = 0
        ends = Outlets(self.machine.send, self.answers.append, self.notes.append, self.relink, **outlets)
        self.gate = Gate("b", self.clock, ends, was_moving=was_moving)
        self.beat = 0
        self.goal = {"goal": Goal.ATHLETIC, "level": Level.ADVANCED}

    def relink(self) -> None:
        self.relinks += 1

    def answer(self) -> None:
        while self.machine.unanswered:
            data = self.machine.unanswered.pop(0)
            if self.machine.result == SUCCESS:
                self.machine.obey(data)
            self.gate.indicated(bytes([0x80, data[0], self.machine.result]))

    def renew(self, **changes: object) -> None:
        self.beat += 1
        self.gate.claim(Claimed(claim(self.beat, **{**self.goal, **changes})))

    def ordered(self, verb: str, speed: int | None = None, grade: int | None = None) -> Ordered:
        return Ordered(
            id=f"{verb}{self.clock.now_ms()}",
            verb=verb,  # type: ignore[arg-type]
            epoch=1,
            beat=self.beat,
            speed_ckmh=speed,
            grade_dpct=grade,
            by="Kim",
        )

    def order(self, verb: str, speed: int | None = None, grade: int | None = None) -> Answer:
        self.gate.order(self.ordered(verb, speed, grade))
        return self.answers[-1]

    def run(self, ms: int, *, answer: bool = True) -> None:
        for at in range(0, ms, 200):
            self.clock.step(200)
            if at % 1000 == 0 and self.gate.envelope.lease.claim is not None:
                self.renew()
            if answer:
                self.answer()
            self.gate.measured(Measured(self.machine.belt_ckmh, self.machine.deck_dpct))
            self.gate.tick()

    def started(self) -> "GateSite":
        self.gate.linked(MACHINE)
        self.gate.measured(Measured(0, 0))
        self.renew()
        assert self.order("start").outcome == "accepted"
        self.run(6_000)
        self.machine.taken.clear()
        return self
