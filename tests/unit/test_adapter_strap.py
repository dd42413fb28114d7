"""Straps in virtual time: those with a place of their own, and those that roam."""

import asyncio
from itertools import pairwise
from pathlib import Path

from memory_gym import BOOT, MemoryGym, MemoryMachine, Strap1, gym
from virtual_time import WALL_MS, virtual
from waiting import until

from device_adapters.codecs import uuids
from device_adapters.contract import messages as m
from device_adapters.unit.roaming import pseudonym

SALT = b"of these tests only"
HERE_MS = WALL_MS + 1_000_000


@virtual
async def test_what_a_strap_says(tmp_path: Path) -> None:
    async with gym(tmp_path, straps=[Strap1(1, bpm=120)]) as g:
        await until(lambda: len(g.hearts) >= 6)
        said = g.strap_states["hr-01"]
        assert (said.strap, said.unit, said.boot, said.link) == ("hr-01", "unit-01", BOOT, "connected")
        assert (said.treadmill, said.model, said.radio, said.rssi_dbm) == ("tm-01", "VS-1", "memory", -60)
        assert said.battery_pct == 80
        told = g.hearts[:6]
        assert [one.seq for one in told] == [1, 2, 3, 4, 5, 6]
        assert {(one.strap, one.boot) for one in told} == {("hr-01", BOOT)}
        assert {b.at_ms - a.at_ms for a, b in pairwise(told)} == {1_000}
        assert {one.hr_bpm for one in told} == {120, 121}
        assert {one.contact for one in told} == {True}
        assert all(abs(one.rr_ms[0] - 60_000 / (one.hr_bpm or 1)) < 1 for one in told)
        adapter = g.unit.straps["hr-01"]
        assert adapter.linked
        assert adapter.frames >= 6


@virtual
async def test_what_is_no_measurement_is_not_told(tmp_path: Path) -> None:
    strap = Strap1(1)
    async with gym(tmp_path, straps=[strap]) as g:
        await until(lambda: len(g.hearts) >= 2)
        seq = g.hearts[-1].seq
        strap.device.notify(uuids.HEART_RATE_MEASUREMENT, b"")
        strap.tell()
        await asyncio.sleep(0.1)
        assert g.hearts[-1].seq == seq + 1


@virtual
async def test_a_strap_off_the_skin_is_told_without_contact(tmp_path: Path) -> None:
    strap = Strap1(1)
    async with gym(tmp_path, straps=[strap]) as g:
        await until(lambda: g.hearts)
        strap.tell(bpm=0, contact=False, rr_1024=None)
        await until(lambda: g.hearts[-1].contact is False)
        assert g.hearts[-1].hr_bpm is None


@virtual
async def test_a_rate_that_its_own_beats_contradict_has_no_contact(tmp_path: Path) -> None:
    strap = Strap1(1, bpm=100)
    async with gym(tmp_path, straps=[strap]) as g:
        await until(lambda: len(g.hearts) >= 5)
        assert {one.contact for one in g.hearts} == {True}
        strap.extra = {"bpm": 180, "rr_1024": (1024,)}
        await until(lambda: any(one.contact is False and one.hr_bpm == 180 for one in g.hearts))


@virtual
async def test_its_state_comes_every_5_s_and_its_battery_every_5_minutes(tmp_path: Path) -> None:
    strap = Strap1(1)
    async with gym(tmp_path, straps=[strap]) as g:
        await until(lambda: "hr-01" in g.strap_states and g.strap_states["hr-01"].battery_pct == 80)
        assert strap.reads_of_battery == 1
        strap.battery = 70
        at_ms = []
        for _ in range(4):
            await asyncio.sleep(5)
            at_ms.append(g.strap_states["hr-01"].at_ms)
        assert {b - a for a, b in pairwise(at_ms)} == {5_000}
        assert g.strap_states["hr-01"].frames >= 15
        await asyncio.sleep(250)
        assert strap.reads_of_battery == 1
        await asyncio.sleep(60)
        assert strap.reads_of_battery == 2
        await until(lambda: g.strap_states["hr-01"].battery_pct == 70)


@virtual
async def test_a_strap_that_goes_is_told_counted_and_read_again(tmp_path: Path) -> None:
    strap = Strap1(1)
    async with gym(tmp_path, straps=[strap]) as g:
        await until(lambda: g.hearts)
        strap.device.present = False
        strap.device.drop()
        await until(lambda: g.strap_states["hr-01"].link == "lost")
        assert g.unit.straps["hr-01"].link_losses == 1
        assert not g.unit.straps["hr-01"].linked
        strap.device.present = True
        heard = len(g.hearts)
        await until(lambda: len(g.hearts) > heard, seconds=120)
        assert g.strap_states["hr-01"].link == "connected"


def near(g: MemoryGym, index: int = 0) -> m.NearbyStrap:
    return g.nearby[-1].straps[index]


@virtual
async def test_who_is_near_is_told_by_a_pseudonym_without_connecting(tmp_path: Path) -> None:
    straps = [Strap1(1, name="Polar H10 12345678"), Strap1(2)]
    straps[0].device.rssi, straps[1].device.rssi = -70, -50
    async with gym(tmp_path, straps=straps, own_straps=False) as g:
        await until(lambda: g.nearby and len(g.nearby[-1].straps) == 2)
        said = g.nearby[-1]
        assert (said.unit, said.boot) == ("unit-01", BOOT)
        assert [one.strap for one in said.straps] == [
            pseudonym(straps[1].device.address, SALT), pseudonym(straps[0].device.address, SALT)
        ]  # fmt: skip
        assert [one.rssi_dbm for one in said.straps] == [-50, -70]
        assert [one.model for one in said.straps] == ["", "Polar H10"]
        assert [one.treadmill for one in said.straps] == ["", ""]
        assert all(abs(one.since_ms - HERE_MS) < 2_000 for one in said.straps)
        await asyncio.sleep(30)
        assert [each.device.links for each in straps] == [0, 0]


def test_a_pseudonym_is_the_same_everywhere_and_another_with_another_salt() -> None:
    one = pseudonym("aa:bb:cc:dd:ee:ff", SALT)
    assert one == pseudonym("AA:BB:CC:DD:EE:FF", SALT)
    assert one != pseudonym("AA:BB:CC:DD:EE:FE", SALT)
    assert one != pseudonym("AA:BB:CC:DD:EE:FF", b"another")
    assert len(one) == 13
    assert one.startswith("hr-")


@virtual
async def test_a_belt_is_not_near_and_a_strap_with_a_place_is_left_alone(tmp_path: Path) -> None:
    async with gym(tmp_path, straps=[Strap1(1)]) as g:
        await g.ready()
        g.machine.device.drop()
        await asyncio.sleep(5)
        assert all(not said.straps for said in g.nearby)


@virtual
async def test_a_lease_s_strap_is_read_and_let_go_when_no_lease_names_it(tmp_path: Path) -> None:
    strap = Strap1(1)
    async with gym(tmp_path, straps=[strap], own_straps=False) as g:
        await g.ready()
        await until(lambda: g.nearby and g.nearby[-1].straps)
        name = near(g).strap
        await g.hold(strap=name)
        await until(lambda: g.hearts)
        assert g.hearts[-1].strap == name
        assert g.strap_states[name].link == "connected"
        await until(lambda: near(g).treadmill == "tm-01")
        await asyncio.sleep(30)
        assert near(g).strap == name  # it advertises no more and is near all the same
        assert strap.device.client is not None
        await g.let_go()
        await asyncio.sleep(4.4)
        assert strap.device.client is not None
        await until(lambda: strap.device.client is None, seconds=3)
        await until(lambda: near(g).treadmill == "")
        kept: list[bytes] = []
        g.bus.bus.subscribe("backstride/v1/gym/strap/+/state", lambda i: kept.append(i.payload))
        await asyncio.sleep(1)
        assert [payload for payload in kept if name.encode() in payload] == []


@virtual
async def test_another_strap_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    straps = [Strap1(1), Strap1(2)]
    async with gym(tmp_path, straps=straps, own_straps=False) as g:
        await g.ready()
        await until(lambda: g.nearby and len(g.nearby[-1].straps) == 2)
        first, second = (pseudonym(each.device.address, SALT) for each in straps)
        await g.hold(strap=first)
        await until(lambda: straps[0].device.client is not None)
        await g.let_go()
        await g.hold(strap=second)
        await until(lambda: straps[1].device.client is not None)
        await until(lambda: straps[0].device.client is None, seconds=3)


@virtual
async def test_one_strap_is_read_for_one_belt(tmp_path: Path) -> None:
    strap = Strap1(1)
    async with gym(tmp_path, [MemoryMachine(1), MemoryMachine(2)], [strap], own_straps=False) as g:
        await g.ready()
        await g.ready("tm-02")
        await until(lambda: g.nearby and g.nearby[-1].straps)
        name = near(g).strap
        await g.hold(strap=name)
        await until(lambda: strap.device.client is not None)
        await g.hold("tm-02", strap=name)
        await asyncio.sleep(10)
        assert strap.device.links == 1
        assert near(g).treadmill == "tm-01"


@virtual
async def test_a_strap_that_left_is_near_no_more_and_comes_anew(tmp_path: Path) -> None:
    strap = Strap1(1)
    async with gym(tmp_path, straps=[strap], own_straps=False) as g:
        await until(lambda: g.nearby and g.nearby[-1].straps)
        since_ms = near(g).since_ms
        strap.device.present = False
        await asyncio.sleep(14)
        assert near(g).since_ms == since_ms
        await until(lambda: not g.nearby[-1].straps, seconds=5)
        strap.device.present = True
        await until(lambda: g.nearby[-1].straps)
        assert near(g).since_ms > since_ms + 14_000


@virtual
async def test_no_more_than_the_loudest_twenty_are_told_and_only_what_changed(tmp_path: Path) -> None:
    straps = [Strap1(n) for n in range(1, 26)]
    for n, strap in enumerate(straps):
        strap.device.rssi = -40 - n
    async with gym(tmp_path, straps=straps, own_straps=False) as g:
        await until(lambda: g.nearby and len(g.nearby[-1].straps) == 20)
        assert [one.rssi_dbm for one in g.nearby[-1].straps] == list(range(-40, -60, -1))
        said = len(g.nearby)
        await asyncio.sleep(20)
        assert len(g.nearby) == said
        for n in range(40):
            straps[0].device.rssi = -40 + n % 2
            await asyncio.sleep(0.25)
        assert len(g.nearby) - said <= 6
