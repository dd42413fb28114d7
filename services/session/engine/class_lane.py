"""What a class does to the session of one of its lanes. Pure.

A class starts no belt that a person would not: the same questions are asked of it as of a resume, and a lane that may
not start waits for somebody at its belt.
"""

from device_adapters.contract.keys import sessions as keys
from device_adapters.frozen import replace
from services.session.engine import in_class, requests, timers
from services.session.engine.actions import with_session
from services.session.engine.events import ClassOver, ClassRuns, EventNote, Publish
from services.session.engine.lifecycle import Steps, count_down, stop
from services.session.engine.state import EngineState


def goes(state: EngineState, now_ms: int) -> Steps:
    """Count this lane's belt down, if it stands ready and may start."""
    session = state.live
    if session is None or session.phase != "paused" or not in_class.waits(session):
        return state, ()
    why = requests.resume_refusal(state, session, now_ms)
    if why is None:
        return with_session(state, count_down(session, now_ms, "class", keys.class_goes()))
    if why.cause == "not_still" and now_ms - session.phase_ms < timers.READY_MS:
        return state, ()  # its first measurements are on their way: it is asked again with the next tick
    note = EventNote(
        kind="class_lane",
        cause=why.cause,
        said=why.said,
        severity="warning",
        session=session.wanted.session,
    )
    session = replace(in_class.unconfirmed(session), why=why.said)
    return replace(state, session=session), (note, Publish())


def runs(state: EngineState, told: ClassRuns) -> Steps:
    """The clock runs for this lane."""
    session = state.live
    if session is None or session.lane is None or session.phase != "running":
        return state, ()
    return replace(state, session=in_class.clocked(session, told.clock, told.follows_ms)), ()


def over(state: EngineState, told: ClassOver, now_ms: int) -> Steps:
    """No class any more. Who goes by its clock goes on alone; who does not yet would rise by it, and is stopped."""
    session = state.live
    if session is None:
        return state, ()
    if told.stop:
        said = keys.class_stopped(told.by)
        return with_session(state, stop(session, "stopped", "class_stopped", said, now_ms))
    if session.lane is None:
        return state, ()
    if session.phase == "running" and session.lane.follows(now_ms):
        return with_session(state, in_class.left(session, "class_over"))
    return with_session(state, stop(session, "stopped", "class_over", keys.class_over(), now_ms))
