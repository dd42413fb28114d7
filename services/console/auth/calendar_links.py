"""Secret addresses of staff's calendars, kept by their hashes; each ends with its account, or when it is taken back."""

from typing import TYPE_CHECKING, Literal

from sqlalchemy import delete, select

from services.console.auth.passwords import key_hash, new_key
from services.console.auth.roles import Role
from services.members.tables import AccountRow, AuditRow, CalendarLinkRow

if TYPE_CHECKING:
    from services.members.store import Members

CalendarScope = Literal["mine", "site"]
READERS = frozenset({Role.STAFF, Role.COACH})


class CalendarLinks:
    """The links in a members store."""

    def __init__(self, store: "Members") -> None:
        self._store = store

    def new(self, account: str, scope: CalendarScope, *, by: str) -> str:
        """The key of a new link; the one before of this account and scope ends."""
        key = new_key()
        with self._store.transaction() as db:
            same = (CalendarLinkRow.account == account, CalendarLinkRow.scope == scope)
            db.execute(delete(CalendarLinkRow).where(*same))
            row = CalendarLinkRow(
                hash=key_hash(key), account=account, scope=scope, made_ms=self._store.now_ms()
            )
            db.add(row)
            db.add(self._line(account, by, f"calendar link made, {scope}"))
        return key

    def of(self, key: str) -> tuple[str, str] | None:
        """The account and scope of a link that holds now: its person may still know members."""
        query = select(CalendarLinkRow, AccountRow).join(AccountRow, AccountRow.id == CalendarLinkRow.account)
        with self._store.transaction() as db:
            found = db.execute(query.where(CalendarLinkRow.hash == key_hash(key))).one_or_none()
            if found is None:
                return None
            row, account = found
            if account.disabled_ms is not None or Role(account.role) not in READERS:
                return None
            return row.account, row.scope

    def count(self, account: str) -> int:
        """How many of this account hold."""
        with self._store.transaction() as db:
            return len(db.scalars(select(CalendarLinkRow).where(CalendarLinkRow.account == account)).all())

    def end(self, account: str, *, by: str) -> None:
        """None of this account's holds any more."""
        with self._store.transaction() as db:
            db.execute(delete(CalendarLinkRow).where(CalendarLinkRow.account == account))
            db.add(self._line(account, by, "calendar links ended"))

    def _line(self, account: str, by: str, what: str) -> AuditRow:
        return AuditRow(at_ms=self._store.now_ms(), member=account, by=by, what=what)
