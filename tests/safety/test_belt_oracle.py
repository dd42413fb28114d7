"""The envelope with a belt that has mass, in any order: it obeys, ignores Stop, runs away, or is set by hand.

The oracle is written from SAFETY.md. It knows events, writes and the belt itself, and none of the envelope's code;
of its state it looks only at phase and latch, as the floor page does.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from device_adapters.safety import envelope
from device_adapters.safety.admit import Verb
from device_adapters.safety.envelope_state import Machine, Phase, State
from device_adapters.safety.events import (
    Claimed,
    EnvelopeEvent,
    Hazard,
    Linked,
    Measured,
    Ordered,
    Tick,
    Write,
)
from device_adapters.safety.hazards import Cause
from device_adapters.safety.lease import Claim
from device_adapters.safety.limits import Goal, Level
from device_adapters.sim.belt import Belt

MACHINE = Machine(speed_min_ckmh=80, speed_max_ckmh=2000, speed_step_ckmh=10, commissioned=True)
LIMIT_CKMH, ACCEL_CKMH_S = 450, 30  # conditioning, novice (domain.md §2)
TURN_MS = 200
TOLERANCE_CKMH, NOTICED_MS = 30, 400
"""A belt more than 0.3 km/h above its limit is being stopped within two frames of telemetry."""


class BeltWorld(RuleBasedStateMachine):
    """One belt, its unit, a service that renews or does not, and everybody who can meddle."""

    def __init__(self) -> None:
        super().__init__()
        self.belt = Belt()
        self.state = State(boot="b")
        self.now = 100_000
        self.epoch, self.beat, self.renewed, self.orders = 0, 0, 0, 0
        self.told = 0
        self.over_ms = 0
        self.locked = False

    def do(self, event: EnvelopeEvent) -> None:
        was = self.state
        self.state, effects = envelope.step(was, event, self.now)
        began = False
        for write in (e.admitted for e in effects if isinstance(e, Write)):
            match write.verb:
                case Verb.BEGIN:
                    assert isinstance(event, Ordered), "it started by itself"
                    assert self.belt.speed_ckmh == 0
                    assert not was.latched
                    self._leased()
                    self.belt.start()
                    began = True
                case Verb.SPEED:
                    if write.value > self.told and not began and self.belt.speed_ckmh <= write.value:
                        self._leased()
                        assert was.phase is Phase.MOVING
                        assert not self.state.latched
                        assert write.value <= LIMIT_CKMH
                    self.belt.set_speed(write.value)
                    self.told = write.value
                case Verb.HALT | Verb.PAUSE:
                    self.belt.halt(pause=write.verb is Verb.PAUSE)
                    self.told = 0
                case Verb.INCLINE:
                    raise AssertionError("this machine has no incline")
        cleared = isinstance(event, Ordered) and event.verb == "clear"
        assert self.state.latched or not was.latched or cleared, "the lock went by itself"

    def _leased(self) -> None:
        assert self.now - self.renewed <= 1_500, "a rise without a fresh lease"

    def _turn(self, renew: bool) -> None:
        self.now += TURN_MS
        self.belt.step(TURN_MS)
        if renew and self.now % 1_000 == 0:
            self.renew()
        above = self.belt.speed_ckmh > LIMIT_CKMH + TOLERANCE_CKMH and self.state.phase is Phase.MOVING
        self.over_ms = self.over_ms + TURN_MS if above else 0
        assert self.over_ms <= NOTICED_MS, "above its limit, and nobody stops it"
        self.do(Measured(self.belt.speed_ckmh))
        self.do(Tick())

    def renew(self) -> None:
        if self.state.lease.claim is None:
            return
        self.beat += 1
        self.claim(3_000)
        self.renewed = self.now

    def claim(self, ttl_ms: int) -> None:
        self.do(
            Claimed(
                Claim(
                    epoch=self.epoch, beat=self.beat, holder="hub", boot="b", session="s",
                    goal=Goal.CONDITIONING, level=Level.NOVICE, ttl_ms=ttl_ms,
                )
            )
        )  # fmt: skip

    def order(self, verb: str, speed: int | None = None, by: str = "") -> None:
        self.orders += 1
        self.do(
            Ordered(
                id=str(self.orders), verb=verb, epoch=self.epoch, beat=self.beat, speed_ckmh=speed, by=by  # type: ignore[arg-type]
            )
        )  # fmt: skip

    @initialize()
    def a_running_session(self) -> None:
        self.do(Linked(MACHINE))
        self.do(Measured(0))
        self.lease_anew()
        self.order("start")
        for _ in range(50):
            self._turn(renew=True)

    @rule(ms=st.sampled_from([200, 1_000, 2_000, 5_000]), renew=st.sampled_from([True, True, False]))
    def time_passes(self, ms: int, renew: bool) -> None:
        for _ in range(ms // TURN_MS):
            self._turn(renew)

    @precondition(lambda self: self.state.lease.claim is None)
    @rule()
    def lease_anew(self) -> None:
        self.epoch, self.beat = self.epoch + 1, 1
        self.renewed = self.now
        self.claim(3_000)

    @rule()
    def start(self) -> None:
        self.order("start")

    @rule(speed=st.sampled_from([80, 200, 450, 480, 3_000]))
    def target(self, speed: int) -> None:
        self.order("target", speed)

    @rule()
    def stop_ordered(self) -> None:
        self.order("stop")

    @rule(cause=st.sampled_from([Cause.STOP_PRESSED, Cause.SAFETY_KEY]))
    def stop_pressed(self, cause: Cause) -> None:
        moved = self.state.phase is not Phase.OBSERVING
        self.do(Hazard(cause))
        assert not moved or self.state.phase is Phase.STOPPING
        assert not moved or self.state.latched

    @rule(by=st.sampled_from(["", "Kim"]))
    def clear(self, by: str) -> None:
        was = self.state.latched
        self.order("clear", by=by)
        if was and not self.state.latched:
            assert by
            assert self.belt.speed_ckmh == 0

    @rule(speed=st.sampled_from([80, 150, 600, 900]))
    def set_by_hand(self, speed: int) -> None:
        self.belt.set_speed(speed)

    @rule(quirk=st.sampled_from(["ignore_stop", "overspeed", "mph_firmware"]), on=st.booleans())
    def belt_goes_wrong(self, quirk: str, on: bool) -> None:
        setattr(self.belt.quirks, quirk, on)

    @invariant()
    def no_lease_while_locked(self) -> None:
        assert not (self.state.latched and self.state.lease.claim)

    def teardown(self) -> None:
        """When all faults are over, a stop brings the belt to rest."""
        self.belt.quirks.ignore_stop = self.belt.quirks.overspeed = self.belt.quirks.mph_firmware = False
        self.do(Hazard(Cause.STOP_PRESSED))
        for _ in range(200):
            self._turn(renew=False)
        assert self.belt.speed_ckmh == 0
        assert self.state.phase is Phase.OBSERVING


TestBeltWorld = BeltWorld.TestCase
# A walk has hundreds of turns: a quarter of the profile's examples are as much work as elsewhere.
EXAMPLES = settings().max_examples // 4
TestBeltWorld.settings = settings(max_examples=EXAMPLES, stateful_step_count=25, deadline=None)
