"""What a session's lease says to a unit beside its limits: what it has heard of it, and which way its member faces."""

import asyncio
from itertools import pairwise
from pathlib import Path

from memory_gym import Strap1, gym
from memory_hub import hub, running
from session_floor import SITE
from session_rig import EngineGym, programme, step
from virtual_time import virtual
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.contract import registry
from device_adapters.safety.limits import Goal, Level
from services.programme.model import Facing, ForTime, StepKind

LATE_S = 4.5
LATER_S = 0.1
"""Each lease is this much later than the one before: none is missing, and none out of order."""

STOP_S = 8.0


class LateBus(MemoryBus):
    """Leases of which each takes longer than the one before, up to LATE_S, once `grows`."""

    def __init__(self, broker: MemoryBroker) -> None:
        super().__init__(broker, client_id="session")
        self.grows = False
        self.late_s = 0.0
        self.arrived_s: list[float] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def publish(self, topic: str, payload: bytes, **how: object) -> None:
        """As `MemoryBus.publish`; a lease goes on its way, and nobody waits for it."""
        if topic != registry.LEASE.topic(SITE, "tm-01"):
            await super().publish(topic, payload, **how)  # type: ignore[arg-type]
            return
        self.late_s = min(LATE_S, self.late_s + LATER_S) if self.grows else self.late_s
        arrives = asyncio.create_task(self._later(topic, payload, self.late_s, how))
        self._under_way.add(arrives)
        arrives.add_done_callback(self._under_way.discard)

    async def _later(self, topic: str, payload: bytes, late_s: float, how: dict[str, object]) -> None:
        await asyncio.sleep(late_s)
        self.arrived_s.append(asyncio.get_running_loop().time())
        await super().publish(topic, payload, **how)  # type: ignore[arg-type]


@virtual
async def test_a_unit_learns_from_the_session_s_leases_that_they_come_late(tmp_path: Path) -> None:
    """They come as often as ever, and the unit is heard at once: only what a lease brings back tells how old it is."""
    async with gym(tmp_path, straps=[Strap1(1)]) as unit:
        bus = LateBus(unit.broker)
        async with hub(tmp_path, unit, bus) as desk:
            await running(desk, unit, "tm-01")
            await asyncio.sleep(10)
            assert unit.machine.kmh > 0
            assert unit.states["tm-01"].latched == ""
            bus.grows, began = True, len(bus.arrived_s)
            await until(lambda: unit.machine.kmh == 0, seconds=LATE_S / LATER_S * 0.5 + STOP_S)
            assert unit.states["tm-01"].latched == "lease_expired"
            assert 2.0 < bus.late_s < LATE_S
            assert max(b - a for a, b in pairwise(bus.arrived_s[began:])) < 0.7


def test_minutes_that_are_walked_forward_are_held_against_the_limit_by_nobody() -> None:
    """Six of them, where five are the limit: the lease tells the unit which way the member faces."""
    gym = EngineGym()
    steps = [step(150, ForTime(90), Facing.FORWARD, StepKind.REST)] * 4
    gym.start(programme(*steps, goal=Goal.MOBILITY, level=Level.NOVICE))
    gym.run_until("ended", within_ms=600_000)
    assert gym.session.outcome == "completed"
    assert gym.session.retro_ms == 0
    assert sum(200 for _, speed in gym.speeds if speed) > 350_000
