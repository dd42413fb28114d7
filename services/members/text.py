"""Names, aliases and secrets in Unicode: one form to compare, and what nobody can see or tell apart is refused. Pure.

The same é is one character or two, by keyboard: so what is compared is NFKC, and folded where case does not count
(Unicode TR15; for secrets as in SASLprep, RFC 4013).
"""

import unicodedata

from services.members.errors import MembersError

JOINERS = "\u200c\u200d"
"""Zero-width, and part of how some languages write: taken between two letters only."""

BLANK = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs that show nothing."""

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


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
    """MembersError for what cannot be seen: zero-width, direction and control characters, or nothing but blanks."""
    for at, one in enumerate(text):
        if one in JOINERS and _between_letters(text, at):
            continue
        if unicodedata.category(one) in UNSEEN or one in BLANK:
            name = unicodedata.name(one, f"U+{ord(one):04X}")
            raise MembersError(
                f"{field}: character {at + 1} cannot be seen (U+{ord(one):04X}, {name.lower()}); type it anew without"
            )
    if not any(unicodedata.category(one)[0] in "LNS" for one in text):
        raise MembersError(f"{field}: give at least one letter or digit")


def _between_letters(text: str, at: int) -> bool:
    return 0 < at < len(text) - 1 and all(unicodedata.category(text[i])[0] in "LM" for i in (at - 1, at + 1))


def _normal(form: str, text: str) -> str:
    return unicodedata.normalize("NFC" if form == "NFC" else "NFD", text)
