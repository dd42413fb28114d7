"""Another id for a treadmill, from the hub's register to Home Assistant: nothing is left of the old one, nothing of
what was stored is lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ports import free_port
from recorded_session import recorded
from session_rig import programme, step
from test_gone_for_good import GoneSite
from typer.testing import CliRunner

from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig, UnitConfig, load
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.unit.service import run_unit
from services import renamed
from services.broker import start_broker
from services.cli.main import app
from services.console.live.live_state import LiveState
from services.history.names import Renamed, TreadmillNames
from services.hub.clients import Client, UnitDevice
from services.hub.office import Office
from services.hub.setup import set_up
from services.hub.site import Places, SiteConfig
from services.metrics.history import history_of
from services.programme.model import ForTime
from services.records import stores
from services.records.model import FullRecord

pytestmark = pytest.mark.broker


@dataclass
class RenamedGym:
    """A hub with an office, a real broker, and one unit with a treadmill and its strap."""

    folder: Path
    site: GoneSite
    floor: LiveState = field(default_factory=lambda: LiveState("gym"))
    unit: "asyncio.Task[None] | None" = None

    @property
    def settings(self) -> Path:
        return self.folder / "unit.toml"

    @property
    def office(self) -> Office:
        return Office(Places(self.folder / "etc"), SystemClock())

    async def power_up(self) -> None:
        """The unit begins anew, with the settings that are there."""
        if self.unit is not None:
            self.unit.cancel()
            await asyncio.wait([self.unit])
        ready = asyncio.Event()
        config = load(self.settings, UnitConfig)
        self.unit = asyncio.create_task(run_unit(config, SystemClock(), (), ready.set))
        async with asyncio.timeout(60):
            await ready.wait()

    async def rename(self, *words: str, old: str = "tm-01", new: str = "tm-15") -> tuple[int, str]:
        hub = ("--broker", self.site.broker.url, "--site", "gym", "--folder", str(self.folder / "etc"))
        command = ["treadmill", "rename", old, new, *hub, *words]
        result = await asyncio.to_thread(CliRunner().invoke, app, command)
        return result.exit_code, f"{result.output}{result.exception or ''}"

    async def until_kept(self, *topics: str) -> set[str]:
        """Wait until the broker keeps these; all that it keeps."""
        async with asyncio.timeout(60):
            while not set(topics) <= (found := await self.site.kept()):
                await asyncio.sleep(0.1)
        return found


@pytest.fixture
async def gym(tmp_path: Path) -> AsyncIterator[RenamedGym]:
    broker = await start_broker(free_port(), tmp_path / "broker")
    set_up(
        Places(tmp_path / "etc"),
        SiteConfig("gym", ("localhost",), data=str(tmp_path / "data")),
        SystemClock(),
    )
    made = RenamedGym(tmp_path, GoneSite(broker))
    devices = (UnitDevice("tm-01", "F1:00:00:00:00:01"), UnitDevice("tm-02"))
    made.office.admit(Client("unit-01", "unit", devices, (UnitDevice("hr-01"),)))
    made.office.admit(Client("unit-02", "unit", (UnitDevice("tm-20"),)))
    made.settings.write_text(
        f'unit = "unit-01"\ndata = "{tmp_path / "unit"}"\nhome_assistant = true\n'
        f'[broker]\nurl = "{broker.url}"\n'
        '[[treadmill]]\nid = "tm-01"\naddress = "F1:00:00:00:00:01"\n'
        '[[strap]]\nid = "hr-01"\naddress = "F2:00:00:00:00:01"\ntreadmill = "tm-01"\n'
    )
    made.site.site.subscribe(registry.UNIT_STATUS, lambda id_, said: made.floor.unit_status(id_, said, 0))
    made.site.site.subscribe(
        registry.TREADMILL_STATE, lambda id_, said: made.floor.treadmill_state(id_, said, 0),
        gone=made.floor.treadmill_gone,
    )  # fmt: skip
    async with asyncio.timeout(60):
        while not made.site.bus.connected:
            await asyncio.sleep(0.02)
    await made.power_up()
    yield made
    if made.unit is not None:
        made.unit.cancel()
        await asyncio.wait([made.unit])
    made.site.line.cancel()
    await asyncio.wait([made.site.line])
    await broker.stop()


def ids(gym: RenamedGym) -> set[str]:
    known = gym.office.register().find("unit-01")
    assert known is not None
    return {device.id for device in known.treadmills}


async def test_hub_unit_and_home_assistant_know_the_new_id_only(gym: RenamedGym) -> None:
    old = await gym.until_kept("treadmill/tm-01/state", "homeassistant/device/backstride-gym-tm-01/config")
    assert "treadmill/tm-15/state" not in old
    await gym.site.bus.publish("backstride/v1/gym/treadmill/tm-01/session", b"{}", retain=True)
    await gym.site.bus.publish("backstride/v1/gym/treadmill/tm-01/brief", b"{}", retain=True)
    hub = asyncio.create_task(gym.rename("--wait", "60"))
    async with asyncio.timeout(60):
        acl = gym.folder / "etc" / "broker" / "acl"
        while "write backstride/v1/gym/treadmill/tm-15/state" not in acl.read_text():
            await asyncio.sleep(0.05)
    assert ids(gym) == {"tm-01", "tm-02", "tm-15"}, "both, until the unit is back"
    code, out = await gym.rename("--unit-config", str(gym.settings))
    assert (code, "systemctl restart backstride-unit" in out) == (0, True), out
    await gym.power_up()
    code, out = await hub
    assert (code, "tm-01 is tm-15 now" in out) == (0, True), out
    assert "sudo backstride treadmill rename tm-01 tm-15 --unit-config" in out
    await gym.until_kept("treadmill/tm-15/state", "homeassistant/device/backstride-gym-tm-15/config")
    async with asyncio.timeout(60):
        while any("tm-01" in topic for topic in await gym.site.kept()):
            await asyncio.sleep(0.2)
    assert gym.floor.treadmill_ids() == ["tm-15"]
    assert ids(gym) == {"tm-02", "tm-15"}
    unit = gym.office.register().find("unit-01")
    assert unit is not None
    assert UnitDevice("tm-15", "F1:00:00:00:00:01") in unit.treadmills
    assert "treadmill/tm-01/" not in (gym.folder / "etc" / "broker" / "acl").read_text()
    (one,) = renamed.renames(gym.folder / "data")
    assert (one.old, one.new) == ("tm-01", "tm-15")
    assert (await gym.rename())[0] == 0  # once more is nothing more
    assert len(renamed.renames(gym.folder / "data")) == 1


async def test_a_unit_that_does_not_come_back_can_be_waited_for_again(gym: RenamedGym) -> None:
    await gym.until_kept("treadmill/tm-01/state")
    code, out = await gym.rename("--wait", "1")
    assert (code != 0, "has not come back with tm-15" in out) == (True, True), out
    assert "treadmill/tm-01/state" in await gym.site.kept()
    assert renamed.renames(gym.folder / "data") == ()
    assert (await gym.rename("--unit-config", str(gym.settings)))[0] == 0
    await gym.power_up()
    await gym.until_kept("treadmill/tm-15/state")
    code, out = await gym.rename("--wait", "30")
    assert code == 0, out
    assert not any("tm-01" in topic for topic in await gym.site.kept() if topic.startswith("treadmill"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("tm-77", "tm-78", "no unit has such a treadmill"),
        ("tm-01", "tm-20", "tm-20 is known to the hub already"),
        ("tm-01", "Tread Mill", "is no id"),
        ("tm-01", "tm-30", "tm-30 is a treadmill of unit-03"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    gym: RenamedGym, old: str, new: str, says: str
) -> None:
    await gym.site.unit("unit-03", "tm-30")
    before = await gym.until_kept("treadmill/tm-01/state", "unit/unit-03/status")
    code, out = await gym.rename("--wait", "1", old=old, new=new)
    assert (code != 0, says in out) == (True, True), out
    assert ids(gym) == {"tm-01", "tm-02"}
    assert before <= await gym.site.kept()


async def test_a_treadmill_in_a_session_keeps_its_id(gym: RenamedGym) -> None:
    await gym.until_kept("treadmill/tm-01/state")
    assert gym.unit is not None
    gym.unit.cancel()  # nobody corrects what is said of it now
    await asyncio.wait([gym.unit])
    await gym.site.unit("unit-01", "tm-01")
    leased = m.TreadmillState(
        treadmill="tm-01", unit="unit-01", boot="b", at_ms=5, link="connected", belt="still", lease_holder="s"
    )
    await gym.site.site.publish(registry.TREADMILL_STATE, leased, "tm-01")
    code, out = await gym.rename("--wait", "1")
    assert (code != 0, "tm-01 is in use" in out) == (True, True), out
    assert ids(gym) == {"tm-01", "tm-02"}


def test_what_was_stored_is_found_by_both_ids_and_recorded_as_it_was(tmp_path: Path) -> None:
    walk = recorded(tmp_path, programme(step(200, ForTime(20))))
    (tmp_path / "hub.toml").write_text(f'data = "{tmp_path}"\n')
    begun_ms = stores_record(tmp_path).begin_ms
    (tmp_path / "renamed.json").write_bytes(
        renamed.encoded((Renamed("tm-01", "tm-15", begun_ms + 3_600_000),))
    )
    session = walk.gym.session.wanted.session
    config = ("--config", str(tmp_path / "hub.toml"))
    for treadmill, count in (("tm-01", 1), ("tm-15", 1), ("tm-02", 0)):
        told = CliRunner().invoke(
            app, ["sessions", "--days", "3650", "--treadmill", treadmill, "--json", *config]
        )
        assert [one["session"] for one in json.loads(told.output)] == [session] * count
    shown = CliRunner().invoke(app, ["session", "show", session, *config])
    assert "on tm-15 (tm-01)" in shown.output
    assert stores_record(tmp_path).samples, "the frames of its time are found by the id of its time"


def stores_record(folder: Path) -> FullRecord:
    return stores.read(folder, "s-1", history_of(HubConfig(data=str(folder))))


def test_names_go_by_the_time_of_what_they_name() -> None:
    names = TreadmillNames(
        [Renamed("tm-02", "tm-01", 300), Renamed("tm-01", "tm-15", 100), Renamed("tm-15", "tm-16", 200)]
    )
    assert names.now("tm-01", 50) == "tm-16"
    assert names.now("tm-15", 150) == "tm-16"
    assert names.now("tm-15", 250) == "tm-15"  # another machine of that id
    assert names.now("tm-01", 250) == "tm-01"
    assert names.now("tm-02", 250) == "tm-01"
    assert names.now("tm-02", 300) == "tm-02"
    assert names.shown("tm-01", 50) == "tm-16 (tm-01)"
    swapped = TreadmillNames([Renamed("a", "c", 1), Renamed("b", "a", 2), Renamed("c", "b", 3)])
    assert (swapped.now("a", 0), swapped.now("b", 0)) == ("b", "a")
    assert TreadmillNames().now("x", 0) == "x"
