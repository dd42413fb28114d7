"""A whole world whose machine tells a false speed: session service, bus, unit, gate and people, in virtual time.

It says 3.0 km/h while its belt runs at 4.5. Without a sensor of our own on the belt nobody notices, to the session's
end; with one the belt rests and the session has ended, in how long is in docs/safety-evidence.md.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import structlog
from sim_people import StaffDesk
from world import SimulatedWorld

from device_adapters.clock import Clock
from device_adapters.gate import Gate, Outlets
from device_adapters.safety.limits import Goal, Level
from device_adapters.safety.pulses import Pulses
from device_adapters.safety.second_opinion import Opinion, judged

PER_M = 6.0
STEP_MS = 100
WALK = """schema = "retro-session/1"
name = "Retro at 3.0"
goal = "knee_strength"
level = "intermediate"
[[step]]
kind = "interval"
facing = "retro"
time_s = 120
speed_kmh = 3.0
"""


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@dataclass
class TrueBelt:
    """What the belt does while its machine tells something else, and the pulses that it makes."""

    sensor: bool
    lies: bool = False
    desk: StaffDesk | None = None
    way_m: float = 0.0
    at_ms: int = 0
    fastest_ckmh: int = 0
    pulses: list[int] = field(default_factory=list)

    @property
    def speed_ckmh(self) -> int:
        """Half as fast again as it tells, once it lies."""
        if self.desk is None:
            return 0
        told = self.desk.machine.belt.speed_ckmh
        return told * 3 // 2 if self.lies else told

    def passed(self, now_ms: int) -> None:
        """On to now, evenly."""
        ms, self.at_ms = now_ms - self.at_ms, now_ms
        self.fastest_ckmh = max(self.fastest_ckmh, self.speed_ckmh)
        before, self.way_m = self.way_m, self.way_m + self.speed_ckmh * ms / 360_000
        for turn in range(int(before * PER_M) + 1, int(self.way_m * PER_M) + 1):
            part = (turn / PER_M - before) / (self.way_m - before)
            self.pulses.append(now_ms - ms + round(ms * part))


class SensedGate(Gate):
    """A unit's tick as `TreadmillAdapter` does it: judge, then ask the belt sensor."""

    belt: TrueBelt

    def __init__(
        self, boot: str, clock: Clock, outlets: Outlets, *, was_moving: bool = False, marks: bool = False
    ) -> None:
        super().__init__(boot, clock, outlets, was_moving=was_moving, marks=marks)
        self.time = clock
        self.seen = Pulses(PER_M, clock.now_ms())
        self.opinion = Opinion()

    def tick(self) -> None:
        super().tick()
        now_ms = self.time.now_ms()
        self.belt.passed(now_ms)
        pulses, self.belt.pulses = self.belt.pulses, []
        for at_ms in pulses:
            self.seen.came(at_ms)
        if not self.belt.sensor:
            return
        self.opinion, cause = judged(self.opinion, self.envelope, self.seen.speed_ckmh(now_ms), now_ms)
        if cause is not None:
            self.stop(cause, "belt sensor")


class LyingWorld:
    """One treadmill, one member on it, who walks by WALK."""

    def __init__(self, *, sensor: bool, from_start: bool = False) -> None:
        self.belt = TrueBelt(sensor, lies=from_start)
        gate = type("OfThisWorld", (SensedGate,), {"belt": self.belt})
        self.world = SimulatedWorld(5, treadmills=1, kinds=(), cables=(), gate=gate)
        self.desk = self.belt.desk = self.world.desks[0]
        self.desk.machine.wake()
        self.live(8_000)
        self.desk.wear(at=self.desk.machine.name)
        self.desk.ask(
            "start", goal=Goal.KNEE_STRENGTH, level=Level.INTERMEDIATE, programme_text=WALK, hr_max_bpm=185
        )

    def live(self, ms: int) -> None:
        self.world.timeline.run_until(self.world.timeline.now_ms + ms)

    def until_rest(self, longest_ms: int) -> tuple[int | None, int | None]:
        """When the session was stopped by a hazard, and when the true belt stood, in ms from now; None: never."""
        stopped = rested = None
        for ms in range(0, longest_ms, STEP_MS):
            self.live(STEP_MS)
            if stopped is None and self.desk.state is not None and self.desk.state.latched:
                stopped = ms + STEP_MS
            if rested is None and stopped is not None and self.belt.speed_ckmh == 0:
                rested = ms + STEP_MS
        return stopped, rested

    @property
    def latched(self) -> str:
        return "" if self.desk.state is None else self.desk.state.latched


def at_3_kmh(*, sensor: bool) -> LyingWorld:
    lying = LyingWorld(sensor=sensor)
    lying.live(40_000)
    assert lying.belt.speed_ckmh == 300
    assert lying.desk.live
    return lying


def test_a_sensor_stops_a_belt_that_begins_to_run_at_4_5_while_it_tells_3_0() -> None:
    lying = at_3_kmh(sensor=True)
    lying.belt.lies = True
    stopped_ms, rested_ms = lying.until_rest(15_000)
    assert lying.latched == "overspeed"
    assert stopped_ms is not None
    assert stopped_ms <= 2_500
    assert rested_ms is not None
    assert rested_ms - stopped_ms <= 4_000
    assert lying.desk.view is not None
    assert (lying.desk.view.phase, lying.belt.fastest_ckmh) == ("ended", 450)
    assert not lying.world.checks.violations


def test_without_one_the_member_walks_at_4_5_to_the_end_and_nobody_is_told() -> None:
    lying = at_3_kmh(sensor=False)
    lying.belt.lies = True
    assert lying.until_rest(60_000) == (None, None)
    assert (lying.latched, lying.belt.fastest_ckmh, lying.desk.live) == ("", 450, True)
    lying.live(60_000)
    assert lying.desk.view is not None
    assert lying.desk.view.outcome == "completed"
    assert not lying.world.checks.violations


@pytest.mark.parametrize("sensor", [True, False])
def test_a_belt_that_lies_from_its_first_movement_on(sensor: bool) -> None:
    lying = LyingWorld(sensor=sensor, from_start=True)
    lying.live(40_000)
    assert lying.latched == ("overspeed" if sensor else "")
    assert (lying.belt.fastest_ckmh < 300) if sensor else (lying.belt.fastest_ckmh == 450)


@pytest.mark.parametrize("sensor", [True, False])
def test_an_honest_belt_ends_its_session_as_planned(sensor: bool) -> None:
    lying = at_3_kmh(sensor=sensor)
    lying.live(120_000)
    assert lying.desk.view is not None
    assert (lying.latched, lying.desk.view.outcome) == ("", "completed")
