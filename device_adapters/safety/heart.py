"""The heart-rate governor: is the reading to be trusted, is the heart over its ceiling, how fast may the belt go? Pure.

The ladders are domain.md §2.2; steps down are several times steeper than steps up, as in h/p/cosmos' matrix
(ftms.md §1.10). Times over the ceiling fill a measure that drains at half the rate, so that a reading which toggles
around the ceiling still climbs the ladder. Integers only: bpm, ms, 0.01 km/h.
"""

from dataclasses import dataclass

from device_adapters.frozen import replace
from device_adapters.safety.hazards import Action, Cause, reaction

BPM_MIN, BPM_MAX = 35, 230
JUMP_BPM, JUMP_MS = 40, 2_000
FLAT_MS = 60_000
"""Not a heart: outside 35–230 bpm, a jump of more than 40 bpm within 2 s, the same value for 60 s."""

STALE_MS, MISSING_MS, LOST_MS, GONE_MS = 5_000, 15_000, 30_000, 60_000
HIGH_MS, STILL_HIGH_MS, TOO_HIGH_MS = 10_000, 40_000, 85_000
"""Over the ceiling: cut after 10 s, recovery speed 30 s later, stop another 45 s later."""

OVER_MAX_MS = 5_000
SLOWEST_CKMH = 100
RECOVERY_CKMH = 200
RECOVERY_MOBILITY_CKMH = 150
UP_CKMH, UP_EVERY_MS, UP_MARGIN_BPM = 20, 25_000, 5
"""Back up by 0.2 km/h each 25 s, and only with the heart 5 bpm under its ceiling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """What one heart may do, bpm. `slowest_ckmh` is the recovery speed of the goal."""

    limit_bpm: int
    max_bpm: int
    recovery_ckmh: int = RECOVERY_CKMH


@dataclass(frozen=True, kw_only=True)
class Heart:
    """What is remembered of a heart. `trusted_ms` is when a reading was last to be trusted.

    `told_bpm` is what the strap told last, plausible or not. `cap_ckmh` is the fastest the belt may be asked to go
    because of it; None = not bound.
    """

    trusted_ms: int
    bpm: int = 0
    told_bpm: int = 0
    told_ms: int = 0
    raw_bpm: int = 0
    raw_ms: int = 0
    flat_since_ms: int = 0
    over_ms: int = 0
    over_max_ms: int = 0
    looked_ms: int = 0
    cause: Cause | None = None
    cap_ckmh: int | None = None
    raised_ms: int = 0


def begun(now_ms: int) -> Heart:
    """A heart that is expected from now on."""
    return Heart(trusted_ms=now_ms, looked_ms=now_ms, flat_since_ms=now_ms)


def read(heart: Heart, bpm: int | None, *, contact: bool | None, now_ms: int) -> Heart:
    """Take a reading of the strap. One that is not to be trusted leaves the last trusted one to grow old."""
    if bpm is None or contact is False:
        return heart
    heart = replace(heart, told_bpm=bpm, told_ms=now_ms)
    if not BPM_MIN <= bpm <= BPM_MAX:
        return heart
    jumped = bool(heart.raw_bpm) and now_ms - heart.raw_ms <= JUMP_MS and abs(bpm - heart.raw_bpm) > JUMP_BPM
    flat_since_ms = heart.flat_since_ms if bpm == heart.raw_bpm else now_ms
    heart = replace(heart, raw_bpm=bpm, raw_ms=now_ms, flat_since_ms=flat_since_ms)
    if jumped or now_ms - flat_since_ms >= FLAT_MS:
        return heart
    return replace(heart, bpm=bpm, trusted_ms=now_ms)


def resumed(heart: Heart, now_ms: int) -> Heart:
    """The belt moves off again: a reading is expected from now on; what the ladders hold stays."""
    return replace(heart, trusted_ms=now_ms, looked_ms=now_ms, flat_since_ms=now_ms)


def waited(heart: Heart, ceiling: Ceiling | None, now_ms: int) -> Heart:
    """Bring the time over the ceiling up to now while the belt stands: a rest drains it, and resets nothing."""
    passed_ms, heart = max(0, now_ms - heart.looked_ms), replace(heart, looked_ms=now_ms)
    if ceiling is None:
        return heart
    trusted, told = now_ms - heart.trusted_ms < STALE_MS, now_ms - heart.told_ms < STALE_MS
    if trusted:
        heart = replace(heart, over_ms=_filled(heart.over_ms, passed_ms, heart.bpm > ceiling.limit_bpm))
    if trusted or told:
        above = (trusted and heart.bpm > ceiling.max_bpm) or (told and heart.told_bpm > ceiling.max_bpm)
        heart = replace(heart, over_max_ms=_filled(heart.over_max_ms, passed_ms, above))
    return heart


def _filled(measure_ms: int, passed_ms: int, over: bool) -> int:
    return measure_ms + passed_ms if over else max(0, measure_ms - passed_ms // 2)


def looked(
    heart: Heart, ceiling: Ceiling | None, *, asked_ckmh: int, speed_max_ckmh: int, now_ms: int
) -> Heart:
    """Bring the ladders up to now: the present cause and the cap that follows from it.

    `asked_ckmh` is what the belt is asked to do, `speed_max_ckmh` where the cap is of no use any more. Without a
    ceiling only the ladder of lost readings counts. Above the maximum every reading counts, plausible or not.
    """
    heart = waited(heart, ceiling, now_ms)
    cause = _cause(heart, now_ms)
    if cause is None:
        heart = _raised(heart, ceiling, speed_max_ckmh, now_ms)
    elif cause is not heart.cause:
        heart = _lowered(heart, cause, ceiling, asked_ckmh, now_ms)
    return replace(heart, cause=cause)


def _cause(heart: Heart, now_ms: int) -> Cause | None:
    """The worst of the two ladders."""
    lost, high = _lost(now_ms - heart.trusted_ms), _high(heart)
    if lost is None or high is None:
        return lost or high
    return lost if reaction(lost).action >= reaction(high).action else high


def _lost(age_ms: int) -> Cause | None:
    if age_ms >= GONE_MS:
        return Cause.HR_GONE
    if age_ms >= LOST_MS:
        return Cause.HR_LOST
    if age_ms >= MISSING_MS:
        return Cause.HR_MISSING
    return Cause.HR_STALE if age_ms >= STALE_MS else None


def _high(heart: Heart) -> Cause | None:
    if heart.over_max_ms >= OVER_MAX_MS:
        return Cause.HR_OVER_MAX
    if heart.over_ms >= TOO_HIGH_MS:
        return Cause.HR_TOO_HIGH
    if heart.over_ms >= STILL_HIGH_MS:
        return Cause.HR_STILL_HIGH
    return Cause.HR_HIGH if heart.over_ms >= HIGH_MS else None


def _lowered(heart: Heart, cause: Cause, ceiling: Ceiling | None, asked_ckmh: int, now_ms: int) -> Heart:
    """The cap of a cause that has just appeared: never above what is asked now, nor above an earlier cap."""
    recovery = RECOVERY_CKMH if ceiling is None else ceiling.recovery_ckmh
    now = asked_ckmh if heart.cap_ckmh is None else min(asked_ckmh, heart.cap_ckmh)
    match reaction(cause).action:
        case Action.SLOW:
            wanted = now * 85 // 100
        case Action.RECOVERY:
            wanted = min(recovery, now // 2) if cause is Cause.HR_STILL_HIGH else min(recovery, now)
        case _:
            wanted = now
    return replace(heart, cap_ckmh=min(now, max(SLOWEST_CKMH, wanted)), raised_ms=now_ms)


def _raised(heart: Heart, ceiling: Ceiling | None, speed_max_ckmh: int, now_ms: int) -> Heart:
    """Let the cap rise again, slowly; it is gone once it binds nothing."""
    if heart.cap_ckmh is None or heart.cap_ckmh >= speed_max_ckmh:
        return replace(heart, cap_ckmh=None)
    low = ceiling is None or heart.bpm <= ceiling.limit_bpm - UP_MARGIN_BPM
    if not low or heart.over_ms > 0 or now_ms - heart.raised_ms < UP_EVERY_MS:
        return heart
    return replace(heart, cap_ckmh=heart.cap_ckmh + UP_CKMH, raised_ms=now_ms)


def ceiling_bpm(hr_max_bpm: int, percent_max_dpct: int, rest_bpm: int | None, reserve_dpct: int) -> int:
    """The lower of the two rules: a share of HRmax, and, with a known resting rate, of the reserve (Karvonen)."""
    by_max = hr_max_bpm * percent_max_dpct // 1000
    if rest_bpm is None:
        return by_max
    return min(by_max, rest_bpm + (hr_max_bpm - rest_bpm) * reserve_dpct // 1000)


def hr_max_by_age(age_years: int) -> int:
    """The lower of Tanaka (208 − 0.7 age) and Fox (220 − age), bpm; formulae err by 10–12 bpm (domain.md §7)."""
    return min((2080 - 7 * age_years) // 10, 220 - age_years)
