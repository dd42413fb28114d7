"""What people ask of a session, and what they tell it. Pure.

`refusal` is the one place that says which request fits when; screens offer what it lets through.
"""

from typing import get_args

from device_adapters.contract.keys import requests as keys
from device_adapters.contract.keys import sessions
from device_adapters.contract.messages import SessionVerb
from device_adapters.contract.phrase import Refusal
from device_adapters.frozen import replace
from services.programme import plan
from services.programme.model import UntilStaff
from services.rules.doses import rpe_max
from services.session.engine import (
    clearing,
    heart_limits,
    in_class,
    plan_follower,
    questions,
    start_rules,
    timers,
)
from services.session.engine.actions import Runs, refused, renewed, with_session
from services.session.engine.events import (
    Adjust,
    Ask,
    AskVerb,
    Effect,
    EventNote,
    KeepStart,
    Publish,
    RequestAnswer,
    Start,
    Tell,
)
from services.session.engine.lifecycle import (
    Steps,
    called_off,
    come_to_rest,
    count_down,
    rest_for_step,
    stop,
    waiting_for,
)
from services.session.engine.state import EngineState, Session, heart_rate_now, zero_for_ms
from services.session.journalled import Ending

NO_SESSION = Refusal("no_session", keys.no_session())

_VERBS: tuple[SessionVerb, ...] = get_args(SessionVerb)
_OF_A_SESSION = tuple(verb for verb in _VERBS if verb not in ("start", "clear"))


def start(state: EngineState, event: Start, now_ms: int) -> Steps:
    """A person asks for a session: ask for the lease, and have its start recorded."""
    limits = start_rules.limits_of(event)
    why = start_rules.start_refusal(state, event)
    why = why or heart_limits.over_ceiling(event.hr_bpm, event.wanted, limits)
    if why is not None or state.seen is None:
        return state, refused(state, event.asker, why or start_rules.UNKNOWN)
    session = Session(
        wanted=event.wanted,
        own=limits,
        limits=limits,
        boot=state.seen.boot,
        epoch=state.seen.lease_epoch + 1,
        phase_ms=now_ms,
        lease_due_ms=now_ms,
        nonce=state.seen.nonce or None,
        total_ms=plan.total_ms(plan.timeline(event.wanted.programme, limits)),
        lane=in_class.begun(event.wanted.class_id),
    )
    session, lease = renewed(session, now_ms)
    name, by = event.wanted.session, event.asker.by
    notes = [
        EventNote(
            kind="session_phase",
            cause="requested",
            session=name,
            after={"phase": "starting", "by": by, **({"hold": "to run"} if event.wanted.hold else {})},
        )
    ]
    if event.wanted.waiver:
        notes.append(
            EventNote(
                kind="hr_waived",
                cause="staff",
                text=event.wanted.waiver,
                severity="warning",
                session=name,
                after={"by": by},
            )
        )
    state = replace(
        state, session=session, measured_ckmh=None, measured_ms=now_ms, zero_since_ms=None, hr_bpm=None
    )
    answer = RequestAnswer(asker=event.asker, ok=True, session=name, said=event.wanted.told)
    return state, (answer, KeepStart(session, by), lease, *notes, Publish())


def can(state: EngineState, session: Session, now_ms: int) -> tuple[SessionVerb, ...]:
    """The requests that would be taken now; start and clear are of the treadmill and not of its session."""
    return tuple(verb for verb in _OF_A_SESSION if refusal(state, session, verb, now_ms) is None)


def refusal(state: EngineState, session: Session, verb: SessionVerb, now_ms: int) -> Refusal | None:
    """Why a request does not fit now; None: it fits."""
    phase, step = session.phase, session.step
    match verb, phase:
        case "note" | "near_miss" | "feedback", _:
            return None
        case "adjust" | "rpe" | "present", _ if session.live:
            return None
        case _, "ended":
            return NO_SESSION
        case "stop", _:
            return None
        case "pause", "running":
            return None
        case "pause", "starting" if session.starts_ms is not None:
            return None
        case "resume", "paused" if in_class.waits(session):
            return Refusal("class_waits", keys.class_waits())
        case "resume", "paused":
            return resume_refusal(state, session, now_ms)
        case "slower", "running":
            lower = state.seen is not None and plan_follower.slower(session, state.seen, now_ms) is not None
            return None if lower else Refusal("slowest", keys.at_slowest())
        case "skip", "running" | "paused":
            return Refusal("last_step", keys.last_step()) if session.next_step is None else None
        case "repeat", "running" | "paused":
            return None
        case "done", "running" | "paused" if isinstance(step.until, UntilStaff):
            stopping = step.off_belt and phase == "running"
            return Refusal("not_still", keys.still_stopping()) if stopping else None
        case "done", "running" | "paused":
            return Refusal("not_staff_ended", keys.ends_by_itself())
        case _:
            return Refusal(f"not_while_{phase}", keys.not_while(phase, verb))


def resume_refusal(state: EngineState, session: Session, now_ms: int) -> Refusal | None:
    """Why a paused belt may not be started; None: it may."""
    if session.step.off_belt:
        return Refusal("off_belt", keys.step_beside_belt())
    over = heart_limits.over_ceiling(heart_rate_now(state, now_ms), session.wanted, session.limits)
    if over is not None or zero_for_ms(state, session.phase_ms - timers.STILL_MS, now_ms) <= 0:
        return over or Refusal("not_still", keys.not_still_wait())
    missing = start_rules.hand_missing(state.seen, session.wanted)
    return None if missing is None else Refusal("not_held", missing)


def ask(state: EngineState, asked: Ask, now_ms: int) -> Steps:
    """A person asks something of the session, or to clear the treadmill's latch."""
    session, asker = state.live, asked.asker
    if asked.verb == "clear":
        if (why := clearing.refusal(state, asked.latch)) is not None:
            return state, refused(state, asker, why)
        return clearing.begin(state, asker, now_ms, asked.latch)
    if session is None:
        return state, refused(state, asker, NO_SESSION)
    if (why := refusal(state, session, asked.verb, now_ms)) is not None:
        return state, refused(state, asker, why)
    state, effects = with_session(state, _done(state, session, asked.verb, asker.by, now_ms))
    return state, (RequestAnswer(asker=asker, ok=True, session=session.wanted.session), *effects)


def _done(state: EngineState, session: Session, verb: AskVerb, by: str, now_ms: int) -> Runs:
    match verb:
        case "pause" if session.phase == "starting":
            return called_off(session, sessions.called_off(by, waiting_for(session)), now_ms)
        case "pause":
            return come_to_rest(session, "pausing", "paused", sessions.paused_by(by), now_ms)
        case "resume" if session.lane is not None:
            return in_class.confirmed(session), (Publish(),)
        case "resume":
            return count_down(session, now_ms, "resumed", sessions.resumed_by(by))
        case "skip":
            return _moved_to(session, session.progress.index + 1, "skipped", by, now_ms)
        case "repeat":
            return _moved_to(session, session.progress.index, "repeated", by, now_ms)
        case "done":
            return _moved_to(session, session.progress.index + 1, "done", by, now_ms)
        case "slower":
            return _slower(state, session, by, now_ms)
        case _:
            return stop(session, "stopped", "stop_requested", sessions.stopped_by(by), now_ms)


def _moved_to(session: Session, index: int, ending: Ending, by: str, now_ms: int) -> Runs:
    """Another step by a person's word. A still belt stays still; a running one changes speed with its next tick, by
    the ramp, and comes to rest first where the step needs that."""
    cap = session.step_cap_ckmh
    beside = session.step.off_belt and ending == "done"
    session, parted = (session, ()) if beside else in_class.left(session, ending)
    session = plan_follower.moved_on(session, plan.RunProgress(index=index), ending)
    if ending == "repeated":
        session = replace(session, step_cap_ckmh=cap)
    note = EventNote(
        kind="session_step",
        cause=ending,
        session=session.wanted.session,
        before=plan_follower.lap_words(session.laps[-1]) if session.laps else {},
        after={"step": min(index + 1, len(session.wanted.programme.steps)), "by": by},
    )
    if index >= len(session.wanted.programme.steps):
        session, effects = stop(session, "completed", "completed", None, now_ms)
        return session, (*parted, note, *effects)
    if session.phase == "paused":
        session = replace(session, why=waiting_for(session), phase_ms=now_ms)
    return session, (*parted, note, Publish())


def _slower(state: EngineState, session: Session, by: str, now_ms: int) -> Runs:
    after = None if state.seen is None else plan_follower.slower(session, state.seen, now_ms)
    if after is None or state.seen is None:
        return session, ()
    rest = rest_for_step(after, now_ms)  # the step has just come, and stops the belt anyway
    lowered, effects = rest or plan_follower.aimed(after, state.seen, now_ms, at_once=True)
    note = EventNote(
        kind="slower",
        cause="requested",
        session=session.wanted.session,
        before={"speed_ckmh": session.asked_ckmh},
        after={"speed_ckmh": lowered.asked_ckmh, "pace_pct": lowered.pace_pct, "by": by},
    )
    return lowered, (note, *effects, Publish())


def adjust(state: EngineState, wanted: Adjust, now_ms: int) -> Steps:
    """A person sets the session's speed limit."""
    session = state.live
    if session is None:
        return state, refused(state, wanted.asker, NO_SESSION)
    first_ckmh = 0 if state.seen is None else start_rules.first_ckmh(state.seen)
    if (why := heart_limits.adjust_refusal(session, wanted, first_ckmh)) is not None:
        return state, refused(state, wanted.asker, why)
    state, effects = with_session(state, heart_limits.adjusted(session, wanted, now_ms))
    return state, (RequestAnswer(asker=wanted.asker, ok=True, session=session.wanted.session), *effects)


def tell(state: EngineState, told: Tell, now_ms: int) -> Steps:
    """An answer to a question, or something to be recorded of the session, also after its end."""
    session, asker = state.session, told.asker
    if session is None or told.session not in ("", session.wanted.session):
        return state, refused(state, asker, Refusal("no_session", keys.record_closed()))
    if (why := refusal(state, session, told.verb, now_ms)) is not None:
        return state, refused(state, asker, why)
    note = EventNote(
        kind=told.verb,
        cause="person",
        text=told.text,
        severity="warning" if told.verb == "near_miss" else "info",
        session=session.wanted.session,
        after={
            "by": asker.by,
            "member": session.wanted.member,
            **{k: v for k, v in (("rpe", told.rpe), ("pain", told.pain)) if v is not None},
        },
    )
    effects: tuple[Effect, ...] = (note,)
    if told.verb == "rpe" or told.verb == "present":
        session = questions.answered(session, told.verb)
        if told.rpe is not None and told.rpe > rpe_max(session.wanted.programme.goal):
            session, more = _eased(state, session, now_ms)
            effects = (*effects, *more)
        effects = (*effects, Publish())
        state = replace(state, session=session)
    records = told.verb in ("note", "near_miss", "feedback")
    answer = RequestAnswer(asker=asker, ok=True, session=session.wanted.session, once_kept=records)
    return state, (answer, *effects)


def not_recorded(answer: RequestAnswer) -> RequestAnswer:
    """What is said instead when the disk does not take what was to be recorded."""
    return RequestAnswer(
        asker=answer.asker,
        ok=False,
        session=answer.session,
        cause="not_recorded",
        said=keys.not_recorded(),
    )


def _eased(state: EngineState, session: Session, now_ms: int) -> Runs:
    """Harder than the goal allows: one press of *slower*, if the belt runs above its slowest."""
    if session.phase != "running" or refusal(state, session, "slower", now_ms) is not None:
        return session, ()
    return _slower(state, session, "RPE", now_ms)
