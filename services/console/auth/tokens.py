"""Tokens of the REST API: who may ask it, in which role, until when. Kept beside the members, as hashes alone.

Blocking, like the members store. Raises MembersError for what people got wrong, StorageError for the database.
"""

import re
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import select

from device_adapters.contract import bounds
from device_adapters.contract.keys import fields
from device_adapters.units import DAY_MS
from services.console.auth.roles import Role, Token
from services.members.errors import MembersError
from services.members.people import check_by
from services.members.tables import TokenRow

if TYPE_CHECKING:
    from services.members.store import Members

DAYS_MAX = 730
NAME = re.compile(bounds.ID_PATTERN)


class Tokens:
    """The tokens in a members store."""

    def __init__(self, store: "Members") -> None:
        self._store = store

    def create(self, name: str, role: Role, *, days: int, by: str) -> str:
        """A new token's secret, which is told this once. A name is never used twice: the audit goes by it."""
        by, now = check_by(by), self._store.now_ms()
        if not NAME.fullmatch(name):
            raise MembersError(fields.give_token_name(1, 40, "front-desk"), "name")
        if not 1 <= days <= DAYS_MAX:
            raise MembersError(fields.outside(days, 1, DAYS_MAX), "days")
        secret = f"backstride-{secrets.token_urlsafe(32)}"
        with self._store.transaction() as db:
            if db.get(TokenRow, name) is not None:
                raise MembersError(fields.name_used(name), "name")
            db.add(
                TokenRow(
                    name=name,
                    role=role.value,
                    hash=_hash(secret),
                    created_ms=now,
                    created_by=by,
                    expires_ms=now + days * DAY_MS,
                )
            )
        return secret

    def all(self) -> tuple[Token, ...]:
        """Every token, expired and revoked ones too, by name."""
        with self._store.transaction() as db:
            return tuple(_token(row) for row in db.scalars(select(TokenRow).order_by(TokenRow.name)))

    def revoke(self, name: str) -> None:
        """End a token at once; one that is revoked stays so."""
        with self._store.transaction() as db:
            row = db.get(TokenRow, name)
            if row is None:
                raise MembersError(fields.no_such_token(name))
            row.revoked_ms = row.revoked_ms or self._store.now_ms()

    def of(self, secret: str) -> Token | None:
        """The token of this secret if it may be used now. Nothing is told of why it may not."""
        with self._store.transaction() as db:
            row = db.scalar(select(TokenRow).where(TokenRow.hash == _hash(secret)))
            token = None if row is None else _token(row)
        return token if token is not None and token.valid(self._store.now_ms()) else None


def _hash(secret: str) -> str:
    """Plain SHA-256: a token has 256 bits of chance, so nobody can try them all."""
    return sha256(secret.encode()).hexdigest()


def _token(row: TokenRow) -> Token:
    return Token(
        name=row.name,
        role=Role(row.role),
        created_ms=row.created_ms,
        created_by=row.created_by,
        expires_ms=row.expires_ms,
        revoked_ms=row.revoked_ms,
    )
