"""A machine that tells a false speed, in virtual time, on the production gate: what is caught without a sensor of our
own on the belt, what with one, and in how long. The table of docs/safety-evidence.md is of these.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

sys.path[:0] = [str(Path(__file__).parents[1] / "safety")]

from gate_rig import GateSite  # noqa: E402

from device_adapters.codecs.cycling_speed_cadence import CscMeasurement, encode  # noqa: E402
from device_adapters.link.belt_pod import ByRevolutions  # noqa: E402
from device_adapters.safety.events import Measured  # noqa: E402
from device_adapters.safety.pulses import Pulses  # noqa: E402
from device_adapters.safety.second_opinion import Opinion, judged  # noqa: E402

PER_M = 6.0
STEP_MS = 20
WATCHED_MS = 60_000
Sensor = Literal["", "pulses", "pod"]
SENSORS: tuple[Sensor, ...] = ("", "pulses", "pod")
POD_LATER_MS = 1_500
"""A pod tells once a second, so what it shows is so much older than pulses at most."""

Lie = Callable[[int], tuple[int, int]]
"""From what the machine was told to (0.01 km/h): what it tells, and what its belt does."""


@dataclass(frozen=True)
class BeltCaught:
    """The first cause, how long after the lie began, and how long until the belt stood; None: never."""

    cause: str | None
    after_ms: int | None
    rest_ms: int | None


class LyingGym(GateSite):
    """Its belt has a true speed, and a sensor at a pin, or a pod that tells once a second, that counts it (or none)."""

    def __init__(self, *, sensor: Sensor) -> None:
        super().__init__()
        self.pulses = Pulses(PER_M, self.clock.now_ms()) if sensor == "pulses" else None
        self.pod = ByRevolutions(PER_M) if sensor == "pod" else None
        self.turned = 0
        self.turned_ms = 0
        self.opinion = Opinion()
        self.way_m = 0.0
        self.true_ckmh = 0

    def live(self, ms: int, lie: Lie, *, until: Callable[[], bool] = lambda: False) -> int:
        """So many ms; how many passed until that was so."""
        for passed in range(0, ms, STEP_MS):
            if until():
                return passed
            self.clock.step(STEP_MS)
            now_ms = self.clock.now_ms()
            tells, self.true_ckmh = lie(self.machine.belt_ckmh)
            before, self.way_m = self.way_m, self.way_m + self.true_ckmh * STEP_MS / 360_000
            if int(self.way_m * PER_M) > int(before * PER_M):
                self._turned(now_ms)
            if self.pod is not None and now_ms % 1_000 == 0:
                event = self.turned_ms * 1024 // 1000 % 2**16
                told = CscMeasurement(wheel_revolutions=self.turned, last_wheel_event_1024ths=event)
                self.pod.told(encode(told), now_ms)
            if now_ms % 200 == 0:
                self.answer()
                self.gate.measured(Measured(tells, 0))
            if now_ms % 1_000 == 0 and self.gate.envelope.lease.claim is not None:
                self.renew()
            if now_ms % 100 == 0:
                self._tick(now_ms)
        return ms

    def _turned(self, now_ms: int) -> None:
        self.turned, self.turned_ms = self.turned + 1, now_ms
        if self.pulses is not None:
            self.pulses.came(now_ms)

    def _tick(self, now_ms: int) -> None:
        self.gate.tick()
        sensor = self.pulses or self.pod
        if sensor is None:
            return
        seen = sensor.speed_ckmh(now_ms)
        self.opinion, cause = judged(self.opinion, self.gate.envelope, seen, now_ms)
        if cause is not None:
            self.gate.stop(cause, "belt sensor")


def honest(told: int) -> tuple[int, int]:
    return told, told


def runs_half_faster(told: int) -> tuple[int, int]:
    return told, told * 3 // 2


def stands(told: int) -> tuple[int, int]:
    return told, 0


def runs_on(told: int) -> tuple[int, int]:
    return told, 300


def at_3_kmh(*, sensor: Sensor, lie: Lie = honest) -> LyingGym:
    gym = LyingGym(sensor=sensor)
    gym.started()
    gym.order("target", 300)
    gym.live(15_000, lie)
    return gym


def within(ms: int, sensor: Sensor) -> int:
    """A bound of pulses, for either sensor."""
    return ms + POD_LATER_MS * (sensor == "pod")


def caught(gym: LyingGym, lie: Lie) -> BeltCaught:
    known = len(gym.notes)

    def hazards() -> list[str]:
        return [str(n.cause) for n in gym.notes[known:] if n.kind == "hazard"]

    after = gym.live(WATCHED_MS, lie, until=lambda: bool(hazards()))
    if not hazards():
        return BeltCaught(None, None, None)
    rest = gym.live(WATCHED_MS, lie, until=lambda: gym.true_ckmh == 0)
    return BeltCaught(hazards()[0], after, None if gym.true_ckmh else rest)


@pytest.mark.parametrize("sensor", SENSORS)
def test_a_belt_that_begins_to_run_at_4_5_while_it_tells_3_0(sensor: Sensor) -> None:
    gym = at_3_kmh(sensor=sensor)
    assert gym.true_ckmh == 300
    found = caught(gym, runs_half_faster)
    if sensor:
        assert found.cause == "overspeed"
        assert found.after_ms is not None
        assert found.after_ms <= within(2_500, sensor)
        assert found.rest_ms is not None
        assert found.rest_ms <= 1_000
    else:
        assert found == BeltCaught(None, None, None)
        assert gym.true_ckmh == 450


@pytest.mark.parametrize("sensor", SENSORS)
def test_a_belt_that_runs_half_faster_from_its_start_on(sensor: Sensor) -> None:
    gym = LyingGym(sensor=sensor)
    gym.started()
    gym.order("target", 300)
    took = gym.live(WATCHED_MS, runs_half_faster, until=lambda: any(n.kind == "hazard" for n in gym.notes))
    causes = [str(n.cause) for n in gym.notes if n.kind == "hazard"]
    assert causes == (["overspeed"] if sensor else [])
    assert took <= within(4_000, sensor) if sensor else gym.true_ckmh == 450


@pytest.mark.parametrize("sensor", SENSORS)
def test_a_belt_that_stands_while_it_tells_3_0(sensor: Sensor) -> None:
    found = caught(at_3_kmh(sensor=sensor), stands)
    if sensor:
        assert found.cause == "belt_stands"
        assert found.after_ms is not None
        assert found.after_ms <= within(5_000, sensor)
    else:
        assert found.cause is None


@pytest.mark.parametrize("sensor", SENSORS)
def test_a_belt_that_runs_on_at_3_0_while_it_tells_that_it_stands(sensor: Sensor) -> None:
    gym = at_3_kmh(sensor=sensor)
    gym.order("stop")
    gym.live(1_500, honest)
    known = len(gym.notes)
    gym.live(1_000, honest)
    found = caught(gym, runs_on)
    assert gym.gate.envelope.latched in (("belt_moves", "moved_while_latched") if sensor else ("",)), known
    if sensor:
        assert found.cause in ("belt_moves", "moved_while_latched")
        assert found.after_ms is not None
        assert found.after_ms <= within(6_000, sensor)
    else:
        assert found.cause is None


@pytest.mark.parametrize("sensor", SENSORS)
def test_an_honest_belt_is_never_contradicted_over_rises_falls_and_stops(sensor: Sensor) -> None:
    gym = LyingGym(sensor=sensor)
    gym.started()
    for speed in (300, 600, 200, 590, 100):
        gym.order("target", speed)
        gym.live(12_000, honest)
    gym.order("stop")
    gym.live(10_000, honest)
    assert [n.cause for n in gym.notes if n.kind == "hazard"] == []
    assert gym.true_ckmh == 0
