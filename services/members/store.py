"""The members store: everything that staff, screens and the session service ask of it.

Blocking: call it in a thread from an event loop. Whoever reads what concerns a member's health, or changes
anything, is written into the audit. Raises MembersError and its kin for what people got wrong, StorageError for
what the database did.
"""

import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice

from sqlalchemy import Select, delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from device_adapters.contract.keys import fields
from device_adapters.contract.keys import members as keys
from device_adapters.contract.phrase import Refusal
from device_adapters.errors import StorageError
from device_adapters.safety.limits import Goal, Level
from device_adapters.units import DAY_MS
from services.members import rows
from services.members.admission import Allowance, StartWish, may_start
from services.members.clean import Judged, unclean_because
from services.members.database import open_engine
from services.members.errors import MembersError, RuleRefusedError, TakenError, UnknownMemberError
from services.members.model import Answers, Prescription, Purpose, Screening, SessionRecord
from services.members.outcomes import OutcomeMeasure, OutcomeResult, check_outcome
from services.members.people import (
    Card,
    MemberDetails,
    check_answers,
    check_by,
    check_person,
    check_screening,
)
from services.members.portrait import Portrait
from services.members.prescription import check_prescription
from services.members.progression import Progress, sign_off_refusal, standing, to_next
from services.members.reading import consents_of, member_rows, portrait_of, sessions_since
from services.members.tables import (
    AuditRow,
    ConsentRow,
    MemberRow,
    OutcomeRow,
    OwnStrapRow,
    PersonRow,
    SessionRow,
    SignOffRow,
)
from services.members.text import key
from services.rules.letters import likeness

NOTHING_TO_TAKE_BACK = Refusal("no_sign_off", keys.no_sign_off())
FOUND_MAX = 50
SEEN_MAX = 400
EVERYBODY = "everybody"
"""In the place of a pseudonym, where somebody looked at a list."""


@dataclass(frozen=True, slots=True)
class Audited:
    """One line of the audit."""

    at_ms: int
    member: str
    by: str
    what: str


REPEATED_MS = 10_000
"""The same result of a test again within this was one press."""

ANSWERED = ("rpe", "pain", "pain_next_day")


class Members:
    """The store at `url` (SQLite or PostgreSQL), migrated when it is opened. `wall_ms`: what time it is."""

    def __init__(self, url: str, wall_ms: Callable[[], int]) -> None:
        self._engine = open_engine(url)
        self._wall_ms = wall_ms

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """All or nothing; a failure of the database is a StorageError without any of its values."""
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                yield session
        except SQLAlchemyError as e:
            raise StorageError(f"members store: {e}; look at the database") from e

    def now_ms(self) -> int:
        """The time of the store."""
        return self._wall_ms()

    # People.

    def create(self, person: MemberDetails, *, by: str, adult: bool = False) -> str:
        """A new member's id. `adult`: staff saw that somebody who turns 18 this year has done so."""
        by, now = check_by(by), self._wall_ms()
        check_person(person, adult=adult, now_ms=now)
        member = f"m-{secrets.token_hex(6)}"
        row = MemberRow(id=member, created_ms=now, created_by=by, visited_ms=now)
        who = PersonRow(member=member)
        rows.put_person(person, row, who)
        with self.transaction() as db:
            _check_alias(db, person.alias, member)
            db.add(row)
            db.flush()
            db.add(who)
            self._note(db, member, by, "created")
        return member

    def update(self, member: str, person: MemberDetails, *, by: str) -> None:
        """Replace what was entered of a member."""
        by = check_by(by)
        check_person(person, adult=True, now_ms=self._wall_ms())
        with self.transaction() as db:
            row, who = member_rows(db, member)
            if key(row.alias) != key(person.alias):
                _check_alias(db, person.alias, member)
            rows.put_person(person, row, who)
            self._note(db, member, by, "changed")

    def search(self, text: str = "") -> tuple[Card, ...]:
        """Members whose name, alias or id holds `text`, who was here last first; all of them for an empty text.

        Compared here and not by the database: what a database takes for the same letter differs.
        """
        wanted = key(text)
        columns = (MemberRow.id, PersonRow.name, MemberRow.alias, MemberRow.visited_ms)
        query = select(*columns).join(PersonRow, PersonRow.member == MemberRow.id)
        query = query.order_by(MemberRow.visited_ms.desc(), MemberRow.id)
        with self.transaction() as db:
            found = (
                Card(id=id_, name=name, alias=alias, visited_ms=visited_ms)
                for id_, name, alias, visited_ms in db.execute(query if wanted else query.limit(FOUND_MAX))
                if any(wanted in key(told) for told in (name, alias, id_))
            )
            return tuple(islice(found, FOUND_MAX))

    def cards(self) -> tuple[Card, ...]:
        """Everybody, for who looks for whom a text names."""
        columns = (MemberRow.id, PersonRow.name, MemberRow.alias, MemberRow.visited_ms)
        query = select(*columns).join(PersonRow, PersonRow.member == MemberRow.id).order_by(MemberRow.id)
        with self.transaction() as db:
            return tuple(
                Card(id=id_, name=name, alias=alias, visited_ms=visited_ms)
                for id_, name, alias, visited_ms in db.execute(query)
            )

    def alias(self, member: str) -> str:
        """What screens may call the member."""
        with self.transaction() as db:
            return member_rows(db, member)[0].alias

    def aliases(self, members: Collection[str]) -> dict[str, str]:
        """The alias of each of these that is a member."""
        query = select(MemberRow.id, MemberRow.alias).where(MemberRow.id.in_(members))
        with self.transaction() as db:
            return dict(db.execute(query).tuples().all())

    def on_board(self, member: str) -> bool:
        """May the wall board show the alias? Only with consent, and not against their wish."""
        with self.transaction() as db:
            off = member_rows(db, member)[0].off_board
        return not off and self.consents_to(member, Purpose.WALL_BOARD)

    def consents_to(self, member: str, purpose: Purpose) -> bool:
        """Does the member's consent to this purpose stand?"""
        with self.transaction() as db:
            return any(c.purpose == purpose and c.withdrawn_ms is None for c in consents_of(db, member))

    def portrait(self, member: str, *, by: str, what: str = "viewed") -> Portrait:
        """Everything of one member; `what` is the word for the audit."""
        with self.transaction() as db:
            found = portrait_of(db, member)
            self._note(db, member, check_by(by), what)
        return found

    def seen_since(self, since_ms: int, *, by: str, what: str) -> tuple[Portrait, ...]:
        """Everything of who was here since then, the latest SEEN_MAX; one line of the audit for all of them."""
        query = select(MemberRow.id).where(MemberRow.visited_ms >= since_ms)
        query = query.order_by(MemberRow.visited_ms.desc(), MemberRow.id).limit(SEEN_MAX)
        with self.transaction() as db:
            found = tuple(portrait_of(db, member) for member in db.scalars(query).all())
            self._note(db, EVERYBODY, check_by(by), what)
        return found

    # Gates.

    def screen(self, member: str, screening: Screening) -> None:
        """Keep a screening; the newest one counts."""
        check_screening(screening)
        with self.transaction() as db:
            member_rows(db, member)
            db.add(rows.screening_row(member, screening))
            self._note(db, member, screening.by, "screened")

    def consent(self, member: str, purpose: Purpose, *, text_version: str, by: str) -> None:
        """Keep that the member consented, under this version of the text. Consenting twice changes nothing."""
        by, now = check_by(by), self._wall_ms()
        if not 0 < len(text_version) <= 40:
            raise MembersError(fields.say_which_text(1, 40), "text_version")
        with self.transaction() as db:
            member_rows(db, member)
            for row in consents_of(db, member):
                if row.purpose == purpose and row.withdrawn_ms is None:
                    if row.text_version == text_version:
                        return
                    row.withdrawn_ms, row.withdrawn_by = now, by
            db.add(
                ConsentRow(
                    member=member,
                    purpose=purpose.value,
                    text_version=text_version,
                    given_ms=now,
                    given_by=by,
                    withdrawn_by="",
                )
            )
            self._note(db, member, by, f"consented {purpose}")

    def withdraw(self, member: str, purpose: Purpose, *, by: str) -> None:
        """End a consent; one that does not stand stays as it is."""
        by = check_by(by)
        with self.transaction() as db:
            member_rows(db, member)
            for row in consents_of(db, member):
                if row.purpose == purpose and row.withdrawn_ms is None:
                    row.withdrawn_ms, row.withdrawn_by = self._wall_ms(), by
                    if purpose is Purpose.OWN_STRAP:
                        db.execute(delete(OwnStrapRow).where(OwnStrapRow.member == member))
                    self._note(db, member, by, f"withdrew {purpose}")

    def sign_off(self, member: str, goal: Goal, level: Level, *, by: str) -> None:
        """Set the level of a goal. RuleRefusedError: the clean sessions for it are not there yet."""
        by, now = check_by(by), self._wall_ms()
        with self.transaction() as db:
            at = standing(portrait_of(db, member).dossier, goal, now)
            refusal = sign_off_refusal(at, level)
            if refusal is not None:
                raise RuleRefusedError(refusal)
            db.add(SignOffRow(member=member, goal=goal.value, level=level.value, at_ms=now, by=by))
            self._note(db, member, by, f"signed_off {level}")

    def take_back(self, member: str, goal: Goal, level: Level, *, by: str) -> None:
        """End a sign-off of the last day, made by mistake; the audit keeps both. RuleRefusedError: there is none."""
        by, now = check_by(by), self._wall_ms()
        with self.transaction() as db:
            member_rows(db, member)
            found = db.scalars(
                select(SignOffRow)
                .where(SignOffRow.member == member, SignOffRow.goal == goal.value)
                .order_by(SignOffRow.id.desc())
            ).first()
            if found is None or found.level != level.value or now - found.at_ms > DAY_MS:
                raise RuleRefusedError(NOTHING_TO_TAKE_BACK)
            db.delete(found)
            self._note(db, member, by, f"took_back {level}")

    def prescribe(self, member: str, given: Prescription) -> None:
        """Keep what a member is to do from now on; it takes the place of what was. MembersError: outside the limits of
        the member's level."""
        check_by(given.by)
        with self.transaction() as db:
            known = portrait_of(db, member)
            check_prescription(given, standing(known.dossier, given.goal, given.at_ms), known.person.body)
            db.add(rows.prescription_row(member, given))
            self._note(db, member, given.by, "prescribed")

    def end_prescription(self, member: str, *, by: str) -> None:
        """What is in force ends now; it stays among the versions."""
        by, now = check_by(by), self._wall_ms()
        with self.transaction() as db:
            newest = portrait_of(db, member).dossier.prescription
            if newest is not None and newest.holds(now):
                db.add(rows.prescription_row(member, replace(newest, at_ms=now, until_ms=now, by=by)))
                self._note(db, member, by, "ended prescription")

    def measure(self, member: str, result: OutcomeResult) -> None:
        """Keep the result of a test; the same again within moments is a press repeated. MembersError: outside what
        can be."""
        check_outcome(result)
        with self.transaction() as db:
            member_rows(db, member)
            last = db.scalars(_newest_outcome(member, result.measure)).first()
            if (
                last is not None
                and last.value_c == result.value_c
                and abs(result.at_ms - last.at_ms) < REPEATED_MS
            ):
                return
            db.add(
                OutcomeRow(
                    member=member,
                    measure=result.measure.value,
                    value_c=result.value_c,
                    at_ms=result.at_ms,
                    by=result.by,
                )
            )
            self._note(db, member, result.by, f"measured {result.measure}")

    def take_back_outcome(self, member: str, measure: OutcomeMeasure, at_ms: int, *, by: str) -> None:
        """The last result of this test, that of then, was a mistake: it goes; one older than a day stays. The audit
        keeps both."""
        by, now = check_by(by), self._wall_ms()
        with self.transaction() as db:
            member_rows(db, member)
            found = db.scalars(_newest_outcome(member, measure)).first()
            if found is not None and found.at_ms == at_ms and now - at_ms <= DAY_MS:
                db.delete(found)
                self._note(db, member, by, f"took_back {measure}")

    def may_start(self, member: str, wish: StartWish) -> Allowance | Refusal:
        """May this session begin now? UnknownMemberError."""
        with self.transaction() as db:
            dossier = portrait_of(db, member).dossier
        return may_start(dossier, wish, self._wall_ms())

    # Sessions.

    def record(self, member: str, record: SessionRecord) -> bool:
        """Keep a session's summary; one that is there already stays as it is. False: the member is gone."""
        with self.transaction() as db:
            row = db.get(MemberRow, member)
            if row is None:
                return False
            if db.get(SessionRow, record.session) is None:
                db.add(rows.session_row(member, record))
                row.visited_ms = max(row.visited_ms, record.ended_ms)
        return True

    def answer(self, session: str, answers: Answers, *, by: str, only_missing: bool = False) -> None:
        """Keep what the member said of a session; None leaves what is there, `only_missing` also what was answered."""
        by = check_by(by)
        check_answers(answers)
        with self.transaction() as db:
            row = db.get(SessionRow, session)
            if row is None or row.member is None:
                raise UnknownMemberError(fields.no_member_s_session(session))
            told = {n: v for n in ANSWERED if (v := getattr(answers, n)) is not None}
            if only_missing:
                told = {n: v for n, v in told.items() if getattr(row, n) is None}
                if not told and not answers.balance_lost:
                    return
            for name, value in told.items():
                setattr(row, name, value)
            row.balance_lost = row.balance_lost or answers.balance_lost
            self._note(db, row.member, by, "answered")

    def ended_since(self, since_ms: int) -> tuple[SessionRecord, ...]:
        """The sessions of members that ended since then."""
        with self.transaction() as db:
            return sessions_since(db, since_ms)

    def history(self, member: str, *, by: str) -> tuple[Judged, ...]:
        """The member's sessions, oldest first, each with why it does not count."""
        found = self.portrait(member, by=by).dossier
        return tuple(Judged(record, unclean_because(record, found.body)) for record in found.history)

    def progress(self, member: str, goal: Goal, *, by: str) -> Progress:
        """Where the member stands in a goal."""
        at = standing(self.portrait(member, by=by).dossier, goal, self._wall_ms())
        return Progress(at, to_next(at))

    # Audit.

    def audit(self, member: str = "") -> tuple[Audited, ...]:
        """Who saw or changed what, oldest first."""
        query = select(AuditRow).order_by(AuditRow.id)
        if member:
            query = query.where(AuditRow.member == member)
        with self.transaction() as db:
            return tuple(Audited(r.at_ms, r.member, r.by, r.what) for r in db.scalars(query))

    def note(self, about: str, *, by: str, what: str) -> None:
        """One more line of the audit, which nothing but retention ever takes away."""
        with self.transaction() as db:
            self._note(db, about, check_by(by), what)

    def _note(self, db: Session, member: str, by: str, what: str) -> None:
        db.add(AuditRow(at_ms=self._wall_ms(), member=member, by=by, what=what))


def _newest_outcome(member: str, measure: OutcomeMeasure) -> Select[OutcomeRow]:
    query = select(OutcomeRow).where(OutcomeRow.member == member, OutcomeRow.measure == measure.value)
    return query.order_by(OutcomeRow.at_ms.desc(), OutcomeRow.id.desc())


def _check_alias(db: Session, alias: str, member: str) -> None:
    """Two of one alias could not be told apart on a board or a tile."""
    wanted, looks = key(alias), likeness(alias)
    for other, known in db.execute(select(MemberRow.id, MemberRow.alias)):
        if other != member and key(known) == wanted:
            raise TakenError(fields.alias_taken(alias.strip()), "alias")
        if other != member and likeness(known) == looks:
            raise TakenError(fields.alias_alike(alias.strip()), "alias")
