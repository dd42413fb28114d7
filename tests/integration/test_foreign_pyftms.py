"""pyftms, a peer's client, drives the virtual treadmill through our bleak backend and an adapter over TCP."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from device_adapters.clock import SystemClock
from device_adapters.sim.gym import Gym
from device_adapters.sim.layout import GymConfig, gym_layout

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = ROOT / "tests" / "foreign"


@pytest.fixture(scope="module")
def interpreter() -> str:
    made = subprocess.run(
        [sys.executable, str(FOREIGN / "make_pyftms_env.py")], stdout=subprocess.PIPE, text=True, check=True
    )
    if not made.stdout.strip():
        pytest.skip("NOT TESTED: pyftms needs Python 3.12 or 3.13, and this machine has neither")
    return made.stdout.splitlines()[-1]


@pytest.mark.timeout(400)  # the first time, the environment is made
async def test_pyftms_drives_a_virtual_treadmill(interpreter: str) -> None:
    address = dict(gym_layout(2, 0))["tm-02"]
    async with Gym(GymConfig(treadmills=2, straps=0, seed=3), SystemClock()) as gym:
        time = asyncio.create_task(gym.run())
        port = await gym.adapters.open("127.0.0.1", 0)
        peer = await asyncio.create_subprocess_exec(
            interpreter,
            str(FOREIGN / "pyftms_client.py"),
            f"127.0.0.1:{port}",
            address,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert peer.stdout
        belt = gym.station("tm-02").computer.belt
        steps: dict[str, dict[str, Any]] = {}
        speeds: list[float] = []
        try:
            async with asyncio.timeout(60):
                async for line in peer.stdout:
                    found: dict[str, Any] = json.loads(line)
                    steps[found["step"]] = found
                    ramp = found["step"] == "event" and "at speed" not in steps
                    if ramp and "speed_instant" in (found["data"] or {}):
                        speeds.append(found["data"]["speed_instant"])
                    if found["step"] == "at speed":
                        assert belt.speed_ckmh == 500
                        assert belt.target_dpct == 20
                        gym.inject("tm-02", b"safety_key")
                assert await peer.wait() == 0
        finally:
            if peer.returncode is None:
                peer.kill()
                await peer.wait()
        time.cancel()
    spec = belt.spec
    assert steps["found"]["kind"] == "TREADMILL"
    assert steps["found"]["name"] in ("Treadmill 2", None)  # a name may come later, with the scan response
    assert steps["connected"]["info"]["serial_number"] == "tm-02"
    assert steps["connected"]["settings"] == ["target_speed", "target_inclination"]
    ranges = steps["connected"]["ranges"]
    assert ranges["target_speed"] == [spec.speed_min_ckmh / 100, spec.speed_max_ckmh / 100, 0.1]
    assert ranges["target_inclination"] == [0, 15, 0.5]
    assert {"speed_instant", "distance_total", "energy_total", "time_elapsed"} <= set(
        steps["connected"]["properties"]
    )
    assert steps["start"]["result"] == steps["speed"]["result"] == steps["incline"]["result"] == "SUCCESS"
    assert steps["too fast"]["result"] == "INVALID_PARAMETER"
    assert len(speeds) > 3
    assert speeds == sorted(speeds)  # a ramp, and nothing above what was asked
    assert speeds[-1] == 5.0
    assert "stopped by the key" in steps
