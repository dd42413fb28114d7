"""Devices that are odd: what can be read of one is read, what is odd is told, and the unit and its belts live on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDBusError
from bumble import gatt
from odd_devices import BELT, STRAP, OddBelt, OddDevice, notifying, odd_strap, refused, told
from unit_world import World, world

from device_adapters.codecs import heart_rate
from device_adapters.config import Strap, Treadmill
from device_adapters.link import silence
from device_adapters.sim import peripheral
from device_adapters.unit import kept
from device_adapters.unit import strap as strap_module

BEATING = b"\x00\x48"
THE_STRAP = (Strap(id="odd-hr", address=STRAP),)
THE_BELT = (Treadmill(id="odd-tm", address=BELT),)
PATIENCE_S = 60.0


@asynccontextmanager
async def telling(
    device: OddDevice, of: gatt.Characteristic, data: bytes | None = None
) -> AsyncIterator[None]:
    """The device is on, and notifies ten times a second."""
    await device.start()
    frame = device.frame if isinstance(device, OddBelt) and data is None else lambda: data or BEATING
    task = asyncio.create_task(device.keep_telling(of, frame))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def odd(w: World) -> set[str]:
    return {e.cause for e in w.events if e.kind == "odd"}


@pytest.mark.parametrize(
    ("battery", "pct"),
    [
        ([(0x180F, [told(0x2A19, b"\x50")]), (0x180F, [told(0x2A19, b"\x5a")])], 80),
        ([(0x180F, [told(0x2A19, b"\x50"), told(0x2A19, b"\x5a")])], 80),
        ([(0x180F, [refused(0x2A19), told(0x2A19, b"\x5a")])], 90),
        ([(0x180F, [refused(0x2A19)])], None),
        ([(0x180F, [told(0x2A19, b"")])], None),
        ([(0x180F, [told(0x2A19, b"\xff")])], None),
        ([(0x180F, [notifying(0x2A19)])], None),
        ([(0x180A, [told(0x2A24, b"\xff\xfe"), refused(0x2A29)])], None),
    ],
    ids=["two services", "two levels", "one refuses", "refused", "empty", "255 %", "no read", "no text"],
)
async def test_a_strap_is_read_whatever_its_battery_and_texts_are(
    tmp_path: Path, battery: list[tuple[int, list[gatt.Characteristic]]], pct: int | None
) -> None:
    async with world(tmp_path, treadmills=0, straps=0, more_straps=THE_STRAP) as w:
        strap, rate = odd_strap(w.gym.link, *battery)
        async with telling(strap, rate):
            await w.until(lambda: "odd-hr" in w.straps and w.straps["odd-hr"].link == "connected", PATIENCE_S)
            await w.until(lambda: len(w.hearts) > 5, PATIENCE_S)
        assert w.straps["odd-hr"].battery_pct == pct
        has_battery = battery[0][0] == 0x180F
        assert ("battery_unreadable" in w.straps["odd-hr"].odd) == (has_battery and pct is None)


class Silent:
    """A client whose device never answers this question."""

    async def read_gatt_char(self, of: object, **kwargs: object) -> bytearray:
        if "2a19" in str(of) or "2a24" in str(of):
            await asyncio.sleep(60)
        return await super().read_gatt_char(of, **kwargs)  # type: ignore[misc,no-any-return]


class Unpaired:
    """A client whose BlueZ refuses to read a battery, as it does without a pairing."""

    async def read_gatt_char(self, of: object, **kwargs: object) -> bytearray:
        if "2a19" in str(of):
            raise BleakDBusError("org.bluez.Error.NotPermitted", ["Not paired"])
        return await super().read_gatt_char(of, **kwargs)  # type: ignore[misc,no-any-return]


@pytest.mark.parametrize("client", [Silent, Unpaired])
async def test_a_heart_is_heard_while_a_question_stays_open(tmp_path: Path, client: type) -> None:
    async with world(tmp_path, treadmills=0, straps=0, more_straps=THE_STRAP, client=client) as w:
        strap, rate = odd_strap(w.gym.link, (0x180A, [told(0x2A24, b"X")]), (0x180F, [told(0x2A19, b"\x50")]))
        async with telling(strap, rate):
            await w.until(lambda: "odd-hr" in w.straps and w.straps["odd-hr"].link == "connected", PATIENCE_S)
            await w.until(lambda: len(w.hearts) > 5, PATIENCE_S)
        assert not [s for s in w.straps.values() if s.link == "lost"]


async def test_what_an_adapter_raises_is_its_own_and_it_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A strap whose frames nobody foresaw comes while a belt moves: nothing happens to the belt."""
    real, broken = heart_rate.decode, [True]

    def decode(data: bytes) -> heart_rate.HeartRateMeasurement:
        if broken[0]:
            raise ZeroDivisionError("nobody foresaw it")
        return real(data)

    monkeypatch.setattr(heart_rate, "decode", decode)
    monkeypatch.setattr(kept, "LONGEST_WAIT_S", 0.5)
    async with world(tmp_path, straps=0, more_straps=THE_STRAP) as w:
        await w.run_at(1.5)
        strap, rate = odd_strap(w.gym.link)
        async with telling(strap, rate):
            await w.until(lambda: "adapter_failed" in odd(w), PATIENCE_S)
            assert "ZeroDivisionError" in next(e.text for e in w.events if e.cause == "adapter_failed")
            broken[0] = False
            await w.until(lambda: len(w.hearts) > 5, PATIENCE_S)
        assert w.belt_ckmh() == 150
        assert w.states["tm-01"].latched == ""
        assert [e.cause for e in w.events].count("adapter_failed") == 1


@pytest.mark.parametrize(
    "belt",
    [
        {"speed_range": None},
        {"speed_range": b"\x50\x00\xd0\x07"},
        {"speed_range": bytes(6)},
        {"more": [told(0x2AD5, b"\x00\x00\x96")]},
        {"more": [refused(0x2AD5), notifying(0x2ADA), notifying(0x2ADA)]},
        {"more": [notifying(0x2ACD)]},
        {"more": [told(0x2ADA, b"")]},
        {"control": peripheral.WRITE},
    ],
    ids=[
        "no range",
        "short range",
        "zero range",
        "short incline",
        "status twice",
        "data twice",
        "no status",
        "mute",
    ],
)
async def test_a_treadmill_is_read_whatever_it_lacks(tmp_path: Path, belt: dict[str, object]) -> None:
    async with world(tmp_path, treadmills=0, straps=0, more_treadmills=THE_BELT) as w:
        device = OddBelt(w.gym.link, **belt)  # type: ignore[arg-type]
        async with telling(device, device.data):
            await w.until(lambda: len(w.telemetry) > 5, PATIENCE_S)
            await w.until(lambda: w.states["odd-tm"].link == "connected")
            await w.until(lambda: bool(odd(w)))
        assert not [s for s in w.states.values() if s.link == "lost"]
        assert w.states["odd-tm"].odd
        assert device.writes == []


class Remembered:
    """A client whose services are remembered without what is needed, until the memory is dropped."""

    lacking = "2a37"
    forgotten = 0
    fresh = 0

    async def connect(self, pair: bool, **kwargs: object) -> None:
        await super().connect(pair, **kwargs)  # type: ignore[misc]
        mine = type(self).__mro__[1]
        if kwargs.get("dangerous_use_bleak_cache") is False and mine.forgotten:  # type: ignore[attr-defined]
            mine.fresh += 1  # type: ignore[attr-defined]
            return
        whole, part = self.services, BleakGATTServiceCollection()  # type: ignore[has-type]
        for service in whole:
            part.add_service(BleakGATTService(service.obj, service.handle, service.uuid))
            for each in service.characteristics:
                if mine.lacking not in each.uuid:  # type: ignore[attr-defined]
                    part.add_characteristic(each)
        self.services = part

    async def clear_cache(self) -> bool:
        type(self).__mro__[1].forgotten += 1  # type: ignore[attr-defined]
        return True


async def test_services_remembered_in_part_are_forgotten_and_asked_anew(tmp_path: Path) -> None:
    client = type("Remembered", (Remembered,), {"lacking": "2a37", "forgotten": 0, "fresh": 0})
    async with world(tmp_path, treadmills=0, straps=0, more_straps=THE_STRAP, client=client) as w:
        strap, rate = odd_strap(w.gym.link)
        async with telling(strap, rate):
            await w.until(lambda: "services_incomplete" in odd(w), PATIENCE_S)
            await w.until(lambda: len(w.hearts) > 5, PATIENCE_S)
        assert client.forgotten == 1  # type: ignore[attr-defined]
        assert client.fresh == 1  # type: ignore[attr-defined]
        assert w.straps["odd-hr"].odd == ()


async def test_a_treadmill_whose_data_are_not_remembered_is_healed_too(tmp_path: Path) -> None:
    client = type("Remembered", (Remembered,), {"lacking": "2acd", "forgotten": 0, "fresh": 0})
    async with world(tmp_path, treadmills=0, straps=0, more_treadmills=THE_BELT, client=client) as w:
        belt = OddBelt(w.gym.link)
        async with telling(belt, belt.data):
            await w.until(lambda: len(w.telemetry) > 5, PATIENCE_S)
        assert "services_incomplete" in odd(w)
        assert client.fresh == 1  # type: ignore[attr-defined]


async def test_a_strap_that_falls_silent_is_asked_anew_and_then_linked_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = silence.Patience(resubscribe_ms=500, relink_ms=1500, relink_most_ms=60_000)
    monkeypatch.setattr(silence, "STRAP", patience)
    monkeypatch.setattr(strap_module, "STATE_EVERY_S", 0.2)
    async with world(tmp_path, treadmills=0, straps=0, more_straps=THE_STRAP) as w:
        strap, rate = odd_strap(w.gym.link)
        async with telling(strap, rate):
            await w.until(lambda: len(w.hearts) > 5, PATIENCE_S)
        await w.until(lambda: "silent" in w.straps["odd-hr"].odd, PATIENCE_S)
        await w.until(lambda: w.unit.straps["odd-hr"].link_losses > 0, PATIENCE_S)
        known = len(w.hearts)
        talks = asyncio.create_task(strap.keep_telling(rate, lambda: BEATING))
        await w.until(lambda: len(w.hearts) > known + 5 and not w.straps["odd-hr"].odd, PATIENCE_S)
        talks.cancel()
        await asyncio.wait([talks])


async def test_a_pod_with_its_treadmills_address_leaves_it_its_link(tmp_path: Path) -> None:
    both = (Treadmill(id="odd-tm", address=BELT, footpod=BELT.lower()),)
    async with world(tmp_path, treadmills=0, straps=0, more_treadmills=both) as w:
        belt = OddBelt(w.gym.link)
        async with telling(belt, belt.data):
            await w.until(lambda: len(w.telemetry) > 5, PATIENCE_S)
            await w.until(
                lambda: any(e.kind == "settings" and "footpod" in e.text for e in w.events), PATIENCE_S
            )
        assert w.states["odd-tm"].footpod == ""


async def test_a_control_point_that_takes_commands_only_is_written_by_commands(tmp_path: Path) -> None:
    commands = gatt.Characteristic.Properties.WRITE_WITHOUT_RESPONSE | peripheral.INDICATE
    async with world(tmp_path, treadmills=0, straps=0, more_treadmills=THE_BELT) as w:
        belt = OddBelt(w.gym.link, control=commands)
        async with telling(belt, belt.data):
            await w.ready("odd-tm")
            await w.hold("odd-tm")
            assert (await w.command("start", "odd-tm")).outcome == "accepted"
            await w.until(lambda: b"\x07" in belt.writes, PATIENCE_S)
            await w.command("stop", "odd-tm")
            await w.until(lambda: b"\x08\x01" in belt.writes, PATIENCE_S)
