"""Between rows and values."""

from dataclasses import fields
from typing import TYPE_CHECKING, cast

from device_adapters.safety.limits import Goal, Level
from services.members.model import (
    Answers,
    Body,
    Consent,
    Contraindication,
    HeartSource,
    Prescription,
    Purpose,
    Screening,
    SessionRecord,
    SignOff,
)
from services.members.outcomes import OutcomeMeasure, OutcomeResult
from services.members.people import MemberDetails
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
from services.members.text import tidied

if TYPE_CHECKING:
    from device_adapters.contract.messages import Outcome


def body_of(row: MemberRow) -> Body:
    """What the heart-rate rules need."""
    return Body(
        birth_year=row.birth_year,
        hr_max_bpm=row.hr_max_bpm,
        hr_max_source=HeartSource(row.hr_max_source),
        hr_rest_bpm=row.hr_rest_bpm,
        hr_rest_source=None if row.hr_rest_source is None else HeartSource(row.hr_rest_source),
        beta_blocker=row.beta_blocker,
    )


def person_of(row: MemberRow, who: PersonRow) -> MemberDetails:
    """Name, contact and body, from their two rows."""
    return MemberDetails(
        name=who.name, contact=who.contact, alias=row.alias, body=body_of(row), off_board=row.off_board
    )


def put_person(person: MemberDetails, row: MemberRow, who: PersonRow) -> None:
    """Write a person into its two rows."""
    body = person.body
    who.name, who.contact = tidied(person.name), tidied(person.contact)
    row.alias, row.off_board = tidied(person.alias), person.off_board
    row.birth_year, row.beta_blocker = body.birth_year, body.beta_blocker
    row.hr_max_bpm, row.hr_max_source = body.hr_max_bpm, body.hr_max_source.value
    row.hr_rest_bpm = body.hr_rest_bpm
    row.hr_rest_source = None if body.hr_rest_source is None else body.hr_rest_source.value


def screening_of(row: ScreeningRow) -> Screening:
    """A screening as it was kept."""
    return Screening(
        at_ms=row.at_ms,
        by=row.by,
        backward_walk_cs=row.backward_walk_cs,
        fall_12_months=row.fall_12_months,
        contraindications=frozenset(Contraindication(word) for word in row.contraindications.split()),
        clinician_ok_by=row.clinician_ok_by,
        form=row.form,
    )


def screening_row(member: str, screening: Screening) -> ScreeningRow:
    """The row of a screening."""
    return ScreeningRow(
        member=member,
        at_ms=screening.at_ms,
        by=screening.by,
        backward_walk_cs=screening.backward_walk_cs,
        fall_12_months=screening.fall_12_months,
        contraindications=" ".join(sorted(screening.contraindications)),
        clinician_ok_by=screening.clinician_ok_by.strip(),
        form=screening.form,
    )


def sign_off_of(row: SignOffRow) -> SignOff:
    """A level's sign-off as it was kept."""
    return SignOff(goal=Goal(row.goal), level=Level(row.level), at_ms=row.at_ms, by=row.by)


def consent_of(row: ConsentRow) -> Consent:
    """A consent as it was kept, and whether it was taken back."""
    return Consent(
        purpose=Purpose(row.purpose),
        text_version=row.text_version,
        given_ms=row.given_ms,
        given_by=row.given_by,
        withdrawn_ms=row.withdrawn_ms,
        withdrawn_by=row.withdrawn_by,
    )


def record_of(row: SessionRow) -> SessionRecord:
    """A member's session as it was kept."""
    return SessionRecord(
        session=row.id,
        goal=Goal(row.goal),
        level=Level(row.level),
        programme=row.programme,
        treadmill=row.treadmill,
        strap=row.strap,
        began_ms=row.began_ms,
        ended_ms=row.ended_ms,
        outcome=cast("Outcome", row.outcome),
        cause=row.cause,
        done=row.done,
        planned_s=row.planned_s,
        actual_s=row.actual_s,
        speed_max_ckmh=row.speed_max_ckmh,
        grade_max_dpct=row.grade_max_dpct,
        hr_over_s=row.hr_over_s,
        hr_mean_bpm=row.hr_mean_bpm,
        hr_peak_bpm=row.hr_peak_bpm,
        override_why=row.override_why,
        unanswered=row.unanswered,
        asks_next_day=row.asks_next_day,
        comfortable_ckmh=row.comfortable_ckmh,
        answers=Answers(
            rpe=row.rpe, pain=row.pain, pain_next_day=row.pain_next_day, balance_lost=row.balance_lost
        ),
    )


def session_row(member: str, record: SessionRecord) -> SessionRow:
    """The row of a session as it ended."""
    said = record.answers
    return SessionRow(
        id=record.session,
        member=member,
        goal=record.goal.value,
        level=record.level.value,
        programme=record.programme,
        treadmill=record.treadmill,
        strap=record.strap,
        began_ms=record.began_ms,
        ended_ms=record.ended_ms,
        outcome=record.outcome,
        cause=record.cause,
        done=record.done,
        planned_s=record.planned_s,
        actual_s=record.actual_s,
        speed_max_ckmh=record.speed_max_ckmh,
        grade_max_dpct=record.grade_max_dpct,
        hr_over_s=record.hr_over_s,
        hr_mean_bpm=record.hr_mean_bpm,
        hr_peak_bpm=record.hr_peak_bpm,
        override_why=record.override_why,
        unanswered=record.unanswered,
        asks_next_day=record.asks_next_day,
        comfortable_ckmh=record.comfortable_ckmh,
        rpe=said.rpe,
        pain=said.pain,
        pain_next_day=said.pain_next_day,
        balance_lost=said.balance_lost,
    )


def prescription_of(row: PrescriptionRow) -> Prescription:
    """One version of what a member is to do."""
    values = {name: getattr(row, name) for name in _PRESCRIBED}
    return Prescription(goal=Goal(row.goal), **values)


def outcome_of(row: OutcomeRow) -> OutcomeResult:
    """A test's result as it was kept."""
    return OutcomeResult(measure=OutcomeMeasure(row.measure), value_c=row.value_c, at_ms=row.at_ms, by=row.by)


def prescription_row(member: str, given: Prescription) -> PrescriptionRow:
    """The row of a version."""
    values = {name: getattr(given, name) for name in _PRESCRIBED}
    return PrescriptionRow(member=member, goal=given.goal.value, **values)


_PRESCRIBED = tuple(field.name for field in fields(Prescription) if field.name != "goal")
