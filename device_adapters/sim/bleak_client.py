"""bleak's client over the virtual adapter, failing as bleak's users know it from BlueZ."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bumble import att, core, hci
from bumble.device import Connection, Peer

from device_adapters.sim.bleak_scanner import uuid_text

if TYPE_CHECKING:
    from device_adapters.sim.radio import VirtualRadio

T = TypeVar("T")
MTU_WANTED = 517
DISCONNECT_S = 10.0


def retrieve(task: "asyncio.Task[Any]") -> None:
    """Done callback for a task whose caller may be gone: its failure is nobody's then, and not worth a warning."""
    if not task.cancelled():
        task.exception()


class VirtualClient(BaseBleakClient):
    """`BleakClient(device, backend=radio.client_backend)`."""

    radio: "VirtualRadio"

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        disconnected_callback: Callable[[], None] | None,
        timeout: float,
        services: set[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout, **kwargs
        )
        self._device = address_or_ble_device if isinstance(address_or_ble_device, BLEDevice) else None
        self._wanted = services
        self._connection: Connection | None = None
        self._peer: Peer | None = None
        self._down = asyncio.Event()
        self._transactions: set[asyncio.Task[Any]] = set()
        self._subscribers: dict[int, Callable[[bytes], None]] = {}

    @property
    def name(self) -> str:
        """The advertised name, else the address with dashes, as bleak documents."""
        sighting = self.radio.sightings.get(self.address)
        return (sighting and sighting.name) or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        """The negotiated ATT_MTU."""
        return int(self._connection.att_mtu) if self._connection else att.ATT_DEFAULT_MTU

    @property
    def is_connected(self) -> bool:
        """Is the link up, as far as this end knows?"""
        return self._connection is not None

    async def connect(self, pair: bool, **kwargs: Any) -> None:
        """Connect, exchange MTU, discover.

        Raises TimeoutError when a scanned device does not answer, BleakDeviceNotFoundError when an address alone
        was given, BleakError when out of slots or when the link drops meanwhile.
        """
        if self.is_connected:
            raise BleakError("Client is already connected")
        try:
            async with asyncio.timeout(kwargs.get("timeout", self._timeout)):
                self._on_link_up(await self.radio.establish(self._bumble_address()))
                await self._transact(self._prepare(pair))
        except TimeoutError as e:
            if self._device is None and not self.is_connected:
                raise BleakDeviceNotFoundError(
                    self.address, f"Device with address {self.address} was not found."
                ) from e
            await self.disconnect()
            raise
        except BaseException:
            await self.disconnect()
            raise

    def _bumble_address(self) -> hci.Address:
        if self._device is not None:
            return self._device.details
        if sighting := self.radio.sightings.get(self.address):
            return sighting.bumble_address
        return hci.Address(self.address, hci.Address.RANDOM_DEVICE_ADDRESS)

    async def _prepare(self, pair: bool) -> None:
        peer = self._require_peer()
        await peer.request_mtu(MTU_WANTED)
        if pair:
            await peer.connection.pair()
        self.services = await self._discover(peer)

    async def _discover(self, peer: Peer) -> BleakGATTServiceCollection:
        found = BleakGATTServiceCollection()
        for s in await peer.discover_services():
            if self._wanted and uuid_text(s.uuid) not in self._wanted:
                continue
            service = BleakGATTService(s, s.handle, uuid_text(s.uuid))
            found.add_service(service)
            for c in await s.discover_characteristics():
                properties = list(gatt_char_props_to_strs(int(c.properties)))
                characteristic = BleakGATTCharacteristic(
                    c, c.handle, uuid_text(c.uuid), properties, lambda: self.mtu_size - 3, service
                )
                found.add_characteristic(characteristic)
                for d in await c.discover_descriptors():
                    found.add_descriptor(BleakGATTDescriptor(d, d.handle, uuid_text(d.type), characteristic))
        return found

    async def _transact(self, operation: Coroutine[Any, Any, T]) -> T:
        """Run one ATT operation; the link going down ends it with BleakError.

        Bumble *cancels* the pending request when the link drops, which a caller would take for its own shutdown;
        so the request runs in a task of its own. A cancelled caller leaves that task running: ATT cannot take a
        request back, and the answer must not be taken for the next one's.
        """
        if not self.is_connected:
            operation.close()
            raise BleakError("Not connected")
        transaction = asyncio.create_task(operation)
        self._transactions.add(transaction)
        transaction.add_done_callback(self._transactions.discard)
        transaction.add_done_callback(retrieve)
        await asyncio.wait({transaction})
        if transaction.cancelled():
            raise BleakError("disconnected")
        try:
            return transaction.result()
        except att.ATT_Error as e:
            raise BleakGATTProtocolError(e.error_code) from e
        except core.TimeoutError as e:
            raise TimeoutError("no answer within the ATT transaction timeout; reconnect") from e
        except core.BaseBumbleError as e:
            raise BleakError(str(e)) from e

    def _require_peer(self) -> Peer:
        if self._peer is None:
            raise BleakError("Not connected")
        return self._peer

    def _on_link_up(self, connection: Connection) -> None:
        self._connection = connection
        self._peer = Peer(connection)
        self._down.clear()
        self.radio.clients.add(self)
        connection.on(connection.EVENT_DISCONNECTION, lambda _reason: self.on_link_down())

    def on_link_down(self) -> None:
        """The link is gone, by whomever. Fails what waits, then tells the owner, once."""
        if self._connection is None:
            return
        self._connection = self._peer = self.services = None
        self._subscribers.clear()
        self._down.set()
        self.radio.clients.discard(self)
        for transaction in self._transactions:
            transaction.cancel()
        if self._disconnected_callback:
            self._disconnected_callback()

    async def disconnect(self) -> None:
        """Take the link down; returns within DISCONNECT_S even if the radio does not answer."""
        connection = self._connection
        if connection is None:
            return
        request = asyncio.create_task(connection.disconnect())
        request.add_done_callback(retrieve)
        down = asyncio.create_task(self._down.wait())
        try:
            await asyncio.wait({request, down}, timeout=DISCONNECT_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            request.cancel()
            down.cancel()
            self.on_link_down()

    async def pair(self, *_args: Any, **_kwargs: Any) -> None:
        """Pair, just works."""
        await self._transact(self._require_peer().connection.pair())

    async def unpair(self) -> None:
        """Keys live as long as the adapter object; there is nothing to forget but the link."""
        await self.disconnect()

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **_kwargs: Any
    ) -> bytearray:
        """Read. Raises BleakGATTProtocolError on an ATT error."""
        if use_cached and (
            cached := self._require_peer().gatt_client.cached_values.get(characteristic.handle)
        ):
            return bytearray(cached[1])
        return bytearray(await self._transact(characteristic.obj.read_value()))

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **_kwargs: Any
    ) -> bytearray:
        """Read a descriptor; descriptors are not cached."""
        del use_cached
        return bytearray(await self._transact(descriptor.obj.read_value()))

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        """Write, with or without a response."""
        await self._transact(characteristic.obj.write_value(bytes(data), with_response=response))

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        """Write a descriptor with response."""
        await self._transact(descriptor.obj.write_value(bytes(data), with_response=True))

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_kwargs: Any
    ) -> None:
        """Subscribe; a second call replaces the callback."""
        if not {"notify", "indicate"} & set(characteristic.properties):
            raise BleakError(f"{characteristic} cannot notify or indicate")
        await self.stop_notify(characteristic)

        def subscriber(value: bytes) -> None:
            callback(bytearray(value))

        self._subscribers[characteristic.handle] = subscriber
        await self._transact(characteristic.obj.subscribe(subscriber))

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe; nothing happens if there was no subscription."""
        if subscriber := self._subscribers.pop(characteristic.handle, None):
            await self._transact(characteristic.obj.unsubscribe(subscriber))
