"""Signal 9 to one process at a time during running sessions: the belt comes to rest, nothing starts by itself."""

import asyncio
from collections.abc import Iterator

import pytest
from demo_bus import DemoBus, demo_bus
from demo_process import RunningDemo, end_demo, start_demo

pytestmark = [pytest.mark.demo, pytest.mark.timeout(300)]

RETURNED_S = 30.0
QUIET_S = 6.0


@pytest.fixture(scope="module")
def gym(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    running = start_demo(tmp_path_factory.mktemp("kills"), "--treadmills", "2")
    yield running
    end_demo(running)


BOUND_S = {"session": 3 + 8, "broker": 3 + 8, "unit": 1 + 10}
"""SAFETY.md: the lease's 3 s (or the machine's link supervision) and the ramp down, with the way of the message."""


@pytest.mark.parametrize("role", ["session", "broker", "unit"])
async def test_a_killed_process_brings_the_belt_to_rest_and_nothing_resumes(
    gym: RunningDemo, role: str
) -> None:
    async with demo_bus(gym.mqtt_url, gym.data) as bus:
        await bus.start("tm-01")
        await bus.moving("tm-01")
        await asyncio.sleep(8)
        session = bus.views["tm-01"].session
        killed = bus.kill(role)
        await _at_rest(bus, role)
        await bus.until(lambda: gym.pids.get(role, killed) != killed, RETURNED_S, f"{role} back")
        await bus.until(lambda: bus.bus.bus.connected, RETURNED_S, "the broker back")
        await bus.until(
            lambda: bus.views["tm-01"].session == session and bus.views["tm-01"].phase == "ended",
            RETURNED_S,
            "the session shown as ended",
        )
        assert bus.views["tm-01"].outcome == "interrupted"
        end = asyncio.get_running_loop().time() + QUIET_S
        while asyncio.get_running_loop().time() < end:
            assert bus.belts["tm-01"] == 0, "it moved again by itself"
            await asyncio.sleep(0.1)
        await bus.until(lambda: bool(bus.states["tm-01"].latched), 10, "latched")
        await bus.clear("tm-01")


async def _at_rest(bus: DemoBus, role: str) -> None:
    """By the true belt; while the broker is away nobody can tell, so then as soon as it is back."""
    if role == "broker":
        await asyncio.sleep(BOUND_S[role])
        bus.belts.clear()
        await bus.until(lambda: bool(bus.belts), RETURNED_S, "true belts after the broker's return")
        assert bus.belts["tm-01"] == 0
        return
    await bus.at_rest("tm-01", BOUND_S[role])
