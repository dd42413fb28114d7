"""When a unit, or a machine of the hub, is not as it should be. Pure."""

from typing import Literal

from msgspec.structs import replace

from device_adapters.contract.messages import UnitStatus
from device_adapters.contract.messages.health import STATUS_EVERY_S

DISK_FAIL_MB, DISK_WARN_MB = 200, 1024
CLOCK_OFF_MS = 1_000
CERTIFICATE_DAYS = 14
"""Fewer, and nothing has renewed it for weeks: somebody has to."""

BATTERY_LOW_PCT = 20
BEHIND_S = 60
"""A unit whose measurements wait longer than this is behind."""

SILENT_S = 12 * STATUS_EVERY_S
"""A minute without a word is no lost message."""


def by_now(said: UnitStatus, silent_ms: int) -> UnitStatus:
    """A unit's last word, so many ms later: of one that is silent for so long the broker keeps what is no more."""
    return replace(said, online=False) if said.online and silent_ms > SILENT_S * 1000 else said


def clock_is_off(offset_ms: float | None) -> bool:
    """Is a clock that is off by so much to be corrected?"""
    return offset_ms is not None and abs(offset_ms) > CLOCK_OFF_MS


def disk(free_mb: int) -> Literal["ok", "warning", "fail"]:
    """What so much free room on a disk is worth."""
    if free_mb < DISK_FAIL_MB:
        return "fail"
    return "warning" if free_mb < DISK_WARN_MB else "ok"


def ends_soon(certificate_days: int | None) -> bool:
    """Has somebody to renew a certificate that holds so long?"""
    return certificate_days is not None and certificate_days < CERTIFICATE_DAYS


def battery_is_low(percent: int | None) -> bool:
    """Is a strap's battery to be changed?"""
    return percent is not None and percent < BATTERY_LOW_PCT
