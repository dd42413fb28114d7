"""An account, who is signed in, and for how long that holds. Pure."""

from dataclasses import dataclass

from services.console.roles import Role

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is known of an account; its secrets are not."""

    id: str
    name: str
    role: Role
    has_password: bool
    has_pin: bool
    created_ms: int
    created_by: str
    disabled_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is signed in."""

    id: str
    name: str
    role: Role
    has_password: bool = True
    """Not yet, for who came by the link of a new account."""

    @property
    def signature(self) -> str:
        """Who did it, for the bus, the journal and the audit: role and pseudonym, never the name."""
        return f"{self.role} {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOuts:
    """How long a sign-in holds: without anything done, and at most."""

    idle_ms: int
    absolute_ms: int

    def holds(self, began_ms: int, seen_ms: int, now_ms: int) -> bool:
        """Does a sign-in from `began_ms`, last used at `seen_ms`, still hold (wall time)? A clock set back ends it."""
        return 0 <= now_ms - began_ms < self.absolute_ms and now_ms - seen_ms < self.idle_ms


GYM = TimeOuts(idle_ms=12 * HOUR_MS, absolute_ms=7 * 24 * HOUR_MS)
"""A floor tablet is signed in once per day."""

CLINIC = TimeOuts(idle_ms=5 * MINUTE_MS, absolute_ms=12 * HOUR_MS)
