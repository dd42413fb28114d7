"""Backups that leave a hub by a real restic, come back after a disaster, and are tried; what is told of them."""

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from members_rig import WREN
from ports import free_port

from device_adapters.bus.mqtt import MqttBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import SystemClock
from device_adapters.config import Broker, HubConfig, load
from device_adapters.contract import registry
from device_adapters.contract.messages import BackupStatus
from device_adapters.units import DAY_MS
from services.broker import RunningBroker, start_broker
from services.hub.setup import set_up
from services.hub.site import Backup, Places, SiteConfig
from services.members.opening import open_members
from services.rules.backups import BackupTrouble, trouble

pytestmark = pytest.mark.skipif(
    shutil.which("restic") is None, reason="NO RESTIC ON THIS MACHINE: apt install restic"
)


async def command(*words: str) -> tuple[int | None, str]:
    """Exit code and words of `backstride`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    return process.returncode, said.decode()


@dataclass
class SendingHub:
    """A hub whose backups go to a folder beside it, and its broker."""

    places: Places
    data: Path
    away: Path
    broker: RunningBroker

    def config(self) -> HubConfig:
        return load(self.places.services / "hub.toml", HubConfig)

    async def offsite(self, *words: str) -> tuple[int | None, str]:
        return await command("offsite", *words, "--folder", str(self.places.folder))

    async def told(self) -> BackupStatus:
        """What the broker keeps."""
        heard = asyncio.Event()
        kept: list[BackupStatus] = []

        def hear(_id: str, said: BackupStatus) -> None:
            kept.append(said)
            heard.set()

        bus = MqttBus(self.broker.url, client_id="watch")
        site = SiteBus(bus, "gym", lambda _topic, _error: None)
        site.subscribe(registry.BACKUP_STATUS, hear)
        line = asyncio.create_task(bus.run())
        async with asyncio.timeout(30):
            await heard.wait()
        line.cancel()
        await asyncio.wait([line])
        return kept[-1]

    def member(self) -> str:
        store = open_members(self.config(), SystemClock().wall_ms)
        try:
            return store.search(WREN.name)[0].name
        finally:
            store.close()


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[SendingHub]:
    places, data, away = Places(tmp_path / "etc"), tmp_path / "data", tmp_path / "another disk"
    port = free_port()
    broker = await start_broker(port, tmp_path / "broker")
    wanted = Backup(to=str(away), work=str(tmp_path / "work"), keep_days=2, keep_weeks=0)
    set_up(places, SiteConfig("gym", ("localhost",), data=str(data), backup=wanted), SystemClock())
    data.mkdir()
    settings = places.services / "hub.toml"
    line = Broker(url=f"mqtt://127.0.0.1:{port}", username="cli")
    settings.write_bytes(msgspec.toml.encode(msgspec.structs.replace(load(settings, HubConfig), broker=line)))
    made = SendingHub(places, data, away, broker)
    store = open_members(made.config(), SystemClock().wall_ms)
    store.create(WREN, by="test", adult=True)
    store.close()
    yield made
    await broker.stop()


async def test_a_disaster_is_undone_by_what_left_the_hub(hub: SendingHub, tmp_path: Path) -> None:
    code, said = await hub.offsite("send")
    assert (code, said.startswith("sent: ")) == (0, True), said
    before = {
        p.relative_to(hub.places.folder): p.read_bytes() for p in hub.places.folder.rglob("*") if p.is_file()
    }
    everything = b"".join(path.read_bytes() for path in hub.away.rglob("*") if path.is_file())
    assert WREN.name.encode() not in everything, "encrypted"
    assert list((tmp_path / "work").glob("scratch-*")) == []
    password = tmp_path / "written down"
    shutil.copy(hub.places.backup_password, password)
    shutil.rmtree(hub.places.folder)
    shutil.rmtree(hub.data)
    hub.places.folder.mkdir()
    hub.places.settings.write_text(
        f'site = "gym"\nhosts = ["localhost"]\n[backup]\nto = "{hub.away}"\nwork = "{tmp_path / "work"}"\n'
        f'password_file = "{password}"\n'
    )
    code, said = await hub.offsite("fetch", "--output", str(tmp_path / "back.tar"))
    assert code == 0, said
    assert (tmp_path / "back.tar").stat().st_mode & 0o777 == 0o600
    code, said = await command(
        "restore", str(tmp_path / "back.tar"), "--folder", str(hub.places.folder), "--data", str(hub.data)
    )
    assert code == 0, said
    assert {
        p.relative_to(hub.places.folder): p.read_bytes() for p in hub.places.folder.rglob("*") if p.is_file()
    } == before
    assert hub.member() == WREN.name


async def test_the_operator_is_told_of_what_left_and_of_a_trial(hub: SendingHub) -> None:
    for _ in range(3):
        assert (await hub.offsite("send"))[0] == 0
    assert len(list((hub.away / "snapshots").iterdir())) == 1, "of one day the last is kept"
    code, said = await hub.offsite("try")
    assert (code, "all whole" in said) == (0, True), said
    told = await hub.told()
    assert (told.to, told.fault, told.trial_fault) == ("folder", "", "")
    assert told.bytes > 10_000
    assert 0 < told.sent_at_ms <= told.tried_at_ms <= time.time_ns() // 1_000_000
    assert trouble(told, told.at_ms) is None
    for pack in (hub.away / "data").rglob("*"):
        if pack.is_file():
            pack.chmod(0o600)
            pack.write_bytes(pack.read_bytes()[:-100])
    code, said = await hub.offsite("try")
    assert (code, said.startswith("error STORE-001: restic check:")) == (1, True), said
    told = await hub.told()
    assert trouble(told, told.at_ms) is BackupTrouble.NOT_RESTORED
    shutil.rmtree(hub.away)
    code, said = await hub.offsite("send")
    assert (code, "is its disk mounted?" in said, hub.away.exists()) == (1, True, False), said
    told = await hub.told()
    assert told.fault
    assert trouble(told, told.sent_at_ms + DAY_MS) is BackupTrouble.NOT_RESTORED
    assert trouble(told, told.sent_at_ms + 2 * DAY_MS) is BackupTrouble.OLD
    assert (await hub.offsite("send", "--new"))[0] == 0
    assert (await hub.told()).fault == ""


async def test_a_broker_that_is_away_keeps_no_backup_here(hub: SendingHub) -> None:
    await hub.broker.stop()
    code, said = await hub.offsite("send")
    assert code == 0, said
    assert "the broker is not reached" in said
    assert (hub.away / "config").exists()


async def test_a_disk_that_takes_no_status_is_told_all_the_same(hub: SendingHub, tmp_path: Path) -> None:
    (tmp_path / "work").write_text("a disk that takes nothing")
    code, said = await hub.offsite("send")
    assert (code, "not kept for the next time" in said, "Traceback" in said) == (1, True, False), said
    assert "name another place: work under [backup]" in (await hub.told()).fault


async def test_where_nobody_asked_nothing_is_sent(tmp_path: Path) -> None:
    places = Places(tmp_path / "etc")
    set_up(places, SiteConfig("gym", ("localhost",)), SystemClock())
    for verb in ("send", "try"):
        code, said = await command("offsite", verb, "--folder", str(places.folder))
        assert (code, "[backup]" in said) == (0, True), said
    assert not places.backup_password.exists()
