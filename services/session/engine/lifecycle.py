"""Every change of a session's phase, each in one function. Pure.

    starting  → running    the belt moves                        → ended     refused, or stopped before the belt was
    running   → pausing    a person, a turn, a step off the belt             told to move
    pausing   → paused     the belt stands still                 → stopping  from any phase, once it was told to move
    paused    → starting   a person resumes                      → ended     the belt stands still, or is given up

A belt is started by `start_belt` only, which a person's start or resume leads to and nothing else. What ends a session
never starts it again. A lease is released only on a belt measured still or never started; where the belt is out of
reach, the lease is left to run out, so that the unit's own timer stops the belt as well.
"""

from device_adapters.contract.keys import sessions as keys
from device_adapters.contract.messages import Outcome, SessionPhase
from device_adapters.contract.phrase import Phrase
from device_adapters.frozen import replace
from services.session.engine import in_class, plan_follower, prompts, questions, start_rules
from services.session.engine.actions import Runs, commanded, entered, renewed, with_session
from services.session.engine.events import Effect, EventNote, KeepEnd, Publish
from services.session.engine.state import EngineState, Session, TreadmillSeen

Steps = tuple[EngineState, tuple[Effect, ...]]


def begin_if_ready(session: Session, seen: TreadmillSeen | None, now_ms: int) -> Runs:
    """Start the belt once the unit has granted the lease and the journal has the session, not before."""
    ready = session.phase == "starting" and session.leased and session.kept
    if not ready or session.start_sent or session.starts_ms is not None:
        return session, ()
    if session.step.off_belt:
        return entered(replace(session, why=waiting_for(session)), "paused", now_ms, cause="off_belt")
    if session.lane is not None:
        return entered(in_class.confirmed(session), "paused", now_ms, cause="class")
    why = start_rules.hand_missing(seen, session.wanted)
    if why is not None and not session.wanted.countdown_ms:
        return entered(replace(session, why=why), "paused", now_ms, cause="hold", said=why)
    return count_down(session, now_ms, "granted", keys.granted())


def count_down(session: Session, now_ms: int, cause: str, said: Phrase) -> Runs:
    """Start the belt after the session's countdown; at once if it has none."""
    if not session.wanted.countdown_ms:
        return start_belt(session, now_ms, cause, said)
    session = replace(session, why=None, starts_ms=now_ms + session.wanted.countdown_ms)
    if session.phase != "starting":
        return entered(session, "starting", now_ms, cause=cause, said=said)
    after: dict[str, float | int | str | None] = {"s": session.wanted.countdown_ms // 1000}
    return session, (EventNote(kind="countdown", session=session.wanted.session, after=after), Publish())


def start_belt(session: Session, now_ms: int, cause: str, said: Phrase) -> Runs:
    """Tell the unit to start the belt. A person asked for it and has just looked: their questions begin anew."""
    wanted = session.wanted
    session = replace(
        session,
        why=None,
        start_sent=True,
        starts_ms=None,
        moved=False,
        asked_ckmh=0,
        asked_dpct=None,
        facing=session.step.facing,
        rpe=prompts.begun(prompts.RPE_EVERY_MS, session.elapsed_ms) if questions.asks_rpe(wanted) else None,
        presence=prompts.begun(wanted.presence_ms, session.elapsed_ms) if wanted.presence_ms else None,
    )
    session, command = commanded(session, "start", now_ms)
    session, effects = entered(session, "starting", now_ms, cause=cause, said=said)
    return session, (command, *effects)


def moved_off(session: Session, seen: TreadmillSeen, now_ms: int) -> Runs:
    """The started belt moves."""
    return entered(plan_follower.moved_off(session, seen, now_ms), "running", now_ms)


def called_off(session: Session, why: Phrase, now_ms: int) -> Runs:
    """A countdown that a person ends: the session waits again."""
    session = in_class.unconfirmed(replace(session, starts_ms=None, why=why))
    return entered(session, "paused", now_ms, cause="called_off", said=why)


def come_to_rest(session: Session, phase: SessionPhase, cause: str, why: Phrase | None, now_ms: int) -> Runs:
    """Let the belt be stopped by a ramp, for a pause or for good."""
    session, parted = in_class.resting(replace(session, asked_ckmh=0, starts_ms=None, why=why), cause)
    session, command = commanded(session, "stop", now_ms)
    session, effects = entered(
        session,
        phase,
        now_ms,
        cause=cause,
        said=why,
        severity="warning" if session.outcome == "interrupted" else "info",
    )
    return session, (command, *parted, *effects)


def rested(session: Session, now_ms: int) -> Runs:
    """The belt stands still for the pause. A standstill ends a bout."""
    session = replace(session, pending=None, bout_ms=0)
    return entered(session, "paused", now_ms, said=session.why)


def rest_for_step(session: Session, now_ms: int) -> Runs | None:
    """A full stop where the present step needs one: off the belt, or faced the other way. None: the belt may run."""
    step = session.step
    if step.off_belt:
        return come_to_rest(session, "pausing", "off_belt", waiting_for(session), now_ms)
    if step.facing is not session.facing:
        return come_to_rest(session, "pausing", "turn", waiting_for(session), now_ms)
    return None


def waiting_for(session: Session) -> Phrase:
    """What a still belt waits for, for staff."""
    step = session.step
    if step.off_belt:
        return keys.off_belt(step.said) if step.said else keys.off_belt_as_agreed()
    if session.facing is None or step.facing is session.facing:
        return keys.wait_for_member(step.facing or "")
    return keys.wait_for_turn(step.facing or "")


def failed(session: Session) -> Outcome:
    """A command that fails ends a session that ran, and refuses one that never did."""
    return "stopped" if session.elapsed_ms else "refused"


def lost(state: EngineState, outcome: Outcome, cause: str, why: Phrase, now_ms: int) -> Steps:
    """The belt is in other hands or out of reach: end the session and let its lease run out."""
    session = state.live
    if session is None:
        return state, ()
    return with_session(state, stop(replace(session, holding=False), outcome, cause, why, now_ms))


def stop(session: Session, outcome: Outcome, cause: str, why: Phrase | None, now_ms: int) -> Runs:
    """Begin the end. The first cause stands."""
    if session.phase in ("stopping", "ended"):
        return session, ()
    if not session.start_sent:  # it never began, so there is nothing to stop
        outcome = "refused" if outcome == "interrupted" else outcome
        return end(replace(session, outcome=outcome, why=why), now_ms)
    return come_to_rest(replace(session, outcome=outcome), "stopping", cause, why, now_ms)


def end(session: Session, now_ms: int) -> Runs:
    """The end: what was done is kept, a lease that is still ours is released."""
    release: tuple[Effect, ...] = ()
    if session.holding:
        session, lease = renewed(session, now_ms, ttl_ms=0)
        release = (lease,)
    session = replace(session, holding=False, pending=None, starts_ms=None)
    if session.lap.ms:
        session = replace(session, laps=(*session.laps, session.lap))
    session, effects = entered(session, "ended", now_ms, cause=session.outcome or "", said=session.why)
    return session, (*release, KeepEnd(session), *effects)
