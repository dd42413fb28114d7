"""One connected device, as the adapters see it: read, subscribe, write, and know when it is gone.

A characteristic is found by its UUID and by what is to be done with it; of several the first by handle is taken, so
that a second battery or a doubled characteristic keeps nothing from being read.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.service import BleakGATTServiceCollection
from bleak.exc import BleakError, BleakGATTProtocolError

from device_adapters.ble.connecting import connected, forget, let_go
from device_adapters.ble.failures import (
    FAILURES,
    IncompleteError,
    NoAnswerError,
    NotifyRefusedError,
    RefusedError,
    WriteRefusedError,
    said,
)
from device_adapters.ble.radio import Air, Seat
from device_adapters.ble.turns import Urgency
from device_adapters.errors import LinkError

__all__ = [
    "IncompleteError",
    "Link",
    "NoAnswerError",
    "NotifyRefusedError",
    "Offered",
    "WriteRefusedError",
    "connect",
]

OPERATION_S = 3.0
"""Each read, write or subscription; beyond it the link is given up (ATT allows 30 s and then forbids more)."""

NOT_SO = frozenset({0x03, 0x06})
"""ATT errors that refuse the kind of a write (not permitted, request not supported) and not what is written."""

_NOTIFY = ("notify", "indicate")
_WRITE = ("write", "write-without-response")


@dataclass(frozen=True, slots=True)
class Offered:
    """One characteristic of a device; properties as bleak names them: read, notify, indicate, write, ..."""

    service: str
    uuid: str
    properties: tuple[str, ...]


class Link:
    """A live connection. `gone` is set when it ends, whoever ended it. `name` is as advertised, '' if it was not;
    `rssi` (dBm) as last heard before connecting: a connected device advertises no more. `fault`: what a handler of
    its notifications raised, which ends the link. `backward`: a fitness machine tells no direction.
    """

    backward: bool | None = None

    def __init__(self, client: BleakClient, gone: asyncio.Event, seat: Seat) -> None:
        self._client = client
        self._handlers: dict[str, Callable[[bytes], None]] = {}
        self._turn: dict[str, int] = {}
        self.gone = gone
        self.fault: Exception | None = None
        self.name = seat.sighting.device.name or ""
        self.rssi = seat.sighting.rssi
        self.radio = seat.radio.name

    def give_up(self) -> None:
        """End it: nothing more can come of it."""
        self.gone.set()

    def has(self, characteristic: str) -> bool:
        """Does the device have this characteristic? Raises LinkError once the link is lost."""
        return bool(self._found(characteristic))

    def count(self, characteristic: str) -> int:
        """How often it has it. Raises LinkError once the link is lost."""
        return len(self._found(characteristic))

    def need(self, characteristic: str) -> None:
        """Raises IncompleteError if the device cannot notify or indicate this, LinkError once the link is lost."""
        if not any(set(_NOTIFY) & set(each.properties) for each in self._found(characteristic)):
            raise IncompleteError(f"{characteristic[4:8]} is not in what the device offers")

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
            raise LinkError(f"looking up services: {said(e)}") from e

    def _found(self, characteristic: str) -> list[BleakGATTCharacteristic]:
        every = self._services().characteristics
        return [every[handle] for handle in sorted(every) if every[handle].uuid == characteristic]

    def _able(self, characteristic: str, properties: tuple[str, ...]) -> list[BleakGATTCharacteristic]:
        return [each for each in self._found(characteristic) if set(properties) & set(each.properties)]

    async def read(self, characteristic: str) -> bytes | None:
        """The value, or None where the device has no such characteristic or will not let it be read.

        Raises NoAnswerError in time, LinkError once the link is lost.
        """
        for each in self._able(characteristic, ("read",)):
            try:
                return bytes(await self._asked("reading", characteristic, self._client.read_gatt_char(each)))
            except RefusedError:
                continue
        return None

    async def subscribe(self, characteristic: str, handler: Callable[[bytes], None]) -> None:
        """Call `handler(data)` in the event loop for each notification or indication; what it raises ends this link.

        Raises IncompleteError without such a characteristic, NotifyRefusedError if the device refuses, NoAnswerError
        in time, LinkError once the link is lost.
        """
        self._handlers[characteristic] = handler
        await self._subscribe(characteristic)

    async def resubscribe(self, characteristic: str, *, other: bool = False) -> None:
        """Subscribe once more: its notifications ended, or the device forgot that they are wanted (ATT error 0xFD).

        `other`: where the device has it twice, try the other one. Raises as `subscribe`, which came before it.
        """
        able = self._able(characteristic, _NOTIFY)
        if able:
            each = able[self._turn.get(characteristic, 0) % len(able)]
            with suppress(RefusedError):  # it had forgotten, which is why this is done
                await self._asked("leaving", characteristic, self._client.stop_notify(each))
            self._turn[characteristic] = self._turn.get(characteristic, 0) + other
        await self._subscribe(characteristic)

    async def _subscribe(self, characteristic: str) -> None:
        self.need(characteristic)
        able = self._able(characteristic, _NOTIFY)
        each = able[self._turn.get(characteristic, 0) % len(able)]

        def heard(_sender: object, data: bytearray) -> None:
            try:
                self._handlers[characteristic](bytes(data))
            except Exception as e:  # noqa: BLE001 — whatever it is, it is this device's, and is told with its end
                self.fault = self.fault or e
                self.gone.set()

        try:
            await self._asked("subscribing to", characteristic, self._client.start_notify(each, heard))
        except RefusedError as e:
            raise NotifyRefusedError(f"subscribing to {characteristic[4:8]}: {said(e)}") from e

    async def write(self, characteristic: str, data: bytes, *, response: bool | None = None) -> None:
        """Write in a way that the characteristic offers: with a response where it can, or as `response` says.

        Raises WriteRefusedError on an ATT error, LinkError if nothing came back.
        """
        able = self._able(characteristic, _WRITE) or self._found(characteristic)
        if not able:
            raise IncompleteError(f"{characteristic[4:8]} is not in what the device offers")
        offers = able[0].properties
        with_response = ("write" in offers or _WRITE[1] not in offers) if response is None else response
        try:
            await self._write(able[0], data, response=with_response)
        except WriteRefusedError as e:
            if response is not None or e.att_error not in NOT_SO or not set(_WRITE) <= set(offers):
                raise
            await self._write(able[0], data, response=not with_response)

    async def _write(self, to: BleakGATTCharacteristic, data: bytes, *, response: bool) -> None:
        try:
            await self._asked("writing", to.uuid, self._client.write_gatt_char(to, data, response=response))
        except RefusedError as e:
            if e.att_error is None:
                raise LinkError(f"writing {to.uuid[4:8]}: {e}") from e
            raise WriteRefusedError(e.att_error) from e

    async def _asked(self, doing: str, characteristic: str, question: Coroutine[Any, Any, Any]) -> Any:
        """The answer. Raises RefusedError if the device lives and says no, LinkError if it does not answer."""
        try:
            async with asyncio.timeout(OPERATION_S):
                return await question
        except TimeoutError as e:
            raise NoAnswerError(f"{doing} {characteristic[4:8]}: no answer in {OPERATION_S:.0f} s") from e
        except BleakGATTProtocolError as e:
            raise RefusedError(said(e), int(e.code)) from e
        except FAILURES as e:
            why = said(e)
            if isinstance(e, BleakError) and self._lives(why):
                raise RefusedError(why, None) from e
            raise LinkError(f"{doing} {characteristic[4:8]}: {why}") from e

    def _lives(self, why: str) -> bool:
        lost = self.gone.is_set() or not self._client.is_connected
        return not lost and "not connected" not in why.lower() and "disconnected" not in why.lower()


@asynccontextmanager
async def connect(
    air: Air, address: str, urgency: Urgency = Urgency.OTHER, *, fresh: bool = False
) -> AsyncIterator[Link]:
    """Wait until `address` is heard where a slot is free, connect, and disconnect at the end. Raises LinkError.

    `fresh`: believe nothing that was remembered of its services. What is remembered is dropped where IncompleteError
    ends the link.
    """
    async with air.place(address) as seat:
        gone = asyncio.Event()
        client = await connected(air, seat, address, gone, urgency, fresh=fresh)
        seat.radio.links.add(gone)
        incomplete = False
        try:
            yield Link(client, gone, seat)
        except IncompleteError:
            incomplete = True
            raise
        finally:
            seat.radio.links.discard(gone)
            await let_go(client, seat.radio, address, gone)
            if incomplete:
                await forget(client, address)
