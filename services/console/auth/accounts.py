"""Accounts, kept beside the members: one database to back up, one audit, one place of names.

Blocking, like the members store. Raises MembersError for what people got wrong, StorageError for the database.
"""

import re
import secrets
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_adapters.contract.keys import fields
from services.console.auth.model import Account
from services.console.auth.passwords import password_hash, pin_hash, verified
from services.console.auth.roles import Role
from services.members.errors import MembersError
from services.members.people import check_by
from services.members.tables import AccountRow, AuditRow, DoorLinkRow, SignInRow
from services.members.text import check_seen, key, older_keys, tidied
from services.rules.letters import likeness

if TYPE_CHECKING:
    from services.members.store import Members

NAME = re.compile(r"[^\x00-\x20\x7f](?:[^\x00-\x1f\x7f]{0,38}[^\x00-\x20\x7f])?")


class AccountStore:
    """The accounts in a members store. `by`: who does it, for the audit."""

    def __init__(self, store: "Members") -> None:
        self._store = store

    def add(self, name: str, role: Role, *, password: str | None, by: str) -> str:
        """A new account's id. A name is used once, in whatever case. `password` None: its person will choose one."""
        by, name = check_by(by), tidied(name)
        hashed = "" if password is None else password_hash(password)
        if not NAME.fullmatch(name):
            raise MembersError(fields.give_printable(1, 40, "Anna"), "name")
        check_seen("name", name)
        with self._store.transaction() as db:
            if _named(db, name) is not None:
                raise MembersError(fields.account_there(name), "name")
            if any(likeness(known) == likeness(name) for known in db.scalars(select(AccountRow.name))):
                raise MembersError(fields.account_alike(name), "name")
            id_ = f"u-{secrets.token_hex(4)}"
            db.add(
                AccountRow(
                    id=id_,
                    name=name,
                    name_key=key(name),
                    role=role.value,
                    password_hash=hashed,
                    pin_hash="",
                    created_ms=self._store.now_ms(),
                    created_by=by,
                )
            )
            self._note(db, id_, by, f"account added, {role}")
        return id_

    def all(self) -> tuple[Account, ...]:
        """Every account, disabled ones too, by name."""
        with self._store.transaction() as db:
            return tuple(
                _account(row) for row in db.scalars(select(AccountRow).order_by(AccountRow.name_key))
            )

    def find(self, name: str) -> Account:
        """The account of this name or id. MembersError: there is none."""
        with self._store.transaction() as db:
            return _account(_row(db, name))

    def disable(self, name: str, *, by: str) -> None:
        """Let nobody in by it any more: sign-ins and links of it end at once."""
        with self._store.transaction() as db:
            row = _row(db, name)
            if row.disabled_ms is None:
                row.disabled_ms = self._store.now_ms()
                self._note(db, row.id, check_by(by), "account disabled")
            _end_all(db, row.id)

    def set_role(self, name: str, role: Role, *, by: str) -> None:
        """Another role, from the next request on."""
        with self._store.transaction() as db:
            row = _row(db, name)
            row.role = role.value
            self._note(db, row.id, check_by(by), f"account is now {role}")

    def set_password(self, name: str, password: str, *, by: str) -> None:
        """Another password; whoever is signed in by the old one has to sign in again, and the PIN is gone with it."""
        hashed = password_hash(password)
        with self._store.transaction() as db:
            row = _row(db, name)
            row.password_hash, row.pin_hash, row.disabled_ms = hashed, "", None
            self._note(db, row.id, check_by(by), "password set")
            _end_all(db, row.id)

    def reset(self, name: str, *, by: str) -> None:
        """No password and no PIN any more, sign-ins end; a link may let in again, also where it was locked."""
        with self._store.transaction() as db:
            row = _row(db, name)
            row.password_hash, row.pin_hash, row.disabled_ms = "", "", None
            self._note(db, row.id, check_by(by), "account reset")
            _end_all(db, row.id)

    def set_pin(self, id: str, pin: str | None, *, by: str) -> None:
        """A PIN for shared tablets; None takes it away."""
        hashed = "" if pin is None else pin_hash(pin)
        with self._store.transaction() as db:
            row = _row(db, id)
            row.pin_hash = hashed
            self._note(db, row.id, check_by(by), "PIN taken away" if pin is None else "PIN set")

    def with_password(self, name: str, password: str) -> Account | None:
        """The account, if name and password are right and it may be used. Takes as long for a name that is none."""
        with self._store.transaction() as db:
            row = _named(db, name.strip())
        right = verified("" if row is None else row.password_hash, password)
        return _account(row) if row is not None and right and row.disabled_ms is None else None

    def with_pin(self, id: str, pin: str) -> Account | None:
        """The account, if the PIN is right and it may be used."""
        with self._store.transaction() as db:
            row = db.get(AccountRow, id)
        right = verified("" if row is None else row.pin_hash, pin)
        return _account(row) if row is not None and right and row.disabled_ms is None else None

    def _note(self, db: Session, account: str, by: str, what: str) -> None:
        db.add(AuditRow(at_ms=self._store.now_ms(), member=account, by=by, what=what))


def _named(db: Session, name: str) -> AccountRow | None:
    return db.scalars(select(AccountRow).where(AccountRow.name_key.in_(older_keys(name)))).first()


def _row(db: Session, name: str) -> AccountRow:
    row = db.get(AccountRow, name) or _named(db, name.strip())
    if row is None:
        raise MembersError(fields.no_such_account(name))
    return row


def _end_all(db: Session, account: str) -> None:
    for table in (SignInRow, DoorLinkRow):
        for row in db.scalars(select(table).where(table.account == account)):
            db.delete(row)


def _account(row: AccountRow) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        has_password=bool(row.password_hash),
        has_pin=bool(row.pin_hash),
        created_ms=row.created_ms,
        created_by=row.created_by,
        disabled_ms=row.disabled_ms,
    )
