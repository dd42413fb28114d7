"""Peripherals made characteristic by characteristic, as odd as a test wants them, on the air of the virtual gym."""

import asyncio
from collections.abc import Callable, Sequence

from bumble import gatt
from bumble.core import UUID
from bumble.device import Connection

from device_adapters.codecs.uuids import Characteristic, Service
from device_adapters.sim import peripheral
from device_adapters.sim.air import SimLink

STRAP = "F9:00:00:00:00:01"
BELT = "F8:00:00:00:00:01"
CONTROL_POINT = int(Characteristic.FITNESS_MACHINE_CONTROL_POINT)


def told(number: int, data: bytes) -> gatt.Characteristic:
    """One that can be read."""
    return peripheral.characteristic(UUID.from_16_bits(number), peripheral.READ, lambda: data)


def refused(number: int) -> gatt.Characteristic:
    """One that says it can be read, and refuses."""
    return peripheral.characteristic(UUID.from_16_bits(number), peripheral.READ)


def notifying(number: int) -> gatt.Characteristic:
    """One that notifies."""
    return peripheral.characteristic(UUID.from_16_bits(number), peripheral.NOTIFY)


class OddDevice(peripheral.Peripheral):
    """A device of any services. `tell` notifies each subscriber of a characteristic."""

    def __init__(
        self,
        link: SimLink,
        address: str,
        advertised: Service,
        services: Sequence[tuple[int, Sequence[gatt.Characteristic]]],
        name: str = "odd",
    ) -> None:
        super().__init__(link, address, name, advertised, 1)
        self.serve(*(gatt.Service(UUID.from_16_bits(number), list(chars)) for number, chars in services))

    def tell(self, of: gatt.Characteristic, data: bytes) -> None:
        for client in list(self.subscribers(of)):
            self.notify(client, of, data)

    async def keep_telling(self, of: gatt.Characteristic, data: Callable[[], bytes]) -> None:
        while True:
            self.tell(of, data())
            await asyncio.sleep(0.1)


def odd_strap(
    link: SimLink, *more: tuple[int, Sequence[gatt.Characteristic]]
) -> tuple[OddDevice, gatt.Characteristic]:
    """A strap with a heart rate, and services that are odd."""
    rate = notifying(0x2A37)
    return OddDevice(link, STRAP, Service.HEART_RATE, [(0x180D, [rate]), *more]), rate


class OddBelt(OddDevice):
    """A belt that obeys at once. `writes` are those to its control point; `kmh100` how fast it goes."""

    def __init__(
        self,
        link: SimLink,
        *,
        speed_range: bytes | None = bytes.fromhex("5000d0070a00"),
        more: Sequence[gatt.Characteristic] = (),
        control: gatt.Characteristic.Properties = peripheral.WRITE | peripheral.INDICATE,
    ) -> None:
        self.writes: list[bytes] = []
        self.kmh100 = 0
        self.data = notifying(0x2ACD)
        self.control = peripheral.characteristic(
            UUID.from_16_bits(CONTROL_POINT), control, write=self._written
        )
        ranges = [] if speed_range is None else [told(0x2AD4, speed_range)]
        super().__init__(
            link,
            BELT,
            Service.FITNESS_MACHINE,
            [
                (
                    0x1826,
                    [
                        told(0x2ACC, bytes.fromhex("0c16000003000000")),
                        self.data,
                        *ranges,
                        self.control,
                        *more,
                    ],
                )
            ],
        )

    def _written(self, client: Connection, data: bytes) -> None:
        self.writes.append(bytes(data))
        if data[0] == 8:
            self.kmh100 = 0
        elif data[0] == 7:
            self.kmh100 = max(self.kmh100, 80)
        elif data[0] == 2:
            self.kmh100 = int.from_bytes(data[1:3], "little")
        answer = bytes([0x80, data[0], 1])
        asyncio.get_running_loop().call_later(
            0.02,
            lambda: asyncio.ensure_future(
                self.device.gatt_server.indicate_subscriber(client, self.control, answer)
            ),
        )

    def frame(self) -> bytes:
        return b"\x00\x00" + self.kmh100.to_bytes(2, "little")
