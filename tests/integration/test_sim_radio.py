"""The virtual adapter behaves as bleak's users know adapters, in one process and over TCP."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)
from waiting import until

from device_adapters.clock import SystemClock
from device_adapters.codecs import uuids
from device_adapters.errors import LinkError
from device_adapters.sim.adapter import open_virtual_radio
from device_adapters.sim.air import SimLink
from device_adapters.sim.belt import Belt
from device_adapters.sim.computer import Computer
from device_adapters.sim.gym import Gym
from device_adapters.sim.layout import GymConfig, gym_layout
from device_adapters.sim.radio import VirtualRadio
from device_adapters.sim.treadmill import VirtualTreadmill

ADDRESS = dict(gym_layout(3, 2))
HEARD_S = 5.0
LONG_S = 60.0
REQUEST_CONTROL, START = b"\x00", b"\x07"


@pytest.fixture
async def gym() -> AsyncIterator[Gym]:
    async with Gym(GymConfig(treadmills=3, straps=2), SystemClock()) as gym:
        gym.link.supervision_timeout_s = 0.15
        time = asyncio.create_task(gym.run())
        yield gym
        time.cancel()


@pytest.fixture(params=["in process", "over tcp"])
async def radio(gym: Gym, request: pytest.FixtureRequest) -> AsyncIterator[VirtualRadio]:
    if request.param == "in process":
        radio = await gym.radio()
    else:
        radio = await open_virtual_radio(f"127.0.0.1:{await gym.adapters.open('127.0.0.1', 0)}")
    yield radio
    await radio.close()


def client(radio: VirtualRadio, device: str, lost: list[str] | None = None) -> BleakClient:
    return BleakClient(
        ADDRESS[device],
        disconnected_callback=None if lost is None else lambda _: lost.append(device),
        backend=radio.client_backend,
        timeout=LONG_S,
    )


async def ready(radio: VirtualRadio, device: str = "tm-01", lost: list[str] | None = None) -> BleakClient:
    """Connected, with control point indications on."""
    connected = client(radio, device, lost)
    await connected.connect()
    await connected.start_notify(uuids.FITNESS_MACHINE_CONTROL_POINT, lambda *_: None)
    return connected


async def test_a_scan_hears_everyone(radio: VirtualRadio) -> None:
    found = await BleakScanner.discover(HEARD_S, return_adv=True, backend=radio.scanner_backend)
    assert set(found) == set(ADDRESS.values())
    device, data = found[ADDRESS["tm-02"]]
    assert device.name == data.local_name == "Treadmill 2"  # from the scan response
    assert data.service_uuids == [uuids.FITNESS_MACHINE_SERVICE]
    assert data.service_data[uuids.FITNESS_MACHINE_SERVICE] == bytes.fromhex("010100")
    assert data.rssi == -60


async def test_a_scan_filters_by_service(radio: VirtualRadio) -> None:
    found = await BleakScanner.discover(
        HEARD_S, service_uuids=[uuids.HEART_RATE_SERVICE], backend=radio.scanner_backend
    )
    assert {device.address for device in found} == {ADDRESS["hr-01"], ADDRESS["hr-02"]}


async def test_a_passive_scan_gets_no_scan_responses(radio: VirtualRadio) -> None:
    heard: list[str | None] = []
    async with BleakScanner(
        lambda device, _: heard.append(device.name), scanning_mode="passive", backend=radio.scanner_backend
    ):
        await until(lambda: len(heard) >= 10, "advertisements")
    assert set(heard) == {None}


async def test_reads_what_may_be_read(radio: VirtualRadio) -> None:
    async with client(radio, "tm-01") as treadmill:
        assert treadmill.mtu_size == 517
        assert bytes(await treadmill.read_gatt_char(uuids.MODEL_NUMBER)) == b"VT-1"
        with pytest.raises(BleakGATTProtocolError):
            await treadmill.read_gatt_char(uuids.TREADMILL_DATA)
        with pytest.raises(BleakGATTProtocolError):
            await treadmill.write_gatt_char(uuids.SPEED_RANGE, b"\0" * 6, response=True)
        assert bytes(await treadmill.read_gatt_char(uuids.SPEED_RANGE)) != b"\0" * 6
    with pytest.raises(BleakError):
        await treadmill.read_gatt_char(uuids.MODEL_NUMBER)


async def test_notifications_come_until_they_are_stopped(radio: VirtualRadio) -> None:
    came: list[bytes] = []
    async with client(radio, "tm-01") as treadmill:
        await treadmill.start_notify(uuids.TREADMILL_DATA, lambda _, data: came.append(bytes(data)))
        await until(lambda: len(came) >= 3, "three notifications")
        await treadmill.stop_notify(uuids.TREADMILL_DATA)
        came.clear()
        await asyncio.sleep(0.6)
        assert not came


async def test_the_control_point_wants_indications_first(radio: VirtualRadio) -> None:
    answers: list[bytes] = []
    async with client(radio, "tm-01") as treadmill:
        with pytest.raises(BleakGATTProtocolError) as refused:
            await treadmill.write_gatt_char(
                uuids.FITNESS_MACHINE_CONTROL_POINT, REQUEST_CONTROL, response=True
            )
        assert refused.value.code == 0xFD
        await treadmill.start_notify(
            uuids.FITNESS_MACHINE_CONTROL_POINT, lambda _, data: answers.append(bytes(data))
        )
        await treadmill.write_gatt_char(uuids.FITNESS_MACHINE_CONTROL_POINT, REQUEST_CONTROL, response=True)
        await until(lambda: answers, "an indication")
    assert answers == [bytes.fromhex("800001")]


async def test_several_devices_at_once(radio: VirtualRadio) -> None:
    came: dict[str, int] = dict.fromkeys(ADDRESS, 0)
    clients = {device: client(radio, device) for device in ADDRESS}
    await asyncio.gather(*(c.connect() for c in clients.values()))

    def count(device: str) -> None:
        came[device] += 1

    for device, connected in clients.items():
        number = uuids.TREADMILL_DATA if device.startswith("tm") else uuids.HEART_RATE_MEASUREMENT
        await connected.start_notify(number, lambda *_, device=device: count(device))
    await until(lambda: all(came.values()), f"notifications from all: {came}")
    await asyncio.gather(*(c.disconnect() for c in clients.values()))
    assert radio.connections == 0


async def test_a_lost_device_fails_what_waits_and_can_be_had_again(gym: Gym, radio: VirtualRadio) -> None:
    lost: list[str] = []
    treadmill = await ready(radio, lost=lost)
    machine = gym.station("tm-01").treadmill
    assert machine
    machine.vanish()
    with pytest.raises(BleakError):
        await treadmill.write_gatt_char(uuids.FITNESS_MACHINE_CONTROL_POINT, REQUEST_CONTROL, response=True)
    assert lost == ["tm-01"]
    assert not treadmill.is_connected
    assert not machine.connections
    with pytest.raises(BleakError):
        await treadmill.write_gatt_char(uuids.FITNESS_MACHINE_CONTROL_POINT, REQUEST_CONTROL, response=True)
    machine.reappear()
    await treadmill.connect()
    assert bytes(await treadmill.read_gatt_char(uuids.MODEL_NUMBER)) == b"VT-1"
    await treadmill.disconnect()
    assert lost == ["tm-01", "tm-01"]


async def test_a_short_silence_is_survived(gym: Gym, radio: VirtualRadio) -> None:
    gym.link.supervision_timeout_s = 2.0
    lost: list[str] = []
    treadmill = await ready(radio, lost=lost)
    machine = gym.station("tm-01").treadmill
    assert machine
    machine.vanish()
    await asyncio.sleep(gym.link.supervision_timeout_s / 3)
    machine.reappear()
    await asyncio.sleep(gym.link.supervision_timeout_s * 2)
    assert not lost
    assert bytes(await treadmill.read_gatt_char(uuids.MODEL_NUMBER)) == b"VT-1"
    await treadmill.disconnect()


async def test_leaving_a_silent_device_does_not_leave_it_connected(gym: Gym, radio: VirtualRadio) -> None:
    treadmill = await ready(radio)
    machine = gym.station("tm-01").treadmill
    assert machine
    machine.vanish()
    await treadmill.disconnect()
    machine.reappear()
    await until(lambda: not machine.connections, "the machine to notice")
    await treadmill.connect()
    await treadmill.disconnect()


async def test_the_device_may_hang_up(gym: Gym, radio: VirtualRadio) -> None:
    lost: list[str] = []
    await ready(radio, lost=lost)
    machine = gym.station("tm-01").treadmill
    assert machine
    await machine.connections[0].disconnect()
    await until(lambda: lost, "the disconnected callback")
    assert lost == ["tm-01"]


async def test_out_of_range_times_out_and_the_adapter_goes_on(gym: Gym, radio: VirtualRadio) -> None:
    seen = await BleakScanner.find_device_by_address(ADDRESS["tm-01"], LONG_S, backend=radio.scanner_backend)
    assert seen
    machine = gym.station("tm-01").treadmill
    assert machine
    machine.vanish()
    with pytest.raises(TimeoutError):
        await BleakClient(seen, backend=radio.client_backend, timeout=0.3).connect()
    with pytest.raises(BleakDeviceNotFoundError):
        await BleakClient(ADDRESS["tm-01"], backend=radio.client_backend, timeout=0.3).connect()
    async with client(radio, "tm-02"):
        pass


async def test_a_cancelled_connection_attempt_leaves_nothing_behind(gym: Gym, radio: VirtualRadio) -> None:
    machine = gym.station("tm-01").treadmill
    assert machine
    machine.vanish()
    attempt = asyncio.create_task(client(radio, "tm-01").connect())
    await asyncio.sleep(0.1)
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    machine.reappear()
    async with client(radio, "tm-02"):
        pass
    await asyncio.sleep(0.5)
    assert not machine.connections


async def test_a_cancelled_write_does_not_take_the_next_ones_answer(gym: Gym, radio: VirtualRadio) -> None:
    treadmill = await ready(radio)
    gym.link.latency_s = 0.05
    write = asyncio.create_task(
        treadmill.write_gatt_char(uuids.FITNESS_MACHINE_CONTROL_POINT, REQUEST_CONTROL, response=True)
    )
    await asyncio.sleep(0.02)
    write.cancel()
    with pytest.raises(asyncio.CancelledError):
        await write
    with pytest.raises(BleakGATTProtocolError):  # not the success of the write before it
        await treadmill.write_gatt_char(uuids.SPEED_RANGE, b"\0" * 6, response=True)
    await treadmill.disconnect()


async def test_a_stop_is_not_delayed_by_a_lost_link(gym: Gym, radio: VirtualRadio) -> None:
    """Every caller that waits behind a write is told at once, not only the first."""
    treadmill = await ready(radio)
    machine = gym.station("tm-01").treadmill
    assert machine
    machine.vanish()
    async with asyncio.timeout(LONG_S):
        outcomes = await asyncio.gather(
            *(
                treadmill.write_gatt_char(uuids.FITNESS_MACHINE_CONTROL_POINT, REQUEST_CONTROL, response=True)
                for _ in range(3)
            ),
            return_exceptions=True,
        )
    assert all(type(outcome) is BleakError for outcome in outcomes), outcomes


async def test_a_device_takes_one_central_only(gym: Gym, radio: VirtualRadio) -> None:
    async with client(radio, "tm-01"):
        with pytest.raises(BleakError):
            await client(radio, "tm-01").connect()
        other = await gym.radio()
        with pytest.raises(BleakDeviceNotFoundError):
            await BleakClient(ADDRESS["tm-01"], backend=other.client_backend, timeout=0.3).connect()
        await other.close()


async def test_two_adapters_race_for_one_device(gym: Gym, radio: VirtualRadio) -> None:
    """Both answer the same advertisement; the one that comes second is told so, and at once."""
    machine = gym.station("tm-01").treadmill
    assert machine
    machine.vanish()
    other = await gym.radio()
    rivals = [client(radio, "tm-01"), client(other, "tm-01")]
    attempts = [asyncio.create_task(rival.connect()) for rival in rivals]
    await asyncio.sleep(0.1)
    machine.reappear()
    async with asyncio.timeout(LONG_S):
        outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome] == [BleakError]
    assert sorted(rival.is_connected for rival in rivals) == [False, True]
    await other.close()


async def test_two_scanners_share_the_adapter(radio: VirtualRadio) -> None:
    first, second = await asyncio.gather(
        *(
            BleakScanner.find_device_by_name(name, LONG_S, backend=radio.scanner_backend)
            for name in ("Strap 1", "Strap 2")
        )
    )
    assert first
    assert second
    assert {first.address, second.address} == {ADDRESS["hr-01"], ADDRESS["hr-02"]}


async def test_a_device_may_be_paired(radio: VirtualRadio) -> None:
    async with BleakClient(
        ADDRESS["tm-01"], pair=True, backend=radio.client_backend, timeout=LONG_S
    ) as treadmill:
        assert bytes(await treadmill.read_gatt_char(uuids.MODEL_NUMBER)) == b"VT-1"


async def test_slots_run_out(gym: Gym) -> None:
    radio = await gym.radio(slots=1)
    async with client(radio, "tm-01"):
        with pytest.raises(BleakError, match="connection slot"):  # bleak-retry-connector knows these words
            await client(radio, "tm-02").connect()
    async with client(radio, "tm-02"):
        pass
    await radio.close()


async def test_code_that_never_names_a_backend(radio: VirtualRadio) -> None:
    with radio.install():
        found = await BleakScanner.find_device_by_name("Strap 1", timeout=LONG_S)
        assert found
        async with BleakClient(found) as strap:
            assert strap.name == "Strap 1"
            assert bytes(await strap.read_gatt_char(uuids.BODY_SENSOR_LOCATION)) == b"\x01"


async def test_a_closed_adapter_is_gone(gym: Gym, radio: VirtualRadio) -> None:
    lost: list[str] = []
    treadmill = await ready(radio, lost=lost)
    await radio.close()
    assert lost == ["tm-01"]
    with pytest.raises(BleakError):
        await treadmill.read_gatt_char(uuids.MODEL_NUMBER)
    with pytest.raises(BleakBluetoothNotAvailableError):
        await treadmill.connect()
    with pytest.raises(BleakBluetoothNotAvailableError):
        await BleakScanner.discover(0.1, backend=radio.scanner_backend)
    machine = gym.station("tm-01").treadmill
    await until(lambda: machine and not machine.connections, "the machine to notice")


async def test_the_gym_closes_under_a_unit(gym: Gym) -> None:
    radio = await open_virtual_radio(f"127.0.0.1:{await gym.adapters.open('127.0.0.1', 0)}")
    lost: list[str] = []
    treadmill = await ready(radio, lost=lost)
    scanner = BleakScanner(backend=radio.scanner_backend)
    await scanner.start()
    connecting = asyncio.create_task(BleakClient("F0:00:00:00:00:09", backend=radio.client_backend).connect())
    await asyncio.sleep(0.05)
    await gym.adapters.close()
    await asyncio.wait_for(radio.wait_gone(), LONG_S)
    assert lost == ["tm-01"]
    with pytest.raises(BleakBluetoothNotAvailableError):
        await asyncio.wait_for(connecting, LONG_S)
    with pytest.raises(BleakBluetoothNotAvailableError):
        await treadmill.connect()
    await scanner.stop()
    await radio.close()


async def test_a_pulled_adapter(radio: VirtualRadio) -> None:
    lost: list[str] = []
    for device in ("tm-01", "tm-02"):
        await ready(radio, device, lost)
    radio.vanish()
    assert sorted(lost) == ["tm-01", "tm-02"]
    await asyncio.wait_for(radio.wait_gone(), LONG_S)


async def test_no_gym_is_told_plainly() -> None:
    with pytest.raises(LinkError, match="backstride run gym"):
        await open_virtual_radio("127.0.0.1:9")


async def test_what_is_not_hci_is_dropped(gym: Gym) -> None:
    port = await gym.adapters.open("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await asyncio.wait_for(reader.readexactly(1), LONG_S)
    writer.close()
    radio = await open_virtual_radio(f"127.0.0.1:{port}")
    async with client(radio, "tm-01"):
        pass
    await radio.close()


async def test_latency_keeps_the_order() -> None:
    link = SimLink(latency_s=0.02)
    machine = VirtualTreadmill(link, ADDRESS["tm-01"], Computer(Belt()), SystemClock(), mtu_max=23)
    await machine.start()
    radio = await VirtualRadio.on_link(link)
    parts: list[bytes] = []
    async with client(radio, "tm-01") as treadmill:
        assert treadmill.mtu_size == 23
        await treadmill.start_notify(uuids.TREADMILL_DATA, lambda _, data: parts.append(bytes(data)))
        for _ in range(20):
            machine.tell()
        await until(lambda: len(parts) == 40, "two parts of each of twenty records")
    assert [part[0] & 1 for part in parts] == [1, 0] * 20
    await radio.close()
    machine.stop()
