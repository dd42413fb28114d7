"""Browsers that somebody signed in at before: what is guessed elsewhere delays nobody there.

A cookie says for which accounts, as hashes of their names, under a code that only this console can write. It opens
nothing. (OWASP: slow down online guessing attacks with device cookies.)
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from device_adapters.secret_file import kept_secret
from device_adapters.units import DAY_S
from services.members.text import key
from services.store_folder import KNOWN_DEVICES

COOKIE = "backstride-device"
HOLDS_S = 180 * DAY_S
ACCOUNTS_MAX = 12
_FORM = re.compile(r"([0-9a-f]{16})((?:\.[0-9a-f]{12}){0,12})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class SignInDevice:
    """From where a try comes. `network` counts for who is not known; `tablet`: the hash of an enrolled one's key."""

    network: str
    tablet: str = ""
    id: str = ""
    accounts: tuple[str, ...] = ()

    def place(self, account: str) -> str:
        """Where this try counts if the device is known for the account's name; '' for a stranger's."""
        if self.tablet:
            return f"tablet {self.tablet}"
        return f"device {self.id}" if self.id and _named(account) in self.accounts else ""


class Devices:
    """Writes and reads the cookies, by a secret in `folder` that stays over restarts; without a folder that can be
    written, by one of this process."""

    def __init__(self, folder: Path | None = None) -> None:
        self._secret = secrets.token_bytes(32) if folder is None else _kept(folder / KNOWN_DEVICES)

    def read(self, cookie: str) -> tuple[str, tuple[str, ...]]:
        """Device and hashes of account names; empty for a cookie that is not ours."""
        form = _FORM.fullmatch(cookie)
        if form is None or not hmac.compare_digest(form[3], self._code(f"{form[1]}{form[2]}")):
            return "", ()
        return form[1], tuple(form[2].split(".")[1:])

    def with_account(self, cookie: str, account: str) -> str:
        """The cookie of a browser where this account's person has signed in; the newest twelve are known."""
        id_, known = self.read(cookie)
        newest = (*(one for one in known if one != _named(account)), _named(account))[-ACCOUNTS_MAX:]
        text = ".".join((id_ or secrets.token_hex(8), *newest))
        return f"{text}.{self._code(text)}"

    def _code(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), "sha256").hexdigest()


def _named(account: str) -> str:
    return sha256(key(account).encode()).hexdigest()[:12]


def _kept(path: Path) -> bytes:
    try:
        return kept_secret(path)
    except OSError:
        return secrets.token_bytes(32)
