"""Straps that belong to nobody: heard without being connected, worn for one session, let go by themselves."""

import asyncio
import re
from pathlib import Path

import pytest
from unit_world import CLOCK, World, world

from device_adapters.contract import registry
from device_adapters.errors import ConfigError
from device_adapters.sim.strap import VirtualStrap
from device_adapters.unit import roaming
from device_adapters.unit.roaming import pseudonym
from device_adapters.unit.strap_salt import strap_salt

SALT = b"of these tests only"


def virtual(w: World, name: str) -> VirtualStrap:
    strap = w.gym.station(name).strap
    assert strap is not None
    return strap


def id_of(w: World, name: str) -> str:
    return pseudonym(virtual(w, name).address, SALT)


def now_near(w: World) -> dict[str, str]:
    """Strap → the treadmill that has it."""
    return {s.strap: s.treadmill for s in w.nearby[-1].straps} if w.nearby else {}


async def test_straps_near_are_told_by_pseudonym_and_signal_and_left_alone(tmp_path: Path) -> None:
    async with world(tmp_path, straps=2, own_straps=False) as w:
        virtual(w, "hr-02").controller.rssi_dbm = -42
        await w.until(lambda: [s.rssi_dbm for s in w.nearby[-1].straps] == [-42, -60] if w.nearby else False)
        assert [s.strap for s in w.nearby[-1].straps] == [id_of(w, "hr-02"), id_of(w, "hr-01")]
        said = registry.NEARBY.encode(w.nearby[-1]).decode()
        assert not re.search(r"(?i)([0-9a-f]{2}[:_-]){3}|strap 1", said)  # neither address nor name
        assert not virtual(w, "hr-01").connections
        assert w.straps == {}


async def test_the_strap_of_a_lease_is_read_and_let_go_when_the_lease_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roaming, "KEEP_MS", 1_500)
    async with world(tmp_path, straps=2, own_straps=False) as w:
        strap = id_of(w, "hr-02")
        await w.ready()
        await w.until(lambda: strap in now_near(w))
        await w.hold(strap=strap)
        await w.until(lambda: bool(w.hearts))
        assert {h.strap for h in w.hearts} == {strap}
        assert w.straps[strap].link == "connected"
        assert (
            w.straps[strap].treadmill == ""
        )  # it has no usual place: the next session does not get it by itself
        assert not virtual(w, "hr-01").connections
        await w.until(lambda: now_near(w).get(strap) == "tm-01")
        await w.let_go()
        await w.until(lambda: not virtual(w, "hr-02").connections)
        await w.until(lambda: now_near(w).get(strap) == "")
        late: list[object] = []
        topic = registry.STRAP_STATE.topic("gym", strap)
        w.bus.bus.subscribe(topic, lambda i: late.append(i.payload))
        await asyncio.sleep(0.5)
        assert [payload for payload in late if payload] == []  # nothing is retained of it


async def test_the_measurements_of_a_strap_have_one_count_in_all_its_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(strap, boot, seq) names one of them: a store takes each once."""
    monkeypatch.setattr(roaming, "KEEP_MS", 1_500)
    async with world(tmp_path, straps=1, own_straps=False) as w:
        strap = id_of(w, "hr-01")
        await w.ready()
        await w.until(lambda: strap in now_near(w))
        await w.hold(strap=strap)
        await w.until(lambda: len(w.hearts) >= 3)
        await w.let_go()
        await w.until(lambda: now_near(w).get(strap) == "")
        first = len(w.hearts)
        await w.hold(strap=strap)
        await w.until(lambda: len(w.hearts) >= first + 3)
        numbers = [(h.boot, h.seq) for h in w.hearts]
        assert len(set(numbers)) == len(numbers)
        assert numbers == sorted(numbers)


async def test_a_lease_that_the_gate_refuses_takes_no_strap(tmp_path: Path) -> None:
    async with world(tmp_path, straps=1, own_straps=False) as w:
        strap = id_of(w, "hr-01")
        await w.ready()
        await w.until(lambda: strap in now_near(w))
        lease = registry.LEASE.decode(
            b'{"epoch":1,"beat":1,"holder":"x","boot":"another","session":"s","goal":"athletic","level":"novice",'
            b'"strap":"%s"}' % strap.encode()
        )
        await w.bus.publish(registry.LEASE, lease, "tm-01")
        await asyncio.sleep(1.5)
        assert not virtual(w, "hr-01").connections


async def test_one_strap_is_read_for_one_belt_only(tmp_path: Path) -> None:
    async with world(tmp_path, treadmills=2, straps=1, own_straps=False) as w:
        strap = id_of(w, "hr-01")
        await w.ready("tm-01")
        await w.ready("tm-02")
        await w.until(lambda: strap in now_near(w))
        await w.hold("tm-01", strap=strap)
        await w.until(lambda: bool(w.hearts))
        await w.hold("tm-02", strap=strap)
        known = len(w.hearts)
        await w.until(lambda: len(w.hearts) > known + 2)
        assert now_near(w) == {strap: "tm-01"}
        assert len(virtual(w, "hr-01").connections) == 1
        numbers = [h.seq for h in w.hearts]
        assert numbers == sorted(set(numbers))


async def test_a_strap_put_on_now_is_told_from_those_that_were_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roaming, "ABSENT_MS", 3_000)
    async with world(tmp_path, straps=2, own_straps=False) as w:
        monkeypatch.setattr("device_adapters.ble.radios.SIGHTED_MS", 2_000)
        virtual(w, "hr-02").vanish()
        await w.until(lambda: now_near(w) == {id_of(w, "hr-01"): ""})
        asked_ms = CLOCK.wall_ms()
        virtual(w, "hr-02").reappear()
        await w.until(lambda: len(now_near(w)) == 2)
        since = {s.strap: s.since_ms for s in w.nearby[-1].straps}
        assert since[id_of(w, "hr-02")] >= asked_ms > since[id_of(w, "hr-01")]


def test_a_pseudonym_depends_on_the_salt_and_hides_the_address() -> None:
    address = "F2:00:00:00:00:01"
    assert pseudonym(address, SALT) == pseudonym(address.lower(), SALT)
    assert pseudonym(address, SALT) != pseudonym(address, b"another salt of a site")
    assert re.fullmatch(r"hr-[0-9a-f]{10}", pseudonym(address, SALT))


def test_the_salt_is_the_sites_or_made_once_and_kept_secret(tmp_path: Path) -> None:
    assert strap_salt("sixteen letters!", tmp_path) == b"sixteen letters!"
    made = strap_salt("", tmp_path)
    assert len(made) >= 16
    assert strap_salt("", tmp_path) == made
    assert (tmp_path / "strap_salt").stat().st_mode & 0o077 == 0
    with pytest.raises(ConfigError, match="at least 16"):
        strap_salt("too short", tmp_path)
    with pytest.raises(ConfigError, match="strap_salt in the unit's settings"):
        strap_salt("", tmp_path / "nowhere")
