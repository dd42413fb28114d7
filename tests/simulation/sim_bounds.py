"""What must hold, written down a second time from SAFETY.md and domain.md §2: the envelope, and the time bounds.

Nothing here is imported from the code under test, so that a wrong number there is seen here.
"""

from dataclasses import dataclass

SPEED_MAX_CKMH = {
    "knee_strength": {"novice": 250, "intermediate": 350, "advanced": 450, "ceiling": 550},
    "conditioning": {"novice": 450, "intermediate": 650, "advanced": 800, "ceiling": 900},
    "athletic": {"novice": 600, "intermediate": 800, "advanced": 950, "ceiling": 1000},
    "mobility": {"novice": 150, "intermediate": 200, "advanced": 250, "ceiling": 300},
}
"""domain.md §2, column "speed max", in 0.01 km/h."""

TOLERANCE_CKMH = 30
OFF_TOLD_CKMH, OFF_TOLD_PERCENT = 40, 15


@dataclass(frozen=True, slots=True)
class Bound:
    """From the moment a cause exists to the first write that lowers the belt and reaches the machine."""

    act_ms: int
    why: str


WIRE_MS = 1_000
"""Control point: a request for control, its answer, the write itself, each up to 50 ms on the air, and one retry."""

BOUNDS = {
    "stop_pressed": Bound(WIRE_MS, "first write at once, from the stop's arrival at the unit"),
    "lease_expired": Bound(
        5_000 + 400 + WIRE_MS, "time to live of at most 5 s from the last renewal that counts"
    ),
    "data_silent": Bound(3_000 + 400 + WIRE_MS, "3 s from the last frame"),
    "over_envelope": Bound(
        1_000 + 200 + WIRE_MS, "one telemetry frame (at most 1 s) above envelope + 0.3 km/h"
    ),
    "off_told": Bound(
        2_000 + 1_000 + 400 + WIRE_MS, "2 s off what it was told, seen by frames of at most 1 s"
    ),
    "grade_out": Bound(3_000 + 1_000 + 400 + WIRE_MS, "3 s outside, seen by frames of at most 1 s"),
    "control_taken": Bound(WIRE_MS, "one exchange: request control, Stop"),
    "unit_stalled": Bound(400 + WIRE_MS, "its first tick after a stall of more than 2 s"),
    "link_returned": Bound(1_000 + 200 + WIRE_MS, "one tick after the link returned"),
    "unit_returned": Bound(1_000 + 200 + WIRE_MS, "one tick after the link returned"),
    "moved_while_latched": Bound(1_000 + 200 + WIRE_MS, "one telemetry frame"),
    "asked_to_end": Bound(
        8_000, "pause or stop asked of the session service; retried once, then a process stop"
    ),
}
"""Rows of SAFETY.md as seen from outside: unit tick 0.2 s here (0.1 s in production)."""

REST_MS = 16_000
"""From that write to a true belt at 0: at most 10 km/h at 1.0 km/h per second, and halts written again."""

LOWERED_MS = 10_000
"""Limits that become tighter under way: so long may the belt take to come down to them."""

STARTED_ON_THE_WIRE_MS = 1_000
"""A start that was on its way when a stop came may move the belt this long after the stop."""


def envelope_ckmh(
    goal: str, level: str, *, raised_ckmh: int | None, tightened_ckmh: int | None, commissioned: bool,
    spotter: bool, harness: bool,
) -> int:  # fmt: skip
    """The fastest that this belt may run."""
    row = SPEED_MAX_CKMH[goal]
    speed = row[level] if raised_ckmh is None else min(max(row[level], raised_ckmh), row["ceiling"])
    faster = 1000 if harness else 790
    supervised = (faster if spotter else 600) if commissioned else (600 if spotter else 300)
    speed = min(speed, supervised)
    return speed if tightened_ckmh is None else min(speed, tightened_ckmh)


@dataclass(frozen=True, slots=True)
class BoundRow:
    """The other columns of domain.md §2: 0.01 km/h per second, 0.1 %, s, s, 0.1 % of HRmax."""

    accel: int
    grade: int
    session_s: int
    bout_s: int
    heart: int


ROWS = {
    "knee_strength": {
        "novice": BoundRow(20, 0, 600, 300, 700),
        "intermediate": BoundRow(30, 30, 1200, 600, 760),
        "advanced": BoundRow(30, 50, 1200, 900, 760),
        "ceiling": BoundRow(50, 100, 1800, 1200, 800),
    },
    "conditioning": {
        "novice": BoundRow(30, 0, 1200, 60, 760),
        "intermediate": BoundRow(40, 20, 1500, 60, 800),
        "advanced": BoundRow(50, 40, 1800, 90, 850),
        "ceiling": BoundRow(80, 80, 2400, 180, 900),
    },
    "athletic": {
        "novice": BoundRow(40, 20, 1200, 300, 800),
        "intermediate": BoundRow(60, 50, 1500, 300, 850),
        "advanced": BoundRow(80, 80, 1800, 300, 900),
        "ceiling": BoundRow(100, 100, 2400, 300, 950),
    },
    "mobility": {
        "novice": BoundRow(10, 0, 300, 120, 650),
        "intermediate": BoundRow(15, 0, 480, 180, 700),
        "advanced": BoundRow(20, 20, 900, 300, 760),
        "ceiling": BoundRow(30, 30, 900, 600, 760),
    },
}

GRADE_TOLERANCE_DPCT, GRADE_STEP_DPCT = 5, 10
FIRST_CKMH, FIRST_MS = 100, 4_000
"""A first movement of at most 1.0 km/h is held for 5 s from the start; on the wire the start may come 1 s later."""

ACCEL_SLACK_CKMH = 20
"""A step of the machine, and two writes that reach it closer together than they were made."""

SESSION_GRACE_MS = 30_000 + 400 + WIRE_MS
BOUT_GRACE_MS = 10_000

LOST_MS, GONE_MS = 30_000, 60_000
HIGH_MS, STILL_HIGH_MS, TOO_HIGH_MS, OVER_MAX_MS = 10_000, 40_000, 85_000, 5_000
HEART_WAY_MS = 2_000 + 400 + 1_000 + WIRE_MS
"""One reading (each 2 s here), a tick of the service, the command's way over the bus, and to the machine."""

HEART_RAMP_MS = 10_000
"""From the write that lowers to a true belt there: at most 10 km/h at 1.0 km/h per second."""
