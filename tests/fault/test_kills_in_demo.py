"""Signal 9 to one process at a time during running sessions: the belt comes to rest, nothing starts by itself.

How soon it rests is measured by the fault matrix, beside its bound.
"""

import asyncio
from collections.abc import Iterator

import pytest
from demo_bus import demo_bus
from demo_process import RunningDemo, end_demo, start_demo

pytestmark = [pytest.mark.demo, pytest.mark.timeout(300)]

RETURNED_S = 60.0
QUIET_S = 6.0


@pytest.fixture(scope="module")
def gym(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    running = start_demo(tmp_path_factory.mktemp("kills"), "--treadmills", "2")
    yield running
    end_demo(running)


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
        if role == "broker":
            bus.belts.clear()  # nobody can tell them until it is back
        await bus.at_rest("tm-01", RETURNED_S)
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
