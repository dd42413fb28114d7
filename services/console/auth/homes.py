"""Members' own pages: the link that staff hand out once, the phone that it makes a member's, the PIN that opens it.

Blocking, like the members store. Only hashes are kept. Each page has an address of its own, and its cookies are sent to
that address alone: two members on one phone are two pages that know nothing of each other.
"""

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.console.auth.model import (
    BY_MEMBER,
    HOME_KEPT,
    HOME_LINK_MS,
    Home,
    HomeKeys,
    TimeOuts,
    link_holds,
)
from services.console.auth.passkeys import Passkey, creation, made, proven, question
from services.console.auth.passwords import key_hash, new_key, pin_hash, verified
from services.console.auth.sign_ins import SEEN_EACH_MS
from services.members.people import check_by
from services.members.reading import member_rows
from services.members.tables import AuditRow, HomeLinkRow, HomeRow

if TYPE_CHECKING:
    from services.members.store import Members

WRONG_MAX = 10
"""So many wrong PINs end the page on that phone."""

NOT_OPEN = ""
NO_PASSKEY = ""


class Homes:
    """The members' own pages in a members store."""

    def __init__(self, store: "Members", open_for: TimeOuts) -> None:
        self._store = store
        self._open_for = open_for

    def link(self, member: str, *, by: str) -> str:
        """A key for a link that makes one phone this member's. The link before ends. UnknownMemberError."""
        by, key, now = check_by(by), new_key(), self._store.now_ms()
        with self._store.transaction() as db:
            member_rows(db, member)
            db.execute(delete(HomeLinkRow).where(HomeLinkRow.member == member))
            db.add(HomeLinkRow(member=member, hash=key_hash(key), expires_ms=now + HOME_LINK_MS))
            self._note(db, member, by, "own page handed out")
        return key

    def holds(self, link: str) -> bool:
        """Would this link make a phone somebody's now?"""
        with self._store.transaction() as db:
            return self._link_row(db, link) is not None

    def move_in(self, link: str, pin: str) -> HomeKeys | None:
        """Make a phone the member's, with this PIN; the link is used up. None: it holds no more. MembersError: the PIN
        is none."""
        if not self.holds(link):
            return None
        hashed = pin_hash(pin)
        keys, now = HomeKeys(secrets.token_hex(8), new_key(), new_key()), self._store.now_ms()
        with self._store.transaction() as db:
            timely = HomeLinkRow.expires_ms.between(now + 1, now + HOME_LINK_MS)
            holds = (HomeLinkRow.hash == key_hash(link), timely)
            member = db.scalar(delete(HomeLinkRow).where(*holds).returning(HomeLinkRow.member))
            if member is None:
                return None
            db.add(
                HomeRow(
                    id=keys.id,
                    member=member,
                    phone_hash=key_hash(keys.phone),
                    pin_hash=hashed,
                    wrong=0,
                    began_ms=now,
                    used_ms=now,
                    open_hash=key_hash(keys.open),
                    opened_ms=now,
                    passkey_id=NO_PASSKEY,
                    passkey_public="",
                    passkey_count=0,
                    passkey_host="",
                    kept=False,
                )
            )
            self._note(db, member, BY_MEMBER, "own page begun on a phone")
        return keys

    def is_phone(self, id: str, phone: str) -> bool:
        """Is this the phone of that page?"""
        with self._store.transaction() as db:
            return self._phone_row(db, id, phone) is not None

    def open(self, id: str, phone: str, pin: str) -> str | None:
        """The key of the page while it is open, if phone and PIN are right. WRONG_MAX wrong ones in a row end it."""
        if not self.is_phone(id, phone) or not self.is_pin(id, pin):
            return None
        with self._store.transaction() as db:
            row = db.get(HomeRow, id)
            return None if row is None else self._opened(db, row)

    def open_by_passkey(self, id: str, phone: str, answer: str, challenge: bytes, origin: str) -> str | None:
        """The key of the page while it is open, if the phone's lock answered the challenge. It can be guessed by
        nobody, so wrong ones are not counted."""
        lock = self._passkey_of(id, phone)
        count = None if lock is None else proven(lock, answer, challenge, origin)
        if lock is None or count is None:
            return None
        with self._store.transaction() as db:
            row = self._phone_row(db, id, phone)
            if row is None or _passkey(row) != lock:
                return None
            row.passkey_count = count
            return self._opened(db, row)

    def passkey_host(self, id: str, phone: str) -> str:
        """By which name of the site the lock of that phone opens the page; empty: by its PIN alone."""
        lock = self._passkey_of(id, phone)
        return "" if lock is None else lock.host

    def passkey_question(self, id: str, phone: str, challenge: bytes) -> str | None:
        """What the phone is to sign, as JSON for its page. None: its lock does not open it."""
        lock = self._passkey_of(id, phone)
        return None if lock is None else question(lock, challenge)

    def passkey_wanted(self, home: Home, host: str, challenge: bytes) -> str:
        """What the phone is to make, as JSON for its page. UnknownMemberError."""
        return creation(home.id, self._store.alias(home.member), host, challenge)

    def add_passkey(self, id: str, answer: str, challenge: bytes, origin: str) -> bool:
        """From now on the lock of which the phone tells opens the page, and none before, if it proves to be one."""
        passkey = made(answer, challenge, origin)
        if passkey is not None:
            self._keep(id, passkey)
        return passkey is not None

    def drop_passkey(self, id: str) -> None:
        """The PIN alone opens the page."""
        self._keep(id, None)

    def _passkey_of(self, id: str, phone: str) -> Passkey | None:
        with self._store.transaction() as db:
            row = self._phone_row(db, id, phone)
            return None if row is None else _passkey(row)

    def _keep(self, id: str, passkey: Passkey | None) -> None:
        with self._store.transaction() as db:
            row = db.get(HomeRow, id)
            if row is not None:
                row.passkey_id = NO_PASSKEY if passkey is None else passkey.id.hex()
                row.passkey_public = "" if passkey is None else passkey.public.hex()
                row.passkey_count = 0 if passkey is None else passkey.count
                row.passkey_host = "" if passkey is None else passkey.host
                said = "own page opens by the PIN alone" if passkey is None else "own page opens by a passkey"
                self._note(db, row.member, BY_MEMBER, said)

    def of(self, id: str, key: str) -> Home | None:
        """Whose page this key opens now."""
        now = self._store.now_ms()
        with self._store.transaction() as db:
            row = db.get(HomeRow, id)
            if row is None or row.open_hash == NOT_OPEN or row.open_hash != key_hash(key):
                return None
            if not self._open_for.holds(row.opened_ms, row.used_ms, now):
                return None
            if now - row.used_ms >= SEEN_EACH_MS:
                row.used_ms = now
            return _home(row)

    def is_pin(self, id: str, pin: str) -> bool:
        """Is this the page's PIN? Each try is counted before it is judged: many at once are no more tries than one by
        one."""
        with self._store.transaction() as db:
            counted = update(HomeRow).where(HomeRow.id == id).values(wrong=HomeRow.wrong + 1)
            row_now = db.execute(counted.returning(HomeRow.wrong, HomeRow.pin_hash)).one_or_none()
            if row_now is None:
                return False
            tried, hashed = row_now
        right = tried <= WRONG_MAX and verified(hashed, pin)
        with self._store.transaction() as db:
            row = db.get(HomeRow, id)
            if row is not None and right:
                row.wrong = 0
            elif row is not None and tried >= WRONG_MAX:
                db.delete(row)
                self._note(db, row.member, BY_MEMBER, "own page ended: wrong PINs")
        return right

    def lock(self, id: str, key: str) -> None:
        """Close it until the PIN is given again."""
        with self._store.transaction() as db:
            row = db.get(HomeRow, id)
            if row is not None and row.open_hash == key_hash(key):
                row.open_hash = NOT_OPEN

    def phones(self, member: str) -> tuple[Home, ...]:
        """The phones that are this member's now, the latest first."""
        query = select(HomeRow).where(HomeRow.member == member).order_by(HomeRow.began_ms.desc())
        with self._store.transaction() as db:
            return tuple(_home(row) for row in db.scalars(query) if self._kept(row))

    def keep_on_phone(self, id: str, *, kept: bool) -> None:
        """Copies of the page are kept on this phone from now on, or no more."""
        with self._store.transaction() as db:
            row = db.get(HomeRow, id)
            if row is not None and row.kept != kept:
                row.kept = kept
                self._note(
                    db, row.member, BY_MEMBER, "own page kept on a phone" if kept else "own page kept no more"
                )

    def end(self, id: str, *, by: str) -> None:
        """This phone is nobody's any more."""
        with self._store.transaction() as db:
            row = db.get(HomeRow, id)
            if row is not None:
                db.delete(row)
                self._note(db, row.member, by, "own page ended on a phone")

    def end_all(self, member: str, *, by: str) -> None:
        """No phone is this member's any more, and no link makes one so: a phone was lost."""
        by = check_by(by)
        with self._store.transaction() as db:
            member_rows(db, member)
            db.execute(delete(HomeLinkRow).where(HomeLinkRow.member == member))
            db.execute(delete(HomeRow).where(HomeRow.member == member))
            self._note(db, member, by, "own page ended everywhere")

    def _opened(self, db: Session, row: HomeRow) -> str:
        key, now = new_key(), self._store.now_ms()
        row.used_ms, row.opened_ms, row.open_hash = now, now, key_hash(key)
        self._note(db, row.member, BY_MEMBER, "own page opened")
        return key

    def _link_row(self, db: Session, link: str) -> HomeLinkRow | None:
        row = db.scalar(select(HomeLinkRow).where(HomeLinkRow.hash == key_hash(link)))
        return (
            row
            if row is not None and link_holds(row.expires_ms, self._store.now_ms(), HOME_LINK_MS)
            else None
        )

    def _phone_row(self, db: Session, id: str, phone: str) -> HomeRow | None:
        row = db.get(HomeRow, id)
        right = row is not None and row.phone_hash == key_hash(phone) and self._kept(row)
        return row if right else None

    def _kept(self, row: HomeRow) -> bool:
        return HOME_KEPT.holds(row.began_ms, row.used_ms, self._store.now_ms())

    def _note(self, db: Session, member: str, by: str, what: str) -> None:
        db.add(AuditRow(at_ms=self._store.now_ms(), member=member, by=by, what=what))


def _passkey(row: HomeRow) -> Passkey | None:
    if row.passkey_id == NO_PASSKEY:
        return None
    return Passkey(
        id=bytes.fromhex(row.passkey_id),
        public=bytes.fromhex(row.passkey_public),
        count=row.passkey_count,
        host=row.passkey_host,
    )


def _home(row: HomeRow) -> Home:
    return Home(
        id=row.id,
        member=row.member,
        began_ms=row.began_ms,
        used_ms=row.used_ms,
        passkey_host=row.passkey_host,
        kept=row.kept,
    )
