"""What people ask of a session, and what they tell it. Pure.

`refusal` is the one place that says which request fits when; screens offer what it lets through.
"""

from typing import get_args

from device_adapters.contract.messages import SessionVerb
from device_adapters.frozen import replace
from services.programme import plan
from services.programme.model import UntilStaff
from services.rules.doses import rpe_max
from services.session.engine import (
    clearing,
    heart_limits,
    plan_follower,
    questions,
    start_rules,
    timers,
)
from services.session.engine.actions import Runs, refused, renewed, with_session
from services.session.engine.events import (
    Adjust,
    Answer,
    Ask,
    AskVerb,
    Effect,
    Keep,
    Note,
    Publish,
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
from services.session.engine.state import Ending, Session, State, heart_rate_now, zero_for_ms

NO_SESSION = "no_session", "No session runs on this treadmill."


def start(state: State, event: Start, now_ms: int) -> Steps:
    """A person asks for a session: ask for the lease, and have its start recorded."""
    cause, text = start_rules.start_refusal(state, event)
    if cause or state.seen is None:
        return state, refused(state, event.asker, cause, text)
    limits = start_rules.limits_of(event)
    over = heart_limits.over_ceiling(event.hr_bpm, event.wanted, limits)
    if over:
        return state, refused(state, event.asker, "hr_over_ceiling", over)
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
    )
    session, lease = renewed(session, now_ms)
    name, by = event.wanted.session, event.asker.by
    notes = [
        Note(kind="session_phase", cause="requested", session=name, after={"phase": "starting", "by": by})
    ]
    if event.wanted.waiver:
        why = event.wanted.waiver
        notes.append(
            Note(
                kind="hr_waived", cause="staff", text=why, severity="warning", session=name, after={"by": by}
            )
        )
    state = replace(
        state, session=session, measured_ckmh=None, measured_ms=now_ms, zero_since_ms=None, hr_bpm=None
    )
    answer = Answer(asker=event.asker, ok=True, session=name, text=event.wanted.told)
    return state, (answer, Keep(session, by), lease, *notes, Publish())


def can(state: State, session: Session, now_ms: int) -> tuple[SessionVerb, ...]:
    """The requests that would be taken now; start and clear are of the treadmill and not of its session."""
    verbs: tuple[SessionVerb, ...] = get_args(SessionVerb)
    mine = (verb for verb in verbs if verb not in ("start", "clear"))
    return tuple(verb for verb in mine if not refusal(state, session, verb, now_ms)[0])


def refusal(state: State, session: Session, verb: SessionVerb, now_ms: int) -> tuple[str, str]:
    """Why a request does not fit now: a stable word, and what to do. Two empty texts: it fits."""
    phase, step = session.phase, session.step
    at_rest = zero_for_ms(state, session.phase_ms - timers.STILL_MS, now_ms) > 0
    match verb, phase:
        case "note" | "near_miss" | "feedback", _:
            return "", ""
        case "adjust" | "rpe" | "present", _ if session.live:
            return "", ""
        case _, "ended":
            return NO_SESSION
        case "stop", _:
            return "", ""
        case "pause", "running":
            return "", ""
        case "pause", "starting" if session.starts_ms is not None:
            return "", ""
        case "resume", "paused" if step.off_belt:
            return "off_belt", "The step is done beside the belt; press done when it is over."
        case "resume", "paused":
            over = heart_limits.over_ceiling(heart_rate_now(state, now_ms), session.wanted, session.limits)
            if over:
                return "hr_over_ceiling", over
            return ("", "") if at_rest else ("not_still", "The belt is not known to stand still; wait.")
        case "slower", "running":
            lower = state.seen is not None and plan_follower.slower(session, state.seen, now_ms) is not None
            return ("", "") if lower else ("slowest", "It is at its slowest; pause or stop it.")
        case "skip", "running" | "paused":
            last = session.next_step is None
            return ("last_step", "It is the last step; stop the session instead.") if last else ("", "")
        case "repeat", "running" | "paused":
            return ("", "")
        case "done", "running" | "paused" if isinstance(step.until, UntilStaff):
            stopping = step.off_belt and phase == "running"
            return ("not_still", "The belt is still stopping; wait.") if stopping else ("", "")
        case "done", "running" | "paused":
            return "not_staff_ended", "This step ends by itself; skip goes on earlier."
        case _:
            return f"not_while_{phase}", f"The session is {phase}; {verb} does not fit."


def ask(state: State, asked: Ask, now_ms: int) -> Steps:
    """A person asks something of the session, or to clear the treadmill's latch."""
    session, asker = state.live, asked.asker
    if asked.verb == "clear":
        cause, text = clearing.refusal(state, asked.latch)
        if cause:
            return state, refused(state, asker, cause, text)
        return clearing.begin(state, asker, now_ms, asked.latch)
    if session is None:
        return state, refused(state, asker, *NO_SESSION)
    cause, text = refusal(state, session, asked.verb, now_ms)
    if cause:
        return state, refused(state, asker, cause, text)
    state, effects = with_session(state, _done(state, session, asked.verb, asker.by, now_ms))
    return state, (Answer(asker=asker, ok=True, session=session.wanted.session), *effects)


def _done(state: State, session: Session, verb: AskVerb, by: str, now_ms: int) -> Runs:
    match verb:
        case "pause" if session.phase == "starting":
            return called_off(session, f"Called off by {by}. {waiting_for(session)}", now_ms)
        case "pause":
            return come_to_rest(session, "pausing", "paused", f"Paused by {by}.", now_ms)
        case "resume":
            return count_down(session, now_ms, "resumed", f"Resumed by {by}.")
        case "skip":
            return _moved_to(session, session.progress.index + 1, "skipped", by, now_ms)
        case "repeat":
            return _moved_to(session, session.progress.index, "repeated", by, now_ms)
        case "done":
            return _moved_to(session, session.progress.index + 1, "done", by, now_ms)
        case "slower":
            return _slower(state, session, by, now_ms)
        case _:
            return stop(session, "stopped", "stop_requested", f"Stopped by {by}.", now_ms)


def _moved_to(session: Session, index: int, ending: Ending, by: str, now_ms: int) -> Runs:
    """Another step by a person's word. A still belt stays still; a running one changes speed with its next tick, by
    the ramp, and comes to rest first where the step needs that."""
    cap = session.step_cap_ckmh
    session = plan_follower.moved_on(session, plan.Progress(index=index), ending)
    if ending == "repeated":
        session = replace(session, step_cap_ckmh=cap)
    note = Note(
        kind="session_step",
        cause=ending,
        session=session.wanted.session,
        before=plan_follower.lap_words(session.laps[-1]) if session.laps else {},
        after={"step": min(index + 1, len(session.wanted.programme.steps)), "by": by},
    )
    if index >= len(session.wanted.programme.steps):
        session, effects = stop(session, "completed", "completed", "", now_ms)
        return session, (note, *effects)
    if session.phase == "paused":
        session = replace(session, why=waiting_for(session), phase_ms=now_ms)
    return session, (note, Publish())


def _slower(state: State, session: Session, by: str, now_ms: int) -> Runs:
    after = None if state.seen is None else plan_follower.slower(session, state.seen, now_ms)
    if after is None or state.seen is None:
        return session, ()
    rest = rest_for_step(after, now_ms)  # the step has just come, and stops the belt anyway
    lowered, effects = rest or plan_follower.aimed(after, state.seen, now_ms, at_once=True)
    note = Note(
        kind="slower",
        cause="requested",
        session=session.wanted.session,
        before={"speed_ckmh": session.asked_ckmh},
        after={"speed_ckmh": lowered.asked_ckmh, "pace_pct": lowered.pace_pct, "by": by},
    )
    return lowered, (note, *effects, Publish())


def adjust(state: State, wanted: Adjust, now_ms: int) -> Steps:
    """A person sets the session's speed limit."""
    session = state.live
    if session is None:
        return state, refused(state, wanted.asker, *NO_SESSION)
    first_ckmh = 0 if state.seen is None else start_rules.first_ckmh(state.seen)
    cause, text = heart_limits.adjust_refusal(session, wanted, first_ckmh)
    if cause:
        return state, refused(state, wanted.asker, cause, text)
    state, effects = with_session(state, heart_limits.adjusted(session, wanted, now_ms))
    return state, (Answer(asker=wanted.asker, ok=True, session=session.wanted.session), *effects)


def tell(state: State, told: Tell, now_ms: int) -> Steps:
    """An answer to a question, or something to be recorded of the session, also after its end."""
    session, asker = state.session, told.asker
    if session is None or told.session not in ("", session.wanted.session):
        text = "That session is not the last one of this treadmill; its record is closed."
        return state, refused(state, asker, "no_session", text)
    if (cause_text := refusal(state, session, told.verb, now_ms))[0]:
        return state, refused(state, asker, *cause_text)
    note = Note(
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
    answer = Answer(asker=asker, ok=True, session=session.wanted.session, once_kept=records)
    return state, (answer, *effects)


def not_recorded(answer: Answer) -> Answer:
    """What is said instead when the disk does not take what was to be recorded."""
    return Answer(
        asker=answer.asker,
        ok=False,
        session=answer.session,
        cause="not_recorded",
        text="Not in the record: the hub's disk takes nothing now. It may be written later; write it down on paper.",
    )


def _eased(state: State, session: Session, now_ms: int) -> Runs:
    """Harder than the goal allows: one press of *slower*, if the belt runs above its slowest."""
    if session.phase != "running" or refusal(state, session, "slower", now_ms)[0]:
        return session, ()
    return _slower(state, session, "RPE", now_ms)
