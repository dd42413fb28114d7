"""The whole world in virtual time: a few seeds with all faults, replay, and proof that every checker can fail."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import structlog
from run import summary
from sampling import some
from sim_bounds import SPEED_MAX_CKMH
from sim_cable import CABLES, SimulatedCable
from sim_faults import KINDS
from sim_people import StaffDesk
from sim_unit import SITE
from world import SimulatedWorld

from device_adapters.clock import Clock
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.gate import Gate, Outlets
from device_adapters.safety.admit import Admitted, Verb
from device_adapters.safety.events import Answer, Claimed, Measured, Ordered
from device_adapters.safety.hazards import Cause
from device_adapters.safety.limits import Goal, Level, limits_for
from device_adapters.safety.settling import FASTER_CKMH


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of log lines of simulated incidents help nobody."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("seed", some([1001, 1002, 1004], 1))
def test_whatever_goes_wrong_the_bounds_hold(seed: int) -> None:
    told = SimulatedWorld(seed, treadmills=3, kinds=KINDS).run(sessions=12)
    assert not told.violations
    assert told.sessions >= 12
    assert told.faults.total() > 5
    assert told.acted.total() > 0


@pytest.mark.parametrize("seed", some([2001, 2002], 1))
def test_whatever_goes_wrong_on_cables_the_bounds_hold(seed: int) -> None:
    world = SimulatedWorld(seed, treadmills=3, kinds=KINDS, cables=list(CABLES))
    told = world.run(sessions=9)
    assert not told.violations
    assert told.sessions >= 9
    assert told.faults.total() > 5
    assert all(isinstance(desk.machine, SimulatedCable) and desk.machine.sent for desk in world.desks)


def test_a_byte_that_is_not_allowed_on_a_cable_is_a_violation() -> None:
    world = SimulatedWorld(1, treadmills=1, kinds=(), cables=["trackmaster"])
    machine = world.desks[0].machine
    assert isinstance(machine, SimulatedCable)
    machine.sent += b"\xa1"
    assert [text.split(":")[0] for text in world.run(sessions=1).violations] == ["line"]


def test_a_seed_replays_to_the_byte() -> None:
    first, again = (SimulatedWorld(7, treadmills=2).run(sessions=2) for _ in range(2))
    assert first == again
    assert SimulatedWorld(8, treadmills=2).run(sessions=2).digest != first.digest


def test_a_world_that_fails_fails_again_in_the_same_way_and_says_how_to_run_it() -> None:
    first, again = (
        SimulatedWorld(3, treadmills=2, kinds=KINDS, gate=ForgetsItsLimits).run(sessions=4) for _ in range(2)
    )
    assert first.violations
    assert first == again
    said = summary([first], 1.0, 1.0, "--seeds 1 --sessions 4")
    assert f"  seed 3: {first.violations[0]}" in said
    assert said[-1] == "again: python tests/simulation/run.py --seed 3 --seeds 1 --sessions 4"


def test_the_envelope_written_down_twice_agrees() -> None:
    for goal in Goal:
        for level in Level:
            assert SPEED_MAX_CKMH[goal][level] == limits_for(goal, level).speed_max_ckmh


# Each checker can fail: a gate with one thing broken in it, in a scene that is clean with the real one.


class ForgetsItsLimits(Gate):
    """Writes higher speeds than were admitted."""

    def _write(self, admitted: Admitted, until_ms: int | None = None) -> None:
        faster = admitted.value + 300 if admitted.verb is Verb.SPEED else admitted.value
        super()._write(Admitted(admitted.verb, faster), until_ms)


class NeverStops(Gate):
    """Takes a stop and does nothing."""

    def stop(self, cause: Cause, who: str = "") -> None:
        pass


class NeverLooksAtTheTime(Gate):
    """A lease that ran out is not noticed, nor is anything else that only time shows."""

    def tick(self) -> None:
        pass


class Blind(Gate):
    """Believes that the belt does what it was told, and sees all else of it."""

    def measured(self, measured: Measured) -> None:
        told = min(measured.speed_ckmh, self.envelope.setpoint_ckmh)
        super().measured(replace(measured, speed_ckmh=told))


class StartsByItself(Gate):
    """Starts a belt once after it was stopped."""

    begun = False

    def measured(self, measured: Measured) -> None:
        super().measured(measured)
        if self.envelope.latched and not self.busy and not self.begun:
            self.begun = True
            super()._write(Admitted(Verb.BEGIN, 0))


class AnsweringGate(Gate):
    """One that answers orders by itself."""

    def __init__(
        self, boot: str, clock: Clock, outlets: Outlets, *, was_moving: bool = False, marks: bool = False
    ) -> None:
        super().__init__(boot, clock, outlets, was_moving=was_moving, marks=marks)
        self.answered = outlets.answer


class TakesAnyEpoch(AnsweringGate):
    """Obeys commands of leases that are long gone."""

    def order(self, order: Ordered) -> None:
        self.answered(Answer(id=order.id, outcome="accepted"))


class AnswersTwice(AnsweringGate):
    """Says everything again."""

    def order(self, order: Ordered) -> None:
        super().order(order)
        self.answered(Answer(id=order.id, outcome="refused", cause="duplicate"))


class NeverClears(Gate):
    """Latches for ever, and grants nothing."""

    def claim(self, claim: Claimed) -> None:
        pass


def overspeeds(world: SimulatedWorld, desk: StaffDesk) -> None:
    desk.machine.belt.quirks.overspeed = True


def presses_stop(world: SimulatedWorld, desk: StaffDesk) -> None:
    desk.press_stop()


def presses_stop_without_a_service(world: SimulatedWorld, desk: StaffDesk) -> None:
    world.service.crash()
    desk.press_stop()


def service_dies(world: SimulatedWorld, desk: StaffDesk) -> None:
    world.service.crash()


def rogue_commands(world: SimulatedWorld, desk: StaffDesk) -> None:
    command = m.Command(id="rogue-1", verb="target", epoch=99, beat=1, speed_kmh=9.0)
    topic = registry.COMMAND.topic(SITE, desk.machine.name)
    world.network.publish(world.rogue.peer, topic, registry.COMMAND.encode(command))


def nothing(world: SimulatedWorld, desk: StaffDesk) -> None:
    pass


def all_is_well_again(world: SimulatedWorld, desk: StaffDesk) -> None:
    world.liveness()


Deed = Callable[[SimulatedWorld, StaffDesk], None]
PLANTED: list[tuple[type[Gate], Deed, str]] = [
    (ForgetsItsLimits, nothing, "envelope"),
    (NeverStops, presses_stop_without_a_service, "bound"),
    (NeverLooksAtTheTime, service_dies, "bound"),
    (Blind, overspeeds, "bound"),
    (StartsByItself, presses_stop, "rise"),
    (TakesAnyEpoch, rogue_commands, "holder"),
    (AnswersTwice, nothing, "result"),
    (NeverClears, all_is_well_again, "liveness"),
]
IDS = [gate.__name__ for gate, _, _ in PLANTED]
START_NOTHING = (TakesAnyEpoch, NeverClears)


def scene(
    gate: type[Gate],
    deed: Deed,
    goal: Goal = Goal.KNEE_STRENGTH,
    walked_ms: int = 30_000,
    cables: tuple[str, ...] = (),
) -> set[str]:
    """One treadmill, one session, one deed; the checkers that fired."""
    world = SimulatedWorld(1, treadmills=1, kinds=(), gate=gate, cables=cables)
    desk, timeline = world.desks[0], world.timeline
    timeline.run_until(timeline.now_ms + 8_000)
    desk.machine.wake()
    timeline.run_until(timeline.now_ms + 3_000)
    desk.ask_start(goal)
    timeline.run_until(timeline.now_ms + walked_ms)
    assert gate in START_NOTHING or world.checks.moving_ms > 0, "a belt that never moved shows no fault"
    deed(world, desk)
    timeline.run_until(timeline.now_ms + 40_000)
    return {text.split(":")[0] for text in world.checks.violations}


@pytest.mark.parametrize(("gate", "deed", "checker"), PLANTED, ids=IDS)
def test_a_checker_fires_on_a_broken_gate(gate: type[Gate], deed: Deed, checker: str) -> None:
    assert checker in scene(gate, deed)


@pytest.mark.parametrize("deed", [deed for _, deed, _ in PLANTED], ids=IDS)
def test_no_checker_fires_on_the_real_gate(deed: Deed) -> None:
    assert not scene(Gate, deed)


@pytest.mark.parametrize("cable", CABLES)
@pytest.mark.parametrize(("gate", "deed", "checker"), PLANTED, ids=IDS)
def test_on_a_cable_too(gate: type[Gate], deed: Deed, checker: str, cable: str) -> None:
    fired = scene(gate, deed, cables=(cable,))
    # A start alone starts nothing there: it waits for a speed. And the service sees five speeds a second.
    assert checker in fired or (gate in (StartsByItself, Blind) and not fired)
    assert not scene(Gate, deed, cables=(cable,))


@pytest.mark.parametrize("over_ckmh", [10, 30])
def test_a_little_more_pressed_at_the_console_is_nobodys_fault(over_ckmh: int) -> None:
    """It stops nothing (domain.md §2.2: envelope + 0.3 km/h). From 0.2 km/h on it is written back."""

    kept: list[tuple[int, int]] = []

    def presses_plus(world: SimulatedWorld, desk: StaffDesk) -> None:
        mover, belt = world.checks.watched[desk.machine.name].mover, desk.machine.belt
        assert mover is not None
        assert mover.last.limits is not None
        limit_ckmh = round(mover.last.limits.speed_max_kmh * 100)
        assert limit_ckmh - belt.speed_ckmh in (0, 10), "near its limit, or the press would be off the ramp"
        was, pressed = belt.speed_ckmh, limit_ckmh + over_ckmh
        stays = was if pressed - was >= FASTER_CKMH else pressed
        desk.press_console(pressed)
        for later_ms in (10_000, 35_000):
            world.timeline.after(later_ms, lambda: kept.append((belt.speed_ckmh, stays)))

    assert not scene(Gate, presses_plus, Goal.MOBILITY, walked_ms=60_000)
    assert [speed for speed, _ in kept] == [stays for _, stays in kept] != []
