"""The power of a real adapter over D-Bus: a bus of our own, and on it an Adapter1 as BlueZ documents it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from dbus_fast import BusType, PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

from device_adapters.ble import bluez, connecting
from device_adapters.ble.bluez import BluezAdapter, close_stale_links
from device_adapters.ble.connecting import leave_nothing, let_go
from device_adapters.ble.radio import Backends, Radio
from device_adapters.clock import SystemClock
from device_adapters.errors import LinkError

if TYPE_CHECKING:
    from bleak import BleakClient


class Adapter1(ServiceInterface):
    """org.bluez.Adapter1 with its one property that matters here."""

    def __init__(self) -> None:
        super().__init__("org.bluez.Adapter1")
        self.history: list[bool] = []
        self.on = False

    @dbus_property()
    def Powered(self) -> "b":  # type: ignore[name-defined]  # noqa: F821, N802
        return self.on

    @Powered.setter  # type: ignore[no-redef]
    def Powered(self, value: "b") -> None:  # type: ignore[name-defined]  # noqa: F821, N802
        self.history.append(value)
        self.on = value


ADDRESS = "F1:00:00:00:00:01"


class Device1(ServiceInterface):
    """org.bluez.Device1 of a device that BlueZ holds."""

    def __init__(self) -> None:
        super().__init__("org.bluez.Device1")
        self.held = True

    @dbus_property(access=PropertyAccess.READ)
    def Address(self) -> "s":  # type: ignore[name-defined]  # noqa: F821, N802
        return ADDRESS

    @dbus_property(access=PropertyAccess.READ)
    def Alias(self) -> "s":  # type: ignore[name-defined]  # noqa: F821, N802
        return "Treadmill 1"

    @dbus_property(access=PropertyAccess.READ)
    def Adapter(self) -> "o":  # type: ignore[name-defined]  # noqa: F821, N802
        return "/org/bluez/hci3"

    @dbus_property(access=PropertyAccess.READ)
    def Connected(self) -> "b":  # type: ignore[name-defined]  # noqa: F821, N802
        return self.held

    @dbus_method()
    def Disconnect(self) -> None:  # noqa: N802
        self.held = False
        self.emit_properties_changed({"Connected": False})


@pytest.fixture
async def system_bus(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A system bus of our own; its socket's path must be short."""
    with tempfile.TemporaryDirectory(prefix="bs-") as folder:
        address = f"unix:path={folder}/bus"
        daemon = await asyncio.create_subprocess_exec(
            "dbus-daemon", "--session", "--nofork", f"--address={address}"
        )
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        async with asyncio.timeout(60):
            while not Path(folder, "bus").exists():
                await asyncio.sleep(0.02)
        yield
        daemon.terminate()
        await daemon.wait()


@pytest.fixture
async def service(system_bus: None) -> AsyncIterator[MessageBus]:
    """Who is org.bluez there."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    await bus.request_name("org.bluez")
    yield bus
    bus.disconnect()


@pytest.fixture
def adapter1(service: MessageBus) -> Adapter1:
    made = Adapter1()
    service.export("/org/bluez/hci3", made)
    return made


@pytest.fixture
def device1(service: MessageBus, adapter1: Adapter1, monkeypatch: pytest.MonkeyPatch) -> Device1:
    monkeypatch.setattr(
        connecting, "LET_GO_S", 60.0
    )  # a busy machine may need seconds to load bleak's half for BlueZ
    made = Device1()
    service.export(f"/org/bluez/hci3/dev_{ADDRESS.replace(':', '_')}", made)
    return made


async def test_an_adapter_that_is_off_is_switched_on_and_one_that_is_on_left_alone(
    adapter1: Adapter1,
) -> None:
    adapter = BluezAdapter("hci3", 5)
    await adapter.renew()
    await adapter.renew()
    assert adapter1.history == [True]


async def test_a_power_cycle_is_off_then_on(adapter1: Adapter1, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bluez, "OFF_S", 0)
    adapter1.on = True
    await BluezAdapter("hci3", 5).power_cycle()
    assert adapter1.history == [False, True]


async def test_an_adapter_that_is_switched_off_is_lost(
    adapter1: Adapter1, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bluez, "LOOK_S", 0.02)
    adapter1.on = True
    lost = asyncio.create_task(BluezAdapter("hci3", 5).lost())
    await asyncio.sleep(0.2)
    assert not lost.done()
    adapter1.on = False
    async with asyncio.timeout(60):
        await lost


async def test_an_adapter_that_is_not_there_is_named_with_what_to_do(adapter1: Adapter1) -> None:
    with pytest.raises(LinkError, match=r"hci7: .*plugged in"):
        await BluezAdapter("hci7", 5).renew()
    async with asyncio.timeout(60):
        await BluezAdapter("hci7", 5).lost()


async def test_without_bluetoothd_or_a_bus_it_says_so(
    system_bus: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LinkError, match="hci0"):
        await BluezAdapter("hci0", 5).renew()
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus")
    with pytest.raises(LinkError, match="bluetoothd"):
        await BluezAdapter("hci0", 5).renew()
    await close_stale_links(["F1:00:00:00:00:01"])


async def test_what_an_attempt_left_at_bluez_is_dropped_or_it_would_never_be_heard_again(
    device1: Device1,
) -> None:
    radio = Radio("hci3", 5, SystemClock())
    await leave_nothing(radio, "F1:00:00:00:00:02")
    assert device1.held
    await leave_nothing(radio, ADDRESS)
    assert not device1.held


class DeafClient:
    """Stands for a client of bleak whose disconnection is never answered."""

    async def disconnect(self) -> None:
        raise TimeoutError


async def test_a_link_that_cannot_be_let_go_is_dropped_at_bluez(device1: Device1) -> None:
    gone = asyncio.Event()
    await let_go(cast("BleakClient", DeafClient()), Radio("hci3", 5, SystemClock()), ADDRESS, gone)
    assert gone.is_set()
    assert not device1.held


async def test_bluez_is_asked_nothing_for_a_radio_that_is_not_its_own(device1: Device1) -> None:
    await leave_nothing(Radio("hci3", 5, SystemClock(), Backends(client=DeafClient)), ADDRESS)
    assert device1.held
