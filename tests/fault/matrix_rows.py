"""The fault matrix: what goes wrong, in which component, what must come of it, and how soon (SAFETY.md has the bounds).

Times are those of the table in SAFETY.md plus what is seen from outside: the true belt is told each 0.5 s, a belt
ramps down from 2 km/h in at most 8 s, and a message takes up to 1 s on a busy machine.
"""

from dataclasses import dataclass
from typing import Literal

WAY_S = 1.0
RAMP_S = 8.0
TOLD_S = 0.5
COUNTDOWN_S = 3.0
"""Of a virtual machine that is started at its console."""

Way = Literal[
    "device",
    "slowed",
    "paused",
    "kill",
    "freeze",
    "message",
    "break",
    "hang",
    "hang_later",
    "slow",
    "clock",
    "backlog",
]


@dataclass(frozen=True)
class MatrixRow:
    """One fault. `how` is a fault of the virtual gym, a role of the demo, a message,
    or what harsh_gym.py lets befall.

    `causes`: the hazard that must be said, one of them. `said_s`: from the fault to the hazard's event or latch;
    None = nobody is there to say it. `rest_s`: from the fault to the belt's true standstill; None = the belt goes on
    by design, or only a person can stop it. `goes_on`: the session must go on as if nothing had happened.
    """

    name: str
    component: str
    way: Way
    how: str
    causes: frozenset[str] = frozenset()
    said_s: float | None = None
    rest_s: float | None = None
    goes_on: bool = False

    @property
    def pressed(self) -> bool:
        """Does it begin with a person's Stop, after which the belt is never faster?"""
        return self.causes == {"stop_pressed"}


def _halt(name: str, component: str, how: str, causes: set[str], found_s: float) -> MatrixRow:
    said_s = found_s + WAY_S
    return MatrixRow(name, component, "device", how, frozenset(causes), said_s, said_s + RAMP_S + TOLD_S)


DEVICES = (
    _halt("safety cord pulled", "treadmill", "safety_key", {"safety_key"}, 0.5),
    _halt("belt runs away", "treadmill", "overspeed", {"overspeed", "off_ramp"}, 4.0),
    _halt("firmware takes km/h for mph", "treadmill", "mph_firmware", {"mph_firmware", "off_ramp", "overspeed"}, 5.0),
    _halt("control revoked", "treadmill", "control_revoked", {"control_lost"}, 0.5),
    _halt("+ pressed at the console", "treadmill", "console_speed:9.0", {"overspeed", "off_ramp"}, 4.0),
    _halt("Bluetooth link lost", "radio", "link_lost", {"link_lost"}, 5.0),
    MatrixRow("no heart rate", "strap", "device", "hr_lost", frozenset({"hr_lost"}), 30 + WAY_S,
        60 + WAY_S + RAMP_S + TOLD_S),
    MatrixRow("strap repeats one value", "strap", "device", "hr_freeze", frozenset({"hr_lost", "hr_stale",
        "hr_missing"}),
        60 + 5 + WAY_S, None),
)  # fmt: skip
"""Each on a treadmill of its own, all at once."""

ONE_BY_ONE = (
    MatrixRow("stop for all", "staff", "message", "stop", frozenset({"stop_pressed"}), WAY_S, WAY_S + RAMP_S + TOLD_S),
    MatrixRow("slowed at its console, then Stop", "staff", "slowed", "console_speed:1.5",
        frozenset({"stop_pressed"}), WAY_S,
        WAY_S + RAMP_S + TOLD_S),
    MatrixRow("a paused belt starts by itself", "treadmill", "paused", "console_speed:5.0",
        frozenset({"moved_unordered"}),
        COUNTDOWN_S + 2 + WAY_S, COUNTDOWN_S + 2 + WAY_S + RAMP_S + TOLD_S),
    MatrixRow("Stop not obeyed", "treadmill", "device", "ignore_stop", frozenset({"stop_not_obeyed"}), 2 + RAMP_S +
        WAY_S),
    MatrixRow("session service killed", "session service", "kill", "session", frozenset({"lease_expired"}), 3 + WAY_S,
        3 + WAY_S + RAMP_S + TOLD_S),
    MatrixRow("session service hangs", "session service", "freeze", "session", frozenset({"lease_expired"}), 3 + WAY_S,
        3 + WAY_S + RAMP_S + TOLD_S),
    MatrixRow("unit killed", "unit", "kill", "unit", frozenset({"unit_restarted"}), 15.0, 1 + WAY_S + RAMP_S + TOLD_S),
    MatrixRow("broker killed", "broker", "kill", "broker", frozenset({"broker_lost", "lease_expired"}), 15.0,
        3 + WAY_S + RAMP_S + 4 + TOLD_S),
    MatrixRow("metrics writer killed", "metrics", "kill", "metrics", goes_on=True),
    MatrixRow("metrics writer hangs", "metrics", "freeze", "metrics", goes_on=True),
    MatrixRow("console killed", "console", "kill", "console", goes_on=True),
    MatrixRow("console hangs", "console", "freeze", "console", goes_on=True),
)  # fmt: skip
"""One after the other: they are about the whole gym."""
