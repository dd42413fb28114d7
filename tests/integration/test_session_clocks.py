"""Measurements of now, and of then: clocks that step, backlogs of earlier starts, a strap that is worn twice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from test_session_service import ServiceGym

from device_adapters.clock import ManualClock
from device_adapters.contract import messages as m
from device_adapters.contract import registry

HOUR_MS = 3_600_000


class SteppingClock(ManualClock):
    """Its wall clock can be set, its monotonic one goes on."""

    stepped_ms = 0

    def wall_ms(self) -> int:
        return super().wall_ms() + self.stepped_ms


class SessionUnitClock(SteppingClock):
    """The clock of another machine: the same time goes by there, and it has another wall clock."""

    def __init__(self, hub: ManualClock) -> None:
        super().__init__()
        self._hub = hub

    def now_ms(self) -> int:
        return self._hub.now_ms()

    def wall_ms(self) -> int:
        return 1_650_000_000_000 + self._hub.now_ms() + self.stepped_ms

    async def sleep(self, seconds: float) -> None:
        await self._hub.sleep(seconds)


@pytest.fixture
async def gym(tmp_path: Path) -> AsyncIterator[ServiceGym]:
    made = ServiceGym(tmp_path, clock=SteppingClock(now_ms=50_000))
    await made.open(treadmills=1)
    yield made
    await made.close()


@pytest.mark.parametrize("step_ms", [-HOUR_MS, -4_000, 4_000, HOUR_MS, 120 * 24 * HOUR_MS])
@pytest.mark.parametrize("whose", ["hub", "unit", "both"])
async def test_a_clock_that_steps_ends_no_session(gym: ServiceGym, whose: str, step_ms: int) -> None:
    gym.floor.clock = unit_clock = SessionUnitClock(gym.clock)
    await gym.serve()
    await gym.start()
    await gym.run(8_000)
    assert isinstance(gym.clock, SteppingClock)
    if whose != "unit":
        gym.clock.stepped_ms = step_ms
    if whose != "hub":
        unit_clock.stepped_ms = step_ms
    for _ in range(12):
        await gym.run(1_000)
        assert gym.desk.phase() == "running"
        assert gym.desk.view().hr_bpm is not None
        assert gym.desk.view().measured_kmh


async def test_a_backlog_of_an_earlier_start_steers_nothing_and_shuts_nobody_out(gym: ServiceGym) -> None:
    await gym.serve()
    await gym.start()
    await gym.run(10_000)
    for seq in range(900, 960):
        belt = m.TreadmillTelemetry(treadmill="tm-01", boot="boot-0", seq=seq, at_ms=0, speed_kmh=0.0)
        heart = m.StrapTelemetry(strap="hr-01", boot="boot-0", seq=seq, at_ms=0, hr_bpm=199, contact=True)
        await gym.desk.site.publish(registry.TREADMILL_TELEMETRY, belt, "tm-01")
        await gym.desk.site.publish(registry.STRAP_TELEMETRY, heart, "hr-01")
        await gym.run(500)
    assert gym.desk.phase() == "running"
    view = gym.desk.view()
    assert view.hr_bpm is not None
    assert view.hr_bpm < 110
    assert view.measured_kmh


async def test_what_waited_at_the_unit_under_its_present_start_steers_nothing(gym: ServiceGym) -> None:
    await gym.serve()
    await gym.start()
    await gym.run(10_000)
    for n in range(60):
        old = m.TreadmillTelemetry(
            treadmill="tm-01", boot="boot-1", seq=1 + n, at_ms=0, speed_kmh=9.9, age_ms=40_000
        )
        await gym.desk.site.publish(registry.TREADMILL_TELEMETRY, old, "tm-01")
        await gym.run(100)
        assert (gym.desk.view().measured_kmh or 0) < 2.0
    assert gym.desk.phase() == "running"


async def test_a_strap_whose_count_begins_anew_is_heard_in_the_next_session(gym: ServiceGym) -> None:
    await gym.serve()
    await gym.start()
    await gym.run(20_000)
    await gym.desk.ask("stop")
    await gym.run_until("ended")
    await gym.run(6_000)
    gym.floor.restart_counts()
    await gym.start()
    await gym.run(25_000)
    assert gym.desk.phase() == "running"
    assert gym.desk.view().hr_bpm is not None
