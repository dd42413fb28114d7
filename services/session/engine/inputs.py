"""What the unit, the belt, the heart and the journal tell a session. Pure."""

from device_adapters.contract.keys import requests, sessions
from device_adapters.contract.phrase import Phrase
from device_adapters.frozen import replace
from device_adapters.safety import heart as hearts
from device_adapters.safety.limits import tighter
from services.session.engine import belt, clearing, heart_limits, plan_follower, start_rules
from services.session.engine.actions import ESCALATED, Runs, commanded_again, pressed_stop, with_session
from services.session.engine.events import Answered, BeltMeasured, EventNote, HeartRate, StartKept
from services.session.engine.lifecycle import Steps, begin_if_ready, failed, lost, moved_off, stop
from services.session.engine.state import EngineState, Pending, Session, TreadmillSeen, heart_rate_now

ADJUST_MS = 2_000
"""What a unit says of its limits this soon after a person set new ones may still be the old ones."""


def heart_rate(state: EngineState, told: HeartRate, now_ms: int) -> Steps:
    """A heart rate of the session's strap."""
    bpm, at_ms = None if told.contact is False else told.bpm, now_ms - told.age_ms
    state, session = replace(state, hr_bpm=bpm, hr_ms=at_ms), state.live
    if session is None or session.heart is None:
        return state, ()
    heart = hearts.read(session.heart, told.bpm, contact=told.contact, now_ms=at_ms)
    return replace(state, session=replace(session, heart=heart)), ()


def seen(state: EngineState, treadmill: TreadmillSeen, now_ms: int) -> Steps:
    """The unit told its treadmill's state: is the belt still within the session's reach?"""
    state, session = replace(state, seen=treadmill), state.live
    if session is None:
        return state, ()
    ours = treadmill.lease_holder == state.holder and treadmill.lease_epoch == session.epoch
    if not treadmill.online:
        return lost(state, "interrupted", "unit_offline", start_rules.loss("unit_offline"), now_ms)
    if treadmill.boot != session.boot:
        return lost(state, "interrupted", "unit_restarted", start_rules.loss("unit_restarted"), now_ms)
    if treadmill.nonce:
        session = replace(session, nonce=max(treadmill.nonce, session.nonce or 0))
        state = replace(state, session=session)
    if not treadmill.connected:
        return lost(state, "interrupted", "link_lost", start_rules.loss("link_lost"), now_ms)
    if treadmill.latched == "stop_pressed" and session.escalated:  # nobody pressed it: this session did
        return lost(state, "interrupted", "stop_escalated", ESCALATED, now_ms)
    if treadmill.latched:
        why = _why_latched(treadmill)
        return lost(state, start_rules.latch_outcome(treadmill.latched), treadmill.latched, why, now_ms)
    if session.leased and not ours:
        return lost(state, "interrupted", "lease_lost", start_rules.loss("lease_lost"), now_ms)
    if not ours:
        return state, ()
    adjusting = session.adjusted_ms is not None and now_ms - session.adjusted_ms < ADJUST_MS
    limits = (
        session.limits if treadmill.limits is None or adjusting else tighter(session.limits, treadmill.limits)
    )
    session = replace(session, leased=True, limits=limits, unit_ckmh=treadmill.setpoint_ckmh)
    return with_session(state, _begin(state, session, now_ms))


def _why_latched(treadmill: TreadmillSeen) -> Phrase:
    why = treadmill.latched_why
    if isinstance(why, Phrase):
        return why
    return requests.unit_says(why) if why else sessions.treadmill_stopped(treadmill.latched)


def _begin(state: EngineState, session: Session, now_ms: int) -> Runs:
    """Start the belt once all is there, unless the heart is over its ceiling."""
    over = heart_limits.over_ceiling(heart_rate_now(state, now_ms), session.wanted, session.limits)
    if (
        over is not None
        and session.phase == "starting"
        and not session.start_sent
        and session.starts_ms is None
    ):
        return stop(session, "refused", over.cause, over.said, now_ms)
    return begin_if_ready(session, state.seen, now_ms)


def kept(state: EngineState, told: StartKept, now_ms: int) -> Steps:
    """The journal has the session's start, or could not take it."""
    session = state.live
    if session is None or told.session != session.wanted.session:
        return state, ()
    if told.ok:
        return with_session(state, _begin(state, replace(session, kept=True), now_ms))
    return with_session(
        state, stop(session, "refused", "journal_failed", sessions.journal_unwritable(), now_ms)
    )


def measured(state: EngineState, told: BeltMeasured, now_ms: int) -> Steps:
    """The belt's measured speed."""
    speed_ckmh, at_ms = told.speed_ckmh, max(state.measured_ms, now_ms - told.age_ms)
    zero_since_ms = None if speed_ckmh else at_ms if state.zero_since_ms is None else state.zero_since_ms
    state = replace(state, measured_ckmh=speed_ckmh, measured_ms=at_ms, zero_since_ms=zero_since_ms)
    session, treadmill = state.live, state.seen
    if session is None or treadmill is None:
        return state, ()
    if not speed_ckmh:
        return replace(state, session=replace(session, measured_ckmh=0)), ()
    if not session.start_sent:  # somebody else's movement: the lease is not ours to release
        why = sessions.moved_before_start()
        session = replace(session, holding=False)
        return with_session(state, stop(session, "refused", "moved_before_start", why, now_ms))
    if session.phase == "paused" or session.starts_ms is not None:
        why = start_rules.loss("moved_while_paused")
        return with_session(state, stop(session, "interrupted", "moved_while_paused", why, now_ms))
    if session.phase == "starting":
        return with_session(state, moved_off(session, treadmill, now_ms))
    if session.phase == "running":
        session = belt.followed(session, speed_ckmh, now_ms)
        return replace(state, session=plan_follower.off_plan(session, speed_ckmh, now_ms)), ()
    return replace(state, session=replace(session, moved=True)), ()


def answered(state: EngineState, result: Answered, now_ms: int) -> Steps:
    """The result of a command."""
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
    note = EventNote(
        kind="clamped",
        cause=result.cause,
        said=sessions.unit_allows_less(),
        session=session.wanted.session,
        before={"speed_ckmh": pending.speed_ckmh},
        after={"speed_ckmh": result.speed_ckmh},
    )
    return replace(state, session=session), (note,)


def _command_refused(session: Session, pending: Pending, result: Answered, now_ms: int) -> Runs:
    if pending.verb == "stop":
        # Without our lease the unit is stopping the belt by itself: its refusal is no news.
        if not session.holding:
            return session, ()
        return replace(session, escalated=True), pressed_stop(session, result.cause)
    if result.cause == "stale" and not pending.again:  # it overtook the beat that it names
        session, command = commanded_again(session, pending, now_ms)
        return session, (command,)
    why = sessions.command_refused(pending.verb, start_rules.said(result))
    return stop(session, failed(session), result.cause, why, now_ms)
