"""One Bluetooth adapter: its scanner, its connection slots, and which bleak backend speaks for it.

A real adapter is BlueZ through stock bleak; the virtual gym hands in backends of the same bleak interfaces. Nothing
else in the adapters knows which of the two it is.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from device_adapters.clock import Clock
from device_adapters.errors import LinkError


@dataclass(frozen=True, slots=True)
class Backends:
    """bleak backend classes; None means the platform's own."""

    client: type[Any] | None = None
    scanner: type[Any] | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """An advertisement: the device to connect to, its signal in dBm, and when it was heard (monotonic ms)."""

    device: BLEDevice
    rssi: int
    heard_ms: int


@dataclass
class Radio:
    """The adapter `name` (`hci0`, or any name for a virtual one) with `slots` connections (plan for 5 on a Pi)."""

    name: str
    slots: int
    clock: Clock
    backends: Backends = field(default_factory=Backends)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.slots)
        self._connecting = asyncio.Lock()
        self._heard: dict[str, Sighting] = {}
        self._waiting: dict[str, list[asyncio.Future[Sighting]]] = {}
        self.used = 0

    def options(self) -> dict[str, Any]:
        """Keyword arguments that make bleak use this adapter."""
        if self.backends.client is not None:
            return {}
        return {"bluez": {"adapter": self.name}}

    async def run(self) -> None:
        """Scan until cancelled: one scanner per adapter, which only remembers who was heard.

        Raises LinkError when there is no such adapter or it fails.
        """
        kwargs: dict[str, Any] = self.options()
        if self.backends.scanner is not None:
            kwargs["backend"] = self.backends.scanner
        try:
            async with BleakScanner(detection_callback=self._detected, **kwargs):
                await asyncio.Event().wait()
        except (BleakError, OSError) as e:
            raise LinkError(f"Bluetooth adapter {self.name}: {e}; is it plugged in and powered?") from e

    def _detected(self, device: BLEDevice, data: AdvertisementData) -> None:
        address = device.address.upper()
        sighting = Sighting(device, data.rssi, self.clock.now_ms())
        self._heard[address] = sighting
        for waiter in self._waiting.pop(address, []):
            if not waiter.done():
                waiter.set_result(sighting)

    async def next_sighting(self, address: str) -> Sighting:
        """Wait for the next advertisement of `address`, so that one never connects to a device long gone."""
        waiter: asyncio.Future[Sighting] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(address.upper(), []).append(waiter)
        return await waiter

    def rssi(self, address: str) -> int | None:
        """The last signal strength heard of `address`, dBm."""
        sighting = self._heard.get(address.upper())
        return sighting.rssi if sighting else None

    async def __aenter__(self) -> None:
        await self._slots.acquire()
        self.used += 1

    async def __aexit__(self, *_: object) -> None:
        self.used -= 1
        self._slots.release()

    @property
    def connecting(self) -> asyncio.Lock:
        """A controller makes one connection at a time."""
        return self._connecting
