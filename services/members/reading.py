"""What is read of one member within a transaction."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_adapters.contract.keys import fields
from services.members import rows
from services.members.errors import UnknownMemberError
from services.members.model import SessionRecord
from services.members.portrait import Portrait
from services.members.tables import (
    ConsentRow,
    MemberRow,
    OutcomeRow,
    PersonRow,
    PrescriptionRow,
    ScreeningRow,
    SessionRow,
    SignOffRow,
)


def member_rows(db: Session, member: str) -> tuple[MemberRow, PersonRow]:
    """The two rows of a member. UnknownMemberError."""
    row, who = db.get(MemberRow, member), db.get(PersonRow, member)
    if row is None or who is None:
        raise UnknownMemberError(fields.no_such_member(member))
    return row, who


def portrait_of(db: Session, member: str) -> Portrait:
    """Everything of a member. UnknownMemberError."""
    row, who = member_rows(db, member)
    screenings = db.scalars(select(ScreeningRow).where(ScreeningRow.member == member))
    sign_offs = db.scalars(select(SignOffRow).where(SignOffRow.member == member))
    sessions = db.scalars(select(SessionRow).where(SessionRow.member == member).order_by(SessionRow.ended_ms))
    versions = select(PrescriptionRow).where(PrescriptionRow.member == member)
    prescriptions = db.scalars(versions.order_by(PrescriptionRow.id))
    results = select(OutcomeRow).where(OutcomeRow.member == member)
    outcomes = db.scalars(results.order_by(OutcomeRow.at_ms, OutcomeRow.id))
    return Portrait(
        id=member,
        person=rows.person_of(row, who),
        created_ms=row.created_ms,
        visited_ms=row.visited_ms,
        screenings=tuple(rows.screening_of(s) for s in screenings),
        sign_offs=tuple(rows.sign_off_of(s) for s in sign_offs),
        consents=tuple(rows.consent_of(c) for c in consents_of(db, member)),
        history=tuple(rows.record_of(s) for s in sessions),
        prescriptions=tuple(rows.prescription_of(p) for p in prescriptions),
        outcomes=tuple(rows.outcome_of(o) for o in outcomes),
    )


def consents_of(db: Session, member: str) -> list[ConsentRow]:
    """The rows of a member's consents, withdrawn ones too, oldest first."""
    query = select(ConsentRow).where(ConsentRow.member == member).order_by(ConsentRow.id)
    return list(db.scalars(query))


def sessions_since(db: Session, since_ms: int) -> tuple[SessionRecord, ...]:
    """What members did since then; without those of who was erased."""
    query = select(SessionRow).where(SessionRow.ended_ms >= since_ms, SessionRow.member.is_not(None))
    return tuple(rows.record_of(s) for s in db.scalars(query))
