"""One engine, one unit's envelope and one belt in virtual time: everything between them crosses as bus messages."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from device_adapters.contract import boundary, registry
from device_adapters.contract import messages as m
from device_adapters.safety import envelope
from device_adapters.safety import events as unit_events
from device_adapters.safety.admit import Verb
from device_adapters.safety.envelope_state import Machine
from device_adapters.safety.envelope_state import State as Envelope
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Goal, Level
from device_adapters.sim.belt import Belt, BeltSpec
from services.programme.library import find
from services.programme.model import Facing, Programme, Step, StepKind, Until
from services.session import wire
from services.session.engine import engine
from services.session.engine.events import (
    Answered,
    Ask,
    BeltMeasured,
    Effect,
    Event,
    EventNote,
    HeartRate,
    KeepEnd,
    KeepStart,
    RequestAnswer,
    Seen,
    SendCommand,
    SendLease,
    SendStop,
    SessionTick,
    Start,
    StartKept,
)
from services.session.engine.state import Asker, EngineState, Session, Wanted
from services.session.engine.view import view_of

HOLDER = "session-a"
STEP_MS = 100
SPEC = BeltSpec()


@dataclass
class EngineUnit:
    """A unit's envelope and an obedient belt. `deaf`: it hears no command; `mute`: it says nothing."""

    boot: str = "boot-1"
    spec: BeltSpec = SPEC
    deaf: bool = False
    mute: bool = False
    state: Envelope = field(init=False)
    belt: Belt = field(init=False)
    results: list[m.Result] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = Envelope(boot=self.boot)
        self.belt = Belt(self.spec)
        machine = Machine(
            speed_min_ckmh=self.spec.speed_min_ckmh,
            speed_max_ckmh=self.spec.speed_max_ckmh,
            speed_step_ckmh=self.spec.speed_step_ckmh,
            incline_max_dpct=self.spec.incline_max_dpct,
            commissioned=True,
        )
        self.feed(unit_events.Linked(machine), 0)

    def feed(self, event: unit_events.EnvelopeEvent, now_ms: int) -> None:
        self.state, effects = envelope.step(self.state, event, now_ms)
        for effect in effects:
            match effect:
                case unit_events.Write(admitted):
                    self._write(admitted.verb, admitted.value)
                case unit_events.Answer():
                    self.results.append(boundary.result_message(effect, "tm-01", now_ms))

    def _write(self, verb: Verb, value: int) -> None:
        match verb:
            case Verb.BEGIN:
                self.belt.start()
            case Verb.SPEED:
                self.belt.set_speed(value)
            case Verb.INCLINE:
                self.belt.set_incline(value)
            case Verb.HALT:
                self.belt.halt(pause=False)

    def lease(self, payload: bytes, now_ms: int) -> None:
        self.feed(boundary.claim_from(registry.LEASE.decode(payload)), now_ms)

    def command(self, payload: bytes, now_ms: int) -> None:
        if not self.deaf:
            self.feed(boundary.order_from(registry.COMMAND.decode(payload)), now_ms)

    def said(self, now_ms: int) -> m.TreadmillState:
        before = m.TreadmillState(
            treadmill="tm-01", unit="unit-01", boot=self.boot, at_ms=now_ms, link="connected"
        )
        return boundary.treadmill_state(before, self.state, True, now_ms)


@dataclass
class EngineGym:
    """Time moves in steps of 100 ms; the unit measures at 5 Hz and the engine ticks at 5 Hz. The strap tells `bpm`
    each second, a beat more every other time, until a test tells heart rates of its own.

    `keeps`: the journal takes what it is given (True), cannot (False), or has not answered yet (None).
    """

    unit: EngineUnit = field(default_factory=EngineUnit)
    now: int = 1_000_000
    state: EngineState = field(default_factory=lambda: EngineState(treadmill="tm-01", holder=HOLDER))
    sent: list[tuple[int, Effect]] = field(default_factory=list)
    keeps: bool | None = True
    online: bool = True
    bpm: int | None = 100
    speeds: list[tuple[int, int]] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=lambda: count(1))
    _said: m.TreadmillState | None = None

    def __post_init__(self) -> None:
        self.run(600)

    @property
    def session(self) -> Session:
        assert self.state.session is not None
        return self.state.session

    @property
    def view(self) -> m.SessionView:
        return view_of(self.state, self.session, self.now, self.now)

    def feed(self, event: Event) -> tuple[Effect, ...]:
        self.state, effects = engine.step(self.state, event, self.now)
        self.sent += [(self.now, effect) for effect in effects]
        for effect in effects:
            match effect:
                case SendLease():
                    lease = wire.lease_message(effect, self.state.holder, "")
                    self.unit.lease(registry.LEASE.encode(lease), self.now)
                case SendCommand():
                    self.unit.command(registry.COMMAND.encode(wire.command_message(effect)), self.now)
                case SendStop():
                    self.unit.feed(unit_events.Hazard(Cause.STOP_PRESSED, "session service"), self.now)
                case KeepStart(session) if self.keeps is not None:
                    self.feed(StartKept(session.wanted.session, self.keeps))
        return effects

    def run(self, ms: int) -> None:
        end = self.now + ms
        while self.now < end:
            self.now += STEP_MS
            self.unit.belt.step(STEP_MS)
            self.unit.feed(unit_events.Tick(), self.now)
            if self.now % (2 * STEP_MS) == 0:
                self._measure()
            self._hear()
            if self.bpm is not None and self.now % 1000 == 0:
                self.feed(HeartRate(self.bpm + self.now // 1000 % 2, contact=True))
            if self.now % (2 * STEP_MS) == 0:
                self.feed(SessionTick())

    def run_until(self, phase: m.SessionPhase, within_ms: int = 60_000) -> None:
        end = self.now + within_ms
        while self.session.phase != phase:
            assert self.now < end, f"still {self.session.phase} after {within_ms} ms: {self.session}"
            self.run(STEP_MS)

    def _measure(self) -> None:
        speed = self.unit.belt.speed_ckmh
        self.speeds.append((self.now, speed))
        self.unit.feed(unit_events.Measured(speed, self.unit.belt.incline_dpct), self.now)
        if not self.unit.mute:
            self.feed(BeltMeasured(speed))

    def measure_by_hand(self, speed_ckmh: int, ms: int) -> None:
        """Let time pass with a speed of the test's own and no other news."""
        for _ in range(ms // 200):
            self.now += 200
            self.feed(BeltMeasured(speed_ckmh))
            self.feed(SessionTick())

    def _hear(self) -> None:
        if self.unit.mute:
            self.unit.results.clear()
            return
        while self.unit.results:
            self.feed(wire.answered_from(self.unit.results.pop(0)))
        said = self.unit.said(0)
        if said != self._said:
            self._said = said
            self.hear_state()

    def hear_state(self, **changes: Any) -> None:
        """The unit's state, with changes, as it would come over the bus."""
        said = self.unit.said(self.now)
        payload = registry.TREADMILL_STATE.encode(said)
        seen = wire.treadmill_from(registry.TREADMILL_STATE.decode(payload), online=self.online)
        values = {name: getattr(seen, name) for name in seen.__slots__}
        self.feed(Seen(type(seen)(**{**values, **changes})))

    def asker(self, by: str = "Anna") -> Asker:
        return Asker(f"r{next(self.ids)}", "desk", by)

    def start(self, programme: Programme | None = None, **changes: Any) -> RequestAnswer:
        wanted = Wanted(
            session=f"s-{next(self.ids)}",
            programme=programme or find(Goal.KNEE_STRENGTH, Level.NOVICE),
            **{"strap": "hr-01", "hr_max_bpm": 190, **changes},
        )
        return answer_in(self.feed(Start(self.asker(), wanted)))

    def ask(self, verb: Any) -> RequestAnswer:
        return answer_in(self.feed(Ask(self.asker(), verb)))

    def heart_rate(self, bpm: int | None) -> None:
        """One heart rate of the test's own, and none after it."""
        self.bpm = None
        self.feed(HeartRate(bpm))

    def feed_result(self, id_: str, outcome: Any, speed_ckmh: int | None = None, cause: str = "") -> None:
        """A result of the test's own, in the unit's place."""
        self.feed(Answered(id=id_, outcome=outcome, cause=cause, speed_ckmh=speed_ckmh))

    def refuse_next(self, cause: str) -> None:
        """Answer the pending command with a refusal, in the unit's place."""
        assert self.session.pending is not None
        self.feed_result(self.session.pending.id, "refused", cause=cause)

    def moving(self, programme: Programme | None = None) -> None:
        """A session that runs past its first movement."""
        assert self.start(programme).ok
        self.run_until("running")
        self.run(8_000)

    def run_until_pending(self) -> None:
        """Until a command that nobody has answered is out: the next step's target, to a deaf unit."""
        end = self.now + 150_000
        while self.session.pending is None:
            assert self.now < end
            self.run(STEP_MS)

    def answers(self) -> list[RequestAnswer]:
        return [e for _, e in self.sent if isinstance(e, RequestAnswer)]

    def commands(self, verb: str = "") -> list[SendCommand]:
        return [e for _, e in self.sent if isinstance(e, SendCommand) and verb in ("", e.verb)]

    def leases(self) -> list[SendLease]:
        return [e for _, e in self.sent if isinstance(e, SendLease)]

    def notes(self, kind: str = "") -> list[EventNote]:
        return [e for _, e in self.sent if isinstance(e, EventNote) and kind in ("", e.kind)]

    def ends(self) -> list[Session]:
        return [e.session for _, e in self.sent if isinstance(e, KeepEnd)]


def answer_in(effects: tuple[Effect, ...]) -> RequestAnswer:
    (answer,) = [e for e in effects if isinstance(e, RequestAnswer)]
    return answer


def programme(*steps: Step, goal: Goal = Goal.CONDITIONING, level: Level = Level.INTERMEDIATE) -> Programme:
    return Programme(name="t", goal=goal, level=level, steps=steps)


def step(
    speed_ckmh: int,
    until: Until,
    facing: Facing = Facing.RETRO,
    kind: StepKind = StepKind.ACTIVE,
    grade: int = 0,
) -> Step:
    return Step(
        place="1", kind=kind, facing=facing, until=until, speed_ckmh=speed_ckmh, incline_dpct=grade, cue="Go"
    )
