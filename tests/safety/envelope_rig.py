"""A belt's envelope driven by hand: time, events and an ideal belt that follows what is written."""

from dataclasses import dataclass, field
from typing import Any

from device_adapters.safety import envelope
from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.envelope_state import Machine, State
from device_adapters.safety.events import (
    Answer,
    Claimed,
    EnvelopeEvent,
    Linked,
    Measured,
    Note,
    Ordered,
    Tick,
    Write,
)
from device_adapters.safety.lease import Claim
from device_adapters.safety.limits import Goal, Level, Limits

MACHINE = Machine(
    speed_min_ckmh=80,
    speed_max_ckmh=2000,
    speed_step_ckmh=10,
    incline_min_dpct=0,
    incline_max_dpct=150,
    incline_step_dpct=5,
)


def claim(beat: int = 1, **changes: Any) -> Claim:
    """A lease for a novice's knee session unless told otherwise."""
    values: dict[str, Any] = {
        "epoch": 1,
        "beat": beat,
        "holder": "hub",
        "boot": "b",
        "session": "s",
        "goal": Goal.KNEE_STRENGTH,
        "level": Level.NOVICE,
        "ttl_ms": 3000,
        **changes,
    }
    return Claim(**values)


@dataclass
class EnvelopeRig:
    """`belt_ckmh` follows the last written speed at once unless `obeys` is False. `counts`: it tells its seconds."""

    state: State = field(default_factory=lambda: State(boot="b"))
    now: int = 10_000
    beat: int = 0
    orders: int = 0
    obeys: bool = True
    counts: bool = False
    belt_ckmh: int = 0
    writes: list[tuple[int, Admitted]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def do(self, event: EnvelopeEvent) -> None:
        self.state, effects = envelope.step(self.state, event, self.now)
        for effect in effects:
            match effect:
                case Write(admitted):
                    self.writes.append((self.now, admitted))
                    self._follow(admitted)
                case Answer():
                    self.answers.append(effect)
                case Note():
                    self.notes.append(effect)

    def _follow(self, admitted: Admitted) -> None:
        if not self.obeys:
            return
        if admitted.verb is Verb.SPEED:
            self.belt_ckmh = admitted.value
        elif admitted.verb is Verb.BEGIN:
            self.belt_ckmh = MACHINE.speed_min_ckmh
        elif admitted.verb is Verb.HALT:
            self.belt_ckmh = 0

    def link(self) -> None:
        self.do(Linked(MACHINE))
        self.do(Measured(self.belt_ckmh, 0))

    def lease(self, **changes: Any) -> None:
        self.beat += 1
        self.do(Claimed(claim(self.beat, **changes)))

    def order(self, verb: str, speed: int | None = None, grade: int | None = None, **changes: Any) -> Answer:
        self.orders += 1
        values: dict[str, Any] = {
            "id": f"o{self.orders}",
            "verb": verb,
            "epoch": 1,
            "beat": self.beat,
            "speed_ckmh": speed,
            "grade_dpct": grade,
            **changes,
        }
        self.do(Ordered(**values))
        return self.answers[-1]

    def run(self, ms: int, *, renew: bool = True, measure: bool = True, **changes: Any) -> None:
        """Let time pass in 100 ms steps, with a renewal each second and telemetry at 4 Hz."""
        for _ in range(ms // 100):
            self.now += 100
            if renew and self.now % 1000 == 0 and self.state.lease.claim is not None:
                self.lease(**changes)
            if measure and self.now % 200 == 0:
                elapsed_s = self.now // 1000 if self.counts else None
                self.do(Measured(self.belt_ckmh, self.state.setpoint_dpct, elapsed_s))
            self.do(Tick())

    def started(self, **changes: Any) -> "EnvelopeRig":
        """Linked, leased, started and past the first-movement hold."""
        self.link()
        self.lease(**changes)
        assert self.order("start").outcome == "accepted"
        self.run(5_500, **changes)
        return self

    def speeds(self) -> list[int]:
        return [admitted.value for _, admitted in self.writes if admitted.verb is Verb.SPEED]

    def verbs(self) -> list[Verb]:
        return [admitted.verb for _, admitted in self.writes]


def limits(**changes: int) -> Limits:
    """Wide limits of a lease message, narrowed where a test says so."""
    values = {
        "speed_max_ckmh": 1000,
        "accel_max_ckmh_s": 100,
        "decel_stop_ckmh_s": 200,
        "grade_min_dpct": 0,
        "grade_max_dpct": 100,
        "session_max_s": 2400,
        "bout_max_s": 1200,
        "hr_max_dpct": 950,
        **changes,
    }
    return Limits(**values)
