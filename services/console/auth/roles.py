"""Whose a token of the REST API is. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Whose token it is. An operator keeps machines running and sees neither names nor health."""

    STAFF = "staff"
    COACH = "coach"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token; the secret itself is not."""

    name: str
    role: Role
    created_ms: int
    created_by: str
    expires_ms: int
    revoked_ms: int | None

    def valid(self, now_ms: int) -> bool:
        """May it be used at `now_ms` (wall time)?"""
        return self.revoked_ms is None and now_ms < self.expires_ms
