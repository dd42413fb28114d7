"""Our strap adapter reads heart-rate peripherals that we did not write: bumble's own profile classes."""

import asyncio
from pathlib import Path

from bumble.core import AdvertisingData
from bumble.profiles.battery_service import BatteryService
from bumble.profiles.device_information_service import DeviceInformationService
from bumble.profiles.heart_rate_service import HeartRateService

from device_adapters.ble.radio import Backends, Radio
from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.clock import SystemClock
from device_adapters.config import Strap
from device_adapters.contract import messages as m
from device_adapters.contract import registry
from device_adapters.outbox import Outbox
from device_adapters.sim.air import SimLink
from device_adapters.sim.controller import sim_device
from device_adapters.sim.radio import VirtualRadio
from device_adapters.unit.reporter import Reporter
from device_adapters.unit.strap import StrapAdapter

Theirs = HeartRateService.HeartRateMeasurement
ADDRESSES = ("F3:00:00:00:00:01", "F3:00:00:00:00:02")


async def _foreign_strap(link: SimLink, address: str) -> tuple[object, HeartRateService]:
    device = sim_device(link, "Foreign", address)
    service = HeartRateService(
        read_heart_rate_measurement=lambda _: Theirs(heart_rate=60),
        body_sensor_location=HeartRateService.BodySensorLocation.CHEST,
    )
    device.add_services(
        [service, BatteryService(lambda _: 73), DeviceInformationService(model_number="HR-9000")]
    )
    await device.power_on()
    await device.start_advertising(
        advertising_data=bytes(AdvertisingData([(AdvertisingData.COMPLETE_LOCAL_NAME, b"Foreign")]))
    )
    return device, service


async def test_two_foreign_straps_are_read_side_by_side(tmp_path: Path) -> None:
    clock, broker, link = SystemClock(), MemoryBroker(), SimLink()
    bus, ear = MemoryBus(broker, client_id="unit"), MemoryBus(broker, client_id="test")
    site = SiteBus(ear, "gym", on_malformed=lambda _topic, _error: None)
    hearts: list[m.StrapTelemetry] = []
    states: dict[str, m.StrapState] = {}
    site.subscribe(registry.STRAP_TELEMETRY, lambda _id, message: hearts.append(message))
    site.subscribe(registry.STRAP_STATE, states.__setitem__)
    devices = [await _foreign_strap(link, address) for address in ADDRESSES]
    virtual = await VirtualRadio.on_link(link)
    radio = Radio("virtual", 5, clock, Backends(virtual.client_backend, virtual.scanner_backend))
    outbox = Outbox(tmp_path / "outbox.db", bus, clock)
    reporter = Reporter("gym", "unit-01", bus, outbox, clock)
    adapters = [
        StrapAdapter(Strap(id=f"hr-{n}", address=address), "boot", radio, reporter, clock)
        for n, address in enumerate(ADDRESSES)
    ]
    works = (ear.run(), bus.run(), outbox.run(), reporter.run(), radio.run(), *(a.run() for a in adapters))
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(work) for work in works]
        async with asyncio.timeout(60):
            while [s.battery_pct for s in states.values()] != [73, 73]:
                await asyncio.sleep(0.02)
            for bpm, (device, service) in zip((72, 141), devices, strict=True):
                await device.notify_subscribers(  # type: ignore[attr-defined]
                    service.heart_rate_measurement_characteristic,
                    bytes(Theirs(heart_rate=bpm, sensor_contact_detected=True, rr_intervals=(0.5,))),
                )
            while len(hearts) < 2:
                await asyncio.sleep(0.02)
        for task in reversed(running):
            task.cancel()
            await asyncio.wait([task])
    await virtual.close()
    assert {(h.strap, h.hr_bpm, h.contact, h.rr_ms) for h in hearts} == {
        ("hr-0", 72, True, (500.0,)),
        ("hr-1", 141, True, (500.0,)),
    }
    assert {s.model for s in states.values()} == {"HR-9000"}
