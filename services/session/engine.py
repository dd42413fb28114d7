"""The engine: `step(state, event, now_ms) -> (state, effects)`. All transitions of a session are in this file. Pure.

A belt is started by a person's start or resume only, from a confirmed standstill. What ends a session never starts
it again. A lease is released only on a belt measured still; where the belt is out of reach, the lease is left to run
out, so that the unit's own timer stops the belt as well.
"""

from typing import assert_never

from device_adapters.contract.messages import Outcome, SessionPhase
from device_adapters.frozen import replace
from device_adapters.safety import heart as hearts
from device_adapters.safety.hazards import Action, Cause, reaction
from device_adapters.safety.limits import tighter
from services.programme import plan
from services.session import admission, clearing, governor, pacing
from services.session.events import (
    Adjust,
    Answer,
    Answered,
    Ask,
    Effect,
    Event,
    HeartRate,
    Keep,
    KeepEnd,
    Kept,
    Measured,
    Note,
    Publish,
    Seen,
    ServiceStopping,
    Start,
    StopSeen,
    Tick,
)
from services.session.moves import (
    Runs,
    commanded,
    commanded_again,
    entered,
    pressed_stop,
    refused,
    renewed,
    with_session,
)
from services.session.state import FRESH_MS, Pending, Session, State, zero_for_ms

ANSWER_MS = 2_000
READY_MS = 5_000
"""Lease and journal must be there this soon after the request."""

MOVE_OFF_MS = 15_000
"""An accepted start must move the belt this soon (consoles count down); the unit latches a little later."""

STILL_MS = 2_000
STILL_UNMOVED_MS = 8_000
"""A belt that was started but has not moved may still be counting down: it is watched for longer."""

ADJUST_MS = 2_000
"""What a unit says of its limits this soon after a person set new ones may still be the old ones."""

REST_MAX_MS = 30_000
PAUSE_MAX_MS = 600_000

Steps = tuple[State, tuple[Effect, ...]]


def step(state: State, event: Event, now_ms: int) -> Steps:
    """The next state and what to do. Requests that do not fit change nothing; they are answered and recorded."""
    match event:
        case Start():
            return _start(state, event, now_ms)
        case Ask():
            return _ask(state, event, now_ms)
        case Seen(treadmill):
            return _seen(replace(state, seen=treadmill), now_ms)
        case Measured(speed_ckmh):
            return _measured(state, speed_ckmh, now_ms)
        case Adjust():
            return _adjust(state, event, now_ms)
        case HeartRate():
            return _heart_rate(state, event, now_ms)
        case Answered():
            return _answered(state, event, now_ms)
        case Kept():
            return _kept(state, event, now_ms)
        case StopSeen(by):
            why = f"Stop was pressed by {by}." if by else "Stop was pressed."
            return _lost(state, "stopped", "stop_pressed", why, now_ms)
        case ServiceStopping():
            session = state.live
            if session is None:
                return state, ()
            why = "The session service was shut down."
            return with_session(state, _stop(session, "stopped", "service_stopping", why, now_ms))
        case Tick():
            return _tick(state, now_ms)
    assert_never(event)


# Requests of people.


def _start(state: State, event: Start, now_ms: int) -> Steps:
    cause, text = admission.start_refusal(state, event)
    if cause or state.seen is None:
        return state, refused(state, event.asker, cause, text)
    limits = admission.limits_of(event)
    session = Session(
        wanted=event.wanted,
        own=limits,
        limits=limits,
        boot=state.seen.boot,
        epoch=state.seen.lease_epoch + 1,
        phase_ms=now_ms,
        lease_due_ms=now_ms,
        total_ms=plan.total_ms(plan.timeline(event.wanted.programme, limits)),
    )
    session, lease = renewed(session, now_ms)
    name = event.wanted.session
    after: dict[str, float | int | str | None] = {"phase": "starting", "by": event.asker.by}
    note = Note(kind="session_phase", cause="requested", session=name, after=after)
    state = replace(
        state, session=session, measured_ckmh=None, measured_ms=now_ms, zero_since_ms=None, hr_bpm=None
    )
    answer = Answer(asker=event.asker, ok=True, session=name)
    return state, (answer, Keep(session, event.asker.by), lease, note, Publish())


def _ask(state: State, ask: Ask, now_ms: int) -> Steps:
    session, asker = state.live, ask.asker
    if ask.verb == "clear":
        cause, text = clearing.refusal(state)
        return (state, refused(state, asker, cause, text)) if cause else clearing.begin(state, asker, now_ms)
    if session is None:
        return state, refused(state, asker, "no_session", "No session runs on this treadmill.")
    match ask.verb, session.phase:
        case "pause", "running":
            run = _come_to_rest(session, "pausing", "paused", f"Paused by {asker.by}.", now_ms)
        case "resume", "paused" if zero_for_ms(state, session.phase_ms - STILL_MS, now_ms) > 0:
            run = _start_belt(replace(session, why=""), now_ms, "resumed", f"Resumed by {asker.by}.")
        case "resume", "paused":
            return state, refused(state, asker, "not_still", "The belt is not known to stand still; wait.")
        case "stop", _:
            run = _stop(session, "stopped", "stop_requested", f"Stopped by {asker.by}.", now_ms)
        case _:
            text = f"The session is {session.phase}; {ask.verb} does not fit."
            return state, refused(state, asker, f"not_while_{session.phase}", text)
    state, effects = with_session(state, run)
    return state, (Answer(asker=asker, ok=True, session=session.wanted.session), *effects)


def _adjust(state: State, adjust: Adjust, now_ms: int) -> Steps:
    session = state.live
    if session is None:
        return state, refused(state, adjust.asker, "no_session", "No session runs on this treadmill.")
    cause, text = governor.adjust_refusal(session, adjust)
    if cause:
        return state, refused(state, adjust.asker, cause, text)
    state, effects = with_session(state, governor.adjusted(session, adjust, now_ms))
    return state, (Answer(asker=adjust.asker, ok=True, session=session.wanted.session), *effects)


# What the unit, the belt, the heart and the journal tell.


def _heart_rate(state: State, told: HeartRate, now_ms: int) -> Steps:
    bpm = None if told.contact is False else told.bpm
    state, session = replace(state, hr_bpm=bpm, hr_ms=now_ms), state.live
    if session is None or session.heart is None:
        return state, ()
    heart = hearts.read(session.heart, told.bpm, contact=told.contact, now_ms=now_ms)
    return replace(state, session=replace(session, heart=heart)), ()


def _seen(state: State, now_ms: int) -> Steps:
    session, seen = state.live, state.seen
    if session is None or seen is None:
        return state, ()
    ours = seen.lease_holder == state.holder and seen.lease_epoch == session.epoch
    if not seen.online:
        return _lost(state, "interrupted", "unit_offline", admission.loss("unit_offline"), now_ms)
    if seen.boot != session.boot:
        return _lost(state, "interrupted", "unit_restarted", admission.loss("unit_restarted"), now_ms)
    if not seen.connected:
        return _lost(state, "interrupted", "link_lost", admission.loss("link_lost"), now_ms)
    if seen.latched:
        why = seen.latched_why or f"The treadmill was stopped: {seen.latched}."
        return _lost(state, admission.latch_outcome(seen.latched), seen.latched, why, now_ms)
    if session.leased and not ours:
        return _lost(state, "interrupted", "lease_lost", admission.loss("lease_lost"), now_ms)
    if not ours:
        return state, ()
    adjusting = session.adjusted_ms is not None and now_ms - session.adjusted_ms < ADJUST_MS
    limits = session.limits if seen.limits is None or adjusting else tighter(session.limits, seen.limits)
    return with_session(state, _begin_if_ready(replace(session, leased=True, limits=limits), now_ms))


def _kept(state: State, kept: Kept, now_ms: int) -> Steps:
    session = state.live
    if session is None or kept.session != session.wanted.session:
        return state, ()
    if kept.ok:
        return with_session(state, _begin_if_ready(replace(session, kept=True), now_ms))
    why = "The journal cannot be written; check the disk of the hub."
    return with_session(state, _stop(session, "refused", "journal_failed", why, now_ms))


def _begin_if_ready(session: Session, now_ms: int) -> Runs:
    """Start the belt once the unit has granted the lease and the journal has the session, not before."""
    if session.start_sent or not (session.leased and session.kept):
        return session, ()
    return _start_belt(session, now_ms, "granted", "Lease granted, session recorded.")


def _start_belt(session: Session, now_ms: int, cause: str, text: str) -> Runs:
    session = replace(session, start_sent=True, moved=False, asked_ckmh=0, asked_dpct=None)
    session, command = commanded(session, "start", now_ms)
    session, effects = entered(session, "starting", now_ms, cause=cause, text=text)
    return session, (command, *effects)


def _measured(state: State, speed_ckmh: int, now_ms: int) -> Steps:
    zero_since_ms = None if speed_ckmh else now_ms if state.zero_since_ms is None else state.zero_since_ms
    state = replace(state, measured_ckmh=speed_ckmh, measured_ms=now_ms, zero_since_ms=zero_since_ms)
    session, seen = state.live, state.seen
    if session is None or seen is None or not speed_ckmh:
        return state, ()
    if session.phase == "starting" and session.start_sent:
        return with_session(state, entered(pacing.moved_off(session, seen, now_ms), "running", now_ms))
    if session.phase == "paused":
        why = admission.loss("moved_while_paused")
        return with_session(state, _stop(session, "interrupted", "moved_while_paused", why, now_ms))
    if session.phase == "running":
        return replace(state, session=pacing.off_plan(session, speed_ckmh, now_ms)), ()
    return replace(state, session=replace(session, moved=True)), ()


def _answered(state: State, result: Answered, now_ms: int) -> Steps:
    if state.clearing is not None and result.id == state.clearing.id:
        return clearing.answered(state, state.clearing, result)
    session = state.live
    pending = session.pending if session is not None else None
    if session is None or pending is None or result.id != pending.id:
        return state, ()
    session = replace(session, pending=None)
    if result.outcome == "refused":
        return with_session(state, _command_refused(session, pending, result, now_ms))
    if pending.verb != "target" or result.speed_ckmh is None:
        return replace(state, session=session), ()
    session = replace(session, ramp=replace(session.ramp, to_ckmh=result.speed_ckmh))
    if result.outcome == "accepted":
        return replace(state, session=session), ()
    note = Note(
        kind="clamped",
        cause=result.cause,
        text="The treadmill's unit allows less than was asked.",
        session=session.wanted.session,
        before={"speed_ckmh": pending.speed_ckmh},
        after={"speed_ckmh": result.speed_ckmh},
    )
    return replace(state, session=session), (note,)


def _command_refused(session: Session, pending: Pending, result: Answered, now_ms: int) -> Runs:
    if pending.verb == "stop":
        # Without our lease the unit is stopping the belt by itself: its refusal is no news.
        return session, pressed_stop(session, result.cause) if session.holding else ()
    if result.cause == "stale" and not pending.again:  # it overtook the beat that it names
        session, command = commanded_again(session, pending, now_ms)
        return session, (command,)
    why = f"The treadmill's unit refused to {pending.verb}: {result.text or result.cause}."
    return _stop(session, _failed(session), result.cause, why, now_ms)


# Time.


def _tick(state: State, now_ms: int) -> Steps:
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
        state, more = _lost(
            replace(state, session=session),
            "interrupted",
            "data_silent",
            admission.loss("data_silent"),
            now_ms,
        )
        session = state.session or session
        effects = (*effects, *more)
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
        return session, pressed_stop(session, "no_answer")
    why = f"The treadmill's unit did not answer to {pending.verb}."
    return _stop(session, _failed(session), "no_answer", why, now_ms)


def _tick_phase(state: State, session: Session, now_ms: int) -> Runs:
    since_ms = now_ms - session.phase_ms
    match session.phase:
        case "starting" if not session.start_sent and since_ms >= READY_MS:
            cause = "journal_failed" if session.leased else "no_lease"
            who = "journal" if session.leased else "treadmill's unit"
            return _stop(
                session, "refused", cause, f"The {who} did not answer; the belt was not started.", now_ms
            )
        case "starting" if session.start_sent and since_ms >= MOVE_OFF_MS:
            why = "The belt did not move after its start."
            return _stop(session, _failed(session), "not_moving", why, now_ms)
        case "running":
            return _tick_running(state, session, now_ms)
        case "pausing" | "stopping":
            return _tick_coming_to_rest(state, session, now_ms)
        case "paused" if since_ms >= PAUSE_MAX_MS:
            return _stop(session, "stopped", "paused_too_long", "It was paused for 10 minutes.", now_ms)
        case _:
            return session, ()


def _tick_running(state: State, session: Session, now_ms: int) -> Runs:
    session, heard, cause = governor.looked(session, now_ms)
    if cause is not None and reaction(cause).action >= Action.CONTROLLED_STOP:
        why = reaction(cause).staff
        if cause is Cause.HR_GONE:
            run = _come_to_rest(session, "pausing", cause, why, now_ms)
        else:
            run = _stop(session, "stopped", cause, why, now_ms)
        return run[0], (*heard, *run[1])
    session, lowered = governor.expired(session, now_ms)
    run = _follow_plan(state, session, now_ms)
    return run[0], (*heard, *lowered, *run[1])


def _follow_plan(state: State, session: Session, now_ms: int) -> Runs:
    before, was = session.step, session.progress.index
    session = pacing.advanced(state, session, now_ms)
    if session.progress.index >= len(session.wanted.programme.steps):
        return _stop(session, "completed", "completed", "", now_ms)
    if pacing.time_is_up(session):
        why = f"The session limit of {session.limits.session_max_s / 60:g} min was reached."
        return _stop(session, "stopped", "session_max", why, now_ms)
    note = Note(
        kind="session_step",
        session=session.wanted.session,
        before={"step": was + 1},
        after={"step": session.progress.index + 1, "kind": session.step.kind},
    )
    changed: tuple[Effect, ...] = (note, Publish()) if session.progress.index != was else ()
    if session.step.facing is not before.facing:
        why = f"Turn to walk {session.step.facing}; when the member stands ready, resume."
        run = _come_to_rest(session, "pausing", "turn", why, now_ms)
    elif state.seen is not None:
        run = pacing.aimed(session, state.seen, now_ms)
    else:
        run = session, ()
    return run[0], (*run[1], *changed)


def _tick_coming_to_rest(state: State, session: Session, now_ms: int) -> Runs:
    still_ms = STILL_MS if session.moved else STILL_UNMOVED_MS
    if zero_for_ms(state, session.phase_ms, now_ms) >= still_ms:
        if session.phase == "stopping":
            return _end(session, now_ms)
        return entered(replace(session, pending=None), "paused", now_ms, text=session.why)
    if now_ms - session.phase_ms < REST_MAX_MS:
        return session, ()
    alarm = pressed_stop(session, "not_still")
    if session.phase == "pausing":
        why = "The belt did not come to rest for the pause. Use the red button or the cord."
        session, effects = _stop(session, "interrupted", "not_still", why, now_ms)
    else:
        why = f"{session.why} The belt was not seen to stop: look at it.".strip()
        session = replace(session, holding=False, outcome="interrupted", why=why)
        session, effects = _end(session, now_ms)
    return session, (*alarm, *effects)


# The end.


def _failed(session: Session) -> Outcome:
    """A command that fails ends a session that ran, and refuses one that never did."""
    return "stopped" if session.elapsed_ms else "refused"


def _lost(state: State, outcome: Outcome, cause: str, why: str, now_ms: int) -> Steps:
    """The belt is in other hands or out of reach: end the session and let its lease run out."""
    session = state.live
    if session is None:
        return state, ()
    return with_session(state, _stop(replace(session, holding=False), outcome, cause, why, now_ms))


def _stop(session: Session, outcome: Outcome, cause: str, why: str, now_ms: int) -> Runs:
    """Begin the end. The first cause stands."""
    if session.phase in ("stopping", "ended"):
        return session, ()
    if not session.start_sent:  # it never began, so there is nothing to stop
        outcome = "refused" if outcome == "interrupted" else outcome
        return _end(replace(session, holding=False, outcome=outcome, why=why), now_ms)
    return _come_to_rest(replace(session, outcome=outcome), "stopping", cause, why, now_ms)


def _come_to_rest(session: Session, phase: SessionPhase, cause: str, why: str, now_ms: int) -> Runs:
    session, command = commanded(replace(session, asked_ckmh=0, why=why), "stop", now_ms)
    session, effects = entered(
        session,
        phase,
        now_ms,
        cause=cause,
        text=why,
        severity="warning" if session.outcome == "interrupted" else "info",
    )
    return session, (command, *effects)


def _end(session: Session, now_ms: int) -> Runs:
    release: tuple[Effect, ...] = ()
    if session.holding:
        session, lease = renewed(session, now_ms, ttl_ms=0)
        release = (lease,)
    session = replace(session, holding=False, pending=None)
    session, effects = entered(session, "ended", now_ms, cause=session.outcome or "", text=session.why)
    return session, (*release, KeepEnd(session), *effects)
