"""Which radio a device goes to, and when a radio is taken for stuck: by what it heard and what failed. Time by hand."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import BleakError

from device_adapters.ble import radio as radio_module
from device_adapters.ble.radio import Backends, Radio
from device_adapters.ble.radios import FAILED_DB, SIGHTED_MS, Radios
from device_adapters.clock import ManualClock
from device_adapters.errors import LinkError

BELT, STRAP = "F1:00:00:00:00:01", "F2:00:00:00:00:01"


class SilentScanner(BaseBleakScanner):
    """A scanner that hears what a test tells it."""

    def __init__(self, detection_callback: Any, service_uuids: Any, *_args: Any, **_kwargs: Any) -> None:
        super().__init__(detection_callback, service_uuids)

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass


class BrokenScanner(SilentScanner):
    async def start(self) -> None:
        raise BleakError("org.bluez.Error.InProgress")


def hear(radio: Radio, address: str, rssi: int = -60) -> None:
    data = AdvertisementData(None, {}, {}, [], None, rssi, ())
    radio.detected(BLEDevice(address, None, None), data)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def two(clock: ManualClock) -> Radios:
    radios = [Radio(name, 2, clock) for name in ("near", "far")]
    for radio in radios:
        radio.why = ""
    return Radios(radios, clock, first=[BELT])


@contextlib.asynccontextmanager
async def placed(air: Radios, clock: ManualClock, address: str, *rssi: int) -> AsyncIterator[str]:
    """The name of the radio that `address` goes to when each radio hears it so loudly."""
    where: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def stay() -> None:
        async with air.place(address) as seat:
            where.set_result(seat.radio.name)
            await done.wait()

    staying = asyncio.create_task(stay())
    await clock.advance(0)
    for radio, dbm in zip(air.radios, rssi, strict=True):
        hear(radio, address, dbm)
    await clock.advance(0)
    await clock.advance(1_000)
    try:
        yield where.result() if where.done() else ""
    finally:
        done.set()
        if not where.done():
            staying.cancel()
        await asyncio.gather(staying, return_exceptions=True)


async def test_a_device_goes_where_it_is_heard_best(two: Radios, clock: ManualClock) -> None:
    async with placed(two, clock, BELT, -70, -60) as where:
        assert where == "far"
    async with placed(two, clock, BELT, -60, -70) as where:
        assert where == "near"
        assert [radio.used for radio in two.radios] == [1, 0]
    assert [radio.used for radio in two.radios] == [0, 0]


async def test_a_fuller_radio_counts_for_less(two: Radios, clock: ManualClock) -> None:
    async with placed(two, clock, BELT, -60, -90), placed(two, clock, STRAP, -60, -65) as where:
        assert where == "far"


async def test_a_radio_where_it_failed_counts_for_less_until_it_works(
    two: Radios, clock: ManualClock
) -> None:
    near, _ = two.radios
    two.tried(BELT, near, good=False)
    async with placed(two, clock, BELT, -60, -60 - FAILED_DB + 1) as where:
        assert where == "far"
    two.tried(BELT, near, good=True)
    async with placed(two, clock, BELT, -60, -61) as where:
        assert where == "near"


async def test_what_was_heard_long_ago_does_not_count(two: Radios, clock: ManualClock) -> None:
    hear(two.radios[0], BELT, -40)
    hear(two.radios[0], STRAP, -40)
    await clock.advance(SIGHTED_MS + 1)
    hear(two.radios[1], STRAP, -90)
    assert set(two.heard()) == {STRAP}
    assert two.heard()[STRAP].rssi == -90


async def test_a_strap_waits_while_treadmills_need_the_slots(two: Radios, clock: ManualClock) -> None:
    near, far = two.radios
    far.why = "gone"
    near.used = 1
    async with placed(two, clock, STRAP, -60, -60) as where:
        assert where == ""
    async with placed(two, clock, BELT, -60, -60) as where:
        assert where == "near"
    near.used = 0
    async with placed(two, clock, STRAP, -60, -60) as where:
        assert where == "near"


async def run_until_it_fails(radio: Radio, clock: ManualClock, ms: int) -> BaseException | None:
    """What ends the radio's scan within so many ms of its clock; None: nothing."""
    scan = asyncio.create_task(radio.run())
    await asyncio.sleep(0.05)
    await clock.advance(ms)
    await asyncio.sleep(0.1)
    if scan.done():
        return scan.exception()
    assert radio.up
    scan.cancel()
    await asyncio.wait([scan])
    return None


@pytest.fixture
def stuck(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Radio:
    monkeypatch.setattr(radio_module, "LOOK_S", 0.02)
    return Radio("stuck", 2, clock, Backends(None, SilentScanner))


async def test_a_scanner_that_hears_nobody_is_stuck_if_somebody_is_waited_for(
    stuck: Radio, clock: ManualClock
) -> None:
    assert await run_until_it_fails(stuck, clock, 89_000) is None
    assert await run_until_it_fails(stuck, clock, 900_000) is None  # nobody is waited for
    waiting = asyncio.create_task(stuck.next_sighting(BELT))
    await asyncio.sleep(0)
    failure = await run_until_it_fails(stuck, clock, 91_000)
    assert "heard nobody for 91 s" in str(failure)
    assert not stuck.up
    assert stuck.free == 0
    waiting.cancel()
    await asyncio.wait([waiting])
    assert await run_until_it_fails(stuck, clock, 900_000) is None


async def test_failed_connections_in_a_row_to_several_devices_are_the_radios_fault(
    stuck: Radio, clock: ManualClock
) -> None:
    scan = asyncio.create_task(stuck.run())
    await asyncio.sleep(0.05)
    for _ in range(10):
        stuck.tried(BELT, stuck, good=False)
    await asyncio.sleep(0.1)
    assert not scan.done()  # that one device may be at fault itself
    stuck.tried(STRAP, stuck, good=True)
    for address in (BELT, STRAP) * 3:
        stuck.tried(address, stuck, good=False)
    await asyncio.wait([scan], timeout=60)
    assert "6 connections failed in a row" in str(scan.exception())


async def test_a_scanner_that_does_not_start_says_why(clock: ManualClock) -> None:
    radio = Radio("hci9", 2, clock, Backends(None, BrokenScanner))
    with pytest.raises(LinkError, match=r"hci9: org.bluez.Error.InProgress; is it plugged in"):
        await radio.run()
    assert "InProgress" in radio.why


def test_it_forgets_those_heard_long_ago(clock: ManualClock) -> None:
    radio = Radio("hci0", 2, clock)
    for number in range(radio_module.HEARD_MAX * 3):
        hear(radio, f"00:00:00:00:{number >> 8:02X}:{number & 255:02X}")
    assert len(radio.heard()) <= radio_module.HEARD_MAX
    assert radio.last_heard("00:00:00:00:0B:B7") is not None
