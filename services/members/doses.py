"""The numbers of dose and progression by goal (domain.md §2 table, Global, §2.3). Pure.

Functions and not tables, so that mutation tests reach every number.
"""

from device_adapters.safety.heart import HIGH_MS
from device_adapters.safety.limits import Goal, Level
from device_adapters.units import DAY_MS, HOUR_MS

SEVEN_DAYS_MS = 7 * DAY_MS
WEEK_MS = 156 * HOUR_MS
"""A rolling week of six and a half days: who comes on fixed weekdays may come at another hour."""

LEAST_GAP_MS = 20 * HOUR_MS
"""Nobody can allow less."""

STEP_DOWN_MS = 14 * DAY_MS
BEGIN_AGAIN_MS = 42 * DAY_MS
GRADE_STEP_DPCT = 10
MINUTES_STEP_PCT = 20
SAME_S = 30
"""Half a minute more is no growth: programmes of one length differ by their ramps."""

PAIN_MAX = 3
PAIN_RISE = 2
HR_OVER_MAX_S = HIGH_MS // 1000
"""The first rung of the heart's ladder: below it the heart was not over its ceiling for long enough to count."""

BACKWARD_WALK_PRESENCE_CS = 350
"""A judgement of ours; the two below have sources (domain.md §1.3)."""

BACKWARD_WALK_CLINICIAN_CS = 550
BACKWARD_WALK_OUT_CS = 815
OLD_YEARS = 65
FAST_YEARS = 50
FAST_CKMH = 450
"""From this age the walk test is asked for above this speed (domain.md §2.3; a judgement of ours)."""

KNEE_FIRST_S = 900
KNEE_CLEAN_MS = 28 * DAY_MS
"""Knee sessions are held to the first until the clean ones span the second (domain.md §2.1; a judgement of ours)."""

SCREENING_VALID_MS = 365 * DAY_MS
"""A screening asks about the last 12 months, so it holds for 12."""


def at_arms_reach(goal: Goal, level: Level) -> bool:
    """Is somebody beside this member by default (domain.md §2 table, supervision)?"""
    return goal is Goal.MOBILITY and level is Level.NOVICE


def per_week_ceiling(goal: Goal) -> int:
    """As far as staff may go with a reason."""
    match goal:
        case Goal.KNEE_STRENGTH:
            return 4
        case Goal.MOBILITY:
            return 5
        case _:
            return 3


def gap_ms(goal: Goal) -> int:
    """The shortest time from the end of one session to the next; staff may go down to LEAST_GAP_MS with a reason."""
    return LEAST_GAP_MS if goal is Goal.MOBILITY else 40 * HOUR_MS


def speed_step_ckmh(goal: Goal) -> int:
    """By how much the speed may rise in a week."""
    match goal:
        case Goal.MOBILITY:
            return 20
        case Goal.KNEE_STRENGTH:
            return 30
        case _:
            return 50


def session_max_s(goal: Goal, row_s: int, clean_ms: int) -> int:
    """The longest session of a level's `row_s`, after sessions that were all clean for `clean_ms`."""
    if goal is Goal.KNEE_STRENGTH and clean_ms < KNEE_CLEAN_MS:
        return min(row_s, KNEE_FIRST_S)
    return row_s


def clean_needed(level: Level) -> tuple[int, int]:
    """Clean sessions at a level, and the time they span (ms), before the next one; (0, 0) at the top."""
    match level:
        case Level.NOVICE:
            return 6, 14 * DAY_MS
        case Level.INTERMEDIATE:
            return 8, 28 * DAY_MS
        case _:
            return 0, 0


def next_level(level: Level) -> Level:
    """The level above; the highest has none above it."""
    return Level.INTERMEDIATE if level is Level.NOVICE else Level.ADVANCED


def level_below(level: Level) -> Level:
    """The level below; the lowest has none below it."""
    return Level.INTERMEDIATE if level is Level.ADVANCED else Level.NOVICE


def rank(level: Level) -> int:
    """Levels in order: 0, 1, 2."""
    match level:
        case Level.NOVICE:
            return 0
        case Level.INTERMEDIATE:
            return 1
        case _:
            return 2
