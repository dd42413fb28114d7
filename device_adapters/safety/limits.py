"""The limits a retro session runs in, by goal and level, and how limits combine.

Numbers: the default envelope of `domain.md` §2, which is deliberately below the cited trials. Speeds are magnitudes
in the retro direction; grade is *effective* along travel, + is uphill. Limits combine by the tighter value
only, so no layer can widen what another has narrowed.

The table is a `match` and not a dict so that mutation tests reach every number in it.
"""

from dataclasses import dataclass
from enum import StrEnum

TRANSITION_CKMH = 590
"""Backward walking turns into running at 5.9 km/h (Hreljac 2005, J Sports Sci Med 4:446-54)."""

GRADE_STEP_DPCT = 10
"""Grade moves by at most 1 % at a time."""

DECEL_LEAST_CKMH_S = 50
STOP_MAX_MS = 8_000
"""A stop may be asked to be gentle, but falls by at least so much a second and is Stop itself after this long."""

STEP_MAX_CKMH = 50
MINIMUM_MAX_CKMH = 200
"""A belt whose speed moves in larger steps, or that goes no slower, is not one to learn to walk backward on."""

UNCOMMISSIONED_CKMH = 300
SPOTTER_CKMH = 600
SPOTTER_MAX_CKMH = 790
"""From 8.0 km/h on, 8.0 included, a harness: the runners of the cited study wore one (domain.md §1.4)."""

FIRST_MOVEMENT_CKMH = 100
FIRST_MOVEMENT_MS = 5_000
"""A belt first moves at no more than 1.0 km/h (or its own minimum) and is held there."""


class Goal(StrEnum):
    """What the member trains for."""

    KNEE_STRENGTH = "knee_strength"
    CONDITIONING = "conditioning"
    ATHLETIC = "athletic"
    MOBILITY = "mobility"


class Level(StrEnum):
    """Experience in retro, not general fitness."""

    NOVICE = "novice"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class Arrangement(StrEnum):
    """How a member comes to walk backward; it decides the sign of the effective grade."""

    MEMBER_TURNED = "member_turned"
    BELT_REVERSED = "belt_reversed"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """One set of limits. Units are in the names; `hr_max_dpct` is 0.1 % of HRmax."""

    speed_max_ckmh: int
    accel_max_ckmh_s: int
    decel_stop_ckmh_s: int
    grade_min_dpct: int
    grade_max_dpct: int
    session_max_s: int
    bout_max_s: int
    hr_max_dpct: int


SITE_CEILING = Limits(
    speed_max_ckmh=1000, accel_max_ckmh_s=100, decel_stop_ckmh_s=200, grade_min_dpct=0, grade_max_dpct=100,
    session_max_s=2400, bout_max_s=1200, hr_max_dpct=950,
)  # fmt: skip
"""No goal, level, person or message goes beyond these (domain.md §2, "Global")."""


def _row(
    speed: int, accel: int, decel: int, grades: tuple[int, int], minutes: int, bout_s: int, hr: int
) -> Limits:
    return Limits(
        speed_max_ckmh=speed,
        accel_max_ckmh_s=accel,
        decel_stop_ckmh_s=decel,
        grade_min_dpct=grades[0],
        grade_max_dpct=grades[1],
        session_max_s=minutes * 60,
        bout_max_s=bout_s,
        hr_max_dpct=hr,
    )


def limits_for(goal: Goal, level: Level) -> Limits:
    """The default limits of a goal at a retro level (domain.md §2, table)."""
    match goal, level:
        case Goal.KNEE_STRENGTH, Level.NOVICE:
            return _row(250, 20, 100, (0, 0), 10, 300, 700)
        case Goal.KNEE_STRENGTH, Level.INTERMEDIATE:
            return _row(350, 30, 100, (0, 30), 20, 600, 760)
        case Goal.KNEE_STRENGTH, Level.ADVANCED:
            return _row(450, 30, 100, (0, 50), 20, 900, 760)
        case Goal.CONDITIONING, Level.NOVICE:
            return _row(450, 30, 150, (0, 0), 20, 60, 760)
        case Goal.CONDITIONING, Level.INTERMEDIATE:
            return _row(650, 40, 150, (0, 20), 25, 60, 800)
        case Goal.CONDITIONING, Level.ADVANCED:
            return _row(800, 50, 150, (0, 40), 30, 90, 850)
        case Goal.ATHLETIC, Level.NOVICE:
            return _row(600, 40, 200, (0, 20), 20, 300, 800)
        case Goal.ATHLETIC, Level.INTERMEDIATE:
            return _row(800, 60, 200, (0, 50), 25, 300, 850)
        case Goal.ATHLETIC, Level.ADVANCED:
            return _row(950, 80, 200, (0, 80), 30, 300, 900)
        case Goal.MOBILITY, Level.NOVICE:
            return _row(150, 10, 100, (0, 0), 5, 120, 650)
        case Goal.MOBILITY, Level.INTERMEDIATE:
            return _row(200, 15, 100, (0, 0), 8, 180, 700)
        case _:
            return _row(250, 20, 100, (0, 20), 15, 300, 760)


def reserve_dpct(goal: Goal, level: Level) -> int:
    """The heart-rate ceiling as a share of the reserve, 0.1 % (domain.md §2, table: the lower of %HRR and %HRmax)."""
    match goal, level:
        case Goal.CONDITIONING, Level.INTERMEDIATE:
            return 700
        case Goal.CONDITIONING, Level.ADVANCED:
            return 750
        case Goal.ATHLETIC, Level.NOVICE:
            return 700
        case Goal.ATHLETIC, Level.INTERMEDIATE:
            return 750
        case Goal.ATHLETIC, Level.ADVANCED:
            return 850
        case Goal.MOBILITY, Level.NOVICE:
            return 500
        case Goal.MOBILITY, Level.INTERMEDIATE:
            return 550
        case _:
            return 600


def ceiling_for(goal: Goal) -> Limits:
    """Beyond this no person can raise a cell (domain.md §2, rows "Ceil")."""
    match goal:
        case Goal.KNEE_STRENGTH:
            return _row(550, 50, 100, (0, 100), 30, 1200, 800)
        case Goal.CONDITIONING:
            return _row(900, 80, 150, (0, 80), 40, 180, 900)
        case Goal.ATHLETIC:
            return _row(1000, 100, 200, (0, 100), 40, 300, 950)
        case Goal.MOBILITY:
            return _row(300, 30, 100, (0, 30), 15, 600, 760)


def raised(base: Limits, wanted: Limits, goal: Goal) -> Limits:
    """`base` raised to what a named person wants, cell by cell, and never beyond the goal's ceiling."""
    higher = Limits(
        speed_max_ckmh=max(base.speed_max_ckmh, wanted.speed_max_ckmh),
        accel_max_ckmh_s=max(base.accel_max_ckmh_s, wanted.accel_max_ckmh_s),
        decel_stop_ckmh_s=base.decel_stop_ckmh_s,
        grade_min_dpct=min(base.grade_min_dpct, wanted.grade_min_dpct),
        grade_max_dpct=max(base.grade_max_dpct, wanted.grade_max_dpct),
        session_max_s=max(base.session_max_s, wanted.session_max_s),
        bout_max_s=max(base.bout_max_s, wanted.bout_max_s),
        hr_max_dpct=max(base.hr_max_dpct, wanted.hr_max_dpct),
    )
    return tighter(higher, tighter(ceiling_for(goal), SITE_CEILING))


def supervised_max_ckmh(*, commissioned: bool, spotter: bool, harness: bool) -> int:
    """The fastest a belt may run under this supervision, 0.01 km/h (domain.md §2, §2.2).

    Uncommissioned (or a record that does not show a stop on link loss, or one older than 6 months): 3.0, with a
    spotter declared at the stop button 6.0. Else above 6.0 a spotter, from 8.0 on also a harness.
    """
    if not commissioned:
        return SPOTTER_CKMH if spotter else UNCOMMISSIONED_CKMH
    if not spotter:
        return SPOTTER_CKMH
    return SITE_CEILING.speed_max_ckmh if harness else SPOTTER_MAX_CKMH


def tighter(a: Limits, b: Limits) -> Limits:
    """Both limits at once. A stop may be asked to be gentler, never harsher, so it takes the lower ramp too."""
    return Limits(
        speed_max_ckmh=min(a.speed_max_ckmh, b.speed_max_ckmh),
        accel_max_ckmh_s=min(a.accel_max_ckmh_s, b.accel_max_ckmh_s),
        decel_stop_ckmh_s=min(a.decel_stop_ckmh_s, b.decel_stop_ckmh_s),
        grade_min_dpct=max(a.grade_min_dpct, b.grade_min_dpct),
        grade_max_dpct=min(a.grade_max_dpct, b.grade_max_dpct),
        session_max_s=min(a.session_max_s, b.session_max_s),
        bout_max_s=min(a.bout_max_s, b.bout_max_s),
        hr_max_dpct=min(a.hr_max_dpct, b.hr_max_dpct),
    )


def bounded(limits: Limits) -> Limits:
    """The limits with each number where it can be: what a message leaves out, or sets to 0, removes no stop."""
    ceiling = SITE_CEILING
    return Limits(
        speed_max_ckmh=max(0, min(limits.speed_max_ckmh, ceiling.speed_max_ckmh)),
        accel_max_ckmh_s=max(0, min(limits.accel_max_ckmh_s, ceiling.accel_max_ckmh_s)),
        decel_stop_ckmh_s=max(DECEL_LEAST_CKMH_S, min(limits.decel_stop_ckmh_s, ceiling.decel_stop_ckmh_s)),
        grade_min_dpct=max(ceiling.grade_min_dpct, min(limits.grade_min_dpct, ceiling.grade_max_dpct)),
        grade_max_dpct=max(ceiling.grade_min_dpct, min(limits.grade_max_dpct, ceiling.grade_max_dpct)),
        session_max_s=max(0, min(limits.session_max_s, ceiling.session_max_s)),
        bout_max_s=max(0, min(limits.bout_max_s, ceiling.bout_max_s)),
        hr_max_dpct=max(0, min(limits.hr_max_dpct, ceiling.hr_max_dpct)),
    )
