"""A foot pod on the virtual air: its cadence is in the treadmill's telemetry, and only while it is fresh."""

from pathlib import Path

import pytest
from unit_world import world

from device_adapters.sim.runner import Runner
from device_adapters.unit import footpod


async def test_the_cadence_is_told_with_the_belt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footpod, "FRESH_MS", 1_500)
    async with world(tmp_path, treadmills=2, straps=0, footpods=1) as w:
        await w.until(lambda: "tm-01" in w.states and w.states["tm-01"].footpod == "connected")
        await w.until(lambda: any(t.cadence_spm == 0 for t in w.telemetry))
        await w.run_at(1.5)
        wanted = Runner.steps_per_min(1.5) // 2 * 2
        await w.until(lambda: w.telemetry[-1].cadence_spm == wanted or w.telemetry[-2].cadence_spm == wanted)
        assert {t.cadence_spm for t in w.telemetry if t.treadmill == "tm-02"} == {None}
        step_cm = 1.5 * 100_000 / 60 / wanted
        await w.until(lambda: any(t.step_cm and abs(t.step_cm - step_cm) <= 1 for t in w.telemetry))
        assert w.states["tm-02"].footpod == ""
        w.gym.inject("fp-01", b"link_lost")
        await w.until(lambda: w.states["tm-01"].footpod == "lost")
        known = len(w.telemetry)
        await w.until(
            lambda: any(t.treadmill == "tm-01" and t.cadence_spm is None for t in w.telemetry[known:])
        )
        assert w.states["tm-01"].link == "connected"
        assert w.states["tm-01"].latched == ""
