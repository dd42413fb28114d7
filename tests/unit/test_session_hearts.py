"""Whose heart, whose belt and whose limits a session goes by, on the engine's floor without a network."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from memory_gym import MemoryMachine, Strap1, gym
from memory_hub import hub, running
from session_rig import EngineGym, answer_in, programme, step
from virtual_time import virtual
from waiting import until

from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.safety.limits import Goal, Level, limits_for
from services.programme.model import ForTime
from services.session.engine.events import Adjust


@virtual
async def test_a_session_hears_the_strap_it_wears_and_not_the_one_usually_worn_there(tmp_path: Path) -> None:
    """hr-01 is usually worn at tm-01; today its member walks at tm-02 with it, and hr-02 is at tm-01."""
    straps = [Strap1(1, bpm=115), Strap1(2, bpm=100)]
    async with (
        gym(tmp_path, [MemoryMachine(1), MemoryMachine(2)], straps) as unit,
        hub(tmp_path, unit) as desk,
    ):
        await until(lambda: {s.link for s in unit.strap_states.values()} == {"connected"})
        await running(desk, unit, "tm-01", strap="hr-02")
        await asyncio.sleep(10)
        assert {v.hr_bpm for v in desk.views["tm-01"][-5:]} <= {100, 101}
        await running(desk, unit, "tm-02", strap="hr-01")
        await asyncio.sleep(10)
        assert {v.hr_bpm for v in desk.views["tm-01"][-5:]} <= {100, 101}
        assert {v.hr_bpm for v in desk.views["tm-02"][-5:]} <= {115, 116}


@virtual
async def test_a_belt_is_measured_by_the_boot_that_speaks_for_it(tmp_path: Path) -> None:
    """What a unit's disk kept of an earlier boot comes when the broker is back; it is not the present belt."""
    async with gym(tmp_path, straps=[Strap1(1)]) as unit, hub(tmp_path, unit) as desk:
        await running(desk, unit, "tm-01")
        await asyncio.sleep(5)
        assert desk.view().measured_kmh == unit.machine.kmh
        desk.views.clear()
        for seq in range(10_000, 10_050):
            old = m.TreadmillTelemetry(
                treadmill="tm-01", boot="old", seq=seq, at_ms=unit.clock.wall_ms(), speed_kmh=9.0
            )
            await unit.bus.publish(registry.TREADMILL_TELEMETRY, old, "tm-01")
            await asyncio.sleep(0.1)
        assert len(desk.views["tm-01"]) >= 4
        assert max(v.measured_kmh or 0 for v in desk.views["tm-01"]) == unit.machine.kmh


def test_a_session_begins_without_the_heart_rate_of_the_one_before() -> None:
    gym = EngineGym(bpm=150)
    assert gym.start().ok
    gym.run_until("running")
    gym.run(5_000)
    assert gym.view.hr_bpm in (150, 151)
    gym.bpm = None
    gym.ask("stop")
    gym.run_until("ended")
    gym.run(200)
    gym.heart_rate(120)
    assert gym.start().ok
    assert gym.view.phase == "starting"
    assert gym.view.hr_bpm is None


def own(speed_ckmh: int) -> Any:
    return replace(limits_for(Goal.KNEE_STRENGTH, Level.ADVANCED), speed_max_ckmh=speed_ckmh)


def adjusted(gym: EngineGym, speed_ckmh: int, **changes: Any) -> str:
    values: dict[str, Any] = {"asker": gym.asker(), "speed_max_ckmh": speed_ckmh, **changes}
    return answer_in(gym.feed(Adjust(**{"why": "", "for_ms": 0, **values}))).cause


def test_staff_who_adjust_a_member_s_session_stay_within_the_member_s_own_limits() -> None:
    gym = EngineGym(bpm=110)
    plan = programme(step(400, ForTime(500)), goal=Goal.KNEE_STRENGTH, level=Level.ADVANCED)
    assert gym.start(plan, hr_max_bpm=185, member_limits=own(300)).ok
    gym.run_until("running")
    gym.run(25_000)
    assert gym.unit.belt.speed_ckmh == 300
    assert adjusted(gym, 200) == ""
    gym.run(10_000)
    assert gym.unit.belt.speed_ckmh == 200
    assert adjusted(gym, 400) == "no_reason"
    assert adjusted(gym, 300) == ""
    gym.run(25_000)
    assert gym.unit.belt.speed_ckmh == 300
    assert adjusted(gym, 350, why="used to it", for_ms=60_000) == ""
    gym.run(20_000)
    assert gym.unit.belt.speed_ckmh == 350
    gym.run(60_000)
    assert gym.unit.belt.speed_ckmh == 300
