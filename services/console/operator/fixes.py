"""What to do about a fault, in plain words: by its kind where that says it, else by its cause. For who keeps the
machines running. Pure.
"""

from typing import Final

from device_adapters.contract.oddities import words
from device_adapters.errors import MessageError, StorageError
from device_adapters.safety.hazards import Cause
from services.console.languages import say

OF_PEOPLE: Final = frozenset(
    {"note", "near_miss", "feedback", "rpe", "present", "question", "hr_waived", "slower", "limits_raised"}
)
"""What people decided or said: no machine's fault, and their words may be about a member."""

OF_HEARTS: Final = frozenset({Cause.HR_HIGH, Cause.HR_STILL_HIGH, Cause.HR_TOO_HIGH, Cause.HR_OVER_MAX})
"""What a heart did is health data, and not an operator's to read."""

_METRICS = "See disk and database of the metrics service: journalctl -u backstride-metrics."
_OUT_OF_USE = (
    "Keep it out of use: take it out of use on its page. Have it looked at, commission it anew (backstride "
    "commission), then say there that it was checked."
)
_NETWORK = "See the network between unit and hub, and that broker and session service run on the hub."
_POWER = "See the treadmill's power and its own console; then clear the stop on the floor page."
_LOOK = "Look at member and belt, then clear the stop on the floor page."
_CABLE = (
    "See the cable between unit and treadmill, at both ends; then commission it anew: backstride commission."
)
_LINK = "Look at radio and distance of its unit: backstride doctor there; see its signal above."
_STRAP = "See that the strap is wet and tight, and its battery."
_UNIT = "Look into the unit: journalctl -u backstride-unit, its load and its power supply."
_STOP_LINE = "See the stop line's process and record on the unit: journalctl -u backstride-stopline; docs/stop-line.md."
_SENSOR = "See the belt, and its own sensor: wires, magnet, battery, and backstride belt-sensor; then clear the stop."
_VERSIONS = "See that hub and units run the same version: backstride fleet status."

BY_KIND: Final = {
    "metrics_failing": _METRICS,
    "malformed": _VERSIONS,
    "radio_recovery": "Run backstride doctor on the unit; if it happens again, give it another Bluetooth adapter.",
    "relink": _LINK,
    "control_point": (
        "If it happens again, keep the treadmill out of use and commission it anew: backstride commission."
    ),
    "stop_button": (
        "See the button's wires or the clicker's battery, and the settings in unit.toml: journalctl -u backstride-unit."
    ),
    "stop_line": _STOP_LINE,
    "clicker_battery": "Change or charge the clicker's battery, then try each of its keys.",
    "part_failed": _UNIT,
    "settings": "Correct the unit's settings: backstride config check names each fault.",
    "clock_step": "Keep the clocks of hub and units: sudo timedatectl set-ntp true.",
    "stop_escalated": _LOOK,
    "lease_refused": "See that only one session service runs: systemctl status backstride-session on the hub.",
    "gate_restarted": _UNIT,
    "stop_hastened": _LOOK,
    "session_phase": "On the hub: journalctl -u backstride-session says why it ended.",
}
"""Kinds that say themselves what is to be done."""

BY_CAUSE: Final = {
    Cause.LINK_LOST: _LINK,
    Cause.DATA_SILENT: "Switch the treadmill off and on; if it happens again, commission it anew.",
    Cause.BROKER_LOST: _NETWORK,
    Cause.LEASE_EXPIRED: _NETWORK,
    Cause.OVERSPEED: _OUT_OF_USE,
    Cause.OFF_RAMP: _OUT_OF_USE,
    Cause.MPH_FIRMWARE: _OUT_OF_USE,
    Cause.STOP_NOT_OBEYED: _OUT_OF_USE,
    Cause.MOVED_WHILE_LATCHED: _OUT_OF_USE,
    Cause.CONTROL_FAILED: _OUT_OF_USE,
    Cause.MOVED_UNORDERED: _OUT_OF_USE,
    Cause.NOT_STARTED: _POWER,
    Cause.GRADE_OUT: _OUT_OF_USE,
    Cause.MACHINE_REBOOT: _POWER,
    Cause.CONTROL_LOST: _POWER,
    Cause.UNIT_STALLED: _UNIT,
    Cause.UNIT_RESTARTED: _UNIT,
    Cause.UNIT_STOPPING: _UNIT,
    Cause.HR_MISSING: _STRAP,
    Cause.HR_LOST: _STRAP,
    Cause.HR_GONE: _STRAP,
    Cause.HR_STALE: _STRAP,
    Cause.SAFETY_KEY: _LOOK,
    Cause.CONSOLE_STOP: _LOOK,
    Cause.CONSOLE_SLOWER: _LOOK,
    Cause.CONSOLE_FASTER: _LOOK,
    Cause.WRONG_DIRECTION: _OUT_OF_USE,
    Cause.WATCHDOG_TRIPPED: "If nobody stopped it there: see the unit's load, and its cable to the treadmill.",
    Cause.WATCHDOG_OFF: _OUT_OF_USE,
    Cause.SET_DIFFERS: "If nobody pressed + at its console: see its cable, and commission it anew.",
    Cause.LINE_SILENT: _CABLE,
    Cause.LINE_GARBLED: _OUT_OF_USE,
    Cause.DECK_MOVED: _OUT_OF_USE,
    Cause.SLOWER_PRESSED: _LOOK,
    Cause.STOP_PRESSED: _LOOK,
    Cause.HOLD_RELEASED: _LOOK,
    Cause.LEFT_FREE: "Nothing: clear it when somebody wants it. lock_after_s in unit.toml says when it locks.",
    Cause.STOP_LINE_OPEN: _STOP_LINE,
    Cause.BELT_STANDS: _SENSOR,
    Cause.BELT_MOVES: _OUT_OF_USE,
    Cause.TIME_UP: _NETWORK,
    StorageError.code: _METRICS,
    MessageError.code: _VERSIONS,
}
"""Causes of the hazards of SAFETY.md, and the codes that travel as causes."""

ODD: Final = "odd"
"""An oddity of a device: its words say what to do (contract/oddities.py)."""

ANY: Final = "See what the log of its unit or service says: journalctl -u 'backstride-*' there."


def for_operators(kind: str, cause: str) -> bool:
    """Is it a fault of a machine? What people wrote and what hearts did is not."""
    return kind not in OF_PEOPLE and cause not in OF_HEARTS


def fix(kind: str, cause: str) -> str:
    """The next thing to do, never empty: by kind, then by cause, then where to look."""
    if kind == ODD:
        return say(words(cause).todo)
    return say(BY_KIND.get(kind) or BY_CAUSE.get(cause) or ANY)
