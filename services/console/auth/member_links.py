"""Addresses of member pages: one per session, not to be guessed, without a login, worthless for any other session."""

import hmac
from pathlib import Path

from device_adapters.errors import StorageError
from device_adapters.secret_file import kept_secret
from services.store_folder import MEMBER_LINKS

TOKEN_LENGTH = 26


class MemberLinks:
    """Tokens from a secret that stays over restarts, so that an open page finds its session again."""

    def __init__(self, folder: Path) -> None:
        path = folder / MEMBER_LINKS
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._secret = kept_secret(path)
        except OSError as e:
            raise StorageError(f"{path}: {e.strerror}; give the console a writable data folder") from e

    def token(self, session: str) -> str:
        """The token of a session: letters and digits."""
        return hmac.new(self._secret, session.encode(), "sha256").hexdigest()[:TOKEN_LENGTH]

    def opens(self, token: str, session: str) -> bool:
        """Is this the session's token?"""
        return hmac.compare_digest(token.encode(), self.token(session).encode())
