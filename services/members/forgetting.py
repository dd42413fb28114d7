"""Forgetting in the members store: a member at their wish or after a long absence, and what has grown too old."""

from dataclasses import dataclass

from sqlalchemy import CursorResult, Delete, delete, func, or_, select, update
from sqlalchemy.orm import Session

from device_adapters.contract.keys import fields
from services.members import rows
from services.members.errors import UnknownMemberError
from services.members.model import HOME_IDLE_MS, HOME_MOST_MS, SessionRecord
from services.members.people import check_by
from services.members.store import Members
from services.members.tables import (
    AuditRow,
    ConsentRow,
    HomeLinkRow,
    HomeRow,
    MemberRow,
    OutcomeRow,
    OwnStrapRow,
    PersonRow,
    PrescriptionRow,
    ScreeningRow,
    SessionRow,
    SignOffRow,
)


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session of somebody who is still a member."""

    member: str
    record: SessionRecord


def erase(store: Members, member: str, *, by: str) -> None:
    """Delete a member. Their sessions stay as a safety record of nobody: no answers, no heart, no strap."""
    by = check_by(by)
    with store.transaction() as db:
        if db.get(MemberRow, member) is None:
            raise UnknownMemberError(fields.no_member_to_erase(member))
        nothing = {
            "member": None, "strap": "", "override_why": "", "hr_over_s": None, "hr_mean_bpm": None,
            "hr_peak_bpm": None, "rpe": None, "pain": None, "pain_next_day": None,
        }  # fmt: skip
        db.execute(update(SessionRow).where(SessionRow.member == member).values(nothing))
        for table in (
            PersonRow,
            ScreeningRow,
            SignOffRow,
            ConsentRow,
            HomeLinkRow,
            HomeRow,
            PrescriptionRow,
            OutcomeRow,
            OwnStrapRow,
        ):
            db.execute(delete(table).where(table.member == member))
        db.execute(delete(MemberRow).where(MemberRow.id == member))
        db.add(AuditRow(at_ms=store.now_ms(), member=member, by=by, what="erased"))


def long_gone(store: Members, before_ms: int) -> tuple[str, ...]:
    """Members whose last visit was before that time."""
    with store.transaction() as db:
        return tuple(db.scalars(select(MemberRow.id).where(MemberRow.visited_ms < before_ms)))


def newest_ms(store: Members) -> int:
    """When anything was last written here, by the wall clock of then; 0 for an empty store."""
    times = (SessionRow.ended_ms, AuditRow.at_ms, MemberRow.visited_ms)
    with store.transaction() as db:
        return max((db.scalar(select(func.max(time))) or 0 for time in times), default=0)


def sessions(store: Members) -> tuple[KeptSession, ...]:
    """Every session of a member, oldest first."""
    query = select(SessionRow).where(SessionRow.member.is_not(None)).order_by(SessionRow.began_ms)
    with store.transaction() as db:
        return tuple(KeptSession(row.member or "", rows.record_of(row)) for row in db.scalars(query))


def consenting(store: Members, purpose: str) -> frozenset[str]:
    """Members whose consent to a purpose stands."""
    query = select(ConsentRow.member).where(ConsentRow.purpose == purpose, ConsentRow.withdrawn_ms.is_(None))
    with store.transaction() as db:
        return frozenset(db.scalars(query))


def sum_up_heart(store: Members, session: str, mean_bpm: int, peak_bpm: int) -> None:
    """Keep two numbers in the place of a session's readings."""
    with store.transaction() as db:
        row = db.get(SessionRow, session)
        if row is not None and row.member is not None:
            row.hr_mean_bpm, row.hr_peak_bpm = mean_bpm, peak_bpm


def forget_phones(store: Members) -> None:
    """Phones that are nobody's own any more, and links that would make none one."""
    now = store.now_ms()
    idle, began = HomeRow.used_ms < now - HOME_IDLE_MS, HomeRow.began_ms < now - HOME_MOST_MS
    with store.transaction() as db:
        db.execute(delete(HomeRow).where(or_(idle, began)))
        db.execute(delete(HomeLinkRow).where(HomeLinkRow.expires_ms <= now))


def forget_before(store: Members, at_ms: int, *, dry_run: bool) -> tuple[int, int]:
    """Safety records of nobody, and lines of the audit, from before that time; how many there are of each."""
    nobody = delete(SessionRow).where(SessionRow.member.is_(None), SessionRow.ended_ms < at_ms)
    audit = delete(AuditRow).where(AuditRow.at_ms < at_ms)
    with store.transaction() as db:
        if dry_run:
            old = select(func.count()).select_from(SessionRow)
            lines = select(func.count()).select_from(AuditRow).where(AuditRow.at_ms < at_ms)
            old = old.where(SessionRow.member.is_(None), SessionRow.ended_ms < at_ms)
            return db.scalar(old) or 0, db.scalar(lines) or 0
        return _deleted(db, nobody), _deleted(db, audit)


def _deleted(db: Session, what: Delete) -> int:
    result = db.execute(what)
    return result.rowcount if isinstance(result, CursorResult) else 0
