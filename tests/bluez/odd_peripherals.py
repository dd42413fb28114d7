"""Peripherals that public reports call odd, on the gym's air: what a unit must read of them through a real BlueZ."""

import asyncio

from bumble import gatt
from bumble.core import UUID
from bumble.device import Connection

from device_adapters.codecs.uuids import Service
from device_adapters.sim import peripheral
from device_adapters.sim.air import SimLink

TWO_BATTERIES, SHORT_RANGE, GROWING = "F9:00:00:00:00:01", "F8:00:00:00:00:01", "F9:00:00:00:00:02"
BATTERY_PCT = 80
TELL_S = 0.5


def told(number: int, data: bytes) -> gatt.Characteristic:
    """One that can be read."""
    return peripheral.characteristic(UUID.from_16_bits(number), peripheral.READ, lambda: data)


class OddPeripheral(peripheral.Peripheral):
    """A device that notifies `data` of one characteristic. `late`: that service is there from the second link on."""

    def __init__(
        self, link: SimLink, address: str, service: Service, number: int, data: bytes, *, late: bool = False
    ) -> None:
        super().__init__(link, address, "odd", service, 1)
        self._said = peripheral.characteristic(UUID.from_16_bits(number), peripheral.NOTIFY)
        self._data = data
        self._service = service
        self._late = late
        self.links = 0
        if not late:
            self.serve(peripheral.service(service, self._said))

    def left(self, connection: Connection) -> None:
        """The service that is late comes now."""
        super().left(connection)
        self.links += 1
        if self._late:
            self._late = False
            self.serve(peripheral.service(self._service, self._said))

    async def tell(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(TELL_S)
            for client in list(self.subscribers(self._said)):
                self.notify(client, self._said, self._data)


def strap_with_two_batteries(link: SimLink) -> OddPeripheral:
    """bleak finds the characteristic twice."""
    strap = OddPeripheral(link, TWO_BATTERIES, Service.HEART_RATE, 0x2A37, b"\x00\x48")
    for percent in (BATTERY_PCT, BATTERY_PCT + 10):
        strap.serve(peripheral.service(Service.BATTERY, told(0x2A19, bytes([percent]))))
    return strap


def treadmill_with_a_short_range(link: SimLink) -> OddPeripheral:
    """Its speed range ends after the maximum."""
    belt = OddPeripheral(link, SHORT_RANGE, Service.FITNESS_MACHINE, 0x2ACD, bytes(4))
    control = peripheral.characteristic(
        UUID.from_16_bits(0x2AD9), peripheral.WRITE | peripheral.INDICATE, write=lambda _client, _data: None
    )
    belt.serve(peripheral.service(Service.FITNESS_MACHINE, told(0x2AD4, b"\x50\x00\xd0\x07"), control))
    return belt


def strap_that_grows(link: SimLink) -> OddPeripheral:
    """BlueZ remembers the first table for ever: the heart rate comes after it, and no Service Changed tells of it."""
    return OddPeripheral(link, GROWING, Service.HEART_RATE, 0x2A37, b"\x00\x48", late=True)
