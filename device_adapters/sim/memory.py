"""Devices in memory: bleak's client and scanner straight to a table of characteristics, without radio or packets.

It takes no time and knows none: an operation is done in the next turn of the loop. With a loop whose clock is moved
by hand a unit's whole hour passes in a second. What a client sees is what it sees over the virtual radio; both are
held to the same checks (tests/integration/test_memory_devices.py). Faults come by hand: `Device.drop`, `Device.mute`.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bleak.args import SizedBuffer
from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError, BleakGATTProtocolError

from device_adapters.ble.radio import Backends
from device_adapters.errors import LinkError

ADVERTISE_S = 0.25
READ_NOT_PERMITTED, WRITE_NOT_PERMITTED = 0x02, 0x03


@dataclass(slots=True)
class Value:
    """One characteristic. `read` and `write` are what the device does; `write` may raise BleakGATTProtocolError."""

    uuid: str
    properties: tuple[CharacteristicPropertyName, ...]
    read: Callable[[], bytes] | None = None
    write: Callable[[bytes], None] | None = None
    subscriber: NotifyCallback | None = None


@dataclass(slots=True, eq=False)
class Device:
    """One device. It is heard while `present` and unconnected; `mute` lets every operation wait until the link goes.

    `values` by service UUID; `linked` is told of a new client (True) and of its end (False).
    """

    address: str
    values: dict[str, list[Value]]
    name: str = ""
    rssi: int = -60
    present: bool = True
    mute: bool = False
    linked: Callable[[bool], None] = lambda _up: None
    client: "MemoryClient | None" = None
    links: int = 0

    def value(self, uuid: str) -> Value:
        """The first characteristic of this kind."""
        return next(value for values in self.values.values() for value in values if value.uuid == uuid)

    def notify(self, uuid: str, data: bytes) -> None:
        """Tell whoever subscribed."""
        if self.present and (subscriber := self.value(uuid).subscriber):
            asyncio.get_running_loop().call_soon(subscriber, bytearray(data))

    def drop(self) -> None:
        """The link goes, without goodbye."""
        if self.client is not None:
            self.client.end()


class MemoryClient(BaseBleakClient):
    """`BleakClient(device, backend=MemoryClient)`, for a device that a `MemoryScanner` found."""

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        disconnected_callback: Callable[[], None] | None,
        timeout: float,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout, **kwargs
        )
        if isinstance(address_or_ble_device, str):
            raise BleakError("a device in memory is connected to by its sighting")
        self._device: Device = address_or_ble_device.details
        self._down = asyncio.Event()
        self._up = False

    @property
    def name(self) -> str:
        """The name that the device advertises."""
        return self._device.name

    @property
    def mtu_size(self) -> int:
        """Nothing is ever cut."""
        return 517

    @property
    def is_connected(self) -> bool:
        """Is this link up, as bleak asks it?"""
        return self._up

    async def connect(self, pair: bool, **kwargs: Any) -> None:
        """Connect and discover. Raises TimeoutError where the device is away or taken, BleakError if it goes."""
        del pair
        device = self._device
        async with asyncio.timeout(kwargs.get("timeout", self._timeout)):
            while not device.present or device.client is not None:
                await asyncio.sleep(ADVERTISE_S)
        self._down.clear()
        self._up, device.client = True, self
        device.links += 1
        device.linked(True)
        self.services = _collection(device)
        await self._transact()

    def end(self) -> None:
        """The link is gone, by whomever."""
        if not self._up:
            return
        self._up, self._device.client, self.services = False, None, None
        for values in self._device.values.values():
            for value in values:
                value.subscriber = None
        self._down.set()
        self._device.linked(False)
        if self._disconnected_callback:
            self._disconnected_callback()

    async def _transact(self) -> None:
        """One turn of the loop; for ever with a mute device, until the link goes."""
        if not self._up:
            raise BleakError("Not connected")
        await asyncio.sleep(0)
        if self._device.mute:
            await self._down.wait()
        if not self._up:
            raise BleakError("disconnected")

    async def disconnect(self) -> None:
        """Take the link down."""
        self.end()

    async def pair(self, *_args: Any, **_kwargs: Any) -> None:
        """Pairing is not asked for by these devices."""

    async def unpair(self) -> None:
        """Nothing to forget but the link."""
        self.end()

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **_kwargs: Any) -> bytearray:
        """Read. Raises BleakGATTProtocolError where it may not be read."""
        await self._transact()
        if (read := characteristic.obj.read) is None:
            raise BleakGATTProtocolError(READ_NOT_PERMITTED)
        return bytearray(read())

    async def read_gatt_descriptor(self, descriptor: BleakGATTDescriptor, **_kwargs: Any) -> bytearray:
        """Refused: these devices have no descriptors."""
        del descriptor
        raise BleakGATTProtocolError(READ_NOT_PERMITTED)

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        """Write; without a response nothing that goes wrong is heard of."""
        await self._transact()
        try:
            (characteristic.obj.write or _not_permitted)(bytes(data))
        except BleakGATTProtocolError:
            if response:
                raise

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        """Refused: these devices have no descriptors."""
        del descriptor, data
        raise BleakGATTProtocolError(WRITE_NOT_PERMITTED)

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_kwargs: Any
    ) -> None:
        """Subscribe; a second call replaces the callback."""
        if not {"notify", "indicate"} & set(characteristic.properties):
            raise BleakError(f"{characteristic} cannot notify or indicate")
        await self._transact()
        characteristic.obj.subscriber = callback

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe from the characteristic."""
        await self._transact()
        characteristic.obj.subscriber = None


def _not_permitted(_data: bytes) -> None:
    raise BleakGATTProtocolError(WRITE_NOT_PERMITTED)


def _collection(device: Device) -> BleakGATTServiceCollection:
    found, handle = BleakGATTServiceCollection(), 0
    for uuid, values in device.values.items():
        handle += 1
        service = BleakGATTService(None, handle, uuid)
        found.add_service(service)
        for value in values:
            handle += 1
            found.add_characteristic(
                BleakGATTCharacteristic(
                    value, handle, value.uuid, list(value.properties), lambda: 514, service
                )
            )
    return found


class MemoryScanner(BaseBleakScanner):
    """`BleakScanner(backend=...)` over the devices of one adapter."""

    devices: Sequence[Device]

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        *_args: Any,
        **_kwargs: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._hearing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Hear each device that is present and unconnected, at once and then each ADVERTISE_S."""
        self.seen_devices = {}
        self._hearing = asyncio.create_task(self._hear())

    async def stop(self) -> None:
        """Stop listening for advertisements."""
        if self._hearing is not None:
            self._hearing.cancel()

    async def _hear(self) -> None:
        while True:
            for device in [each for each in self.devices if each.present and each.client is None]:
                said = AdvertisementData(
                    device.name or None, {}, {}, list(device.values), None, device.rssi, ()
                )
                heard = self.create_or_update_device(
                    device.address, device.address, device.name, device, said
                )
                self.call_detection_callbacks(heard, said)
            await asyncio.sleep(ADVERTISE_S)


@dataclass(slots=True)
class MemoryAdapter:
    """An adapter (`device_adapters.ble.adapter.Adapter`) that reaches `devices`. `plugged`: is it there?"""

    devices: list[Device]
    name: str = "memory"
    slots: int = 20
    plugged: bool = True
    steps: list[str] = field(default_factory=list)
    _gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def backends(self) -> Backends:
        """What bleak is to use."""
        scanner = type("MemoryScannerOf", (MemoryScanner,), {"devices": self.devices})
        return Backends(MemoryClient, scanner)

    async def renew(self) -> None:
        """Find it again; LinkError while it is pulled."""
        await self._come_back("renew")

    async def power_cycle(self) -> None:
        """Switch the radio off and on, as `renew` does."""
        await self._come_back("power_cycle")

    async def _come_back(self, step: str) -> None:
        self.steps.append(step)
        if not self.plugged:
            raise LinkError(f"no adapter {self.name}")
        self._gone.clear()

    async def lost(self) -> None:
        """Return when it is pulled."""
        await self._gone.wait()

    async def close(self) -> None:
        """Nothing to let go."""

    def pull(self) -> None:
        """A hand takes it out: its links drop."""
        self.plugged = False
        self._gone.set()
        for device in self.devices:
            device.drop()
