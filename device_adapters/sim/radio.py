"""A virtual Bluetooth adapter for bleak: what BlueZ is to it on a Raspberry Pi.

    radio = await open_virtual_radio("127.0.0.1:9100")      # or VirtualRadio.on_link(link) in one process
    BleakScanner(callback, backend=radio.scanner_backend)
    BleakClient(device, backend=radio.client_backend)
    with radio.install(): ...                               # for libraries that never pass backend=

One adapter per process; scanners and clients share it, and like a real one it makes one connection at a time, has a
number of connection slots, and can vanish.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

import bleak
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError
from bumble import core, hci
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.host import Host

from device_adapters.sim.air import SimLink
from device_adapters.sim.bleak_client import VirtualClient, retrieve
from device_adapters.sim.bleak_scanner import Sightings, VirtualScanner
from device_adapters.sim.controller import SimController

if TYPE_CHECKING:
    from bleak.backends.client import BaseBleakClient
    from bleak.backends.scanner import BaseBleakScanner

CANCEL_S = 1.0
"""How long a controller may take to say that a connection attempt is cancelled."""


class VirtualRadio:
    """One adapter. `slots` limits its connections (None: no limit, as no real adapter is)."""

    def __init__(
        self, host: Host, slots: int | None = None, close: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self.sightings = Sightings()
        self.scanners: set[VirtualScanner] = set()
        self.clients: set[VirtualClient] = set()
        self.client_backend: type[BaseBleakClient] = type("VirtualClient", (VirtualClient,), {"radio": self})
        self.scanner_backend: type[BaseBleakScanner] = type(
            "VirtualScanner", (VirtualScanner,), {"radio": self}
        )
        self._slots = slots
        self._close = close
        self._powered = False
        self._gone = asyncio.Event()
        self._connecting = asyncio.Lock()
        self._switching = asyncio.Lock()
        config = DeviceConfiguration(name="Backstride unit", address=hci.Address.generate_static_address())
        self._device = _Adapter(config=config, host=host)
        self._device.radio = self

    @classmethod
    async def on_link(cls, link: SimLink, slots: int | None = None) -> "VirtualRadio":
        """An adapter in the process that holds the air, powered on."""
        controller = SimController("adapter", link)
        host = Host()
        host.controller = controller

        async def unplug() -> None:
            controller.unplug()

        radio = cls(host, slots, unplug)
        await radio.power_on()
        return radio

    async def power_on(self) -> None:
        """Reset the controller and be ready to scan and connect."""
        await self._device.power_on()
        self._powered = True

    @property
    def present(self) -> bool:
        """Powered and not vanished."""
        return self._powered and not self._gone.is_set()

    @property
    def connections(self) -> int:
        """How many slots of the adapter are in use."""
        return len(self._device.connections)

    async def wait_gone(self) -> None:
        """Return when the adapter has vanished or was closed."""
        await self._gone.wait()

    def require_present(self) -> None:
        """Raises BleakBluetoothNotAvailableError unless the adapter is there and powered."""
        if self._gone.is_set():
            raise BleakBluetoothNotAvailableError(
                "the virtual adapter is gone; is the gym running?",
                BleakBluetoothNotAvailableReason.NO_BLUETOOTH,
            )
        if not self._powered:
            raise BleakBluetoothNotAvailableError(
                "the virtual adapter is off; await power_on()", BleakBluetoothNotAvailableReason.POWERED_OFF
            )

    async def scan(self, scanner: "VirtualScanner", *, active: bool) -> None:
        """`scanner` hears advertisements from now on."""
        self.require_present()
        async with self._switching:
            self.scanners.add(scanner)
            if not self._device.is_scanning:
                await self._device.start_scanning(active=active)

    async def end_scan(self, scanner: "VirtualScanner") -> None:
        """`scanner` has heard enough."""
        async with self._switching:
            self.scanners.discard(scanner)
            if not self.scanners and self._device.is_scanning and self.present:
                await self._device.stop_scanning()

    def heard(self, report: hci.HCI_LE_Advertising_Report_Event.Report) -> None:
        """An advertisement or scan response, for every scanner."""
        sighting = self.sightings.add(report)
        for scanner in list(self.scanners):
            scanner.on_sighting(sighting)

    async def establish(self, address: hci.Address) -> Connection:
        """Connect; the caller sets the timeout. Raises BleakError when out of slots or refused."""
        async with self._connecting:
            self.require_present()
            if self._slots is not None and self.connections >= self._slots:
                raise BleakError(
                    f"all {self._slots} slots of the adapter are in use: no available connection slot; "
                    "disconnect a device or add an adapter"
                )
            if any(c.peer_address == address for c in self._device.connections.values()):
                raise BleakError(f"{address.to_string(False)} is connected to another client of this adapter")
            attempt = asyncio.create_task(self._device.connect(address, timeout=None))
            attempt.add_done_callback(retrieve)
            gone = asyncio.create_task(self._gone.wait())
            try:
                await asyncio.wait({attempt, gone}, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                await self._abandon(attempt)
                raise
            finally:
                gone.cancel()
            if not attempt.done() or attempt.cancelled():
                attempt.cancel()
                self.require_present()
                raise BleakError("the adapter gave the connection attempt up")
            try:
                connection = attempt.result()
            except (core.ConnectionError, hci.HCI_Error) as e:
                raise BleakError(f"connection failed: {e}") from e
            if connection not in self._device.connections.values():  # gone before anyone could listen for it
                raise BleakError("the device hung up at once; it may be connected to another adapter")
            return connection

    async def _abandon(self, attempt: "asyncio.Task[Connection]") -> None:
        """Free the controller for the next attempt, whatever state this one is in."""
        if self.present:
            with contextlib.suppress(TimeoutError, hci.HCI_Error):
                async with asyncio.timeout(CANCEL_S):
                    await self._device.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command())
            await asyncio.wait({attempt}, timeout=CANCEL_S)
        if not attempt.done():
            attempt.cancel()
        elif not attempt.cancelled() and attempt.exception() is None:  # it was there already
            with contextlib.suppress(TimeoutError, hci.HCI_Error):
                async with asyncio.timeout(CANCEL_S):
                    await attempt.result().disconnect()

    def vanish(self) -> None:
        """The adapter was pulled: every client is disconnected, nothing works any more."""
        if not self._gone.is_set():
            self._gone.set()
            self.scanners.clear()
            for client in list(self.clients):
                client.on_link_down()

    async def close(self) -> None:
        """Disconnect everything and give the adapter back."""
        if self.present:
            for client in list(self.clients):
                await client.disconnect()
        self.vanish()
        if self._close:
            await self._close()

    @contextlib.contextmanager
    def install(self) -> "Iterator[VirtualRadio]":
        """Make this adapter bleak's default, for code that never passes `backend=`."""
        defaults = {
            "get_platform_client_backend_type": self.client_backend,
            "get_platform_scanner_backend_type": self.scanner_backend,
        }
        saved = {name: getattr(bleak, name) for name in defaults}
        for name, backend in defaults.items():
            setattr(bleak, name, lambda backend=backend: (backend, "virtual"))
        try:
            yield self
        finally:
            for name, function in saved.items():
                setattr(bleak, name, function)


class _Adapter(Device):  # type: ignore[misc]  # bumble is untyped here
    """Bumble's device without its advertisement accumulator, which parses each report three times."""

    radio: VirtualRadio

    def on_advertising_report(self, report: hci.HCI_LE_Advertising_Report_Event.Report) -> None:
        self.radio.heard(report)
