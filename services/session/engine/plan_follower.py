"""The running belt: how far the plan has come, and the target it asks for. Pure; no change of phase happens here."""

from device_adapters.contract.keys import sessions
from device_adapters.frozen import replace
from device_adapters.safety import bouts
from device_adapters.safety.limits import FIRST_MOVEMENT_MS
from services.programme import plan
from services.programme.model import Facing
from services.session.engine import belt, heart_limits, in_class, questions
from services.session.engine.actions import Runs, commanded
from services.session.engine.events import EventNote
from services.session.engine.start_rules import allowed, first_ckmh
from services.session.engine.state import (
    EngineState,
    LapSoFar,
    Session,
    TreadmillSeen,
    heart_rate_now,
)
from services.session.journalled import Ending

SETTLE_MS = 3_000
"""A belt has this long after its modelled ramp before it counts as off its plan."""


def moved_off(session: Session, seen: TreadmillSeen, now_ms: int) -> Session:
    """The belt has begun to move: hold the first speed, and count time from here."""
    first = first_ckmh(seen)
    return replace(
        heart_limits.expected(session, now_ms),
        moved=True,
        pending=None,
        held_until_ms=now_ms + FIRST_MOVEMENT_MS,
        ticked_ms=now_ms,
        asked_ckmh=first,
        ramp=plan.Ramp(first, first, now_ms),
        high_ckmh=first,
        high_ms=now_ms,
        faster_since_ms=None,
        measured_ckmh=None,
        unit_ckmh=None,
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


def advanced(state: EngineState, session: Session, now_ms: int) -> Session:
    """Moving time and measured metres since the last call, credited to the plan."""
    passed_ms = now_ms - session.ticked_ms
    hr_bpm, hr_max_bpm = heart_rate_now(state, now_ms), session.wanted.hr_max_bpm
    recovered = session.bout == bouts.FRESH  # a heart that is down already ends no recovery from running
    target_ckmh = session.step.speed_ckmh if state.seen is None else target(session, state.seen, now_ms)[0]
    passage = plan.Passage(
        ms=passed_ms,
        measured_ckmh=state.measured_ckmh or 0,
        target_ckmh=target_ckmh,
        settled=settled(session, now_ms) and session.asked_ckmh == target_ckmh,
        hr_dpct=hr_bpm * 1000 // hr_max_bpm if hr_bpm and hr_max_bpm and recovered else None,
    )
    step, before = session.step, session.progress
    spent = session.bout.spent and belt.step_runs(session.step)
    bout_left_s = 0 if spent else max(0, session.limits.bout_max_s * 1000 - session.bout_ms) // 1000
    if session.lane is None:
        after = plan.advance(session.wanted.programme.steps, before, passage, bout_left_s)
    else:
        after = in_class.advanced(session, session.lane, passage, bout_left_s, now_ms)
    over = after.index != before.index
    done = plan.credited(before, passage) if over else after
    walked_ms = session.lap.ms + passed_ms if session.lane is not None else done.step_ms
    travel, retro = passed_ms * passage.measured_ckmh, step.facing is Facing.RETRO
    lap = LapSoFar(
        index=before.index,
        ms=walked_ms - (after.step_ms if over and session.lane is None else 0),
        travel_ckmh_ms=session.lap.travel_ckmh_ms + travel,
        counted_ms=done.counted_ms,
        counted_ckmh_ms=done.counted_ckmh_ms,
    )
    session = replace(
        session,
        progress=before if over else after,
        ticked_ms=now_ms,
        elapsed_ms=session.elapsed_ms + passed_ms,
        retro_ms=session.retro_ms + (passed_ms if retro else 0),
        travel_ckmh_ms=session.travel_ckmh_ms + travel,
        retro_ckmh_ms=session.retro_ckmh_ms + (travel if retro else 0),
        lap=lap,
    )
    if not over:
        return session
    cut = step.kind in plan.WORK and plan.left_ms(step, done, session.asked_ckmh) > 0
    return moved_on(session, after, "cut" if cut else "done")


def moved_on(session: Session, progress: plan.RunProgress, ending: Ending) -> Session:
    """Leave the present step for the one in `progress`. Only a recovery that was not skipped ends a bout."""
    lap = replace(session.lap, index=session.progress.index, ending=ending)
    worked = session.step.kind in plan.WORK
    kept_ms = session.bout_ms + lap.counted_ms if worked else session.bout_ms
    done = (lap,) if lap.ms or ending != "repeated" else ()
    return replace(
        session,
        progress=progress,
        laps=(*session.laps, *done, *in_class.missed(session, progress.index)),
        lap=LapSoFar(index=progress.index),
        bout_ms=kept_ms if worked or ending in ("skipped", "repeated") else 0,
        step_cap_ckmh=None,
    )


def lap_words(lap: LapSoFar) -> dict[str, float | int | str | None]:
    """A finished step for the record: metres that count, and those of its ramps apart (domain.md §5)."""
    return {
        "step": lap.index + 1,
        "ending": lap.ending,
        "s": lap.ms / 1000,
        "m": metres(lap.counted_ckmh_ms),
        "ramp_m": metres(lap.travel_ckmh_ms - lap.counted_ckmh_ms),
    }


def metres(travel_ckmh_ms: int) -> float:
    """Travel in m, to 0.1 m."""
    return round(travel_ckmh_ms / plan.CKMH_MS_PER_M, 1)


def time_is_up(session: Session) -> bool:
    """Must the ramp down begin now for the session to end inside its minutes?"""
    stop_ms = plan.ramp_ms(session.asked_ckmh, 0, session.limits)
    return session.retro_ms + stop_ms >= session.limits.session_max_s * 1000


def aimed(session: Session, seen: TreadmillSeen, now_ms: int, *, at_once: bool = False) -> Runs:
    """Send the step's target, inside limits, pace and caps, if it is not what was asked last.

    It waits for the last command's result and for the end of the first movement; `at_once`, for what lowers, does not.
    A belt measured at 0 is asked for nothing: a speed would start some machines.
    """
    if session.measured_ckmh == 0 or (
        not at_once and (session.pending is not None or now_ms < session.held_until_ms)
    ):
        return session, ()
    session, notes = _clamped(session, seen)
    speed, grade = target(session, seen, now_ms)
    if at_once:
        speed = min(speed, session.asked_ckmh)
    modelled, going = (
        plan.expected_ckmh(session.ramp, session.limits, now_ms),
        belt.going_ckmh(session, now_ms),
    )
    if speed != session.asked_ckmh and speed > going and speed <= modelled and belt.slowed(session, now_ms):
        # Lower than what it was set to, and faster than it runs: whoever slowed it at its console would be sped up.
        session = replace(session, step_cap_ckmh=min(going, session.step_cap_ckmh or going))
        speed = min(speed, target(session, seen, now_ms)[0])
    if (speed, grade) == (session.asked_ckmh, session.asked_dpct):
        return session, notes
    if speed != session.asked_ckmh:
        session = replace(session, ramp=plan.Ramp(min(modelled, going), speed, now_ms))
    session = replace(session, asked_ckmh=speed, asked_dpct=grade)
    session, command = commanded(session, "target", now_ms, speed_ckmh=speed, grade_dpct=grade)
    return session, (*notes, command)


def target(session: Session, seen: TreadmillSeen, now_ms: int) -> tuple[int, int]:
    """What the step asks for inside the limits, the heart's cap and the people's; no more than its first movement of
    who walks in to a class."""
    step = session.step
    speed, grade = heart_limits.within_heart(
        session, *allowed(step, session.limits, seen), slowest_ckmh=seen.speed_min_ckmh
    )
    paced = step.speed_ckmh * session.pace_pct // 100 if session.pace_pct < 100 else speed
    lowest = min(speed, slowest_ckmh(seen))
    running = bouts.cap_ckmh(session.bout)
    caps = questions.caps(session) if running is None else (*questions.caps(session), running)
    if in_class.walks_in(session, now_ms):
        caps = (*caps, first_ckmh(seen))
    return max(lowest, min(speed, paced, *caps)), grade


def _clamped(session: Session, seen: TreadmillSeen) -> Runs:
    """Record once that the step is outside the limits."""
    step = session.step
    speed, grade = allowed(step, session.limits, seen)
    clamp = (session.progress.index, speed, grade)
    if (speed, grade) == (step.speed_ckmh, step.incline_dpct) or clamp == session.clamp_noted:
        return session, ()
    note = EventNote(
        kind="clamped",
        cause="over_limit",
        said=sessions.step_over_limits(),
        session=session.wanted.session,
        before={"speed_ckmh": step.speed_ckmh, "grade_dpct": step.incline_dpct},
        after={"speed_ckmh": speed, "grade_dpct": grade},
    )
    return replace(session, clamp_noted=clamp), (note,)


SLOWER_CKMH = 20
SLOWER_PCT = 10
PACE_MIN_PCT = 40
SLOWEST_CKMH = 50
"""*Slower* takes 0.2 km/h or 10 %, whichever is more, off what the belt does; it goes no lower than 0.5 km/h."""


def slowest_ckmh(seen: TreadmillSeen) -> int:
    """The speed below which there is only a stop."""
    return max(seen.speed_min_ckmh, SLOWEST_CKMH)


def slower(session: Session, seen: TreadmillSeen, now_ms: int) -> Session | None:
    """One press: a step off what the belt does now, for the rest of the step, and 10 % off the steps to come.

    None at the slowest speed. A belt on its way up is lowered from where it is.
    """
    lowest = slowest_ckmh(seen)
    going = min(session.asked_ckmh, max(belt.going_ckmh(session, now_ms), lowest))
    cap = max(lowest, going - max(SLOWER_CKMH, going * SLOWER_PCT // 100))
    if cap >= session.asked_ckmh:
        return None
    pace = max(PACE_MIN_PCT, session.pace_pct - SLOWER_PCT)
    return replace(session, step_cap_ckmh=cap, pace_pct=min(pace, session.pace_pct))
