"""Faults by name, as they come over the bus on `sim/<device>/fault`. Pure."""

import math
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from device_adapters.errors import BackstrideError
from device_adapters.unreadable import UNREADABLE


class FaultError(BackstrideError, ValueError):
    """A fault nobody knows; names those there are."""

    code = "SIM-001"


class Kind(StrEnum):
    """What can go wrong. CONSOLE_SPEED takes a speed: `console_speed:4.0`, km/h; 0 presses Stop."""

    HR_LOST = "hr_lost"
    HR_FREEZE = "hr_freeze"
    HR_HIGH = "hr_high"
    LINK_LOST = "link_lost"
    OVERSPEED = "overspeed"
    MPH_FIRMWARE = "mph_firmware"
    IGNORE_STOP = "ignore_stop"
    CONTROL_REVOKED = "control_revoked"
    SAFETY_KEY = "safety_key"
    CONSOLE_SPEED = "console_speed"
    CABLE_CUT = "cable_cut"
    CABLE_GARBAGE = "cable_garbage"
    CABLE_ECHO = "cable_echo"
    DIALECT = "dialect"
    TIMER_OFF = "timer_off"
    FLIPPED_BIT = "flipped_bit"
    WRONG_WAY = "wrong_way"
    DECK_TILTS = "deck_tilts"
    NONE = "none"


CABLE = frozenset(
    {
        Kind.CABLE_CUT,
        Kind.CABLE_GARBAGE,
        Kind.CABLE_ECHO,
        Kind.DIALECT,
        Kind.TIMER_OFF,
        Kind.FLIPPED_BIT,
        Kind.WRONG_WAY,
        Kind.DECK_TILTS,
    }
)
"""Faults of treadmills on a cable."""

CONSOLE_SPEED_MAX_KMH = 30.0
KNOWN = ", ".join("console_speed:<km/h>" if kind is Kind.CONSOLE_SPEED else str(kind) for kind in Kind)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `kmh` belongs to CONSOLE_SPEED."""

    kind: Kind
    kmh: float = 0.0


def parse(payload: bytes) -> Fault:
    """Read `{"fault": "hr_lost"}`, or the bare words, which are easier to publish by hand. Raises FaultError."""
    word, _, amount = _words(payload).partition(":")
    try:
        kind = Kind(word.strip())
    except ValueError:
        raise FaultError(f"no fault is called {word.strip()[:40]!r}; there are {KNOWN}") from None
    if kind is not Kind.CONSOLE_SPEED:
        return Fault(kind)
    try:
        kmh = float(amount)
    except ValueError:
        kmh = math.nan
    if not 0 <= kmh <= CONSOLE_SPEED_MAX_KMH:
        raise FaultError(f"console_speed wants 0 to {CONSOLE_SPEED_MAX_KMH:g} km/h, as in console_speed:4.0")
    return Fault(kind, kmh)


def _words(payload: bytes) -> str:
    try:
        value: object = msgspec.json.decode(payload)
    except UNREADABLE:
        value = payload.decode("utf-8", "replace")
    if isinstance(value, dict):
        value = value.get("fault", "")
    return value if isinstance(value, str) else ""
