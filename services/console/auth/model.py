"""An account, who is signed in, and for how long that holds. Pure."""

from dataclasses import dataclass

from device_adapters.units import HOUR_MS, MINUTE_MS
from services.console.auth.roles import Role
from services.members.model import HOME_IDLE_MS, HOME_MOST_MS

LINK_MS = HOUR_MS
"""So long a link lets in, once."""

LINK_MOST_MS = 24 * HOUR_MS
"""So long it may, where somebody wants it."""

TABLET_MS = 180 * 24 * HOUR_MS
"""So long a tablet stays enrolled."""


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
class SignedInUser:
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


@dataclass(frozen=True, slots=True)
class Home:
    """A phone that is a member's own; wall times in ms."""

    id: str
    member: str
    began_ms: int
    used_ms: int
    passkey_host: str = ""
    """By which name of the site the phone's own lock opens it; empty: by the PIN alone."""

    kept: bool = False
    """Are copies of it kept on the phone, where whoever has the phone reads them?"""


@dataclass(frozen=True, slots=True)
class HomeKeys:
    """What the browser of a page that has just begun gets: its id, its phone's key, the key while it is open."""

    id: str
    phone: str
    open: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOuts:
    """How long a sign-in holds: without anything done, and at most."""

    idle_ms: int
    absolute_ms: int

    def holds(self, began_ms: int, seen_ms: int, now_ms: int) -> bool:
        """Does a sign-in from `began_ms`, last used at `seen_ms`, still hold (wall time)? A clock set back ends it."""
        return 0 <= now_ms - began_ms < self.absolute_ms and now_ms - seen_ms < self.idle_ms


def link_holds(expires_ms: int, now_ms: int, lasts_ms: int) -> bool:
    """Does a link that was made to last so long still hold (wall time)? A clock set back ends it."""
    return 0 < expires_ms - now_ms <= lasts_ms


HOME_KEPT = TimeOuts(idle_ms=HOME_IDLE_MS, absolute_ms=HOME_MOST_MS)

BY_MEMBER = "member"
"""Who it is in the audit and on the bus, where the line names the pseudonym."""

HOME_LINK_MS = 24 * HOUR_MS
"""So long the link holds that makes a phone a member's own: they may want to do it at home."""

HOME_OPEN = TimeOuts(idle_ms=20 * MINUTE_MS, absolute_ms=12 * HOUR_MS)
"""So long a member's page stays open after its PIN."""

GYM = TimeOuts(idle_ms=12 * HOUR_MS, absolute_ms=7 * 24 * HOUR_MS)
"""A floor tablet is signed in once per day."""

CLINIC = TimeOuts(idle_ms=5 * MINUTE_MS, absolute_ms=12 * HOUR_MS)
