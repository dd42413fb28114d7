"""Who may fetch a certificate, and until when. Only hashes of the secrets are kept; each is good for one key.

For that key it is good until it runs out: the answer with the certificate may get lost.
"""

import hashlib
import hmac
from pathlib import Path

import msgspec

from device_adapters.errors import ConfigError
from device_adapters.unreadable import UNREADABLE
from services.hub.files import write


class Invitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`secret` is the SHA-256 (hexadecimal); `until_s`, `made_s`: seconds (UTC); `key`: whose certificate was made by
    it (the public key's SHA-256, hexadecimal), empty while none was."""

    name: str
    secret: str
    until_s: int
    made_s: int = 0
    key: str = ""


class Invitations:
    """A file of them; whoever changes it holds the office's lock."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def open_at(self, now_s: int) -> tuple[Invitation, ...]:
        """Those that may still be used: of those made later, the clock was set back since. Raises ConfigError for a
        file that cannot be read."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=tuple[Invitation, ...])
        except FileNotFoundError:
            return ()
        except UNREADABLE as e:
            raise ConfigError(f"{self._path}: {e}; remove it and invite anew") from e
        return tuple(each for each in kept if each.made_s <= now_s < each.until_s)

    def sweep(self, now_s: int) -> None:
        """What has run out has: a clock that is set back later brings none back."""
        if self._path.exists():
            self._keep(self.open_at(now_s))

    def add(self, name: str, secret: bytes, until_s: int, now_s: int) -> None:
        """One more, in the place of an earlier one for this name."""
        others = tuple(i for i in self.open_at(now_s) if i.name != name)
        self._keep((*others, Invitation(name, _hash(secret), until_s, now_s)))

    def find(self, secret: bytes, key: str, now_s: int) -> str:
        """The name that this secret was made for, for who has this key; '' if none, or it was used for another."""
        wanted = _hash(secret)
        found = [i for i in self.open_at(now_s) if hmac.compare_digest(i.secret, wanted)]
        return found[0].name if found and found[0].key in ("", key) else ""

    def use(self, name: str, key: str, now_s: int) -> None:
        """A certificate was made for this key: it is good for no other."""
        self._keep(
            tuple(msgspec.structs.replace(i, key=key) if i.name == name else i for i in self.open_at(now_s))
        )

    def close(self, name: str, now_s: int) -> None:
        """Its client is revoked."""
        self._keep(tuple(i for i in self.open_at(now_s) if i.name != name))

    def _keep(self, invitations: tuple[Invitation, ...]) -> None:
        write(self._path, msgspec.json.encode(invitations))


def _hash(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()
