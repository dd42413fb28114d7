"""The running belt: how far the plan has come, and the target it asks for. Pure; no change of phase happens here."""

from device_adapters.frozen import replace
from device_adapters.safety.limits import FIRST_MOVEMENT_MS
from services.programme import plan
from services.programme.model import Facing
from services.session import governor
from services.session.admission import allowed, first_ckmh
from services.session.events import Effect, Note
from services.session.moves import Runs, commanded
from services.session.state import Session, State, Treadmill, heart_rate_now

SETTLE_MS = 3_000
"""A belt has this long after its modelled ramp before it counts as off its plan."""


def moved_off(session: Session, seen: Treadmill, now_ms: int) -> Session:
    """The belt has begun to move: hold the first speed, and count time from here."""
    first = first_ckmh(seen)
    return replace(
        governor.expected(session, now_ms),
        moved=True,
        pending=None,
        held_until_ms=now_ms + FIRST_MOVEMENT_MS,
        ticked_ms=now_ms,
        asked_ckmh=first,
        ramp=plan.Ramp(first, first, now_ms),
    )


def settled(session: Session, now_ms: int) -> bool:
    """Should the belt have had its target for some time?"""
    return session.pending is None and plan.ramped(session.ramp, session.limits, now_ms - SETTLE_MS)


def off_plan(session: Session, speed_ckmh: int, now_ms: int) -> Session:
    """Remember the largest difference between the measured and the expected speed of a settled belt."""
    if not settled(session, now_ms):
        return session
    off_ckmh = abs(speed_ckmh - session.ramp.to_ckmh)
    return replace(session, off_plan_ckmh=off_ckmh) if off_ckmh > session.off_plan_ckmh else session


def advanced(state: State, session: Session, now_ms: int) -> Session:
    """Moving time and measured metres since the last call, credited to the plan."""
    passed_ms = now_ms - session.ticked_ms
    hr_bpm, hr_max_bpm = heart_rate_now(state, now_ms), session.wanted.hr_max_bpm
    passage = plan.Passage(
        ms=passed_ms,
        measured_ckmh=state.measured_ckmh or 0,
        target_ckmh=session.step.speed_ckmh if session.asked_dpct is None else session.asked_ckmh,
        settled=settled(session, now_ms) and now_ms >= session.held_until_ms,
        hr_dpct=hr_bpm * 1000 // hr_max_bpm if hr_bpm and hr_max_bpm else None,
    )
    steps = session.wanted.programme.steps
    retro = session.step.facing is Facing.RETRO
    return replace(
        session,
        ticked_ms=now_ms,
        progress=plan.advance(steps, session.progress, passage, session.limits.bout_max_s),
        elapsed_ms=session.elapsed_ms + passed_ms,
        retro_ms=session.retro_ms + (passed_ms if retro else 0),
    )


def time_is_up(session: Session) -> bool:
    """Must the ramp down begin now for the session to end inside its minutes?"""
    stop_ms = plan.ramp_ms(session.asked_ckmh, 0, session.limits)
    return session.retro_ms + stop_ms >= session.limits.session_max_s * 1000


def aimed(session: Session, seen: Treadmill, now_ms: int) -> Runs:
    """Send the step's target, inside the limits in force and the heart's cap, if it is not what was asked last."""
    if session.pending is not None or now_ms < session.held_until_ms:
        return session, ()
    step = session.step
    speed, grade = allowed(step, session.limits, seen)
    notes: tuple[Effect, ...] = ()
    clamp = (session.progress.index, speed, grade)
    if (speed, grade) != (step.speed_ckmh, step.incline_dpct) and clamp != session.clamp_noted:
        session = replace(session, clamp_noted=clamp)
        notes = (
            Note(
                kind="clamped",
                cause="over_limit",
                text="The step is outside the limits in force.",
                session=session.wanted.session,
                before={"speed_ckmh": step.speed_ckmh, "grade_dpct": step.incline_dpct},
                after={"speed_ckmh": speed, "grade_dpct": grade},
            ),
        )
    speed, grade = governor.within_heart(session, speed, grade, seen.speed_min_ckmh)
    if (speed, grade) == (session.asked_ckmh, session.asked_dpct):
        return session, notes
    if speed != session.asked_ckmh:
        from_ckmh = plan.expected_ckmh(session.ramp, session.limits, now_ms)
        session = replace(session, ramp=plan.Ramp(from_ckmh, speed, now_ms))
    session = replace(session, asked_ckmh=speed, asked_dpct=grade)
    session, command = commanded(session, "target", now_ms, speed_ckmh=speed, grade_dpct=grade)
    return session, (*notes, command)
