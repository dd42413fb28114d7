"""The engine's single moves: a lease beat, a command, a change of phase. They decide nothing. Pure."""

from typing import Literal

from device_adapters.contract.keys import sessions as keys
from device_adapters.contract.messages import SessionPhase
from device_adapters.contract.phrase import Phrase, Refusal
from device_adapters.frozen import replace
from services.programme.model import Facing
from services.session.engine.events import (
    Effect,
    EventNote,
    Publish,
    RequestAnswer,
    SendCommand,
    SendLease,
    SendStop,
)
from services.session.engine.state import Asker, EngineState, Pending, Session, Verb

LEASE_EVERY_MS = 400
"""Two ticks: the unit takes the time of the nonce that comes back, which it says each half second, as the renewal."""

LEASE_TTL_MS = 3_000

ESCALATED = keys.stop_escalated()

Runs = tuple[Session, tuple[Effect, ...]]


def renewed(session: Session, now_ms: int, ttl_ms: int = LEASE_TTL_MS) -> tuple[Session, SendLease]:
    """The next beat of the lease; `ttl_ms` 0 releases it."""
    due_ms = session.lease_due_ms + LEASE_EVERY_MS
    session = replace(
        session, beat=session.beat + 1, lease_due_ms=due_ms if due_ms > now_ms else now_ms + LEASE_EVERY_MS
    )
    lease = SendLease(
        epoch=session.epoch,
        beat=session.beat,
        boot=session.boot,
        session=session.wanted.session,
        goal=session.wanted.programme.goal,
        level=session.wanted.programme.level,
        ttl_ms=ttl_ms,
        limits=session.own,
        raised=session.own if session.raised_until_ms is not None else None,
        raised_by=session.raised_by,
        raised_why=session.raised_why,
        spotter=session.wanted.spotter,
        harness=session.wanted.harness,
        hold=session.wanted.hold,
        nonce=session.nonce,
        retro=session.facing is not Facing.FORWARD,
    )
    return session, lease


def commanded(
    session: Session,
    verb: Verb,
    now_ms: int,
    *,
    speed_ckmh: int | None = None,
    grade_dpct: int | None = None,
    again: bool = False,
) -> tuple[Session, SendCommand]:
    """A command under the newest beat, with an id of its own; it takes the place of one that is still pending."""
    number = session.commands + 1
    pending = Pending(
        id=f"{session.wanted.session}-{number}",
        verb=verb,
        sent_ms=now_ms,
        again=again,
        speed_ckmh=speed_ckmh,
        grade_dpct=grade_dpct,
    )
    command = SendCommand(
        id=pending.id,
        verb=verb,
        session=session.wanted.session,
        epoch=session.epoch,
        beat=session.beat,
        speed_ckmh=speed_ckmh,
        grade_dpct=grade_dpct,
    )
    return replace(session, pending=pending, commands=number), command


def commanded_again(session: Session, pending: Pending, now_ms: int) -> tuple[Session, SendCommand]:
    """The same command once more, under a new id."""
    return commanded(
        session,
        pending.verb,
        now_ms,
        speed_ckmh=pending.speed_ckmh,
        grade_dpct=pending.grade_dpct,
        again=True,
    )


def pressed_stop(session: Session, cause: str) -> tuple[Effect, ...]:
    """The stop command came to nothing: take the way that needs no lease, and say so loudly."""
    note = EventNote(
        kind="stop_escalated", cause=cause, said=ESCALATED, severity="alarm", session=session.wanted.session
    )
    return SendStop(f"session: {cause}"), note


def entered(
    session: Session,
    phase: SessionPhase,
    now_ms: int,
    *,
    cause: str = "",
    said: Phrase | None = None,
    severity: Literal["info", "warning"] = "info",
) -> Runs:
    """A change of phase: recorded, and shown at once."""
    note = EventNote(
        kind="session_phase",
        cause=cause,
        said=said,
        severity=severity,
        session=session.wanted.session,
        before={"phase": session.phase},
        after={"phase": phase, "outcome": session.outcome},
    )
    return replace(session, phase=phase, phase_ms=now_ms), (note, Publish())


def refused(state: EngineState, asker: Asker, why: Refusal) -> tuple[Effect, ...]:
    """A request that does not fit: it changes nothing, but is answered and recorded."""
    phase = state.session.phase if state.session else ""
    return (
        RequestAnswer(asker=asker, ok=False, cause=why.cause, said=why.said),
        EventNote(
            kind="request_refused", cause=why.cause, said=why.said, after={"phase": phase, "by": asker.by}
        ),
    )


def with_session(state: EngineState, run: Runs) -> tuple[EngineState, tuple[Effect, ...]]:
    """The state with what became of its session."""
    session, effects = run
    return replace(state, session=session), effects
