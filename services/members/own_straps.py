"""Members' own straps: which member a strap is of, with their consent. At rest a strap is a salted hash, with a salt of
its own for each member: from the store nobody reads which strap somebody wears, nor that two are the same.
"""

import secrets
from hashlib import sha256

from sqlalchemy import select

from device_adapters.contract.keys import members as keys
from device_adapters.contract.phrase import Refusal
from services.members.errors import RuleRefusedError
from services.members.model import Purpose
from services.members.people import Card, check_by
from services.members.reading import consents_of, member_rows
from services.members.store import Members
from services.members.tables import AuditRow, MemberRow, OwnStrapRow, PersonRow

SALT_BYTES = 16
NOT_CONSENTED = Refusal("no_own_strap_consent", keys.no_own_strap_consent())


def remember(store: Members, member: str, strap: str, *, by: str) -> None:
    """Keep that this strap is the member's own, in the place of one before. RuleRefusedError: without their
    consent."""
    by, salt = check_by(by), secrets.token_hex(SALT_BYTES)
    with store.transaction() as db:
        member_rows(db, member)
        if not any(
            c.purpose == Purpose.OWN_STRAP and c.withdrawn_ms is None for c in consents_of(db, member)
        ):
            raise RuleRefusedError(NOT_CONSENTED)
        row = db.get(OwnStrapRow, member) or OwnStrapRow(member=member)
        row.salt, row.hash, row.since_ms = salt, _hash(salt, strap), store.now_ms()
        db.add(row)
        db.add(AuditRow(at_ms=store.now_ms(), member=member, by=by, what="own strap kept"))


def owner(store: Members, strap: str) -> Card | None:
    """Whose it is; None: nobody's who is known, or more than one member's: a wrong member would be offered."""
    columns = (
        MemberRow.id,
        PersonRow.name,
        MemberRow.alias,
        MemberRow.visited_ms,
        OwnStrapRow.salt,
        OwnStrapRow.hash,
    )
    query = (
        select(*columns)
        .join(PersonRow, PersonRow.member == MemberRow.id)
        .join(OwnStrapRow, OwnStrapRow.member == MemberRow.id)
    )
    with store.transaction() as db:
        found = [
            Card(id=id_, name=name, alias=alias, visited_ms=visited_ms)
            for id_, name, alias, visited_ms, salt, kept in db.execute(query)
            if secrets.compare_digest(kept, _hash(salt, strap))
        ]
    return found[0] if len(found) == 1 else None


def since_ms(store: Members, member: str) -> int | None:
    """Since when a strap is kept as the member's own; None: none is."""
    with store.transaction() as db:
        return db.scalar(select(OwnStrapRow.since_ms).where(OwnStrapRow.member == member))


def _hash(salt: str, strap: str) -> str:
    return sha256(f"{salt} {strap}".encode()).hexdigest()
