"""The machine a unit runs on: load, memory, disk, temperature, and whether its clock follows another."""

import ctypes
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil

MB = 1024 * 1024
_UNSYNCHRONISED = 0x0040
_NANOSECONDS = 0x2000
_TEMPERATURES = ("cpu_thermal", "coretemp", "k10temp", "acpitz")
"""A Pi's processor first, then those of ordinary computers."""


@dataclass(frozen=True, slots=True)
class Host:
    """None where this machine does not say."""

    load_1m: float
    cpu_c: float | None
    memory_used_mb: int
    """Of this process."""
    memory_free_mb: int
    disk_free_mb: int | None
    clock_synchronised: bool | None
    clock_offset_ms: int | None
    """What the kernel still corrects; None while nothing keeps the clock."""
    python: str


def measure(data: Path) -> Host:
    """Now; `data` says which disk. Takes a few milliseconds."""
    synchronised, offset_ms = kernel_clock()
    return Host(
        load_1m=round(psutil.getloadavg()[0], 2),
        cpu_c=_cpu_c(),
        memory_used_mb=psutil.Process().memory_info().rss // MB,
        memory_free_mb=psutil.virtual_memory().available // MB,
        disk_free_mb=_disk_free_mb(data),
        clock_synchronised=synchronised,
        clock_offset_ms=offset_ms,
        python=platform.python_version(),
    )


def kernel_clock() -> tuple[bool | None, int | None]:
    """(is the clock kept by NTP?, offset in ms) from adjtimex(2); (None, None) where there is no such call."""
    timex = _Timex()
    try:
        if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex)) < 0:
            return None, None
    except (AttributeError, OSError):
        return None, None
    if timex.status & _UNSYNCHRONISED:
        return False, None
    per_ms = 1_000_000 if timex.status & _NANOSECONDS else 1_000
    return True, round(timex.offset / per_ms)


class _Timex(ctypes.Structure):
    """struct timex of <sys/timex.h>, as far as it is read; the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def _cpu_c() -> float | None:
    if not hasattr(psutil, "sensors_temperatures"):
        return None
    found = psutil.sensors_temperatures()
    readings = next((found[name] for name in _TEMPERATURES if found.get(name)), None)
    return round(readings[0].current, 1) if readings else None


def _disk_free_mb(data: Path) -> int | None:
    try:
        return int(psutil.disk_usage(str(data)).free // MB)
    except OSError:
        return None
