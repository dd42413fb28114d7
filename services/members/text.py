"""Names, aliases and secrets in Unicode: one form to compare, and what nobody can read is refused. Pure.

The same é is one character or two, by keyboard: so what is compared is NFKC, and folded where case does not count
(Unicode TR15; for secrets as in SASLprep, RFC 4013).
"""

import unicodedata

from services.members.errors import MembersError
from services.rules import letters


def key(text: str) -> str:
    """What is compared where case does not count."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def older_keys(text: str) -> tuple[str, ...]:
    """How earlier versions kept it: as it was typed, folded."""
    return tuple(
        dict.fromkeys(
            (key(text), text.casefold(), *(_normal(form, text.casefold()) for form in ("NFC", "NFD")))
        )
    )


def secret(text: str) -> str:
    """A password or PIN as it is hashed."""
    return "".join(
        str(unicodedata.decimal(one)) if one.isdecimal() else one
        for one in unicodedata.normalize("NFKC", text)
    )


def older_secrets(text: str) -> tuple[str, ...]:
    """Forms of it that an earlier version may have hashed."""
    return tuple(dict.fromkeys((secret(text), text, _normal("NFC", text), _normal("NFD", text))))


def tidied(text: str) -> str:
    """As it is kept: NFC, without spaces around it."""
    return unicodedata.normalize("NFC", text.strip())


def check_seen(field: str, text: str) -> None:
    """MembersError for what is no name that people can read."""
    wrong = letters.fault(text)
    if wrong is not None:
        raise MembersError(wrong, field)


def _normal(form: str, text: str) -> str:
    return unicodedata.normalize("NFC" if form == "NFC" else "NFD", text)
