"""Passwords and PINs as argon2 hashes; keys of cookies and links as plain SHA-256.

A key has 256 bits of chance, so nobody can try them all; a password is chosen by a person, so each try must cost.
"""

import re
import secrets
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from services.members.errors import MembersError
from services.members.text import older_secrets, secret

PASSWORD_LENGTH = (10, 128)
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
        raise MembersError(f"password: give {least} to {most} characters; a few words are good")
    return _HASHER.hash(password)


def pin_hash(pin: str) -> str:
    """The argon2id hash. MembersError: not 4 to 8 digits, or one digit only."""
    pin = secret(pin)
    if not PIN.fullmatch(pin):
        raise MembersError("pin: give 4 to 8 digits")
    if len(set(pin)) == 1:
        raise MembersError("pin: one digit again and again is guessed first; give another")
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
