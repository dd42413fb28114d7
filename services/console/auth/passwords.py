"""Passwords and PINs as argon2 hashes; keys of cookies and links as plain SHA-256.

A key has 256 bits of chance, so nobody can try them all; a password is chosen by a person, so each try must cost.
"""

import re
import secrets
from functools import cache
from hashlib import sha256
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from device_adapters.contract.keys import fields
from services.members.errors import MembersError
from services.members.text import older_secrets, secret

PASSWORD_LENGTH = (10, 128)
COMMON = frozenset(
    [
        "1004",
        "1010",
        "1122",
        "1123",
        "1212",
        "1230",
        "1233",
        "1245",
        "1313",
        "1324",
        "1342",
        "1357",
        "2001",
        "2580",
        "0852",
        "1470",
        "0741",
        "1478",
        "1590",
        "0951",
        "3690",
        "0963",
        "4200",
        "4321",
        "5150",
        "5683",
        "6969",
        "7410",
        "8520",
        "9630",
        "9510",
        "1236",
        "3214",
        "1397",
        "7913",
        "7931",
        "1379",
        "9731",
        "0007",
        "0070",
        "0911",
        "11223",
        "12369",
        "14789",
        "15975",
        "13579",
        "24680",
        "02580",
        "112358",
        "147258",
        "147369",
        "159357",
        "159753",
        "258456",
        "258963",
        "246810",
        "369258",
        "789456",
        "456789",
        "520131",
        "741852",
        "963852",
        "123654",
        "321654",
        "123789",
        "102030",
        "121314",
        "142536",
        "112358",
        "1234560",
        "1472583",
        "7894561",
        "1478963",
        "12344321",
        "11223344",
        "112233",
        "223344",
        "445566",
        "12341234",
        "14725836",
        "19283746",
        "98741236",
        "12365478",
        "10203040",
        "13579246",
        "24681012",
    ]
)
"""What lists of leaked PINs begin with, beside the rows, years and repetitions that `guessed_first` knows by rule."""

PIN = re.compile(r"[0-9]{4,8}")
KEY_BYTES = 32
_HASHER = PasswordHasher()


def new_key() -> str:
    """What a cookie or a link holds."""
    return secrets.token_urlsafe(KEY_BYTES)


def key_hash(key: str) -> str:
    """What is stored of it."""
    return sha256(key.encode()).hexdigest()


def password_hash(password: str) -> str:
    """The argon2id hash. MembersError: too short or too long."""
    password = secret(password)
    least, most = PASSWORD_LENGTH
    if not least <= len(password) <= most:
        raise MembersError(fields.give_password(least, most), "password")
    return _HASHER.hash(password)


def guessed_first(pin: str) -> bool:
    """One digit or pair again and again, a row of digits, a mirror, a year, or one of the commonest of PIN lists."""
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    half = len(pin) // 2
    repeats = any(len(pin) % n == 0 and pin == pin[:n] * (len(pin) // n) for n in (1, 2, 3, half) if n)
    mirror = pin == pin[::-1]
    year = re.fullmatch(r"(19|20)[0-9]{2}", pin) is not None
    day = (
        re.fullmatch(r"([0-2][0-9]|3[01])(0[0-9]|1[0-2])((19|20)?[0-9]{2})?", pin) is not None
        and len(pin) > 4
    )
    return steps <= {1} or steps <= {9} or repeats or mirror or year or day or pin in COMMON


def pin_hash(pin: str) -> str:
    """The argon2id hash. MembersError: not 4 to 8 digits, or one digit only."""
    pin = secret(pin)
    if not PIN.fullmatch(pin):
        raise MembersError(fields.give_pin(4, 8), "pin")
    if guessed_first(pin):
        raise MembersError(fields.guessed_first(), "pin")
    return _HASHER.hash(pin)


def verified(kept: str, given: str) -> bool:
    """Is it what was hashed, in whatever form its letters came? Takes the same time when there is nothing to compare
    with."""
    right = [_is(kept or _nobodys(), form) for form in older_secrets(given)]
    return bool(kept) and any(right)


def _is(kept: str, given: str) -> bool:
    try:
        _HASHER.verify(kept, given)
    except VerificationError:
        return False
    return True


@cache
def _nobodys() -> str:
    return _HASHER.hash(new_key())
