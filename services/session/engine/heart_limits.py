"""What the heart and the staff allow a running session. Pure; changes of phase happen in the engine."""

from functools import lru_cache

from device_adapters.contract.bounds import RAISE_MINUTES
from device_adapters.contract.keys import hazards, requests, sessions
from device_adapters.contract.phrase import Refusal
from device_adapters.frozen import replace
from device_adapters.safety import heart as hearts
from device_adapters.safety.hazards import Action, Cause, reaction
from device_adapters.safety.limits import (
    Goal,
    Level,
    Limits,
    ceiling_for,
    raised,
    reserve_dpct,
    tighter,
)
from device_adapters.units import kmh_from_ckmh
from services.session.engine.actions import Runs
from services.session.engine.events import Adjust, Effect, EventNote, Publish
from services.session.engine.start_rules import table_limits
from services.session.engine.state import Session, Wanted

RAISE_MAX_MS = RAISE_MINUTES[1] * 60_000


def expected(session: Session, now_ms: int) -> Session:
    """A belt that moves off expects a heart rate from now on, if a strap is worn. A pause ended no ladder."""
    if not session.wanted.strap:
        return replace(session, heart=None)
    heart = hearts.begun(now_ms) if session.heart is None else hearts.resumed(session.heart, now_ms)
    return replace(session, heart=heart)


def waited(session: Session, now_ms: int) -> Session:
    """Bring the heart's ladders up to now while the belt stands."""
    heart = session.heart
    return (
        session if heart is None else replace(session, heart=hearts.waited(heart, _ceiling(session), now_ms))
    )


def over_ceiling(bpm: int | None, wanted: Wanted, limits: Limits) -> Refusal | None:
    """Why no belt is started for this heart now; None: it may be."""
    if bpm is None or wanted.hr_max_bpm is None:
        return None
    limit = _ceiling_in(wanted, limits).limit_bpm
    return Refusal("hr_over_ceiling", requests.heart_over_ceiling(bpm, limit)) if bpm > limit else None


def looked(
    session: Session, going_ckmh: int, now_ms: int
) -> tuple[Session, tuple[Effect, ...], Cause | None]:
    """Bring the heart's ladders up to now; the cause is the one that has just appeared, if any.

    A belt that still rises is held or slowed from where it is now, not from where it was going.
    """
    before = session.heart
    if before is None:
        return session, (), None
    after = hearts.looked(
        before,
        _ceiling(session),
        asked_ckmh=going_ckmh,
        speed_max_ckmh=session.limits.speed_max_ckmh,
        now_ms=now_ms,
    )
    session = replace(session, heart=after)
    if after.cause is before.cause:
        return session, (), None
    row = reaction(after.cause) if after.cause else None
    said = hazards.staff(after.cause) if after.cause else None
    session = replace(session, why=said)
    note = EventNote(
        kind="hazard" if row else "hazard_over",
        cause=after.cause or before.cause or "",
        said=said or sessions.heart_back(),
        severity="warning" if row and row.action >= Action.SLOW else "info",
        session=session.wanted.session,
        before={"speed_ckmh": session.asked_ckmh},
        after={"speed_ckmh": after.cap_ckmh, "action": row.action.name.lower() if row else "none"},
    )
    return session, (note, Publish()), after.cause


def hr_limit_bpm(session: Session) -> int | None:
    """The heart-rate ceiling in bpm, None without a maximum heart rate."""
    return _ceiling(session).limit_bpm if session.wanted.hr_max_bpm is not None else None


def _ceiling(session: Session) -> hearts.Ceiling:
    return _ceiling_in(session.wanted, session.limits)


def _ceiling_in(wanted: Wanted, limits: Limits) -> hearts.Ceiling:
    programme = wanted.programme
    return _ceiling_of(
        programme.goal, programme.level, wanted.hr_max_bpm, wanted.hr_rest_bpm, limits.hr_max_dpct
    )


@lru_cache(maxsize=4_096)  # asked several times per tick of each session
def _ceiling_of(
    goal: Goal, level: Level, hr_max_bpm: int | None, hr_rest_bpm: int | None, hr_max_dpct: int
) -> hearts.Ceiling:
    """Without a known maximum no trusted reading is over it, and only the ladder of lost readings counts."""
    recovery = hearts.RECOVERY_MOBILITY_CKMH if goal is Goal.MOBILITY else hearts.RECOVERY_CKMH
    if hr_max_bpm is None:
        return hearts.Ceiling(limit_bpm=hearts.BPM_MAX, max_bpm=hearts.BPM_MAX, recovery_ckmh=recovery)
    limit = hearts.ceiling_bpm(hr_max_bpm, hr_max_dpct, hr_rest_bpm, reserve_dpct(goal, level))
    return hearts.Ceiling(limit_bpm=limit, max_bpm=hr_max_bpm, recovery_ckmh=recovery)


def within_heart(session: Session, speed_ckmh: int, grade_dpct: int, *, slowest_ckmh: int) -> tuple[int, int]:
    """A target under the heart's cap; in recovery also flat, as far as the limits let it be."""
    heart = session.heart
    if heart is None or heart.cap_ckmh is None:
        return speed_ckmh, grade_dpct
    recovers = heart.cause is not None and reaction(heart.cause).action >= Action.RECOVERY
    grade = max(session.limits.grade_min_dpct, min(grade_dpct, 0)) if recovers else grade_dpct
    return min(speed_ckmh, max(slowest_ckmh, heart.cap_ckmh)), grade


def adjust_refusal(session: Session, adjust: Adjust, first_ckmh: int) -> Refusal | None:
    """Why the speed limit may not be set so; None: it may. `first_ckmh`: the belt's first movement."""
    goal = session.wanted.programme.goal
    if adjust.speed_max_ckmh < first_ckmh:
        return Refusal("limit_too_low", requests.limit_too_low(kmh_from_ckmh(first_ckmh)))
    ceiling = ceiling_for(goal).speed_max_ckmh
    if adjust.speed_max_ckmh > ceiling:
        return Refusal("over_ceiling", requests.raise_over_ceiling(goal, kmh_from_ckmh(ceiling)))
    own_ceiling = session.wanted.ceiling_ckmh
    if own_ceiling is not None and adjust.speed_max_ckmh > own_ceiling:
        return Refusal("over_ceiling", requests.raise_over_own_ceiling(kmh_from_ckmh(own_ceiling)))
    if adjust.speed_max_ckmh <= _base(session).speed_max_ckmh:
        return None
    if not adjust.asker.by.strip() or not adjust.why.strip():
        return Refusal("no_reason", requests.raise_needs_reason())
    if not 0 < adjust.for_ms <= RAISE_MAX_MS:
        return Refusal("no_expiry", requests.raise_needs_end())
    return None


def adjusted(session: Session, adjust: Adjust, now_ms: int) -> Runs:
    """Set the session's own speed limit; above the table's value it is a raise, and ends by itself."""
    base = _base(session)
    wanted = replace(base, speed_max_ckmh=adjust.speed_max_ckmh)
    up = adjust.speed_max_ckmh > base.speed_max_ckmh
    own = raised(base, wanted, session.wanted.programme.goal) if up else tighter(base, wanted)
    note = EventNote(
        kind="limits_raised" if up else "limits_lowered",
        cause="staff",
        text=adjust.why,
        severity="warning" if up else "info",
        session=session.wanted.session,
        before={"speed_ckmh": session.own.speed_max_ckmh},
        after={"speed_ckmh": own.speed_max_ckmh, "by": adjust.asker.by},
    )
    session = replace(
        session,
        own=own,
        limits=own,
        adjusted_ms=now_ms,
        raised_by=adjust.asker.by if up else "",
        raised_why=adjust.why if up else "",
        raised_until_ms=now_ms + adjust.for_ms if up else None,
        lease_due_ms=now_ms,
    )
    return session, (note, Publish())


def expired(session: Session, now_ms: int) -> Runs:
    """End a raise whose time is over."""
    if session.raised_until_ms is None or now_ms < session.raised_until_ms:
        return session, ()
    base = _base(session)
    note = EventNote(
        kind="limits_lowered",
        cause="raise_expired",
        session=session.wanted.session,
        before={"speed_ckmh": session.own.speed_max_ckmh},
        after={"speed_ckmh": base.speed_max_ckmh},
    )
    session = replace(
        session,
        own=base,
        limits=tighter(session.limits, base),
        raised_by="",
        raised_why="",
        raised_until_ms=None,
        lease_due_ms=now_ms,
    )
    return session, (note, Publish())


def _base(session: Session) -> Limits:
    """What a session may do without a raise, as at its start: the table's limits and the member's own."""
    return table_limits(session.wanted)
