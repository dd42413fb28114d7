"""The two ends of a connection: an attempt in its turn, and letting go, with what was remembered where it was wrong."""

import asyncio
from typing import Any

from bleak import BleakClient
from bleak.exc import BleakBluetoothNotAvailableError
from bleak_retry_connector import (
    BleakClientWithServiceCache,
    BleakOutOfConnectionSlotsError,
    clear_cache,
    establish_connection,
)

from device_adapters.ble import held_links
from device_adapters.ble.failures import FAILURES, GaveWayError, said
from device_adapters.ble.radio import Air, Radio, Seat, Sighting
from device_adapters.ble.turns import Urgency
from device_adapters.errors import LinkError

TREADMILL_S = 20.0
OTHER_S = 10.0
"""An attempt to connect, once it has its turn. Straps and pods get less: whoever waits behind one waits for it."""

HEARD_MS = 10_000
"""Whoever was not heard for this long when the turn comes is not tried: it is no longer there."""

LET_GO_S = 3.0
FORGET_S = 5.0
ADAPTERS_OWN = ("InProgress", "NotReady", "NotPowered", "ServiceUnknown")
"""BlueZ's errors that are its adapter's or its own, whoever was to be connected."""


async def let_go(client: BleakClient, radio: Radio, address: str, gone: asyncio.Event) -> None:
    """Disconnect, within a bound."""
    try:
        async with asyncio.timeout(LET_GO_S):
            await client.disconnect()
    except FAILURES:
        gone.set()
        await leave_nothing(radio, address)


async def leave_nothing(radio: Radio, address: str) -> None:
    """Have BlueZ drop a link that is nobody's: it goes on connecting for who has given up, and a device that it holds
    advertises no more, so that it would never be heard and linked again.
    """
    if radio.backends.client is None:
        await held_links.drop(address, LET_GO_S)


async def forget(client: BleakClient, address: str) -> None:
    """Drop what bleak and BlueZ remember of a device's services."""
    clear = getattr(getattr(client, "_backend", None), "clear_cache", None)
    try:
        async with asyncio.timeout(FORGET_S):
            if clear is not None:
                await clear()
            await clear_cache(address)
    except FAILURES:
        return  # it is asked for anew without the cache all the same


async def connected(
    air: Air, seat: Seat, address: str, gone: asyncio.Event, urgency: Urgency, *, fresh: bool
) -> BleakClient:
    """An attempt to connect to whoever has this seat. Raises LinkError; GaveWayError where it is nobody's failure."""
    radio = seat.radio
    kwargs: dict[str, Any] = radio.options()
    if radio.backends.client is not None:
        kwargs["backend"] = radio.backends.client
    bound_s = TREADMILL_S if urgency < Urgency.OTHER else OTHER_S
    try:
        async with radio.turns.turn(urgency, bound_s):
            sighting = _still_heard(seat, address)
            client = await establish_connection(
                BleakClientWithServiceCache,
                sighting.device,
                address,
                disconnected_callback=lambda _: gone.set(),
                max_attempts=2,
                use_services_cache=not fresh,
                **kwargs,
            )
    except GaveWayError:
        await leave_nothing(radio, address)
        raise
    except FAILURES as e:
        air.tried(address, radio, good=False, own=_adapters_own(e, radio))
        await leave_nothing(radio, address)
        raise LinkError(f"connecting at {radio.name}: {said(e)}") from e
    air.tried(address, radio, good=True)
    return client


def _still_heard(seat: Seat, address: str) -> Sighting:
    """Its last advertisement, once its turn has come. Raises GaveWayError if that was long ago."""
    sighting = seat.radio.last_heard(address) or seat.sighting
    if seat.radio.clock.now_ms() - sighting.heard_ms > HEARD_MS:
        raise GaveWayError(f"connecting at {seat.radio.name}: not heard any more")
    return sighting


def _adapters_own(error: BaseException | None, radio: Radio) -> bool:
    """Does this failure tell of the adapter, and not of the device?"""
    while error is not None:
        if isinstance(error, BleakOutOfConnectionSlotsError | BleakBluetoothNotAvailableError | EOFError):
            return True
        if any(word in str(error) for word in ADAPTERS_OWN):
            return True
        error = error.__cause__
    return not radio.up
