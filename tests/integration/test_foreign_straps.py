"""Heart-rate peripherals not written by us: bumble's own profile classes, read as our adapters read a strap."""

from collections.abc import AsyncIterator

import pytest
from bleak import BleakClient, BleakScanner
from bumble.core import AdvertisingData
from bumble.profiles.battery_service import BatteryService
from bumble.profiles.device_information_service import DeviceInformationService
from bumble.profiles.heart_rate_service import HeartRateService
from waiting import until

from device_adapters.codecs import battery, device_information, heart_rate, uuids
from device_adapters.codecs.heart_rate import HeartRateMeasurement
from device_adapters.sim.air import SimLink
from device_adapters.sim.controller import sim_device
from device_adapters.sim.radio import VirtualRadio

ADDRESS = "F3:00:00:00:00:01"
LONG_S = 60.0
Theirs = HeartRateService.HeartRateMeasurement


class ForeignStrap:
    """What bumble's `heart_rate_server` example is, on our air."""

    def __init__(self, link: SimLink) -> None:
        self.device = sim_device(link, "Foreign strap", ADDRESS)
        self.measured = Theirs(heart_rate=60)
        self.energy_resets = 0
        self.service = HeartRateService(
            read_heart_rate_measurement=lambda _: self.measured,
            body_sensor_location=HeartRateService.BodySensorLocation.WRIST,
            reset_energy_expended=lambda _: self._reset(),
        )
        information = DeviceInformationService(manufacturer_name="ACME", model_number="HR-9000")
        self.device.add_services([self.service, BatteryService(lambda _: 73), information])

    def _reset(self) -> None:
        self.energy_resets += 1

    async def start(self) -> None:
        services = bytes(self.service.uuid)
        await self.device.power_on()
        await self.device.start_advertising(
            advertising_data=bytes(
                AdvertisingData(
                    [
                        (AdvertisingData.COMPLETE_LOCAL_NAME, b"Foreign strap"),
                        (AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, services),
                    ]
                )
            )
        )

    async def tell(self, measured: object) -> None:
        self.measured = measured
        await self.device.notify_subscribers(self.service.heart_rate_measurement_characteristic)


@pytest.fixture
async def link() -> SimLink:
    return SimLink()


@pytest.fixture
async def strap(link: SimLink) -> AsyncIterator[ForeignStrap]:
    strap = ForeignStrap(link)
    await strap.start()
    yield strap
    strap.device.host.controller.unplug()


@pytest.fixture
async def client(link: SimLink, strap: ForeignStrap) -> AsyncIterator[BleakClient]:
    radio = await VirtualRadio.on_link(link)
    found = await BleakScanner.discover(
        0.6, service_uuids=[uuids.HEART_RATE_SERVICE], backend=radio.scanner_backend
    )
    assert [device.name for device in found] == ["Foreign strap"]
    async with BleakClient(found[0], backend=radio.client_backend) as client:
        yield client
    await radio.close()


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (Theirs(heart_rate=0), HeartRateMeasurement(bpm=0)),
        (Theirs(heart_rate=72), HeartRateMeasurement(bpm=72)),
        (
            Theirs(heart_rate=100, sensor_contact_detected=True),
            HeartRateMeasurement(bpm=100, contact=True),
        ),
        (
            Theirs(heart_rate=100, sensor_contact_detected=False),
            HeartRateMeasurement(bpm=100, contact=False),
        ),
        (
            Theirs(
                heart_rate=300, sensor_contact_detected=True, energy_expended=1200, rr_intervals=(0.5, 0.25)
            ),
            HeartRateMeasurement(bpm=300, contact=True, energy_kj=1200, rr_1024=(512, 256)),
        ),
    ],
)
async def test_its_measurements_are_read(
    strap: ForeignStrap, client: BleakClient, theirs: object, ours: HeartRateMeasurement
) -> None:
    came: list[HeartRateMeasurement] = []
    await client.start_notify(
        uuids.HEART_RATE_MEASUREMENT, lambda _, data: came.append(heart_rate.decode(bytes(data)))
    )
    await strap.tell(theirs)
    await until(lambda: came, "a measurement")
    assert came == [ours]


async def test_what_else_it_offers(strap: ForeignStrap, client: BleakClient) -> None:
    assert battery.decode(bytes(await client.read_gatt_char(uuids.BATTERY_LEVEL))) == 73
    model = device_information.decode(bytes(await client.read_gatt_char(uuids.MODEL_NUMBER)))
    assert model == "HR-9000"
    assert bytes(await client.read_gatt_char(uuids.BODY_SENSOR_LOCATION)) == b"\x02"
    await client.write_gatt_char(uuids.HEART_RATE_CONTROL_POINT, b"\x01", response=True)
    assert strap.energy_resets == 1
