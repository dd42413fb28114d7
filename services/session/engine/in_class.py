"""A session in a class: it waits, walks in, follows the clock, and leaves it. Pure.

A lane never works longer than its own limits allow: the clock can only end a step early. Whatever stops its belt, but
for a turn or a step beside the belt that the whole class comes to, takes it out of the class; then it is a session like
any other, and nothing of the class moves it again.
"""

from device_adapters.contract.keys import sessions as keys
from device_adapters.frozen import replace
from services.programme import plan
from services.session.engine import class_clock
from services.session.engine.actions import Runs
from services.session.engine.class_clock import ClassClock, Lane
from services.session.engine.events import EventNote, Publish
from services.session.engine.state import LapSoFar, Session

OF_THE_CLASS = ("class", "turn", "off_belt")
"""Causes with which a belt rests without leaving its class."""


def begun(class_id: str) -> Lane | None:
    """The lane of a session that starts; None: it is for no class."""
    return Lane(class_id) if class_id else None


def waits(session: Session) -> bool:
    """Does its belt wait for the class, once somebody at it has said that the member stands ready?"""
    return session.lane is not None and session.lane.ready and session.phase in ("starting", "paused")


def walks_in(session: Session, now_ms: int) -> bool:
    """Is it to go no faster than its first movement, since the clock does not run for it yet?"""
    return session.lane is not None and not session.lane.follows(now_ms)


def confirmed(session: Session) -> Session:
    """Somebody at the belt says that the member stands ready."""
    if session.lane is None:
        return session
    return replace(session, lane=replace(session.lane, ready=True), why=keys.waits_for_class())


def unconfirmed(session: Session) -> Session:
    """Somebody has to look at the member again before the belt starts."""
    return session if session.lane is None else replace(session, lane=replace(session.lane, ready=False))


def resting(session: Session, cause: str) -> Runs:
    """The belt comes to rest for `cause`: with the class, or out of it."""
    if session.lane is None:
        return session, ()
    if cause == "completed":
        return replace(session, lane=None), ()
    if cause in OF_THE_CLASS:
        lane = replace(session.lane, ready=False, clock=None)
        return replace(session, lane=lane), ()
    return left(session, cause)


def left(session: Session, cause: str) -> Runs:
    """It goes on alone, from where it is."""
    if session.lane is None:
        return session, ()
    note = EventNote(
        kind="class_lane",
        cause=cause,
        said=keys.left_class(),
        session=session.wanted.session,
        before={"class": session.lane.class_id},
    )
    return replace(session, lane=None), (note, Publish())


def clocked(session: Session, clock: ClassClock, follows_ms: int) -> Session:
    """The class's clock runs for it."""
    if session.lane is None:
        return session
    return replace(session, lane=replace(session.lane, clock=clock, follows_ms=follows_ms))


def advanced(
    session: Session, lane: Lane, passage: plan.Passage, bout_left_s: int, now_ms: int
) -> plan.RunProgress:
    """As `plan.advance`, by the clock: never behind it, and ahead of it only where a bout was over before."""
    steps, before = session.wanted.programme.steps, session.progress
    credited = replace(plan.credited(before, passage), step_ms=before.step_ms)
    if lane.clock is None or not lane.follows(now_ms):
        return replace(before, at_speed=False)
    reading = class_clock.read(steps, lane.clock, now_ms)
    own = before.index
    if session.step.kind in plan.WORK and credited.counted_ms >= bout_left_s * 1000:
        own += 1
    if reading.index > own:
        return plan.RunProgress(index=reading.index, step_ms=reading.step_ms)
    if own > before.index:
        return plan.RunProgress(index=own)
    return replace(credited, step_ms=reading.step_ms if reading.index == own else 0)


def missed(session: Session, index: int) -> tuple[LapSoFar, ...]:
    """The steps between the present one and `index`, which a late joiner never did."""
    return tuple(LapSoFar(index=each, ending="skipped") for each in range(session.progress.index + 1, index))
