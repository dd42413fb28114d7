"""A session as screens show it. Pure."""

from device_adapters.contract.boundary import limits_message
from device_adapters.contract.messages import SessionView
from device_adapters.safety.hazards import reaction
from device_adapters.units import kmh_from_ckmh, pct_from_dpct
from services.programme import plan
from services.session.state import Session, State, heart_rate_now, speed_now


def view_of(state: State, session: Session, now_ms: int, at_ms: int) -> SessionView:
    """The view of `session` at `at_ms` (wall time)."""
    wanted, step, progress = session.wanted, session.step, session.progress
    measured = speed_now(state, now_ms)
    hr_bpm = heart_rate_now(state, now_ms) if session.live else None
    left_ms = plan.left_ms(step, progress, session.asked_ckmh or step.speed_ckmh) if session.live else None
    return SessionView(
        session=wanted.session,
        treadmill=state.treadmill,
        at_ms=at_ms,
        phase=session.phase,
        goal=wanted.programme.goal,
        level=wanted.programme.level,
        programme=wanted.programme.name,
        alias=wanted.alias,
        member=wanted.member,
        strap=wanted.strap,
        step=min(progress.index + 1, len(wanted.programme.steps)),
        steps=len(wanted.programme.steps),
        step_kind=step.kind,
        cue=_cue(session) if session.live else "",
        elapsed_s=session.elapsed_ms / 1000,
        total_s=session.total_ms / 1000,
        step_left_s=None if left_ms is None else left_ms / 1000,
        target_kmh=kmh_from_ckmh(session.asked_ckmh),
        target_pct=pct_from_dpct(session.asked_dpct or 0),
        measured_kmh=None if measured is None else kmh_from_ckmh(measured),
        hr_bpm=hr_bpm,
        hr_limit_bpm=hr_limit_bpm(session),
        limits=limits_message(session.limits),
        nearest_limit=nearest_limit(session, hr_bpm) if session.live else "",
        why=session.why,
        outcome=session.outcome,
        off_plan_kmh=kmh_from_ckmh(session.off_plan_ckmh),
    )


def _cue(session: Session) -> str:
    """What the member hears: a hazard's words come before the step's."""
    cause = session.heart.cause if session.heart else None
    return (reaction(cause).member if cause else "") or session.step.said


def hr_limit_bpm(session: Session) -> int | None:
    """The heart-rate ceiling in bpm, None without a maximum heart rate."""
    hr_max_bpm = session.wanted.hr_max_bpm
    return None if hr_max_bpm is None else session.limits.hr_max_dpct * hr_max_bpm // 1000


def nearest_limit(session: Session, hr_bpm: int | None) -> str:
    """The limit that is relatively closest, in words."""
    limits, hr_limit = session.limits, hr_limit_bpm(session)
    speed, grade = session.asked_ckmh, session.asked_dpct or 0
    ratios = [
        (
            speed / max(1, limits.speed_max_ckmh),
            f"speed {kmh_from_ckmh(speed):g} of {kmh_from_ckmh(limits.speed_max_ckmh):g} km/h",
        ),
        (
            session.retro_ms / max(1, limits.session_max_s * 1000),
            f"time {session.retro_ms // 60_000} of {limits.session_max_s / 60:g} min",
        ),
    ]
    if limits.grade_max_dpct > 0:
        said = f"grade {pct_from_dpct(grade):g} of {pct_from_dpct(limits.grade_max_dpct):g} %"
        ratios.append((grade / limits.grade_max_dpct, said))
    if hr_bpm is not None and hr_limit:
        ratios.append((hr_bpm / hr_limit, f"heart rate {hr_bpm} of {hr_limit} bpm"))
    return max(ratios)[1]
