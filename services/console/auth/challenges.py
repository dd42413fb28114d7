"""What phones were asked to sign, and for which site: for passkeys, without their library."""

import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

CHALLENGE_MS = 5 * 60_000
CHALLENGES_MAX = 1_000
"""So many may wait for their answers; the oldest goes first."""


class Challenges:
    """What phones were asked to sign: each once, within CHALLENGE_MS. `now_ms`: monotonic."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._waiting: dict[str, tuple[bytes, int]] = {}

    def new(self, home: str) -> bytes:
        """One for that page; the one before holds no more."""
        self._waiting.pop(home, None)
        while len(self._waiting) >= CHALLENGES_MAX:
            self._waiting.pop(next(iter(self._waiting)))
        challenge = secrets.token_bytes(32)
        self._waiting[home] = challenge, self._now_ms() + CHALLENGE_MS
        return challenge

    def taken(self, home: str) -> bytes:
        """The one that waits, which is used up; empty: none does."""
        challenge, until_ms = self._waiting.pop(home, (b"", 0))
        return challenge if self._now_ms() < until_ms else b""


def host_of(origin: str) -> str:
    """The host that a passkey may be for; empty where the page did not come by TLS, or by an address without a name."""
    try:
        parts = urlsplit(origin)
        host = parts.hostname or ""
    except ValueError:
        return ""
    numbered = ":" in host or host.rpartition(".")[2].isdecimal()
    return "" if parts.scheme != "https" or numbered else host
