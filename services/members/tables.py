"""The tables of the members store. Names and contacts stand in `person` and in no other table.

Erasing a member deletes its rows here; its sessions stay without a member, as the de-identified safety record.
"""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_MEMBER = "member.id"


class Base(DeclarativeBase):
    """Root of the tables; constraint names are the same in every database, so that migrations can name them."""


Base.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class MemberRow(Base):
    """A pseudonym, its alias for the wall board, and what the heart-rate rules need."""

    __tablename__ = "member"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    alias: Mapped[str] = mapped_column(String(24))
    birth_year: Mapped[int] = mapped_column(Integer)
    hr_max_bpm: Mapped[int | None] = mapped_column(Integer)
    hr_max_source: Mapped[str] = mapped_column(String(12))
    hr_rest_bpm: Mapped[int | None] = mapped_column(Integer)
    hr_rest_source: Mapped[str | None] = mapped_column(String(12))
    beta_blocker: Mapped[bool]
    off_board: Mapped[bool]
    created_ms: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str] = mapped_column(String(200))
    visited_ms: Mapped[int] = mapped_column(BigInteger, index=True)


class PersonRow(Base):
    """Name and contact, apart from all that tells of health."""

    __tablename__ = "person"

    member: Mapped[str] = mapped_column(ForeignKey(_MEMBER), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(200))


class ScreeningRow(Base):
    """One screening; the newest one counts."""

    __tablename__ = "screening"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    member: Mapped[str] = mapped_column(ForeignKey(_MEMBER), index=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    by: Mapped[str] = mapped_column(String(200))
    backward_walk_cs: Mapped[int | None] = mapped_column(Integer)
    fall_12_months: Mapped[bool]
    contraindications: Mapped[str] = mapped_column(Text)
    clinician_ok_by: Mapped[str] = mapped_column(String(200))
    form: Mapped[int] = mapped_column(Integer)


class SignOffRow(Base):
    """A level, set by a named person."""

    __tablename__ = "sign_off"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    member: Mapped[str] = mapped_column(ForeignKey(_MEMBER), index=True)
    goal: Mapped[str] = mapped_column(String(20))
    level: Mapped[str] = mapped_column(String(20))
    at_ms: Mapped[int] = mapped_column(BigInteger)
    by: Mapped[str] = mapped_column(String(200))


class ConsentRow(Base):
    """A consent, kept after it is withdrawn: that it stood is part of the record."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    member: Mapped[str] = mapped_column(ForeignKey(_MEMBER), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    text_version: Mapped[str] = mapped_column(String(40))
    given_ms: Mapped[int] = mapped_column(BigInteger)
    given_by: Mapped[str] = mapped_column(String(200))
    withdrawn_ms: Mapped[int | None] = mapped_column(BigInteger)
    withdrawn_by: Mapped[str] = mapped_column(String(200))


class OwnStrapRow(Base):
    """The strap of a member who consented: a hash, and its own salt (hexadecimal digits)."""

    __tablename__ = "own_strap"

    member: Mapped[str] = mapped_column(ForeignKey(_MEMBER), primary_key=True)
    salt: Mapped[str] = mapped_column(String(32))
    hash: Mapped[str] = mapped_column(String(64))
    since_ms: Mapped[int] = mapped_column(BigInteger)


class PrescriptionRow(Base):
    """One version of what a member is to do; the newest one counts."""

    __tablename__ = "prescription"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    member: Mapped[str] = mapped_column(ForeignKey(_MEMBER), index=True)
    goal: Mapped[str] = mapped_column(String(20))
    programme: Mapped[str] = mapped_column(String(200))
    speed_ckmh: Mapped[int] = mapped_column(Integer)
    minutes: Mapped[int] = mapped_column(Integer)
    sessions_week: Mapped[int] = mapped_column(Integer)
    pain_stop: Mapped[int] = mapped_column(Integer)
    hr_ceiling_bpm: Mapped[int | None] = mapped_column(Integer)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int] = mapped_column(BigInteger)
    by: Mapped[str] = mapped_column(String(200))
    why: Mapped[str] = mapped_column(String(200))
    clinician: Mapped[str] = mapped_column(String(200))


class OutcomeRow(Base):
    """One result of a test that is done again over weeks."""

    __tablename__ = "outcome"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    member: Mapped[str] = mapped_column(ForeignKey(_MEMBER), index=True)
    measure: Mapped[str] = mapped_column(String(20))
    value_c: Mapped[int] = mapped_column(Integer)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    by: Mapped[str] = mapped_column(String(200))


class SessionRow(Base):
    """A session's summary; without a member it is the safety record of one who was erased."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    member: Mapped[str | None] = mapped_column(ForeignKey(_MEMBER))
    goal: Mapped[str] = mapped_column(String(20))
    level: Mapped[str] = mapped_column(String(20))
    programme: Mapped[str] = mapped_column(String(200))
    treadmill: Mapped[str] = mapped_column(String(40))
    strap: Mapped[str] = mapped_column(String(200))
    began_ms: Mapped[int] = mapped_column(BigInteger)
    ended_ms: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(20))
    cause: Mapped[str] = mapped_column(String(60))
    done: Mapped[bool]
    planned_s: Mapped[int] = mapped_column(Integer)
    actual_s: Mapped[int | None] = mapped_column(Integer)
    speed_max_ckmh: Mapped[int] = mapped_column(Integer)
    grade_max_dpct: Mapped[int] = mapped_column(Integer)
    hr_over_s: Mapped[int | None] = mapped_column(Integer)
    hr_mean_bpm: Mapped[int | None] = mapped_column(Integer)
    hr_peak_bpm: Mapped[int | None] = mapped_column(Integer)
    override_why: Mapped[str] = mapped_column(String(200))
    unanswered: Mapped[int] = mapped_column(Integer)
    asks_next_day: Mapped[bool]
    comfortable_ckmh: Mapped[int | None] = mapped_column(Integer)
    rpe: Mapped[int | None] = mapped_column(Integer)
    pain: Mapped[int | None] = mapped_column(Integer)
    pain_next_day: Mapped[int | None] = mapped_column(Integer)
    balance_lost: Mapped[bool]

    __table_args__ = (Index("ix_session_member_ended", "member", "ended_ms"),)


class AuditRow(Base):
    """Who saw or changed what of whom. Pseudonyms only; it outlives the member by design, so it has no reference."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    member: Mapped[str] = mapped_column(String(40), index=True)
    by: Mapped[str] = mapped_column(String(200))
    what: Mapped[str] = mapped_column(String(40))


class TokenRow(Base):
    """A key of the REST API, by its hash alone; kept when it is revoked, for the audit names it."""

    __tablename__ = "token"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    role: Mapped[str] = mapped_column(String(12))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str] = mapped_column(String(200))
    expires_ms: Mapped[int] = mapped_column(BigInteger)
    revoked_ms: Mapped[int | None] = mapped_column(BigInteger)


class AccountRow(Base):
    """Somebody who may sign in to the console. Kept when disabled: records name its id."""

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    name_key: Mapped[str] = mapped_column(String(120), unique=True)
    role: Mapped[str] = mapped_column(String(12))
    password_hash: Mapped[str] = mapped_column(String(200))
    pin_hash: Mapped[str] = mapped_column(String(200))
    created_ms: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str] = mapped_column(String(200))
    disabled_ms: Mapped[int | None] = mapped_column(BigInteger)


class SignInRow(Base):
    """A browser that is signed in, by the hash of its cookie."""

    __tablename__ = "sign_in"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    began_ms: Mapped[int] = mapped_column(BigInteger)
    seen_ms: Mapped[int] = mapped_column(BigInteger)


class TabletRow(Base):
    """A shared tablet on which a PIN is enough, by the hash of its cookie."""

    __tablename__ = "tablet"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    enrolled_ms: Mapped[int] = mapped_column(BigInteger)
    enrolled_by: Mapped[str] = mapped_column(String(40))


class HomeLinkRow(Base):
    """A link that makes a phone a member's own, once; a member has one at most."""

    __tablename__ = "home_link"

    member: Mapped[str] = mapped_column(ForeignKey(_MEMBER), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_ms: Mapped[int] = mapped_column(BigInteger)


class HomeRow(Base):
    """A member's own page on one phone: by the hashes of the phone's key, of its PIN, and of the key while it is open.

    `wrong`: PINs that were wrong since the last right one. `passkey_*`: the phone's own lock, as hexadecimal digits;
    empty without one. `kept`: copies of the page are kept on the phone.
    """

    __tablename__ = "home"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    member: Mapped[str] = mapped_column(ForeignKey(_MEMBER), index=True)
    phone_hash: Mapped[str] = mapped_column(String(64))
    pin_hash: Mapped[str] = mapped_column(String(200))
    wrong: Mapped[int] = mapped_column(Integer)
    began_ms: Mapped[int] = mapped_column(BigInteger)
    used_ms: Mapped[int] = mapped_column(BigInteger)
    open_hash: Mapped[str] = mapped_column(String(64))
    opened_ms: Mapped[int] = mapped_column(BigInteger)
    passkey_id: Mapped[str] = mapped_column(Text)
    passkey_public: Mapped[str] = mapped_column(Text)
    passkey_count: Mapped[int] = mapped_column(BigInteger)
    passkey_host: Mapped[str] = mapped_column(String(255))
    kept: Mapped[bool]


class CalendarLinkRow(Base):
    """A secret address of a calendar for its account's own members or for all, by its hash."""

    __tablename__ = "calendar_link"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    scope: Mapped[str] = mapped_column(String(8))
    made_ms: Mapped[int] = mapped_column(BigInteger)


class DoorLinkRow(Base):
    """A link that lets in once; without an account it makes the first one."""

    __tablename__ = "door_link"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str | None] = mapped_column(ForeignKey("account.id"))
    expires_ms: Mapped[int] = mapped_column(BigInteger)
