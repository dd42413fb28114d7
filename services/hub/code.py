"""The code that lets one unit in: where the hub is, how to know it, and a secret that is good for once.

`hub.local/7K3FD-...`: the host (and port, if it is another than usual), then 25 characters of Crockford's base 32:
80 bits of the SHA-256 of the site's authority, 40 bits of secret, and one character that finds a slip of the hand.
"""

import secrets
from dataclasses import dataclass

from device_adapters.errors import ConfigError
from services.rules.whole import whole

PORT = 8885
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OILU", "011V")
_PIN_BYTES = 10
_SECRET_BYTES = 5
_GROUP = 5
_LENGTH = 25


@dataclass(frozen=True, slots=True)
class Code:
    """What the code says. `pin` is the start of the authority's fingerprint."""

    host: str
    port: int
    pin: bytes
    secret: bytes

    def __str__(self) -> str:
        """As people type it and a QR code carries it."""
        number = int.from_bytes(self.pin + self.secret, "big")
        letters = "".join(LETTERS[number >> shift & 31] for shift in range(115, -1, -5))
        letters += _check(letters)
        groups = "-".join(letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))
        host = self._host
        return f"{host}{'' if self.port == PORT else f':{self.port}'}/{groups}"

    @property
    def address(self) -> str:
        """HOST:PORT of the desk."""
        return f"{self._host}:{self.port}"

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def new(host: str, port: int, fingerprint: bytes) -> Code:
    """A code with a fresh secret."""
    return Code(host, port, fingerprint[:_PIN_BYTES], secrets.token_bytes(_SECRET_BYTES))


def parse(text: str) -> Code:
    """Forgiving about case, spaces, hyphens and letters that look alike. Raises ConfigError that says what is wrong."""
    where, slash, rest = text.strip().rpartition("/")
    if not slash or not where:
        raise ConfigError(f"{text!r} is no code; it looks like hub.local/7K3FD-XXXXX-XXXXX-XXXXX-XXXXX")
    letters = rest.upper().replace("-", "").replace(" ", "").translate(_READ_AS)
    if wrong := sorted(set(letters) - set(LETTERS)):
        raise ConfigError(f"the code has {' '.join(wrong)}, which no code has; read it again")
    if len(letters) != _LENGTH:
        raise ConfigError(
            f"the code has {len(letters)} characters after the /, it should be {_LENGTH}; read it again"
        )
    if _check(letters[:-1]) != letters[-1]:
        raise ConfigError("the code has a wrong character somewhere; read it again")
    number = 0
    for letter in letters[:-1]:
        number = number << 5 | LETTERS.index(letter)
    raw = number.to_bytes(_PIN_BYTES + _SECRET_BYTES, "big")
    host, port = _host(where)
    return Code(host, port, raw[:_PIN_BYTES], raw[_PIN_BYTES:])


def _check(letters: str) -> str:
    """Weighted by place, so that two letters that changed places are found as well."""
    return LETTERS[sum(place * LETTERS.index(letter) for place, letter in enumerate(letters, 1)) % 31]


def _host(where: str) -> tuple[str, int]:
    host, colon, port = where.rpartition(":")
    if not colon or where.endswith("]"):
        return where.strip("[]"), PORT
    number = whole(port)
    if not number or number > 65_535:
        raise ConfigError(f"{where}: the port after the : is 1 to 65535")
    return host.strip("[]"), number
