"""The page and REST of releases: what is shown beside the button, and what is asked of the enrolment desk."""

import asyncio
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from enrolling_hub import UNIT, EnrollingHub
from memory_console import console

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from services.console.auth.model import SignedInUser
from services.console.auth.roles import Role
from services.console.operator import releases as told
from services.hub.release_teller import ReleaseTeller
from services.hub.releases import HeldRelease, Releases, changes_of
from services.hub.rollout import RollOut, Stage, UnitUpdate
from services.releases_client import ReleasesClient


def held(releases: Releases, version: str) -> None:
    """As `add` leaves it, without a bundle."""
    with releases.locked():
        one = HeldRelease(version, "aarch64", f"backstride-{version}-aarch64.tar.gz", "- A <b>change</b>.", 0)
        releases.keep_index((one, *releases.all()))


@pytest.fixture
def hub(tmp_path: Path) -> EnrollingHub:
    hub = EnrollingHub(tmp_path / "hub")
    hub.join(UNIT)
    return hub


async def test_what_is_held_is_told_and_an_order_is_done_or_refused_by_its_key(hub: EnrollingHub) -> None:
    releases = Releases(hub.folder / "releases")
    held(releases, "0.2.0")
    broker = MemoryBroker()
    desk_bus, console_bus = MemoryBus(broker, client_id="enrol"), MemoryBus(broker, client_id="console")
    teller = ReleaseTeller(hub.office, releases, hub.clock)
    teller.listen(SiteBus(desk_bus, "gym", _never), desk_bus)
    client = ReleasesClient(SiteBus(console_bus, "gym", _never))
    topic = registry.RELEASES_STATUS.topic("gym")
    works = [desk_bus.run(), console_bus.run(), teller.tell(desk_bus, topic)]
    tasks = [asyncio.create_task(work) for work in works]
    try:
        async with asyncio.timeout(20):
            while client.status is None:
                await asyncio.sleep(0.05)
            assert [one.version for one in client.status.releases] == ["0.2.0"]
            assert client.status.units == ("unit-01",)
            assert await client.stop("operator u-1") == "nothing"
            assert await client.roll_out("0.3.0", "unit-01", ("", ""), "operator u-1") == "not_held"
            assert await client.roll_out("0.2.0", "unit-07", ("", ""), "operator u-1") == "unknown_unit"
            assert await client.roll_out("0.2.0", "unit-01", ("02:00", ""), "operator u-1") == "window"
            assert await client.roll_out("0.2.0", "unit-01", ("02:00", "05:00"), "operator u-1") == ""
            assert await client.roll_out("0.2.0", "unit-01", ("", ""), "operator u-1") == "running"
            assert client.status.rollout is not None
            assert (client.status.rollout.canary, client.status.rollout.begin) == ("unit-01", "02:00")
            assert await client.stop("operator u-1") == ""
            assert client.status.rollout.stopped == "person"
            both = asyncio.gather(client.stop("operator u-1"), client.stop("operator u-2"))
            assert list(await both) == ["nothing", "nothing"], "each of two at once is answered"
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _never(topic: str, error: Exception) -> None:
    raise AssertionError(f"{topic}: {error}")


def status(**rollout: Any) -> m.ReleasesStatus:
    return m.ReleasesStatus(
        online=True, at_ms=0, version="0.2.0", units=("unit-01", "unit-02"),
        releases=(m.ReleaseTold(version="0.2.0", archs=("aarch64",), changes="- A <b>change</b>."),),
        rollout=m.RollOutTold(version="0.2.0", canary="unit-01", **rollout) if rollout else None,
    )  # fmt: skip


def person(role: str) -> SignedInUser:
    """Somebody who looks at it."""
    return SignedInUser(id="u-1", name="Kim", role=Role(role))


def test_the_page_shows_what_changed_beside_the_button(tmp_path: Path) -> None:
    made = console(tmp_path)
    shown = made.assets.page(
        "releases.html", site="gym", person=person("operator"), words=None, said="",
        status=status(), told=told,
    )  # fmt: skip
    assert "A &lt;b&gt;change&lt;/b&gt;." in shown
    assert shown.index("A &lt;b&gt;") < shown.index("Let it go to the units")
    looking = made.assets.page(
        "releases.html", site="gym", person=person("coach"), words=None, said="",
        status=status(by="x", units=(m.UnitUpdateTold(unit="unit-01", stage="failed", why="rolled_back"),),
                      stopped="failed"),
        told=told,
    )  # fmt: skip
    assert "<button>" not in looking.partition("</nav>")[2]
    assert "taken back" in looking
    assert "did not take it" in looking


def test_each_key_is_said() -> None:
    for stage in get_args(Stage):
        assert told.stage(m.UnitUpdateTold(unit="u", stage=stage)) != stage
    for stopped in ("person", "failed", "away"):
        assert "Stopped" in told.course(m.RollOutTold(version="1", canary="u", stopped=stopped))
    hub = (Path(__file__).parents[2] / "services/hub/rollouts.py").read_text()
    keys = set(re.findall(r'RollOutRefusedError\(\s*"(\w+)"', hub)) | {"store", "silent"}
    assert {key for key in keys if told.refused(key) == key} == set()


def test_who_stopped_it_is_told_and_not_who_began_it(hub: EnrollingHub) -> None:
    releases = Releases(hub.folder / "releases")
    held(releases, "0.2.0")
    teller = ReleaseTeller(hub.office, releases, hub.clock)
    teller.take(m.ReleasesOrder(id="o-1", verb="roll_out", by="Kim", version="0.2.0", canary="unit-01"))
    teller.take(m.ReleasesOrder(id="o-2", verb="stop", by="Robin"))
    rollout = teller.status().rollout
    assert rollout is not None
    assert told.course(rollout) == "Stopped by Robin: no further unit gets it."


def test_the_section_of_a_version_is_found() -> None:
    text = (
        "# Changelog\n\n## Unreleased\n- new\n\n## 0.2.0 - 2026-12-01\n### Added\n- two\n\n## 0.1.0\n- one\n"
    )
    assert changes_of(text, "0.2.0") == "### Added\n- two"
    assert changes_of(text, "0.1.0") == "- one"
    assert changes_of(text, "0.3.0") == "- new"


def test_a_roll_out_is_done_when_every_unit_has_it() -> None:
    rollout = RollOut(version="0.2.0", canary="a", by="x", at_ms=0, units={"a": UnitUpdate("well")})
    assert rollout.done
    assert not replace_units(rollout, {"a": UnitUpdate("well"), "b": UnitUpdate()}).done


def replace_units(rollout: RollOut, units: dict[str, UnitUpdate]) -> RollOut:
    return msgspec.structs.replace(rollout, units=units)


def test_an_order_that_is_delivered_twice_is_done_once(hub: EnrollingHub) -> None:
    releases = Releases(hub.folder / "releases")
    held(releases, "0.2.0")
    teller = ReleaseTeller(hub.office, releases, hub.clock)
    asked = m.ReleasesOrder(id="o-1", verb="roll_out", by="Kim", version="0.2.0", canary="unit-01")
    teller.take(asked)
    teller.take(m.ReleasesOrder(id="o-2", verb="stop", by="Kim"))
    teller.take(asked)
    told = teller.status()
    assert [(one.id, one.refused) for one in told.answers] == [("o-1", ""), ("o-2", "")]
    assert told.rollout is not None
    assert told.rollout.stopped == "person"
