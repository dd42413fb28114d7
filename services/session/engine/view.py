"""A session as screens show it. Pure."""

from functools import lru_cache
from typing import Literal

import msgspec

from device_adapters.contract.boundary import limits_message
from device_adapters.contract.keys import hazards
from device_adapters.contract.keys import sessions as keys
from device_adapters.contract.messages import SessionBrief, SessionView, StepBrief
from device_adapters.contract.phrase import Phrase
from device_adapters.safety.limits import Limits
from device_adapters.units import kmh_from_ckmh, pct_from_dpct
from services.programme import plan
from services.programme.model import ForDistance, ForTime, Programme, Step, UntilHeartRateBelow, UntilStaff
from services.session.engine import in_class, questions, requests, start_rules
from services.session.engine.doubt import doubt
from services.session.engine.heart_limits import hr_limit_bpm
from services.session.engine.plan_follower import metres
from services.session.engine.state import EngineState, Session, heart_rate_now, speed_now


def view_of(state: EngineState, session: Session, now_ms: int, at_ms: int) -> SessionView:
    """The view of `session` at `at_ms` (wall time)."""
    wanted, step, progress = session.wanted, session.step, session.progress
    measured = speed_now(state, now_ms)
    hr_bpm = heart_rate_now(state, now_ms) if session.live else None
    step_left_ms = (
        plan.left_ms(step, progress, session.asked_ckmh or step.speed_ckmh) if session.live else None
    )
    return SessionView(
        session=wanted.session,
        treadmill=state.treadmill,
        at_ms=at_ms,
        phase=session.phase,
        goal=wanted.programme.goal,
        level=wanted.programme.level,
        programme=wanted.programme.name,
        alias=wanted.alias,
        on_board=wanted.on_board,
        member=wanted.member,
        strap=wanted.strap,
        step=min(progress.index + 1, len(wanted.programme.steps)),
        steps=len(wanted.programme.steps),
        step_kind=step.kind,
        cue=_cue(state, session, now_ms) if session.live else None,
        elapsed_s=session.elapsed_ms / 1000,
        total_s=session.total_ms / 1000,
        step_left_s=None if step_left_ms is None else step_left_ms / 1000,
        target_kmh=kmh_from_ckmh(session.asked_ckmh),
        target_pct=pct_from_dpct(session.asked_dpct or 0),
        measured_kmh=None if measured is None else kmh_from_ckmh(measured),
        hr_bpm=hr_bpm,
        hr_limit_bpm=hr_limit_bpm(session),
        limits=limits_message(session.limits),
        nearest_limit=nearest_limit(session, hr_bpm) if session.live else None,
        nearest_belt_limit=nearest_limit(session, None) if session.live else None,
        why=session.why,
        outcome=session.outcome,
        off_plan_kmh=kmh_from_ckmh(session.off_plan_ckmh),
        now=brief(step) if session.live else None,
        next=brief(session.next_step) if session.live and session.next_step else None,
        sets_done=sets_done(session),
        sets=wanted.programme.sets,
        progress=_progress(session, step_left_ms or 0),
        distance_m=metres(session.travel_ckmh_ms),
        retro_m=metres(session.retro_ckmh_ms),
        step_m=metres(session.lap.counted_ckmh_ms),
        hr_max_bpm=wanted.hr_max_bpm,
        arrangement=state.seen.arrangement if state.seen else "member_turned",
        pace_pct=session.pace_pct,
        waits_for=waits_for(state, session),
        hold=wanted.hold,
        starts_in_s=None if session.starts_ms is None else max(0, session.starts_ms - now_ms) / 1000,
        asks=questions.asks(session),
        can=requests.can(state, session, now_ms),
    )


def brief_of(view: SessionView) -> SessionBrief:
    """What programs that book are told of it, without a time: it is told again only when it changes."""
    return SessionBrief(
        session=view.session,
        treadmill=view.treadmill,
        at_ms=0,
        phase=view.phase,
        goal=view.goal,
        level=view.level,
        programme=view.programme,
        step=view.step,
        steps=view.steps,
        total_s=view.total_s,
        outcome=view.outcome,
    )


def dated(brief: SessionBrief, at_ms: int) -> SessionBrief:
    """The same, of `at_ms` (wall time)."""
    return msgspec.structs.replace(brief, at_ms=at_ms)


def brief(step: Step) -> StepBrief:
    """A step as screens show it."""
    time_s, distance_m, until = None, None, ""
    match step.until:
        case ForTime(seconds):
            time_s = seconds
        case ForDistance(m):
            distance_m = m
        case UntilHeartRateBelow(_, time_max_s):
            time_s, until = time_max_s, "hr_below"
        case UntilStaff(time_max_s):
            time_s, until = time_max_s, "staff"
    return StepBrief(
        kind=step.kind,
        facing=step.facing or "",
        speed_kmh=kmh_from_ckmh(step.speed_ckmh),
        incline_pct=pct_from_dpct(step.incline_dpct),
        time_s=time_s,
        distance_m=distance_m,
        until=until,
        text=step.cue,
        set_number=step.set_number,
        sets=step.sets,
    )


def sets_done(session: Session) -> int:
    """Rounds of repeats whose work was done at speed (95 % of its target) to its end; a repeated one counts once."""
    steps = session.wanted.programme.steps
    done = (steps[lap.index] for lap in session.laps if lap.ending == "done" and lap.counted_ms)
    return len({(s.place.partition(".")[0], s.set_number) for s in done if s.sets and s.kind in plan.WORK})


def waits_for(
    state: EngineState, session: Session
) -> Literal["", "countdown", "resume", "turn", "done", "class", "hold"]:
    """What a still belt waits for."""
    if session.starts_ms is not None:
        return "countdown"
    if session.phase != "paused":
        return ""
    if session.step.off_belt:
        return "done"
    if in_class.waits(session):
        return "class"
    if session.facing not in (None, session.step.facing):
        return "turn"
    return "hold" if start_rules.hand_missing(state.seen, session.wanted) is not None else "resume"


def _progress(session: Session, step_left_ms: int) -> float:
    """Share of the programme that is behind."""
    if session.outcome == "completed":
        return 1.0
    ends_ms = _ends_ms(session.wanted.programme, session.own)
    later_ms = ends_ms[-1] - ends_ms[min(session.progress.index, len(ends_ms) - 1)]
    return round(session.elapsed_ms / max(1, session.elapsed_ms + step_left_ms + later_ms), 3)


@lru_cache(maxsize=1_024)  # asked each second of each session; a programme has up to 200 steps
def _ends_ms(programme: Programme, own: Limits) -> tuple[int, ...]:
    return tuple(leg.end_ms for leg in plan.timeline(programme, own))


def _cue(state: EngineState, session: Session, now_ms: int) -> Phrase | str | None:
    """What the member hears: words for a belt that may go on come first, then a hazard's, then the step's.

    A heart's words are about the belt while it moves: of one that stands or starts they would be wrong.
    """
    cause = (
        session.heart.cause if session.heart and session.phase in ("running", "pausing", "stopping") else None
    )
    return (
        doubt(state, session, now_ms)
        or (hazards.member(cause) if cause else None)
        or session.step.said
        or None
    )


def nearest_limit(session: Session, hr_bpm: int | None) -> Phrase:
    """The limit that is relatively closest."""
    limits, hr_limit = session.limits, hr_limit_bpm(session)
    speed, grade = session.asked_ckmh, session.asked_dpct or 0
    ratios = [
        (
            speed / max(1, limits.speed_max_ckmh),
            lambda: keys.near_speed(kmh_from_ckmh(speed), kmh_from_ckmh(limits.speed_max_ckmh)),
        ),
        (
            session.retro_ms / max(1, limits.session_max_s * 1000),
            lambda: keys.near_time(session.retro_ms // 60_000, round(limits.session_max_s / 60, 1)),
        ),
    ]
    if limits.grade_max_dpct > 0:
        ratios.append(
            (
                grade / limits.grade_max_dpct,
                lambda: keys.near_grade(pct_from_dpct(grade), pct_from_dpct(limits.grade_max_dpct)),
            )
        )
    if hr_bpm is not None and hr_limit:
        ratios.append((hr_bpm / hr_limit, lambda: keys.near_heart(hr_bpm, hr_limit)))
    return max(ratios, key=lambda each: each[0])[1]()
