"""What the doctor looks at on this machine. Nothing is judged here and nothing is changed."""

import asyncio
import os
import platform
import shutil
import struct
import subprocess
import sys
import uuid
from pathlib import Path

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusError, InvalidAddressError

from device_adapters.bus.mqtt import connect_once
from device_adapters.config import Broker
from device_adapters.errors import BusLostError, BusRefusedError, ConfigError
from services.cli.unit import doctor_checks as checks

ANSWER_S = 5.0
RFKILL = Path("/sys/class/rfkill")
ADAPTER = "org.bluez.Adapter1"


def python() -> tuple[tuple[int, int], int, str]:
    """(version, bits, machine)."""
    return sys.version_info[:2], struct.calcsize("P") * 8, platform.machine()


def bluez_version() -> str:
    """Such as 5.82; empty where there is no BlueZ."""
    binary = shutil.which("bluetoothctl") or shutil.which(
        "bluetoothd", path="/usr/libexec/bluetooth:/usr/lib/bluetooth"
    )
    if binary is None:
        return ""
    try:
        said = subprocess.run(  # noqa: S603 — the binary that was just found
            [binary, "--version"], capture_output=True, text=True, timeout=ANSWER_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip().rpartition(" ")[2]


async def bluez_adapters() -> tuple[checks.DBus, dict[str, bool]]:
    """How bluetoothd answered, and its adapters: name → powered."""
    try:
        async with asyncio.timeout(ANSWER_S):
            bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    except (OSError, TimeoutError, DBusError, InvalidAddressError):
        return "no_bus", {}
    try:
        async with asyncio.timeout(ANSWER_S):
            reply = await bus.call(
                Message(
                    destination="org.bluez",
                    path="/",
                    interface="org.freedesktop.DBus.ObjectManager",
                    member="GetManagedObjects",
                )
            )
    except (TimeoutError, DBusError):
        return "no_bluetoothd", {}
    finally:
        bus.disconnect()
    return adapters_in(reply)


def adapters_in(reply: Message | None) -> tuple[checks.DBus, dict[str, bool]]:
    """BlueZ's answer to GetManagedObjects."""
    if reply is None or reply.message_type is not MessageType.METHOD_RETURN:
        denied = reply is not None and "AccessDenied" in (reply.error_name or "")
        return ("denied" if denied else "no_bluetoothd"), {}
    objects = reply.body[0]
    return "ok", {
        path.rpartition("/")[2]: bool(interfaces[ADAPTER]["Powered"].value)
        for path, interfaces in objects.items()
        if ADAPTER in interfaces
    }


def rfkill_blocks(folder: Path = RFKILL) -> list[checks.Block]:
    """Every Bluetooth kill switch that the kernel has."""
    found = []
    for switch in sorted(folder.glob("rfkill*")):
        try:
            if (switch / "type").read_text().strip() == "bluetooth":
                name, soft, hard = ((switch / part).read_text().strip() for part in ("name", "soft", "hard"))
                found.append(checks.Block(name, soft == "1", hard == "1"))
        except OSError:
            continue
    return found


async def broker(settings: Broker) -> tuple[checks.Broker, str]:
    """(outcome, why) of one connection."""
    try:
        await connect_once(settings, client_id=f"doctor-{uuid.uuid4().hex[:8]}")
    except ConfigError as e:
        return "settings", str(e)
    except BusRefusedError as e:
        return "refused", str(e)
    except BusLostError as e:
        return "unreachable", f"{settings.url}: {e}"
    return "ok", ""


async def virtual_adapter(address: str) -> str:
    """Why the virtual gym's radio cannot be had; empty if it can. Only listens whether somebody is there."""
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(ANSWER_S):
            _, writer = await asyncio.open_connection(host, int(port))
    except (OSError, ValueError, TimeoutError) as e:
        return f"nobody answers at {address} ({e})"
    writer.close()
    return ""


def disk(path: Path) -> tuple[bool, int | None]:
    """(writable, free MB) of the folder, or of the nearest one above it that exists."""
    there = path.absolute()
    while not there.exists() and there != there.parent:
        there = there.parent
    writable = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    try:
        return writable, shutil.disk_usage(there).free // (1024 * 1024)
    except OSError:
        return writable, None
