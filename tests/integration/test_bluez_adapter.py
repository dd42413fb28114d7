"""The power of a real adapter over D-Bus: a bus of our own, and on it an Adapter1 as BlueZ documents it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dbus_fast import BusType
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_property

from device_adapters.ble import bluez
from device_adapters.ble.bluez import BluezAdapter, close_stale_links
from device_adapters.errors import LinkError


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
async def adapter1(system_bus: None) -> AsyncIterator[Adapter1]:
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    made = Adapter1()
    bus.export("/org/bluez/hci3", made)
    await bus.request_name("org.bluez")
    yield made
    bus.disconnect()


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
