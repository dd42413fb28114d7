"""How long a release is tried and waited for: by the time that passes, whatever the hub's clock is set to."""

from pathlib import Path

import msgspec
import pytest

from device_adapters.clock import ManualClock
from services.hub import rollouts
from services.hub.letters import UnitReport
from services.hub.releases import HeldRelease, Releases, rank
from services.hub.rollout import BACK_MAX_MS, CANARY_WELL_MS

HOUR_MS = 3_600_000
OLD = UnitReport(version="0.1.0", arch="aarch64", well=True, in_use=False)
NEW = msgspec.structs.replace(OLD, version="0.2.0")


class Site:
    """A hub with one release on its way to one unit."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.releases = ManualClock(), Releases(folder)
        with self.releases.locked():
            self.releases.keep_index(
                (HeldRelease("0.2.0", "aarch64", "backstride-0.2.0-aarch64.tar.gz", "", 0),)
            )
        rollouts.begin(self.releases, "0.2.0", "unit-01", ("", ""), "Kim", ["unit-01", "unit-02"], self.clock)

    def hears(self, said: UnitReport, unit: str = "unit-01") -> str:
        return rollouts.report(self.releases, unit, said, self.clock, 0).wait

    def stage(self, unit: str = "unit-01") -> str:
        seen = rollouts.seen(self.releases, self.clock)
        assert seen is not None
        return seen.units[unit].stage


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_a_step_of_the_clock_ends_no_trial(site: Site) -> None:
    site.hears(OLD)
    site.hears(NEW)
    site.clock.set_wall(HOUR_MS)
    site.hears(NEW)
    assert site.stage() == "trying"
    assert site.hears(OLD, "unit-02") == "canary"
    site.clock.set_wall(-5 * HOUR_MS)
    await site.clock.advance(CANARY_WELL_MS)
    site.hears(NEW)
    assert site.stage() == "well"


@pytest.mark.parametrize("step_ms", [HOUR_MS, -HOUR_MS])
async def test_a_step_of_the_clock_makes_no_unit_go_away_or_stay(site: Site, step_ms: int) -> None:
    assert site.hears(OLD) == ""
    site.clock.set_wall(step_ms)
    assert site.stage() == "sent"
    await site.clock.advance(BACK_MAX_MS + 1)
    assert site.stage() == "away"


async def test_after_a_restart_of_the_hub_it_is_tried_anew(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.clock.advance(10 * HOUR_MS)
    site.hears(OLD)
    site.hears(NEW)
    (tmp_path / "boot").write_text("another\n")
    monkeypatch.setattr(rollouts, "BOOT", tmp_path / "boot")
    site.clock = ManualClock()
    assert site.stage() == "trying"
    await site.clock.advance(CANARY_WELL_MS - 1)
    site.hears(NEW)
    assert site.stage() == "trying"
    await site.clock.advance(1)
    site.hears(NEW)
    assert site.stage() == "well"


def test_versions_are_ordered_as_numbers() -> None:
    rising = [
        "0.9.0",
        "0.9.1",
        "0.10.0.dev3",
        "0.10.0rc2",
        "0.10.0rc10",
        "0.10.0",
        "0.10.0+local-1",
        "1",
        "1.0.1",
        "10.0",
    ]
    assert sorted(set(rising), key=rank) == rising
    assert rank("1") == rank("1.0.0")
