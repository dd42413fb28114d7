"""What BlueZ holds of a device that no process of ours is linked to: such a device would never advertise again."""

import asyncio

from bleak_retry_connector import bluez, close_stale_connections_by_address

from device_adapters.ble.failures import FAILURES


async def drop(address: str, within_s: float) -> bool:
    """Have BlueZ disconnect it; False where there is no BlueZ to ask, which the radio's own recovery says."""
    # The library asks no more once D-Bus has not answered; a unit runs for months, and may begin before D-Bus does.
    bluez.get_global_bluez_manager_with_timeout._has_dbus_socket = True  # type: ignore[attr-defined]  # noqa: SLF001
    try:
        async with asyncio.timeout(within_s):
            await close_stale_connections_by_address(address)
    except FAILURES:
        return False
    return True
