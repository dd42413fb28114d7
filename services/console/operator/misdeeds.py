"""What no treadmill in order does, the worst first. Pure."""

from typing import Final, NamedTuple

from device_adapters.safety.hazards import Cause

WORST_FIRST: Final = (
    Cause.STOP_NOT_OBEYED,
    Cause.BELT_MOVES,
    Cause.MOVED_WHILE_LATCHED,
    Cause.WRONG_DIRECTION,
    Cause.MPH_FIRMWARE,
    Cause.OVERSPEED,
    Cause.OFF_RAMP,
    Cause.MOVED_UNORDERED,
    Cause.CONTROL_FAILED,
    Cause.GRADE_OUT,
    Cause.DECK_MOVED,
    Cause.LINE_GARBLED,
    Cause.WATCHDOG_OFF,
)
"""Hazards after which a treadmill is to be kept out of use until it was checked (SAFETY.md)."""


class Defect(NamedTuple):
    """The worst that a treadmill did and nobody has checked since; `cause`: one of WORST_FIRST."""

    cause: Cause
    at_ms: int
