"""The virtual gym as a whole: straps on runners on belts, faults from the bus, units that are killed."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakGATTProtocolError
from bleak_retry_connector import BleakClientWithServiceCache, establish_connection
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import ManualClock, SystemClock
from device_adapters.codecs import battery, heart_rate, uuids
from device_adapters.contract.registry import SIM_BELT, SIM_FAULT
from device_adapters.sim.gym import Gym, serve_gym
from device_adapters.sim.layout import GymConfig, gym_layout
from device_adapters.sim.radio import VirtualRadio
from device_adapters.sim.strap import BATTERY_S_PER_PERCENT

if TYPE_CHECKING:
    from device_adapters.contract.messages import SimBelt

LONG_S = 60.0
PAIR = GymConfig(treadmills=1, straps=1, port=0)


class GymPlace:
    """One treadmill and one strap, connected, on a clock moved by hand."""

    def __init__(self, gym: Gym, clock: ManualClock, radio: VirtualRadio) -> None:
        self.gym = gym
        self.clock = clock
        self.radio = radio
        self.station = gym.station("tm-01")
        addresses = dict(gym_layout(1, 1))
        self.treadmill = BleakClient(addresses["tm-01"], backend=radio.client_backend)
        self.strap = BleakClient(addresses["hr-01"], backend=radio.client_backend)
        self.rates: list[heart_rate.HeartRateMeasurement] = []

    async def pass_s(self, seconds: int) -> None:
        await self.clock.advance(seconds * 1000)

    async def rate(self) -> heart_rate.HeartRateMeasurement:
        """The next measurement."""
        self.rates.clear()
        await self.clock.advance(1000)
        await until(lambda: self.rates, "a measurement")
        return self.rates[-1]


@asynccontextmanager
async def opened(config: GymConfig) -> AsyncIterator[GymPlace]:
    clock = ManualClock()
    async with Gym(config, clock) as gym:
        gym.link.supervision_timeout_s = 0.1
        time = asyncio.create_task(gym.run())
        place = GymPlace(gym, clock, await gym.radio())
        await place.treadmill.connect()
        await place.strap.connect()
        await place.strap.start_notify(
            uuids.HEART_RATE_MEASUREMENT, lambda _, data: place.rates.append(heart_rate.decode(bytes(data)))
        )
        yield place
        await place.radio.close()
        time.cancel()


@pytest.fixture
async def place() -> AsyncIterator[GymPlace]:
    async with opened(PAIR) as place:
        yield place


def test_the_layout_is_stable() -> None:
    assert gym_layout(2, 1) == [
        ("tm-01", "F1:00:00:00:00:01"),
        ("tm-02", "F1:00:00:00:00:02"),
        ("hr-01", "F2:00:00:00:00:01"),
    ]
    many = gym_layout(300, 300)
    assert len({address for _, address in many}) == 600


async def test_a_strap_tells_of_the_work_on_the_belt(place: GymPlace) -> None:
    resting = await place.rate()
    assert resting.contact
    assert resting.bpm == pytest.approx(place.station.runner.person.rest_bpm, abs=4)
    place.gym.inject("tm-01", b"console_speed:6.0")
    await place.pass_s(180)
    working = await place.rate()
    assert working.bpm > resting.bpm + 25
    assert working.rr_1024
    assert working.rr_1024[-1] == pytest.approx(60 * 1024 / working.bpm, rel=0.15)
    place.gym.inject("tm-01", b"console_speed:0")
    await place.pass_s(300)
    assert (await place.rate()).bpm < resting.bpm + 15


async def test_one_second_one_measurement(place: GymPlace) -> None:
    place.rates.clear()
    await place.pass_s(10)
    await until(lambda: len(place.rates) == 10, "ten measurements")


async def test_energy_is_told_now_and_then_and_can_be_reset(place: GymPlace) -> None:
    place.gym.inject("tm-01", b"console_speed:6.0")
    await place.pass_s(120)
    spent = [m.energy_kj for m in place.rates if m.energy_kj is not None]
    assert len(spent) == 12
    assert spent == sorted(spent)
    assert spent[-1] > 30
    await place.strap.write_gatt_char(uuids.HEART_RATE_CONTROL_POINT, b"\x01", response=True)
    place.rates.clear()
    await place.pass_s(10)
    assert [m.energy_kj for m in place.rates if m.energy_kj is not None][0] < spent[-1]  # noqa: RUF015
    with pytest.raises(BleakGATTProtocolError) as refused:
        await place.strap.write_gatt_char(uuids.HEART_RATE_CONTROL_POINT, b"\x02", response=True)
    assert refused.value.code == 0x80


async def test_the_battery_drains_and_says_so(place: GymPlace) -> None:
    assert battery.decode(bytes(await place.strap.read_gatt_char(uuids.BATTERY_LEVEL))) == 90
    levels: list[int | None] = []
    await place.strap.start_notify(
        uuids.BATTERY_LEVEL, lambda _, data: levels.append(battery.decode(bytes(data)))
    )
    strap = place.station.strap
    assert strap
    for _ in range(BATTERY_S_PER_PERCENT):
        strap.tell()
    await until(lambda: levels, "a battery notification")
    assert levels == [89]


@pytest.mark.parametrize("device", ["tm-01", "hr-01"])
async def test_faults_of_the_heart_reach_the_strap_by_either_name(place: GymPlace, device: str) -> None:
    place.gym.inject(device, b"hr_lost")
    lost = await place.rate()
    assert (lost.bpm, lost.contact, lost.rr_1024) == (0, False, None)
    place.gym.inject(device, b"none")
    assert (await place.rate()).contact

    place.gym.inject(device, b"hr_freeze")
    place.gym.inject("tm-01", b"console_speed:8.0")
    await place.pass_s(100)
    frozen = place.rates[-90:]
    assert len({m.bpm for m in frozen}) == 1
    assert all(m.rr_1024 is None for m in frozen)
    place.gym.inject(device, b"none")
    assert (await place.rate()).bpm > frozen[0].bpm + 20

    place.gym.inject(device, b"hr_high")
    await place.pass_s(40)
    assert (await place.rate()).bpm > place.station.runner.person.max_bpm


@pytest.mark.parametrize(
    ("fault", "speed_kmh"), [(b"mph_firmware", 6.43), (b"overspeed", 7.0), (b"console_speed:2.5", 2.5)]
)
async def test_faults_of_the_belt(place: GymPlace, fault: bytes, speed_kmh: float) -> None:
    place.gym.inject("tm-01", b"console_speed:4.0")
    await place.pass_s(10)
    place.gym.inject("hr-01", fault)  # by the name of the walker's strap
    await place.pass_s(10)
    assert place.station.computer.belt.speed_ckmh == pytest.approx(speed_kmh * 100, abs=1)
    place.gym.inject("tm-01", b"none")
    place.gym.inject("tm-01", b"ignore_stop")
    place.gym.inject("tm-01", b"console_speed:0")
    await place.pass_s(10)
    assert place.station.computer.belt.speed_ckmh > 0
    place.gym.inject("tm-01", b"safety_key")
    await place.pass_s(10)
    assert place.station.computer.belt.speed_ckmh == 0
    place.gym.inject("tm-01", b"console_speed:2.0")
    await place.pass_s(10)
    assert place.station.computer.belt.speed_ckmh == 0
    place.gym.inject("tm-01", b"none")
    place.gym.inject("tm-01", b"console_speed:2.0")
    await place.pass_s(10)
    assert place.station.computer.belt.speed_ckmh == 200


@pytest.mark.parametrize(("device", "survivor"), [("tm-01", "strap"), ("hr-01", "treadmill")])
async def test_a_lost_link_is_the_named_devices_own(place: GymPlace, device: str, survivor: str) -> None:
    kept: BleakClient = getattr(place, survivor)
    lost = place.treadmill if survivor == "strap" else place.strap
    place.gym.inject(device, b"link_lost")
    await until(lambda: not lost.is_connected, "the loss")
    assert kept.is_connected
    place.gym.inject(device, b"none")
    await lost.connect()
    assert lost.is_connected


async def test_nonsense_changes_nothing(place: GymPlace) -> None:
    for device, payload in (("tm-01", b"belt_on_fire"), ("tm-77", b"overspeed"), ("hr-01", b"")):
        place.gym.inject(device, payload)
    await place.pass_s(2)
    assert place.station.computer.belt.speed_ckmh == 0
    assert place.treadmill.is_connected


async def minute_of(seed: int) -> list[int]:
    """The heart rates of a minute's walk in the gym of this seed."""
    async with opened(GymConfig(treadmills=1, straps=1, seed=seed)) as place:
        place.gym.inject("tm-01", b"console_speed:5.0")
        await place.pass_s(60)
        await until(lambda: len(place.rates) >= 60, "a minute of measurements")
        return [m.bpm for m in place.rates]


async def test_one_seed_is_one_gym() -> None:
    first = await minute_of(7)
    assert await minute_of(7) == first
    assert await minute_of(8) != first


async def test_faults_come_and_truth_goes_over_the_bus() -> None:
    broker, clock = MemoryBroker(), ManualClock()
    line = MemoryBus(broker, client_id="gym")
    bus = SiteBus(line, "gym", on_malformed=lambda *_: None)
    watcher = MemoryBus(broker, client_id="watcher")
    site = SiteBus(watcher, "gym", on_malformed=lambda *_: None)
    truths: list[tuple[str, SimBelt]] = []
    site.subscribe(SIM_BELT, lambda device, truth: truths.append((device, truth)))
    ready: list[int] = []
    tasks = [
        asyncio.create_task(run)
        for run in (line.run(), watcher.run(), serve_gym(PAIR, clock, bus, ready.append))
    ]
    await until(lambda: ready and watcher.connected and line.connected, "the gym to open")
    await watcher.publish(SIM_FAULT.topic("gym", "tm-01"), b"console_speed:3.0")
    await clock.advance(10_000)
    assert {device for device, _ in truths} == {"tm-01"}
    assert truths[-1][1].speed_kmh == 3.0
    truths.clear()
    await clock.advance(10_000)
    assert len(truths) == 20
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_taken_port_is_told() -> None:
    async with Gym(PAIR, SystemClock()) as gym:
        port = await gym.adapters.open("127.0.0.1", 0)
        with pytest.raises(OSError, match=str(port)):
            await serve_gym(GymConfig(treadmills=1, straps=0, port=port), SystemClock())


async def test_what_the_adapters_use_to_connect(place: GymPlace) -> None:
    """bleak-retry-connector, as device_adapters.ble uses it."""
    await place.treadmill.disconnect()
    device = await BleakScanner.find_device_by_name("Treadmill 1", backend=place.radio.scanner_backend)
    assert device
    client = await establish_connection(
        BleakClientWithServiceCache, device, "tm-01", backend=place.radio.client_backend
    )
    assert client.services.get_service(uuids.FITNESS_MACHINE_SERVICE)
    await client.disconnect()


UNIT = """
import asyncio, sys
from bleak import BleakClient
from device_adapters.sim.adapter import open_virtual_radio

async def main():
    radio = await open_virtual_radio(sys.argv[1])
    async with BleakClient(sys.argv[2], backend=radio.client_backend):
        print("connected", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_killed_unit_leaves_the_belt_running_and_its_machines_free() -> None:
    async with Gym(PAIR, SystemClock()) as gym:
        gym.link.supervision_timeout_s = 2.0
        time = asyncio.create_task(gym.run())
        port = await gym.adapters.open("127.0.0.1", 0)
        station = gym.station("tm-01")
        machine = station.treadmill
        assert machine
        unit = await asyncio.create_subprocess_exec(
            sys.executable, "-c", UNIT, f"127.0.0.1:{port}", machine.address, stdout=asyncio.subprocess.PIPE
        )
        assert unit.stdout
        async with asyncio.timeout(60):
            assert await unit.stdout.readline() == b"connected\n"
        gym.inject("tm-01", b"console_speed:3.0")
        await until(lambda: station.computer.belt.speed_ckmh > 100, "the belt to move")
        unit.send_signal(signal.SIGKILL)
        await unit.wait()
        assert machine.connections  # nobody knows yet
        await until(lambda: not machine.connections, "the machine to notice")
        assert station.computer.belt.speed_ckmh > 100
        radio = await gym.radio()
        async with BleakClient(machine.address, backend=radio.client_backend, timeout=LONG_S):
            pass
        await radio.close()
        time.cancel()
