"""Characters in names: what nobody can see, and what nobody can tell apart, by the Unicode character data. Pure.

Characters that look the same come from the alphabets whose letters do (Unicode TR39): within a word they are refused,
between names they count as one.
"""

import re
import unicodedata

from device_adapters.contract.keys import fields
from device_adapters.contract.phrase import Phrase

JOINERS = "\u200c\u200d"
"""Zero-width, and part of how some languages write: taken between two letters only."""

BLANK = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs that show nothing."""

MARKS = re.compile("[\u034f\u17b4\u17b5\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Combining marks that show nothing (Default_Ignorable_Code_Point): joiners of graphemes, selectors of a variant."""

VARIANTS = "\ufe0e\ufe0f"
"""Part of how a symbol is written: taken behind one."""

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "COPTIC", "CHEROKEE", "LISU", "DESERET"})
"""Alphabets that share the looks of letters."""

_LOOKS = str.maketrans(
    "\u0430\u0432\u0435\u0455\u0456\u0458\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u04bb\u0501\u051b\u051d"
    "\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",
    "abesijkmhopctyxhdqwabezhikmvoptyx",
)
"""Cyrillic and Greek letters, in lower case, whose small or capital form looks like a Latin one."""

_CAPITALS = str.maketrans(
    "\ua4ee\ua4d0\ua4da\ua4d3\ua4f0\ua4dd\ua4d6\ua4e7\ua4f2\ua4d9\ua4d7\ua4e1\ua4df\ua4e0\ua4f3\ua4d1\ua4e3\ua4e2"
    "\ua4d4\ua4f4\ua4e6\ua4ea\ua4eb\ua4ec\ua4dc"
    "\u13aa\u13f4\u13df\u13a0\u13ac\u13c0\u13bb\u13ab\u13e6\u13de\u13b7\u13e2\u13d2\u13da\u13a2\u13d9\u13b3\u13cc\u13bd"
    "\u13c3",
    "abcdefghljklmnoprstuvwxyzabcdeghjklmprstvwuyz",
)
"""Lisu and Cherokee letters that look like Latin capitals."""

_SHAPES = str.maketrans("I1|0", "lllO")
"""One stroke, and one ring."""


def fault(text: str) -> Phrase | None:
    """Why it is no name: a character that cannot be seen, alphabets mixed in a word, no letter; None if it is."""
    for at, one in enumerate(text):
        if one in JOINERS and _between_letters(text, at):
            continue
        if one in VARIANTS and unicodedata.category(text[at - 1 : at] or " ").startswith("S"):
            continue
        if unicodedata.category(one) in UNSEEN or one in BLANK or MARKS.match(one):
            name = unicodedata.name(one, f"U+{ord(one):04X}")
            return fields.letter_unseen(at + 1, f"U+{ord(one):04X}", name.lower())
    if not any(unicodedata.category(one)[0] in "LNS" for one in text):
        return fields.no_letter()
    for word in re.findall(r"[^\W\d_]+", text):
        alphabets = sorted({alphabet for one in word if (alphabet := _alphabet(one)) in ALIKE})
        if len(alphabets) > 1:
            return fields.letters_mixed(repr(word), *(each.capitalize() for each in alphabets[:2]))
    return None


def likeness(text: str) -> str:
    """What it looks like: two names with the same likeness cannot be told apart on a screen."""
    shape = unicodedata.normalize("NFKC", text).translate(_SHAPES)
    folded = unicodedata.normalize("NFKD", shape.casefold()).translate(_LOOKS).translate(_CAPITALS)
    unseen = folded.translate(dict.fromkeys(map(ord, JOINERS)))
    return " ".join(MARKS.sub("", unseen).split())


def _alphabet(one: str) -> str:
    letter = unicodedata.normalize("NFKC", one)[:1]
    return unicodedata.name(letter, "").partition(" ")[0] if letter.isalpha() else ""


def _between_letters(text: str, at: int) -> bool:
    return 0 < at < len(text) - 1 and all(unicodedata.category(text[i])[0] in "LM" for i in (at - 1, at + 1))
