"""One Bluetooth adapter: its scanner, its connection slots, and which bleak backend speaks for it.

A real adapter is BlueZ through stock bleak; the virtual gym hands in backends of the same bleak interfaces. Nothing
else in the adapters knows which of the two it is.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from device_adapters.ble.turns import Turns
from device_adapters.clock import Clock
from device_adapters.codecs import uuids
from device_adapters.errors import LinkError

HEARD_MAX = 1_000
"""Advertisers remembered; phones change their address every few minutes, so beyond it the oldest half is forgotten."""

SILENT_S = 90.0
"""A scanner that is waited on and hears nobody at all for this long is taken for stuck (habluetooth: 90 s)."""

LOOK_S = 1.0
FAILURES_MAX = 6
"""So many failed connections in a row may be the adapter's fault and not the devices'."""

FAILED_KEPT = 2 * FAILURES_MAX


@dataclass(frozen=True, slots=True)
class Backends:
    """bleak backend classes; None means the platform's own."""

    client: type[Any] | None = None
    scanner: type[Any] | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """An advertisement: the device to connect to, its signal in dBm, when it was heard (monotonic ms), its services.

    `fitness_machine` is the Service Data of 0x1826, which says what kind of machine it is; empty where it says none.
    """

    device: BLEDevice
    rssi: int
    heard_ms: int
    services: frozenset[str] = frozenset()
    fitness_machine: bytes = b""


class AdapterGoneError(LinkError):
    """The adapter itself is no longer there: pulled, switched off, or its driver died."""

    code = "LINK-003"


@dataclass(frozen=True, slots=True)
class Seat:
    """A taken connection slot of `radio`, and the advertisement that the connection begins with."""

    radio: "Radio"
    sighting: Sighting


class Air(Protocol):
    """Where devices are heard and slots are had: one radio, or several."""

    @property
    def clock(self) -> Clock:
        """The clock that waiting is done by."""
        ...

    def place(self, address: str) -> AbstractAsyncContextManager[Seat]:
        """Wait until `address` is heard where a slot is free; the slot is held until the end."""
        ...

    def tried(self, address: str, radio: "Radio", *, good: bool, own: bool = False) -> None:
        """Hear how an attempt to connect at `radio` ended; `own`: it failed by the radio's own fault."""
        ...


async def _never() -> None:
    await asyncio.Event().wait()


@dataclass
class Radio:
    """The adapter `name` (`hci0`, or any name for a virtual one) with `slots` connections (plan for 5 on a Pi).

    `why` is empty while it works. `on_sighting` is told of every advertisement;
    `also_wanted`: does anybody else wait to hear something?
    """

    name: str
    slots: int
    clock: Clock
    backends: Backends = field(default_factory=Backends)
    on_sighting: Callable[[Sighting], None] = lambda _sighting: None
    also_wanted: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        self.turns = Turns()
        self._heard: dict[str, Sighting] = {}
        self._waiting: dict[str, list[asyncio.Future[Sighting]]] = {}
        self._failed: list[str] = []
        self._failed_itself = 0
        self._has_linked: set[str] = set()
        self._heard_ms = 0
        self.links: set[asyncio.Event] = set()
        self.used = 0
        self.why = "not scanning yet"

    def options(self) -> dict[str, Any]:
        """Keyword arguments that make bleak use this adapter."""
        if self.backends.client is not None:
            return {}
        return {"bluez": {"adapter": self.name}}

    @property
    def up(self) -> bool:
        """Does it scan, with nothing known against it?"""
        return not self.why

    @property
    def free(self) -> int:
        """Slots that can be had now."""
        return max(0, self.slots - self.used) if self.up else 0

    async def run(
        self, lost: Callable[[], Awaitable[None]] = _never, began: Callable[[], None] = lambda: None
    ) -> None:
        """Scan until cancelled: one scanner per adapter, which only remembers who was heard.

        Calls `began` once it scans. Raises LinkError when it fails, or hears nobody though someone is waited for;
        AdapterGoneError when `lost` returns: then its links are over, too.
        """
        kwargs: dict[str, Any] = self.options()
        if self.backends.scanner is not None:
            kwargs["backend"] = self.backends.scanner
        self._failed.clear()
        self._failed_itself = 0
        self._heard_ms = self.clock.now_ms()
        gone = asyncio.ensure_future(lost())
        try:
            async with BleakScanner(detection_callback=self.detected, **kwargs):
                self.why = ""
                began()
                await self._watch(gone)
        except (BleakError, OSError) as e:
            self.why = str(e) or type(e).__name__
            raise LinkError(f"Bluetooth adapter {self.name}: {e}; is it plugged in and powered?") from e
        except LinkError as e:
            self.why = str(e)
            raise
        finally:
            gone.cancel()
            if not self.why:
                self.why = "not scanning"

    async def _watch(self, gone: "asyncio.Future[Any]") -> None:
        while True:
            await asyncio.wait([gone], timeout=LOOK_S)
            if gone.done():
                for link in list(self.links):
                    link.set()
                raise AdapterGoneError(f"Bluetooth adapter {self.name} is gone; plug it in or switch it on")
            silent_s = (self.clock.now_ms() - self._heard_ms) / 1000
            wanted = self._waiting or self.also_wanted()
            if wanted and silent_s >= SILENT_S:
                raise LinkError(f"Bluetooth adapter {self.name} has heard nobody for {silent_s:.0f} s")
            if failed := self._suspect():
                raise LinkError(f"Bluetooth adapter {self.name}: {failed} connections failed in a row")

    def _suspect(self) -> int:
        """How many failures in a row tell against the adapter, if they do: those that are its own; or those of two
        devices or more, one of which it has linked before, while it carries no link that shows that it works.
        """
        if self._failed_itself >= FAILURES_MAX:
            return self._failed_itself
        devices = set(self._failed)
        enough = len(self._failed) >= FAILURES_MAX and len(devices) > 1
        return len(self._failed) if enough and devices & self._has_linked else 0

    def detected(self, device: BLEDevice, data: AdvertisementData) -> None:
        """bleak: an advertisement was heard."""
        address = device.address.upper()
        self._heard_ms = self.clock.now_ms()
        said = data.service_data.get(uuids.FITNESS_MACHINE_SERVICE, b"")
        sighting = Sighting(device, data.rssi, self._heard_ms, frozenset(data.service_uuids), said)
        self._heard.pop(address, None)
        self._heard[address] = sighting
        if len(self._heard) > HEARD_MAX:
            for old in list(self._heard)[: HEARD_MAX // 2]:
                del self._heard[old]
        for waiter in self._waiting.pop(address, []):
            if not waiter.done():
                waiter.set_result(sighting)
        self.on_sighting(sighting)

    async def next_sighting(self, address: str) -> Sighting:
        """Wait for the next advertisement of `address`, so that one never connects to a device long gone."""
        waiter: asyncio.Future[Sighting] = asyncio.get_running_loop().create_future()
        waiters = self._waiting.setdefault(address.upper(), [])
        waiters.append(waiter)
        try:
            return await waiter
        finally:
            if waiter in waiters:
                waiters.remove(waiter)
            if not waiters and self._waiting.get(address.upper()) is waiters:
                del self._waiting[address.upper()]

    def last_heard(self, address: str) -> Sighting | None:
        """The last advertisement of `address`."""
        return self._heard.get(address.upper())

    def heard(self) -> dict[str, Sighting]:
        """The last advertisement of each device, by address; the oldest first."""
        return dict(self._heard)

    @asynccontextmanager
    async def place(self, address: str) -> AsyncIterator[Seat]:
        """Wait until `address` is heard and a slot is free, and hold the slot."""
        sighting = await self.next_sighting(address)
        while not self.free:
            sighting = await self.next_sighting(address)
        with self.slot():
            yield Seat(self, sighting)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """A connection slot. The caller saw that one is free."""
        self.used += 1
        try:
            yield
        finally:
            self.used -= 1

    def tried(self, address: str, radio: "Radio", *, good: bool, own: bool = False) -> None:
        """How an attempt to connect ended: bad ones in a row make it suspect while no link shows its health."""
        del radio
        if good:
            self._failed.clear()
            self._failed_itself = 0
            if len(self._has_linked) < HEARD_MAX:
                self._has_linked.add(address.upper())
        elif own:
            self._failed_itself += 1
        elif not self.links:
            self._failed = [*self._failed, address.upper()][-FAILED_KEPT:]
