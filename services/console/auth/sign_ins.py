"""Sign-ins, shared tablets and one-time links: kept here as hashes of keys that only the browser has.

Blocking. A key is new with each sign-in, so one that was planted in a browser before is worth nothing.
"""

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from services.console.auth.model import LINK_MOST_MS, LINK_MS, TABLET_MS, SignedInUser, TimeOuts, link_holds
from services.console.auth.passwords import key_hash, new_key
from services.console.auth.roles import Role
from services.members.tables import AccountRow, AuditRow, DoorLinkRow, SignInRow, TabletRow

if TYPE_CHECKING:
    from services.members.store import Members

SEEN_EACH_MS = 20_000
"""How exactly idleness is known: not every request writes to the disk."""


class SignIns:
    """Who is signed in, in a members store."""

    def __init__(self, store: "Members", time_outs: TimeOuts) -> None:
        self._store = store
        self._time_outs = time_outs

    def begin(self, account: str, how: str, *, instead_of: str = "") -> str:
        """A new key for the browser of this account; the one it had before ends. `how`: for the audit."""
        key, now = new_key(), self._store.now_ms()
        with self._store.transaction() as db:
            db.execute(delete(SignInRow).where(SignInRow.hash == key_hash(instead_of)))
            db.execute(delete(SignInRow).where(SignInRow.began_ms < now - self._time_outs.absolute_ms))
            db.add(SignInRow(hash=key_hash(key), account=account, began_ms=now, seen_ms=now))
            db.add(AuditRow(at_ms=now, member=account, by=account, what=f"signed in by {how}"))
        return key

    def of(self, key: str, *, active: bool) -> SignedInUser | None:
        """Whose key it is, if it holds now. `active`: a person did something, which puts off the idle time-out."""
        now = self._store.now_ms()
        with self._store.transaction() as db:
            row = db.get(SignInRow, key_hash(key))
            account = None if row is None else db.get(AccountRow, row.account)
            if row is None or account is None or account.disabled_ms is not None:
                return None
            if not self._time_outs.holds(row.began_ms, row.seen_ms, now):
                db.delete(row)
                return None
            if active and now - row.seen_ms >= SEEN_EACH_MS:
                row.seen_ms = now
            return SignedInUser(
                id=account.id,
                name=account.name,
                role=Role(account.role),
                has_password=bool(account.password_hash),
            )

    def end(self, key: str) -> None:
        """Sign out: this key lets nobody in any more."""
        with self._store.transaction() as db:
            db.execute(delete(SignInRow).where(SignInRow.hash == key_hash(key)))

    def enrol_tablet(self, by: str) -> str:
        """A key for a shared tablet, on which PINs count."""
        key, now = new_key(), self._store.now_ms()
        with self._store.transaction() as db:
            db.add(TabletRow(hash=key_hash(key), enrolled_ms=now, enrolled_by=by))
            db.add(AuditRow(at_ms=now, member=by, by=by, what="tablet enrolled"))
        return key

    def tablet(self, key: str) -> bool:
        """Is this the key of an enrolled tablet? One whose enroller is disabled is none."""
        with self._store.transaction() as db:
            row = db.get(TabletRow, key_hash(key))
            enroller = None if row is None else db.get(AccountRow, row.enrolled_by)
            return (
                row is not None
                and enroller is not None
                and enroller.disabled_ms is None
                and self._store.now_ms() - row.enrolled_ms < TABLET_MS
            )

    def link(self, account: str | None, *, holds_ms: int = LINK_MS) -> str:
        """A key for one link that lets in once; without an account it makes the first one. The one before ends.
        `holds_ms`: at most LINK_MOST_MS.
        """
        key, now = new_key(), self._store.now_ms()
        with self._store.transaction() as db:
            same = DoorLinkRow.account.is_(None) if account is None else DoorLinkRow.account == account
            db.execute(delete(DoorLinkRow).where(same))
            db.execute(delete(DoorLinkRow).where(DoorLinkRow.expires_ms <= now))
            db.add(DoorLinkRow(hash=key_hash(key), account=account, expires_ms=now + holds_ms))
        return key

    def set_up_link(self) -> str | None:
        """A key for the link that makes the first account; None: there is one already."""
        return self.link(None) if self._none_yet() else None

    def opens_set_up(self, key: str) -> bool:
        """Would this link make the first account now?"""
        with self._store.transaction() as db:
            row = db.get(DoorLinkRow, key_hash(key))
        fresh = row is not None and row.account is None and self._holds(row)
        return fresh and self._none_yet()

    def use_link(self, key: str) -> str | None:
        """The account that the link lets in, this once. None: used, too late, or never made."""
        with self._store.transaction() as db:
            row = db.get(DoorLinkRow, key_hash(key))
            if row is None or row.account is None:
                return None
            db.delete(row)
            return row.account if self._holds(row) else None

    def _holds(self, row: DoorLinkRow) -> bool:
        return link_holds(row.expires_ms, self._store.now_ms(), LINK_MOST_MS)

    def _none_yet(self) -> bool:
        with self._store.transaction() as db:
            return db.scalar(select(func.count()).select_from(AccountRow)) == 0
