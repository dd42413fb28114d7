"""A session as entries of the journal: its start, commands, decisions and end, as JSON. Pure."""

import msgspec

from device_adapters.contract import messages as m
from device_adapters.contract.boundary import limits_message
from device_adapters.unreadable import UNREADABLE
from services.members.model import SessionRecord
from services.session.engine.plan_follower import metres
from services.session.engine.state import LapSoFar, Session
from services.session.engine.view import brief, sets_done
from services.session.journal import Entry
from services.session.journalled import EndRecord, LapRecord, StartRecord


class SummaryRecord(msgspec.Struct, frozen=True):
    """What goes to the members store; it stays here too, for a store that was away. `member` is a pseudonym."""

    member: str
    record: SessionRecord


class AnswersRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a member said of a session, for the members store, which may be away. `member` is a pseudonym."""

    member: str
    by: str
    rpe: int | None = None
    pain: int | None = None


def start(session: Session, treadmill: str, by: str, at_ms: int) -> Entry:
    """The record that is on disk before the belt moves."""
    wanted, programme = session.wanted, session.wanted.programme
    body = StartRecord(
        goal=programme.goal,
        level=programme.level,
        programme=programme.name,
        member=wanted.member,
        by=by,
        strap=bool(wanted.strap),
        waiver=wanted.waiver,
        limits=limits_message(session.limits),
        plan=tuple(brief(step) for step in programme.steps),
    )
    return Entry(at_ms, wanted.session, treadmill, "start", msgspec.json.encode(body))


def end(session: Session, treadmill: str, at_ms: int) -> Entry:
    """The record of an end; an early one keeps what was done."""
    programme = session.wanted.programme
    body = EndRecord(
        outcome=session.outcome or "interrupted",
        why=session.why,
        elapsed_s=session.elapsed_ms / 1000,
        steps_done=session.progress.index,
        steps=len(programme.steps),
        retro_s=session.retro_ms / 1000,
        distance_m=metres(session.travel_ckmh_ms),
        retro_m=metres(session.retro_ckmh_ms),
        sets_done=sets_done(session),
        sets=programme.sets,
        off_plan_kmh=session.off_plan_ckmh / 100,
        laps=tuple(_lap(lap) for lap in session.laps),
    )
    return Entry(at_ms, session.wanted.session, treadmill, "end", msgspec.json.encode(body))


def _lap(lap: LapSoFar) -> LapRecord:
    return LapRecord(
        step=lap.index + 1,
        s=lap.ms / 1000,
        m=metres(lap.counted_ckmh_ms),
        ramp_m=metres(lap.travel_ckmh_ms - lap.counted_ckmh_ms),
        ending=lap.ending,
    )


def command(sent: m.Command, session: str, treadmill: str, at_ms: int) -> Entry:
    """A command as it was sent."""
    return Entry(at_ms, session, treadmill, "command", msgspec.json.encode(sent))


def event(event: m.Event) -> Entry:
    """A decision or a change of phase."""
    return Entry(event.at_ms, event.session, event.treadmill, "event", msgspec.json.encode(event))


def summary(member: str, told: SessionRecord, at_ms: int) -> Entry:
    """A member's session, summed up."""
    body = msgspec.json.encode(SummaryRecord(member, told))
    return Entry(at_ms, told.session, told.treadmill, "summary", body)


def answers(
    session: str, treadmill: str, member: str, by: str, rpe: int | None, pain: int | None, at_ms: int
) -> Entry:
    """What a member said, as soon as it was said: RPE 6–20, pain 0–10."""
    body = msgspec.json.encode(AnswersRecord(member, by, rpe, pain))
    return Entry(at_ms, session, treadmill, "answers", body)


def answers_from(entry: Entry) -> AnswersRecord | None:
    """The answers in an entry; None if they cannot be read."""
    try:
        return msgspec.json.decode(entry.body, type=AnswersRecord)
    except UNREADABLE:
        return None


def summary_from(entry: Entry) -> SummaryRecord | None:
    """The summary in an entry; None if it cannot be read."""
    try:
        return msgspec.json.decode(entry.body, type=SummaryRecord)
    except UNREADABLE:
        return None
