"""Reading one TOML table strictly: every key is taken once, with its type and range; what is left over is a fault.

All faults of a table are told together, by `end`; until then a faulty value is stood in for.
"""

import unicodedata
from enum import StrEnum
from typing import TypeVar

from device_adapters.contract.keys import programme_files as keys
from device_adapters.contract.phrase import Phrase
from services.programme.faults import ProgrammeFaultsError, in_file
from services.rules import letters

E = TypeVar("E", bound=StrEnum)


class Table:
    """A table and where it stands (`file`; `place` of a step, such as "3.1"), for messages that lead to the line."""

    def __init__(self, raw: object, file: str, place: str = "") -> None:
        self.file = file
        self._place = place
        self._faults: list[Phrase] = []
        if not isinstance(raw, dict):
            raise self.error(keys.not_a_table())
        self._left: dict[str, object] = dict(raw)

    def error(self, wrong: Phrase) -> ProgrammeFaultsError:
        """A fault after which nothing else in this table makes sense; those before it are told with it."""
        self.fault(wrong)
        return in_file(self.file, self._faults)

    def fault(self, wrong: Phrase) -> None:
        """A fault in this table."""
        self._faults.append(keys.in_step(self._place, wrong) if self._place else wrong)

    def has(self, key: str) -> bool:
        """Is the key there and not yet taken?"""
        return key in self._left

    def says(self, key: str, word: str) -> bool:
        """Does the key, which stays untaken, say this word?"""
        return self._left.get(key) == word

    def text(self, key: str, longest: int, default: str | None = None) -> str:
        """A string of at most `longest` characters that people can read, in NFC; `default` None: it must be there."""
        value = self._left.pop(key, default)
        if value is None:
            self.fault(keys.text_missing(key))
        elif not isinstance(value, str) or len(value) > longest or (default is None and not value):
            self.fault(keys.text_wrong(key, repr(value), longest))
        elif value and (unseen := letters.fault(value)) is not None:
            self.fault(keys.in_key(key, unseen))
        else:
            return unicodedata.normalize("NFC", value)
        return ""

    def choice(self, key: str, words: type[E]) -> E:
        """One of the words of an enumeration."""
        value = self._left.pop(key, None)
        if value is None:
            self.fault(keys.word_missing(key, ", ".join(words)))
        elif value not in list(words):
            self.fault(keys.word_wrong(key, repr(value), ", ".join(words)))
        else:
            return words(str(value))
        return next(iter(words))

    def whole(self, key: str, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        value = self._left.pop(key, None)
        if value is None:
            self.fault(keys.whole_missing(key, least, most))
        elif isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.fault(keys.whole_wrong(key, repr(value), least, most))
        else:
            return value
        return least

    def span(self, key: str, least: int, most: int) -> tuple[int, int]:
        """Two whole numbers, the smaller first: [2, 3]."""
        value = self._left.pop(key, None)
        match value:
            case [int(low), int(high)] if least <= low <= high <= most and bool not in map(type, value):
                return low, high
        self.fault(keys.span_wrong(key, repr(value), least, most))
        return least, most

    def number(self, key: str, least: float, most: float, default: float | None = None) -> float:
        """A number from `least` to `most` (NaN and infinity are none)."""
        value = self._left.pop(key, default)
        if value is None:
            self.fault(keys.number_missing(key, least, most))
        elif isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.fault(keys.number_wrong(key, repr(value), least, most))
        else:
            return value
        return least

    def tables(self, key: str) -> list[object]:
        """A list of tables, at least one."""
        value = self._left.pop(key, None)
        if not isinstance(value, list) or not value:
            raise self.error(keys.tables_missing(key))
        return value

    def sound(self) -> None:
        """ProgrammeFaultsError with the faults so far, if what follows makes no sense with them."""
        if self._faults:
            raise in_file(self.file, self._faults)

    def end(self) -> None:
        """Every key must have been taken. ProgrammeFaultsError with all faults of this table."""
        if self._left:
            self.fault(keys.keys_unknown(", ".join(sorted(self._left))))
        self.sound()
