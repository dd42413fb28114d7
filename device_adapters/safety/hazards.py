"""Hazards: causes that must change what the belt does, and the words for them. Pure.

Each cause is one `case`; SAFETY.md has the same rows with the test of each.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Action(IntEnum):
    """What a hazard does to the belt; a worse action wins over a milder one."""

    NONE = 0
    HOLD = 1
    CONTROLLED_STOP = 2
    STOP_NOW = 3


class Cause(StrEnum):
    """Why a belt is being stopped or held."""

    STOP_PRESSED = "stop_pressed"
    LEASE_EXPIRED = "lease_expired"
    LINK_LOST = "link_lost"
    DATA_SILENT = "data_silent"
    OVERSPEED = "overspeed"
    CONTROL_LOST = "control_lost"
    CONTROL_FAILED = "control_failed"
    SAFETY_KEY = "safety_key"
    CONSOLE_STOP = "console_stop"
    UNIT_STOPPING = "unit_stopping"


@dataclass(frozen=True, slots=True)
class Reaction:
    """The action for a cause, and what staff are told."""

    action: Action
    text: str


def reaction(cause: Cause) -> Reaction:
    """What each cause does."""
    match cause:
        case Cause.STOP_PRESSED:
            return Reaction(Action.CONTROLLED_STOP, "Stop was pressed. Check the member, then clear.")
        case Cause.LEASE_EXPIRED:
            return Reaction(
                Action.CONTROLLED_STOP, "The session service went silent; the belt was ramped down."
            )
        case Cause.LINK_LOST:
            return Reaction(
                Action.STOP_NOW, "Link lost: assume the belt still moves. Use the red button or the cord."
            )
        case Cause.DATA_SILENT:
            return Reaction(Action.STOP_NOW, "The treadmill sends no speed. Use the red button or the cord.")
        case Cause.OVERSPEED:
            return Reaction(
                Action.STOP_NOW, "The belt ran faster than its limit. Keep it out of use until it is checked."
            )
        case Cause.CONTROL_LOST:
            return Reaction(Action.STOP_NOW, "The treadmill took control away. Look at its console.")
        case Cause.CONTROL_FAILED:
            return Reaction(Action.STOP_NOW, "The treadmill does not obey. Use the red button or the cord.")
        case Cause.SAFETY_KEY:
            return Reaction(Action.STOP_NOW, "The safety cord was pulled. Check the member, then clear.")
        case Cause.CONSOLE_STOP:
            return Reaction(Action.STOP_NOW, "Stopped at the treadmill's own console.")
        case Cause.UNIT_STOPPING:
            return Reaction(Action.CONTROLLED_STOP, "The unit is shutting down; the belt was ramped down.")
