"""What passing time does to a session: leases, missing answers, ladders, and the plan. Pure."""

from device_adapters.contract.keys import hazards
from device_adapters.contract.keys import sessions as keys
from device_adapters.frozen import replace
from device_adapters.safety.envelope_state import FRESH_MS
from device_adapters.safety.hazards import Action, Cause, reaction
from services.programme.model import UntilStaff
from services.session.engine import belt, clearing, heart_limits, plan_follower, questions, start_rules
from services.session.engine.actions import Runs, commanded_again, pressed_stop, renewed
from services.session.engine.events import Effect, EventNote, Publish
from services.session.engine.lifecycle import (
    Steps,
    called_off,
    come_to_rest,
    end,
    failed,
    lost,
    rest_for_step,
    rested,
    start_belt,
    stop,
)
from services.session.engine.state import ANSWER_MS, EngineState, Session, heart_rate_now, zero_for_ms

READY_MS = 5_000
"""Lease and journal must be there this soon after the request."""

MOVE_OFF_MS = 15_000
"""An accepted start must move the belt this soon (consoles count down); the unit latches a little later."""

STILL_MS = 2_000
STILL_UNMOVED_MS = 8_000
"""A belt that was started but has not moved may still be counting down: it is watched for longer."""

REST_MAX_MS = 30_000
PAUSE_MAX_MS = 600_000


def tick(state: EngineState, now_ms: int) -> Steps:
    """Do what is due at `now_ms`: answers, countdown, plan, heart."""
    state, effects = clearing.ticked(state, now_ms)
    session = state.live
    if session is None:
        return state, effects
    if session.holding and now_ms >= session.lease_due_ms:
        session, lease = renewed(session, now_ms)
        effects = (*effects, lease)
    session, more = _unanswered(session, now_ms)
    effects = (*effects, *more)
    if now_ms - state.measured_ms > FRESH_MS:
        state, more = lost(
            replace(state, session=session),
            "interrupted",
            "data_silent",
            start_rules.loss("data_silent"),
            now_ms,
        )
        session = state.session or session
        effects = (*effects, *more)
    session = belt.rested(state, session, now_ms)
    if session.phase != "running":
        session = heart_limits.waited(session, now_ms)
    session, more = _tick_phase(state, session, now_ms)
    return replace(state, session=session), (*effects, *more)


def _unanswered(session: Session, now_ms: int) -> Runs:
    """A command without a result: once more under a new id, then the session stops."""
    pending = session.pending
    if pending is None or now_ms - pending.sent_ms < ANSWER_MS:
        return session, ()
    if not pending.again:
        session, command = commanded_again(session, pending, now_ms)
        return session, (command,)
    session = replace(session, pending=None)
    if pending.verb == "stop":
        return replace(session, escalated=True), pressed_stop(session, "no_answer")
    why = keys.command_unanswered(pending.verb)
    return stop(session, failed(session), "no_answer", why, now_ms)


def _tick_phase(state: EngineState, session: Session, now_ms: int) -> Runs:
    since_ms = now_ms - session.phase_ms
    match session.phase:
        case "starting" if session.starts_ms is not None:
            return _tick_countdown(state, session, session.starts_ms, now_ms)
        case "starting" if not session.start_sent and since_ms >= READY_MS:
            cause = "journal_failed" if session.leased else "no_lease"
            why = keys.journal_silent() if session.leased else keys.unit_silent_at_start()
            return stop(session, "refused", cause, why, now_ms)
        case "starting" if session.start_sent and since_ms >= MOVE_OFF_MS:
            return stop(session, failed(session), "not_moving", keys.did_not_move(), now_ms)
        case "running":
            return _tick_running(state, session, now_ms)
        case "pausing" | "stopping":
            return _tick_coming_to_rest(state, session, now_ms)
        case "paused" if since_ms >= pause_max_ms(session):
            why = keys.paused_too_long(since_ms // 60_000)
            return stop(session, "stopped", "paused_too_long", why, now_ms)
        case _:
            return session, ()


def pause_max_ms(session: Session) -> int:
    """How long a session waits for a person; beside the belt the step's own minutes come on top."""
    until = session.step.until
    beside_s = until.time_max_s if session.step.off_belt and isinstance(until, UntilStaff) else 0
    return PAUSE_MAX_MS + beside_s * 1000


def _tick_countdown(state: EngineState, session: Session, starts_ms: int, now_ms: int) -> Runs:
    if now_ms < starts_ms:
        return session, ()
    if zero_for_ms(state, starts_ms - STILL_MS, now_ms) > 0:
        over = heart_limits.over_ceiling(heart_rate_now(state, now_ms), session.wanted, session.limits)
        if over is not None:
            return called_off(session, over.said, now_ms)
        missing = start_rules.hand_missing(state.seen, session.wanted)
        if missing is not None:
            return called_off(session, missing, now_ms)
        return start_belt(session, now_ms, "counted_down", keys.counted_down())
    if now_ms - starts_ms < READY_MS:
        return session, ()
    why = keys.not_still_at_countdown()
    return stop(replace(session, holding=False), failed(session), "not_still", why, now_ms)


def _tick_running(state: EngineState, session: Session, now_ms: int) -> Runs:
    if zero_for_ms(state, session.phase_ms, now_ms) >= STILL_MS:
        return come_to_rest(session, "pausing", "belt_stands", keys.belt_stands(), now_ms)
    if belt.runs_faster(session, now_ms):
        return _ran_faster(session, now_ms)
    going_ckmh = belt.going_ckmh(session, now_ms)
    session, heard, cause = heart_limits.looked(session, going_ckmh, now_ms)
    if cause is not None and reaction(cause).action >= Action.CONTROLLED_STOP:
        why = hazards.staff(cause)
        if cause is Cause.HR_GONE:
            run = come_to_rest(session, "pausing", cause, why, now_ms)
        else:
            run = stop(session, "stopped", cause, why, now_ms)
        return run[0], (*heard, *run[1])
    session, asked, unanswered = questions.looked(session, going_ckmh)
    if unanswered:
        why = questions.PAUSED[unanswered]
        run = come_to_rest(session, "pausing", f"{unanswered}_unanswered", why, now_ms)
        return run[0], (*heard, *asked, *run[1])
    session, lowered = heart_limits.expired(session, now_ms)
    run = _follow_plan(state, session, now_ms)
    return run[0], (*heard, *asked, *lowered, *run[1])


def _ran_faster(session: Session, now_ms: int) -> Runs:
    """The belt does what nobody asked of it."""
    why = hazards.staff(Cause.OFF_RAMP)
    note = EventNote(
        kind="hazard",
        cause=Cause.OFF_RAMP,
        said=why,
        severity="alarm",
        session=session.wanted.session,
        before={"speed_ckmh": session.asked_ckmh},
        after={"speed_ckmh": session.measured_ckmh, "action": "controlled_stop"},
    )
    session, effects = stop(session, "interrupted", Cause.OFF_RAMP, why, now_ms)
    return session, (note, *effects)


def _follow_plan(state: EngineState, session: Session, now_ms: int) -> Runs:
    was = session.progress.index
    session = plan_follower.advanced(state, session, now_ms)
    if session.progress.index >= len(session.wanted.programme.steps):
        return stop(session, "completed", "completed", None, now_ms)
    if plan_follower.time_is_up(session):
        why = keys.session_limit(round(session.limits.session_max_s / 60, 1))
        return stop(session, "stopped", "session_max", why, now_ms)
    changed: tuple[Effect, ...] = ()
    if session.progress.index != was:
        changed = (step_note(session), Publish())
    run = rest_for_step(session, now_ms)
    if run is None:
        run = plan_follower.aimed(session, state.seen, now_ms) if state.seen is not None else (session, ())
    return run[0], (*run[1], *changed)


def step_note(session: Session) -> EventNote:
    """The record of a step's end, with what was done of it, and the beginning of the next."""
    return EventNote(
        kind="session_step",
        session=session.wanted.session,
        before=plan_follower.lap_words(session.laps[-1]),
        after={"step": session.progress.index + 1, "kind": session.step.kind},
    )


def _tick_coming_to_rest(state: EngineState, session: Session, now_ms: int) -> Runs:
    still_ms = STILL_MS if session.moved else STILL_UNMOVED_MS
    if zero_for_ms(state, session.phase_ms, now_ms) >= still_ms:
        return end(session, now_ms) if session.phase == "stopping" else rested(session, now_ms)
    if now_ms - session.phase_ms < REST_MAX_MS:
        return session, ()
    alarm = pressed_stop(session, "not_still")
    if session.phase == "pausing":
        session, effects = stop(session, "interrupted", "not_still", keys.pause_not_at_rest(), now_ms)
    else:
        why = keys.not_seen_to_stop(session.why or "")
        session = replace(session, holding=False, outcome="interrupted", why=why)
        session, effects = end(session, now_ms)
    return session, (*alarm, *effects)
