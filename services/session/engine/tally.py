"""What a session did, counted beside the engine: its fastest and steepest target, the heart's time over its ceiling.

Pure: it looks at the engine's states and effects and decides nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from device_adapters.frozen import replace
from services.members.model import SessionRecord
from services.programme import plan
from services.session.engine.belt import LOOK_MAX_MS
from services.session.engine.events import Effect, EventNote
from services.session.engine.heart_limits import hr_limit_bpm
from services.session.engine.prompts import Stage
from services.session.engine.state import EngineState, Session, heart_rate_now


@dataclass(frozen=True, kw_only=True)
class Tally:
    """The count of one session; `began_ms` is wall time, `cause` the word for its end."""

    session: str
    began_ms: int
    looked_ms: int
    cause: str = ""
    speed_max_ckmh: int = 0
    grade_max_dpct: int = 0
    hr_read: bool = False
    hr_over_ms: int = 0
    unanswered: int = 0
    comfortable_ckmh: int = 0


def counted(
    tally: Tally | None, state: EngineState, effects: Sequence[Effect], *, now_ms: int, wall_ms: int
) -> Tally | None:
    """The tally after a step of the engine; a new session begins a new one."""
    session = state.session
    if session is None:
        return tally
    if tally is None or tally.session != session.wanted.session:
        tally = Tally(session=session.wanted.session, began_ms=wall_ms, looked_ms=now_ms)
    passed_ms = now_ms - tally.looked_ms
    running = session.phase == "running"
    bpm, limit = heart_rate_now(state, now_ms), hr_limit_bpm(session)
    read = running and bpm is not None and limit is not None
    over = read and bpm is not None and limit is not None and bpm > limit and passed_ms <= LOOK_MAX_MS
    eased = any(isinstance(e, EventNote) and e.kind == "slower" for e in effects)
    return replace(
        tally,
        looked_ms=now_ms,
        cause=tally.cause or _cause(effects),
        speed_max_ckmh=max(tally.speed_max_ckmh, session.asked_ckmh),
        grade_max_dpct=max(tally.grade_max_dpct, session.asked_dpct or 0),
        hr_read=tally.hr_read or read,
        hr_over_ms=tally.hr_over_ms + (passed_ms if over else 0),
        comfortable_ckmh=session.asked_ckmh if eased else max(tally.comfortable_ckmh, session.asked_ckmh),
        unanswered=tally.unanswered + sum(_left_open(effect) for effect in effects),
    )


def summary(session: Session, tally: Tally, treadmill: str, ended_ms: int) -> SessionRecord:
    """The record of a session for its member.

    It was done if it was completed without leaving work out, or if it ended with the minutes that the member was
    held to.
    """
    wanted, programme = session.wanted, session.wanted.programme
    planned_s = plan.retro_ms(plan.timeline(programme, session.own), session.own) // 1000
    held_s = None if wanted.member_limits is None else wanted.member_limits.session_max_s
    held = held_s is not None and tally.cause == "session_max" and planned_s > held_s
    return SessionRecord(
        session=wanted.session,
        goal=programme.goal,
        level=programme.level,
        programme=programme.name,
        treadmill=treadmill,
        strap=wanted.strap,
        began_ms=tally.began_ms,
        ended_ms=ended_ms,
        outcome=session.outcome or "interrupted",
        cause=tally.cause,
        done=(session.outcome == "completed" or held) and not _left_out(session),
        planned_s=planned_s if held_s is None else min(planned_s, held_s),
        actual_s=session.retro_ms // 1000,
        speed_max_ckmh=tally.speed_max_ckmh,
        grade_max_dpct=tally.grade_max_dpct,
        hr_over_s=tally.hr_over_ms // 1000 if tally.hr_read else None,
        override_why=wanted.override_why,
        unanswered=tally.unanswered,
        asks_next_day=True,
        comfortable_ckmh=tally.comfortable_ckmh,
    )


def _left_out(session: Session) -> bool:
    """Did a person skip work?"""
    steps = session.wanted.programme.steps
    return any(lap.ending == "skipped" and steps[lap.index].kind in plan.WORK for lap in session.laps)


def _left_open(effect: Effect) -> bool:
    """Did nobody say how hard it is for so long that nothing rises?"""
    asked = isinstance(effect, EventNote) and effect.kind == "question" and effect.cause == "rpe"
    return asked and isinstance(effect, EventNote) and effect.after.get("stage") == Stage.HOLD.name.lower()


def _cause(effects: Sequence[Effect]) -> str:
    """The word with which the engine began the end, if it did."""
    ends = ("stopping", "ended")
    notes = [e for e in effects if isinstance(e, EventNote) and e.kind == "session_phase"]
    return next((n.cause for n in notes if n.after.get("phase") in ends), "")
