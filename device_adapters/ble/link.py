"""One connected device, as the adapters see it: read, subscribe, write, and know when it is gone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bleak import BleakClient
from bleak.backends.service import BleakGATTServiceCollection
from bleak.exc import BleakCharacteristicNotFoundError, BleakError, BleakGATTProtocolError
from bleak_retry_connector import BleakClientWithServiceCache, establish_connection

from device_adapters.ble.radio import Air, Seat
from device_adapters.errors import LinkError

OPERATION_S = 3.0
"""Each read, write or subscription; beyond it the link is given up (ATT allows 30 s and then forbids more)."""

CONNECT_S = 20.0


_FAILURES = (BleakError, TimeoutError, OSError, EOFError)
"""What bleak raises when a device or its adapter is gone; EOFError: D-Bus hung up."""


class WriteRefusedError(LinkError):
    """The device answered a write with an ATT error."""

    code = "LINK-002"

    def __init__(self, att_error: int) -> None:
        super().__init__(f"write refused with ATT error 0x{att_error:02x}")
        self.att_error = att_error


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__


@dataclass(frozen=True, slots=True)
class Offered:
    """One characteristic of a device; properties as bleak names them: read, notify, indicate, write, ..."""

    service: str
    uuid: str
    properties: tuple[str, ...]


class Link:
    """A live connection. `gone` is set when it ends, whoever ended it. `name` is as advertised, '' if it was not;
    `rssi` (dBm) as last heard before connecting: a connected device advertises no more.
    """

    def __init__(self, client: BleakClient, gone: asyncio.Event, seat: Seat) -> None:
        self._client = client
        self.gone = gone
        self.name = seat.sighting.device.name or ""
        self.rssi = seat.sighting.rssi
        self.radio = seat.radio.name

    def give_up(self) -> None:
        """End it: nothing more can come of it."""
        self.gone.set()

    def has(self, characteristic: str) -> bool:
        """Does the device have this characteristic? Raises LinkError once the link is lost."""
        return self._services().get_characteristic(characteristic) is not None

    def offered(self) -> tuple[Offered, ...]:
        """All that the device has, in its order. Raises LinkError once the link is lost."""
        return tuple(
            Offered(service.uuid, each.uuid, tuple(sorted(each.properties)))
            for service in self._services()
            for each in service.characteristics
        )

    def _services(self) -> BleakGATTServiceCollection:
        try:
            return self._client.services
        except BleakError as e:
            raise LinkError(f"looking up services: {_said(e)}") from e

    async def read(self, characteristic: str) -> bytes | None:
        """The value, or None where the device has no such characteristic or will not let it be read."""
        try:
            async with asyncio.timeout(OPERATION_S):
                return bytes(await self._client.read_gatt_char(characteristic))
        except (BleakCharacteristicNotFoundError, BleakGATTProtocolError):
            return None
        except _FAILURES as e:
            raise LinkError(f"reading {characteristic[4:8]}: {_said(e)}") from e

    async def subscribe(self, characteristic: str, handler: Callable[[bytes], None]) -> None:
        """Call `handler(data)` in the event loop for each notification or indication."""
        try:
            async with asyncio.timeout(OPERATION_S):
                await self._client.start_notify(characteristic, lambda _, data: handler(bytes(data)))
        except _FAILURES as e:
            raise LinkError(f"subscribing to {characteristic[4:8]}: {_said(e)}") from e

    async def write(self, characteristic: str, data: bytes) -> None:
        """Write with response. Raises WriteRefusedError on an ATT error, LinkError if nothing came back."""
        try:
            async with asyncio.timeout(OPERATION_S):
                await self._client.write_gatt_char(characteristic, data, response=True)
        except BleakGATTProtocolError as e:
            raise WriteRefusedError(int(e.code)) from e
        except _FAILURES as e:
            raise LinkError(f"writing {characteristic[4:8]}: {_said(e)}") from e


@asynccontextmanager
async def connect(air: Air, address: str) -> AsyncIterator[Link]:
    """Wait until `address` is heard where a slot is free, connect, and disconnect at the end. Raises LinkError."""
    async with air.place(address) as seat:
        gone = asyncio.Event()
        client = await _connected(air, seat, address, gone)
        seat.radio.links.add(gone)
        try:
            yield Link(client, gone, seat)
        finally:
            seat.radio.links.discard(gone)
            try:
                async with asyncio.timeout(OPERATION_S):
                    await client.disconnect()
            except _FAILURES:
                gone.set()


async def _connected(air: Air, seat: Seat, address: str, gone: asyncio.Event) -> BleakClient:
    radio = seat.radio
    kwargs: dict[str, Any] = radio.options()
    if radio.backends.client is not None:
        kwargs["backend"] = radio.backends.client
    try:
        async with asyncio.timeout(CONNECT_S), radio.connecting:
            client = await establish_connection(
                BleakClientWithServiceCache,
                seat.sighting.device,
                address,
                disconnected_callback=lambda _: gone.set(),
                max_attempts=2,
                **kwargs,
            )
    except _FAILURES as e:
        air.tried(address, radio, good=False)
        raise LinkError(f"connecting at {radio.name}: {_said(e)}") from e
    air.tried(address, radio, good=True)
    return client
