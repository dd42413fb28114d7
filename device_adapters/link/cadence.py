"""Can a foot pod's steps per minute be of a person on this belt? Pure.

A pod may be on another belt, count both feet where the service counts one, or be loose. What cannot be is left out;
what stays so is told. Integers: 0.01 km/h, steps per minute of both feet, ms.
"""

from dataclasses import dataclass, replace

SPM_LEAST, SPM_MOST = 20, 300
STEP_MOST_CM = 220
"""No step on a treadmill is longer: 2.2 m is a sprinter's."""

POWER_STEP_MOST_CM = 133
"""Of a pod that may tell a tenth of its power as the cadence of its foot: 225 W for each m/s (150 kg at 1.5 W per kg)
would look like steps of 1.33 m, and less power like longer ones. Nobody who walks makes such steps."""

SPM_STANDING = 140
SPM_PER_KMH = 15
"""Small steps at a low speed are quick, but not quicker than this: 155 at 1 km/h, 200 at 4, 290 at 10."""

TOLD_MS = 5_000
"""What cannot be for so long is no moment between two speeds."""


def plausible(steps_per_min: int, speed_ckmh: int | None, *, step_most_cm: int = STEP_MOST_CM) -> bool:
    """May it be? None steps are: who stands beside the belt takes none. Without a speed only the range is judged."""
    if steps_per_min == 0:
        return True
    if not SPM_LEAST <= steps_per_min <= SPM_MOST:
        return False
    if not speed_ckmh:
        return True
    reaches = speed_ckmh * 1000 <= steps_per_min * step_most_cm * 60  # cm per hour
    return reaches and (steps_per_min - SPM_STANDING) * 100 <= SPM_PER_KMH * speed_ckmh


def is_step(cm: int) -> bool:
    """May a step be so long? None are 0: who stands takes none."""
    return 0 < cm <= STEP_MOST_CM


@dataclass(frozen=True, slots=True)
class CadenceJudged:
    """Since when it cannot be (monotonic ms; None: it can), and whether that has lasted."""

    wrong_since_ms: int | None = None
    lasts: bool = False


def step(judged: CadenceJudged, good: bool, now_ms: int) -> CadenceJudged:
    """Take one verdict: a good one ends what lasts."""
    if good:
        return CadenceJudged()
    since_ms = now_ms if judged.wrong_since_ms is None else judged.wrong_since_ms
    return replace(judged, wrong_since_ms=since_ms, lasts=now_ms - since_ms >= TOLD_MS)
