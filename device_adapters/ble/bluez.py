"""An adapter of this machine: BlueZ over D-Bus, as far as bleak leaves it to us: is it there, and its power.

By D-Bus and not by the kernel's management socket: that would need CAP_NET_ADMIN, D-Bus the group `bluetooth`.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusError

from device_adapters.ble import held_links
from device_adapters.ble.radio import Backends
from device_adapters.errors import LinkError

ADAPTER = "org.bluez.Adapter1"
PROPERTIES = "org.freedesktop.DBus.Properties"
CALL_S = 5.0
LOOK_S = 2.0
OFF_S = 1.0
STALE_S = 10.0


@dataclass(frozen=True, slots=True)
class BluezAdapter:
    """`name` is BlueZ's: `hci0`."""

    name: str
    slots: int

    @property
    def backends(self) -> Backends:
        """The link and scan backends of bleak's own on Linux."""
        return Backends()

    async def renew(self) -> None:
        """Power it on if it is off. LinkError if BlueZ does not have it."""
        if not await self._powered():
            await self._power(True)

    async def power_cycle(self) -> None:
        """Off, a moment, on. Every link through it ends."""
        await self._power(False)
        await asyncio.sleep(OFF_S)
        await self._power(True)

    async def lost(self) -> None:
        """Look each two seconds: a pulled adapter is silent, and bleak's scanner does not notice."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                if not await self._powered():
                    return
            except LinkError:
                return

    async def close(self) -> None:
        """Nothing is held."""

    async def _powered(self) -> bool:
        value = await self._call("Get", "ss", [ADAPTER, "Powered"])
        return bool(value.value) if isinstance(value, Variant) else False

    async def _power(self, on: bool) -> None:
        await self._call("Set", "ssv", [ADAPTER, "Powered", Variant("b", on)])

    async def _call(self, member: str, signature: str, body: list[object]) -> object:
        """A call to the adapter's properties; its first result. LinkError says what to do."""
        message = Message(
            destination="org.bluez",
            path=f"/org/bluez/{self.name}",
            interface=PROPERTIES,
            member=member,
            signature=signature,
            body=body,
        )
        bus: MessageBus | None = None
        try:
            async with asyncio.timeout(CALL_S):
                bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
                reply = await bus.call(message)
        except (OSError, EOFError, TimeoutError, DBusError, ValueError) as e:
            raise LinkError(f"{self.name}: no word from BlueZ ({e!r}); is bluetoothd running?") from e
        finally:
            if bus is not None:
                bus.disconnect()
        if reply.message_type is not MessageType.METHOD_RETURN:
            why = reply.body[0] if reply.body else reply.error_name
            raise LinkError(f"{self.name}: {why}; is it plugged in, and this user in the group bluetooth?")
        return reply.body[0] if reply.body else None


async def close_stale_links(addresses: Iterable[str]) -> None:
    """Disconnect what BlueZ still holds from a process that is dead: such a device would never advertise again.

    Call it before the first connection of this process.
    """
    for address in addresses:
        if not await held_links.drop(address, STALE_S):
            return
