"""Whatever happens in whatever order, the envelope keeps its promises. The oracle here knows nothing of its code."""

from envelope_rig import MACHINE
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.safety import envelope
from device_adapters.safety.admit import Verb
from device_adapters.safety.envelope_state import State
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
from device_adapters.safety.lease import Claim
from device_adapters.safety.limits import Goal, Level

CELL = {  # domain.md §2, speed in 0.01 km/h and acceleration in 0.01 km/h per s: written down again, by hand
    (Goal.KNEE_STRENGTH, Level.NOVICE): (250, 20),
    (Goal.CONDITIONING, Level.ADVANCED): (800, 50),
    (Goal.ATHLETIC, Level.ADVANCED): (950, 80),
    (Goal.MOBILITY, Level.INTERMEDIATE): (200, 15),
}

claims = st.builds(
    lambda cell, **values: Claimed(Claim(goal=cell[0], level=cell[1], **values)),
    st.sampled_from(sorted(CELL)),
    epoch=st.integers(1, 3),
    beat=st.integers(1, 40),
    holder=st.sampled_from(["hub", "other"]),
    boot=st.sampled_from(["b", "b", "b", "old"]),
    session=st.sampled_from(["s", "s", "t"]),
    ttl_ms=st.sampled_from([0, 3000, 3000, 3000, 5000, 60_000]),
)
orders = st.builds(
    Ordered,
    id=st.integers(0, 10_000).map(str),
    verb=st.sampled_from(["start", "start", "target", "target", "stop", "clear"]),
    epoch=st.integers(0, 3),
    beat=st.integers(0, 40),
    speed_ckmh=st.none() | st.integers(0, 3000),
    grade_dpct=st.none() | st.integers(-200, 300),
    by=st.sampled_from(["", "Kim"]),
)
measured = st.builds(
    Measured, st.sampled_from([0, 0, 80, 100, 200, 280, 281, 900]), st.none() | st.integers(0, 50)
)
hazards = st.builds(Hazard, st.sampled_from(Cause))
passing = st.integers(1, 2500)
happenings = st.lists(
    st.one_of(
        claims, orders, measured, passing, passing, st.just(Linked(MACHINE)), st.just(Unlinked()), hazards
    ),
    max_size=60,
)


def scripted(cell: tuple[Goal, Level], disturb: list[EnvelopeEvent | int]) -> list[EnvelopeEvent | int]:
    """A session that runs, so that disturbances meet a moving belt and not only refusals."""
    claim = Claim(
        epoch=9, beat=1, holder="hub", boot="b", session="s", goal=cell[0], level=cell[1], ttl_ms=3000
    )  # fmt: skip
    start = Ordered(id="start", verb="start", epoch=9, beat=1)
    target = Ordered(id="target", verb="target", epoch=9, beat=1, speed_ckmh=3000)
    return [Linked(MACHINE), Measured(0, 0), Claimed(claim), start, 500, Measured(100, 0), target, *disturb]


@given(events=happenings)
def test_promises_hold_from_a_fresh_start(events: list[EnvelopeEvent | int]) -> None:
    _check(events)


@given(cell=st.sampled_from(sorted(CELL)), events=happenings)
def test_promises_hold_from_a_running_session(
    cell: tuple[Goal, Level], events: list[EnvelopeEvent | int]
) -> None:
    _check(scripted(cell, events))


def _check(events: list[EnvelopeEvent | int]) -> None:
    oracle, state, now = Oracle(), State(boot="b"), 50_000
    for event in events:
        if isinstance(event, int):
            for _ in range(0, event, 100):
                now += 100
                state = _one(oracle, state, Tick(), now)
        else:
            state = _one(oracle, state, event, now)


def _one(oracle: "Oracle", state: State, event: EnvelopeEvent, now: int) -> State:
    after, effects = envelope.step(state, event, now)
    oracle.before(event, now)
    answers = [e for e in effects if isinstance(e, Answer)]
    assert len(answers) == (1 if isinstance(event, Ordered) else 0)
    for effect in effects:
        if isinstance(effect, Write):
            oracle.write(effect.admitted.verb, effect.admitted.value, event, now)
    oracle.after(event, after, effects, now)
    return after


class Oracle:
    """What the outside world may expect, from the events and writes alone."""

    def __init__(self) -> None:
        self.linked = False
        self.speed: int | None = None
        self.speed_at = 0
        self.lease: Claim | None = None
        self.renewed = 0
        self.stopped_by_hazard = False
        self.written = 0
        self.written_at = 0
        self.began_at: int | None = None

    def before(self, event: EnvelopeEvent, now: int) -> None:
        match event:
            case Linked():
                self.linked, self.speed = True, None
            case Unlinked():
                self.linked, self.speed = False, None
            case Measured(speed, _):
                self.speed, self.speed_at = speed, now
            case _:
                pass

    def write(self, verb: Verb, value: int, event: EnvelopeEvent, now: int) -> None:
        assert self.linked, "written to a machine that is not there"
        if verb in (Verb.HALT, Verb.PAUSE):
            return
        if verb is Verb.BEGIN:
            assert isinstance(event, Ordered)
            assert event.verb == "start"
            assert self.speed == 0
            assert now - self.speed_at <= 3000
            assert not self.stopped_by_hazard
            self._needs_lease(now)
            self.began_at, self.written, self.written_at = now, 0, now
            return
        if verb is Verb.SPEED:
            assert MACHINE.speed_min_ckmh <= value <= MACHINE.speed_max_ckmh
            # What is lower than the belt is no rise, whoever has moved it.
            if value > self.written and value >= (self.speed or 0) and self.began_at is not None:
                self._may_rise(value, now)
            self.written, self.written_at = value, now
            return
        self._needs_lease(now)
        assert MACHINE.incline_min_dpct <= value <= MACHINE.incline_max_dpct

    def _may_rise(self, value: int, now: int) -> None:
        self._needs_lease(now)
        assert not self.stopped_by_hazard
        lease = self.lease
        assert lease is not None
        speed_max, accel = CELL[lease.goal, lease.level]
        assert value <= speed_max
        if self.written:  # the first written speed is the first movement itself
            assert value - self.written <= accel * (now - self.written_at) / 1000 + MACHINE.speed_step_ckmh
        else:
            assert value <= 100

    def _needs_lease(self, now: int) -> None:
        assert self.lease is not None, "moved without a lease"
        assert now - self.renewed <= 1500, "raised on an old lease"

    def after(self, event: EnvelopeEvent, state: State, effects: tuple[object, ...], now: int) -> None:
        refused = any(isinstance(e, Note) and e.kind == "lease_refused" for e in effects)
        if isinstance(event, Claimed) and not refused:
            self.lease = event.claim if event.claim.ttl_ms else None
            self.renewed = now
        notes = [e for e in effects if isinstance(e, Note)]
        # What the belt was set to at its own console is a note; whoever calls it a hazard stops the belt.
        quiet = ("none",) if isinstance(event, Hazard) else ("none", "hold")
        if any(n.kind == "hazard" and n.after.get("action") not in quiet for n in notes):
            self.stopped_by_hazard, self.lease = True, None
        if any(n.kind == "cleared" for n in notes):
            self.stopped_by_hazard = False
        if isinstance(event, Ordered) and event.verb == "clear" and not event.by:
            assert not any(n.kind == "cleared" for n in notes)
        assert bool(state.latched) == self.stopped_by_hazard
