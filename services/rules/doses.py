"""How much training a goal allows (domain.md §2 table, §2.3). Pure.

Functions and not tables, so that mutation tests reach every number.
"""

from device_adapters.safety.limits import Goal, Level


def per_week(goal: Goal, level: Level) -> int:
    """How many sessions of a goal a week may hold."""
    match goal:
        case Goal.CONDITIONING:
            return 2
        case Goal.ATHLETIC:
            return 2 if level is Level.NOVICE else 3
        case _:
            return 3


def rpe_max(goal: Goal) -> int:
    """The hardest that a clean session may feel, Borg 6–20."""
    return 15 if goal is Goal.ATHLETIC else 13


COUNTS_S = 60
"""A session of less than a minute of movement costs the member neither a gap nor a place in the week."""

AT_SPEED_PCT = 95
"""Metres and bouts count from this share of the planned speed (domain.md §2, Global)."""
