"""FIT files of built-in programmes of each kind, run in virtual time and stored as by a hub, read by two readers."""

from pathlib import Path

import pytest
from fit_readers import activity_by_fit_tool, activity_by_garmin
from recorded_session import recorded
from sampling import WHOLE

from device_adapters.config import HubConfig
from device_adapters.safety.limits import TRANSITION_CKMH
from services.metrics.history import history_of
from services.programme.library import builtins
from services.programme.model import Facing, Programme
from services.records.export import export
from services.records.form import Format
from services.records.stores import read

OF_EACH_KIND = {
    (frozenset((s.facing, s.off_belt, s.speed_ckmh > TRANSITION_CKMH) for s in p.steps), p.sets > 1): p
    for p in builtins()
}


@pytest.mark.parametrize("built", builtins() if WHOLE else OF_EACH_KIND.values(), ids=lambda p: p.name)
def test_it_opens_in_two_readers_with_laps_as_steps_and_the_direction(
    built: Programme, tmp_path: Path
) -> None:
    walk = recorded(tmp_path, built)
    record = read(tmp_path, walk.gym.session.wanted.session, history_of(HubConfig(data=str(tmp_path))))
    content = export(record, Format.FIT)
    garmin, fit_tool = activity_by_garmin(content), activity_by_fit_tool(content)
    assert garmin == fit_tool
    steps = built.steps
    retro = [int(s.facing is Facing.RETRO) for s in steps]
    kinds = ["other" if s.off_belt else str(s.kind) for s in steps]
    assert [(lap.step, lap.kind, lap.retro) for lap in garmin.laps] == list(
        zip(range(len(steps)), kinds, retro, strict=True)
    )
    ran = any(s.speed_ckmh > TRANSITION_CKMH for s in steps)
    assert (garmin.sport, garmin.sub_sport) == ("running" if ran else "walking", "treadmill")
    assert garmin.seconds == (record.end_ms - record.begin_ms) // 1000 + 1
    assert garmin.directions == set(retro)  # off the belt nobody walks retro on it
    assert garmin.fastest_kmh == pytest.approx(max(s.speed_ckmh for s in steps) / 100, abs=0.01)
    assert sum(lap.metres for lap in garmin.laps) == pytest.approx(garmin.metres, abs=0.1)
    assert garmin.metres == pytest.approx(record.distance_m, abs=0.01)
    assert record.sets_done == built.sets
